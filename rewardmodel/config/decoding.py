"""How completions are drawn: sampling plans."""

from __future__ import annotations

from typing import ClassVar, Literal

from rewardmodel.config.base import RuledConfig, StageConfig, setting
from rewardmodel.config.rules import Rule


class DecodingConfig(RuledConfig):
    """How completions are drawn from a policy."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "samples_per_prompt",
            "one_of",
            (1,),
            "all greedy completions of a prompt are the same text",
            when={"strategy": ("greedy",)},
        ),
        Rule("num_beams", "at_least", "samples_per_prompt", when={"strategy": ("beam",)}),
    )

    strategy: Literal["sample", "greedy", "beam"] = setting(
        "sample",
        "sample: draw at random; greedy: always the likeliest token; beam: beam search.",
        why="ranking needs completions that differ",
    )
    temperature: float = setting(
        1.0,
        "Logits are divided by this before sampling.",
        why="the policy's own distribution",
        gt=0,
        le=10,
    )
    top_k: int = setting(
        0, "Keep only this many likeliest tokens; 0: all.", unit="tokens", why="off", ge=0, le=10**6
    )
    top_p: float = setting(
        1.0,
        "Keep the fewest likeliest tokens whose probability adds up to this; 1: all.",
        unit="probability",
        why="off",
        gt=0,
        le=1,
    )
    no_repeat_ngram: int = setting(
        0,
        "No run of this many tokens, prompt included, occurs twice; 0: off.",
        unit="tokens",
        why="off",
        ge=0,
        le=1000,
    )
    repetition_penalty: float = setting(
        1.0,
        "Logits of tokens already present are divided (if positive) or multiplied by this; 1: off.",
        why="off",
        ge=0.1,
        le=10,
    )
    num_beams: int = setting(
        4, "Beams of beam search; at least samples_per_prompt.", why="the usual width", ge=1, le=64
    )
    samples_per_prompt: int = setting(
        4,
        "Completions drawn from each prompt (greedy gives one).",
        unit="completions",
        why="the least InstructGPT let people rank",
        ge=1,
        le=1024,
    )
    max_new_tokens: int = setting(
        128,
        "Longest completion.",
        unit="tokens",
        why="a paragraph",
        ge=1,
        le=1_000_000,
    )


class SampleConfig(DecodingConfig, StageConfig):
    """Completions for people to rank."""

    max_prompt_tokens: int = setting(
        512,
        "Longest prompt; longer ones are left out and reported.",
        unit="tokens",
        why="as in training",
        ge=1,
        le=1_000_000,
    )
    prompts_per_batch: int = setting(
        16,
        "Prompts decoded side by side. The completions do not depend on it beyond rounding.",
        unit="prompts",
        why="fills two cores with a small model",
        ge=1,
        le=4096,
    )
