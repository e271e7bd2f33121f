"""Settings of the evaluate stage."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.base import LengthConfig, StageConfig, setting
from rewardmodel.config.decoding import DecodingConfig


class EvaluateConfig(DecodingConfig, LengthConfig, StageConfig):
    """Figures of a reward model on rankings, or of a policy on prompts, whichever is given."""

    split: Literal["train", "validation", "all"] = setting(
        "validation", "Which part of the snapshot is used.", why="held out"
    )
    samples_per_prompt: int = setting(
        1,
        "Completions drawn from each prompt.",
        unit="completions",
        why="more prompts tell more than more completions of one",
        ge=1,
        le=1024,
    )
    batch_prompts: int = setting(
        16, "Prompts or rankings handled side by side.", unit="prompts", why="memory", ge=1, le=4096
    )
    bootstrap_samples: int = setting(
        1000,
        "Resamples of prompts behind each interval.",
        why="the 2.5 % point is steady to about a tenth of the interval",
        ge=100,
        le=100_000,
    )
