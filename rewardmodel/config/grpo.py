"""Settings of the grpo stage."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.base import setting
from rewardmodel.config.policy_gradient import PolicyGradientConfig


class GrpoConfig(PolicyGradientConfig):
    """Group-relative policy optimisation (Shao et al. 2024): no value network.

    A completion's advantage is how far its reward lies from the mean of its prompt's completions,
    in their standard deviations.
    """

    completions_per_prompt: int = setting(
        8,
        "Completions drawn of each prompt, compared with each other; must divide "
        "rollouts_per_iteration and minibatch_size.",
        unit="completions",
        why="the smallest group in wide use; the paper takes 64",
        ge=2,
        le=1024,
    )
    inner_epochs: int = setting(
        1, "Passes over the rollouts of an iteration.", unit="epochs", why="the paper", ge=1, le=64
    )
    divide_by_std: bool = setting(
        True,
        "Divide by the standard deviation of the group. Off: groups that agree weigh less, and "
        "prompts of any difficulty count alike (Liu et al. 2025).",
        why="the paper",
    )
    average: Literal["tokens", "completions"] = setting(
        "tokens",
        "How the loss is averaged: over all tokens of an update, or first within each completion "
        "(the paper), which weighs a token of a long completion less.",
        why="the mean within a completion lets long bad ones off lightly (Yu et al. 2025)",
    )
    kl_place: Literal["loss", "reward"] = setting(
        "loss",
        "Where the KL penalty stands: as k3 in the loss (the paper), or as k1 in the reward, before "
        "rewards are compared.",
        why="the paper: in the reward it would be divided by the spread of the group",
    )
