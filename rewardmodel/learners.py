"""What tells the policy-gradient methods apart: how they judge completions, and what they update.

A learner owns the networks that train and their optimisers; the engine (`policy_gradient`) owns
the loop. Methods without a value function need only advantages and a loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.config import PolicyGradientConfig
from rewardmodel.losses import kl_k3
from rewardmodel.models import Policy
from rewardmodel.policy_forward import completion_figures
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Judged, Rollouts
from rewardmodel.scoring import Scored
from rewardmodel.sharding import idle_pass, run_pass
from rewardmodel.training import (
    apply_update,
    autocast,
    checkpoint_activations,
    derived_learning_rate,
    new_optimizer,
    stable_seed,
    weight_count,
)
from rewardmodel.unembedding import TokenFigures

# Of these an iteration has the largest of its updates, of all other figures the mean.
LARGEST = frozenset({"ratio_max"})
# The N+ implementation details of RLHF with PPO (2024): 3e-6 at 1B weights.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 3e-6, 1e9


@dataclass(slots=True)
class Position:
    """Where a run stands: iteration, updates done in it, and what goes with them."""

    iteration: int = 0
    update: int = 0
    kl_coefficient: float = 0.0
    rollouts: Rollouts | None = None
    measured_kl: float | None = None  # of this very policy; None after an update
    # figures of the updates done in this iteration, summed (or their largest): alarms read their means
    sums: dict[str, float] = field(default_factory=dict)
    counted: int = 0
    first_ratio_error: float | None = None  # how far ratios were from 1 before the first of them

    def count(self, figures: Mapping[str, float]) -> None:
        """Add the figures of one more update."""
        self.counted += 1
        for name, value in figures.items():
            before = self.sums.get(name, 0.0)
            self.sums[name] = max(before, value) if name in LARGEST else before + value

    def means(self) -> dict[str, float]:
        """Mean figures over the updates that were counted, and what was seen at the first."""
        count = max(1, self.counted)
        found = {n: value if n in LARGEST else value / count for n, value in self.sums.items()}
        if self.first_ratio_error is not None:
            found["first_ratio_error"] = self.first_ratio_error
        return found

    def begin_next(self) -> None:
        """The updates of this iteration are done."""
        self.iteration += 1
        self.update = self.counted = 0
        self.sums = {}
        self.rollouts = self.measured_kl = self.first_ratio_error = None


class UpdateSize(NamedTuple):
    """What one update is averaged over, however it is split."""

    tokens: float
    completions: float


class Ratios(NamedTuple):
    """New to old probability of some rows, flat: of each token, and of each thing the clip acts on."""

    tokens: Tensor
    clipped: Tensor


class Learner(ABC):
    """A policy that learns, with its optimiser."""

    value_rate: float | None = None

    def __init__(
        self, policy: Policy, config: PolicyGradientConfig, processes: Processes | None = None
    ) -> None:
        self.policy, self.settings = policy, config
        self.processes = processes or Processes(policy.device)  # alone, unless there are more
        self.rate = config.learning_rate or derived_learning_rate(
            PUBLISHED_RATE, PUBLISHED_WEIGHTS, weight_count(policy), rate_factor(config)
        )
        add_adapters(policy, config, seed=stable_seed("adapters", config.seed))
        if config.activation_checkpointing:
            checkpoint_activations(policy)
        self.processes.shard(self.trained)
        self.policy_optimizer = new_optimizer(self.trained, config)

    def networks(self) -> dict[str, nn.Module]:
        """What trains, by the name it has in a checkpoint."""
        return {"policy": self.policy}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Their optimisers, by the name they have in a checkpoint."""
        return {"policy_optimizer": self.policy_optimizer}

    @property
    def trained(self) -> nn.Module:
        """What the policy's optimiser steps: the policy, and what stands on it."""
        return self.policy

    @property
    def value_head(self) -> nn.Module | None:
        """What reads values from the policy's own states, while it draws."""
        return None

    def trains_policy(self, iteration: int) -> bool:
        """Whether the policy itself is updated in this iteration."""
        return True

    def updated(self, iteration: int) -> list[nn.Module]:
        """The networks that this iteration's updates change."""
        return [self.policy]

    @abstractmethod
    def judge(self, scored: Scored, kl_coefficient: float) -> Judged:
        """Rewards and advantages of scored completions; with values where there are any."""

    def figures(self, rollouts: Rollouts) -> dict[str, float]:
        """What this method alone has to say of an iteration's rollouts."""
        return {}

    @abstractmethod
    def backward_on(
        self, part: Rollouts, size: UpdateSize, position: Position
    ) -> tuple[dict[str, float], Ratios]:
        """Add the gradients of some rows of an update of that size.

        Returns their share of the update's figures, and their ratios.
        """

    def idle(self, position: Position) -> None:
        """Take part in the passes of a `backward_on` that only other processes have rows for."""
        with torch.set_grad_enabled(self.trains_policy(position.iteration)):
            idle_pass(self.policy)

    def apply(self, factor: float, position: Position) -> dict[str, float]:
        """Step the optimisers at this factor of their peak rates."""
        norm = apply_update(self.policy, self.policy_optimizer, self.rate * factor, self.settings)
        return {"policy_gradient_norm": norm}

    # --- what the losses share --------------------------------------------------------------

    def arithmetic(self) -> torch.autocast:
        """What the passes of an update are computed in; losses stand outside, in fp32."""
        return autocast(self.settings.precision, self.policy.device)

    def forward(self, part: Rollouts) -> TokenFigures:
        """(B, C) of the policy as it is now, with gradient."""
        config = self.settings
        ask = partial(
            completion_figures,
            self.policy,
            part.groups(config.completions_per_prompt),
            config.temperature,
            config.share_prompts,
        )
        with self.arithmetic():
            return run_pass(self.policy, ask)

    def entropy_bonus(self, said: TokenFigures, tokens: float) -> Tensor | float:
        """What undecidedness takes off the loss."""
        if not self.settings.entropy_coefficient:
            return 0.0
        return self.settings.entropy_coefficient * said.entropy.sum() / tokens

    @staticmethod
    def watched(said: TokenFigures, part: Rollouts, tokens: float) -> dict[str, float]:
        """Entropy and distance from the policy that drew, per token."""
        mask = part.completion_mask
        moved = (kl_k3(part.log_probs, said.log_probs.detach()) * mask).sum()
        return {
            "entropy": float((said.entropy.detach() * mask).sum()) / tokens,
            "approx_kl": float(moved) / tokens,
        }
