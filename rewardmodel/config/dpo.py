"""Settings of direct preference optimisation."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.alarms import PairAlarmConfig
from rewardmodel.config.base import AdapterConfig, EngineConfig, GroupConfig, LengthConfig, setting
from rewardmodel.config.comparisons import ComparisonConfig


class DpoConfig(
    ComparisonConfig, PairAlarmConfig, AdapterConfig, EngineConfig, LengthConfig, GroupConfig
):
    """A policy straight from rankings, without a reward model (Rafailov et al. 2023)."""

    epochs: int = setting(
        1,
        "Passes over the rankings.",
        unit="epochs",
        why="the paper's summarisation run; watch the validation figures where you take more",
        ge=1,
        le=1000,
    )
    prompts_per_step: int = setting(
        32,
        "Rankings in one update; each comes with all its completions.",
        unit="rankings",
        why="with four completions as many pairs as three of the paper's batches of 64",
        ge=1,
        le=65536,
    )
    beta: float = setting(
        0.1,
        "Scale of the implicit reward beta * (log policy - log reference): the larger, the closer "
        "the policy stays to the reference.",
        unit="score per nat",
        why="the paper's (appendix B)",
        gt=0,
        le=100,
    )
    length_normalised: bool = setting(
        False,
        "Divide each log-probability ratio by the number of tokens, so that a long completion "
        "does not weigh more than a short one; beta then has to be larger, 1 to 10.",
        why="the paper sums over tokens",
    )
    sft_weight: float = setting(
        0.0,
        "Weight of the next-token loss on each ranking's unbeaten completions, added to keep their "
        "probability from falling; 0: off.",
        unit="score per nat",
        why="the paper's loss has no such term; 0.1 to 1 where good completions become unlikely",
        ge=0,
        le=100,
    )
    ties: Literal["drop", "half"] = setting(
        "drop",
        "drop: tied completions form no pair; half: a tie counts as half a win each way, which "
        "pulls their implicit rewards together.",
        why="as in reward training",
    )
    evaluate_every_steps: int = setting(
        25,
        "Held-out figures are computed after this many updates, and always at the end.",
        unit="updates",
        why="often enough to see over-fitting",
        ge=1,
        le=1_000_000,
    )
    kl_prompts: int = setting(
        64,
        "Prompts the final policy completes once, to measure its KL to the reference; 0: none.",
        unit="prompts",
        why="the mean is steady to about a tenth",
        ge=0,
        le=100_000,
    )
    max_new_tokens: int = setting(
        64, "Longest of these completions.", unit="tokens", why="a few sentences", ge=1, le=10**6
    )
