"""Settings of best-of-n."""

from __future__ import annotations

from typing import ClassVar, Literal

from rewardmodel.config.base import setting
from rewardmodel.config.decoding import SampleConfig
from rewardmodel.config.rules import Rule


class BestOfNConfig(SampleConfig):
    """Draw n completions a prompt, keep the best-scored: rejection sampling for fine-tuning."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("keep_per_prompt", "at_most", "samples_per_prompt"),)

    strategy: Literal["sample"] = setting(
        "sample",
        "Completions are drawn at random.",
        why="the best of n equal completions is no better than one",
    )
    samples_per_prompt: int = setting(
        16,
        "n: completions drawn from each prompt.",
        unit="completions",
        why="Gao et al. (2022) see most of the gain by then; the KL bound is 1.84 nats",
        ge=2,
        le=1024,
    )
    keep_per_prompt: int = setting(
        1,
        "Best-scored completions of each prompt that become demonstrations; equal texts once.",
        unit="completions",
        why="plain best-of-n",
        ge=1,
        le=1024,
    )
    overlapping_prompts: Literal["refuse", "drop", "allow"] = setting(
        "allow",
        "What happens to prompts that the reward model was trained on or chosen by, where its folder "
        "says which those were: refuse the run, drop them with a warning, or allow them with a "
        "warning.",
        why="the order of completions may still be right; their scores, and the curve, promise too much",
    )
    least_score: float | None = setting(
        None,
        "Completions that score less than this never become demonstrations; empty: no limit.",
        unit="score",
        why="the best of a hopeless prompt may still be worth learning from",
        ge=-1e6,
        le=1e6,
    )
    only_stopped: bool = setting(
        True,
        "Only completions that end by themselves become demonstrations.",
        why="learning from cut-off texts teaches the policy not to stop",
    )
    validation_fraction: float = setting(
        0.1,
        "Share of the prompts whose demonstrations are marked for validation, by the prompt.",
        unit="fraction of prompts",
        why="a tenth measures well and costs little data",
        ge=0,
        le=0.9,
    )
    write_rankings: bool = setting(
        False,
        "Also write the completions of each prompt as a ranking by score, for dpo to learn from.",
        why="rankings belong to people unless asked for",
    )
    bootstrap_samples: int = setting(
        1000,
        "Resamples of prompts behind each interval.",
        why="the 2.5 % point is steady to about a tenth of the interval",
        ge=100,
        le=100_000,
    )
    microbatch_tokens: int = setting(
        16_384,
        "Most padded tokens in one forward pass of the reward model.",
        unit="tokens",
        why="as in training",
        ge=16,
        le=10_000_000,
    )
