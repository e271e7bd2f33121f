"""Settings of the ppo stage."""

from __future__ import annotations

from typing import ClassVar, Literal

from rewardmodel.config.base import setting
from rewardmodel.config.policy_gradient import PolicyGradientConfig
from rewardmodel.config.rules import Rule


class PpoConfig(PolicyGradientConfig):
    """PPO against a reward model, with a value function and a per-token KL penalty."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *PolicyGradientConfig.rules,
        Rule(
            "value_only_iterations",
            "below",
            "iterations",
            "the policy would never be updated",
            unless={"iterations": (1,)},
        ),
    )

    value_network: Literal["separate", "shared"] = setting(
        "separate",
        "separate: a network of its own tells the value of a state; shared: a scalar head on the "
        "policy, which halves memory and updates, and lets both losses pull at one network.",
        why="InstructGPT; the 2019 code shares",
    )
    value_start: Literal["reward_model", "policy"] = setting(
        "reward_model",
        "What a separate value network starts from: the reward model (the first of several; the "
        "policy where there is none), or the policy with a head of zeros.",
        why="InstructGPT: a reward model already knows what a good beginning looks like",
    )
    value_coefficient: float = setting(
        0.1,
        "Weight of the value loss beside the policy loss on a shared network.",
        why="the 2019 code; a separate network has its own optimiser and needs no weight",
        gt=0,
        le=100,
    )
    value_learning_rate: float | None = setting(
        None,
        "Learning rate of a separate value network; empty: three times the policy's.",
        why="InstructGPT's 9e-6 beside 3e-6",
        gt=0,
        le=1.0,
    )
    value_only_iterations: int = setting(
        0,
        "In the first iterations only the value network (of a shared one: its head) is updated.",
        unit="iterations",
        why="the value model starts as the reward model; raise it where explained variance is < 0",
        ge=0,
        le=10_000,
    )
    discount: float = setting(1.0, "Gamma of the returns.", why="InstructGPT", ge=0, le=1)
    gae_lambda: float = setting(
        0.95, "Lambda of generalised advantage estimation.", why="the 2019 code", ge=0, le=1
    )
    whiten_advantages: bool = setting(
        True,
        "Give the advantages of an iteration mean 0 and variance 1 over all its tokens.",
        why="every implementation that is stable for more than one inner epoch",
    )
    value_clip: float | None = setting(
        0.2,
        "How far one iteration may move a value, in units of score; empty: any distance.",
        unit="score",
        why="every implementation but two",
        gt=0,
        le=1000,
    )
