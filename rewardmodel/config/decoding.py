"""How completions are drawn: sampling plans."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from rewardmodel.config.base import StageConfig, setting


class DecodingConfig(BaseModel):
    """How completions are drawn from a policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

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

    @model_validator(mode="after")
    def _plan_is_possible(self) -> DecodingConfig:
        if self.strategy == "greedy" and self.samples_per_prompt != 1:
            raise ValueError(
                f"samples_per_prompt {self.samples_per_prompt} must be 1 with strategy greedy: "
                "all greedy completions of a prompt are the same text"
            )
        if self.strategy == "beam" and self.num_beams < self.samples_per_prompt:
            raise ValueError(
                f"num_beams {self.num_beams} must be >= samples_per_prompt "
                f"{self.samples_per_prompt} with strategy beam"
            )
        return self


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
