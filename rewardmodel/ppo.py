"""The ppo stage: a policy trained against a reward, with a value function (InstructGPT 3.5).

Clipped steps on policy and value network, advantages by generalised advantage estimation, a KL
penalty at every token of the reward. The values come from a network of their own or from a head
on the policy. The loop, the invariants and the KL ceiling are in `policy_gradient`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rewardmodel.adapters import add_adapters
from rewardmodel.advantages import scaled_to_unit_spread
from rewardmodel.batches import TokenBatch
from rewardmodel.config import PpoConfig
from rewardmodel.learners import Learner, Position, Ratios, UpdateSize
from rewardmodel.losses import (
    PolicyLoss,
    ValueLoss,
    clipped_policy_loss,
    clipped_value_loss,
    generalized_advantages,
    token_rewards,
    whiten,
)
from rewardmodel.models import Policy, RewardModel
from rewardmodel.policy_gradient_run import run_policy_gradient
from rewardmodel.ppo_figures import value_figures
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Judged, Rollouts
from rewardmodel.rundir import Run
from rewardmodel.scoring import Scored
from rewardmodel.sharding import idle_pass, idle_pass_of, run_pass
from rewardmodel.text import require_same_tokens
from rewardmodel.training import (
    apply_update,
    checkpoint_activations,
    new_optimizer,
    stable_seed,
)
from rewardmodel.unembedding import TokenFigures
from rewardmodel.value_networks import (
    PolicyWithValues,
    ValueHead,
    figures_and_values,
    in_parts,
    new_value_model,
    state_values,
)


class PpoLearner(Learner):
    """What both kinds of value network share: the advantages and the two losses."""

    def __init__(
        self, policy: Policy, config: PpoConfig, processes: Processes | None = None
    ) -> None:
        super().__init__(policy, config, processes)
        self.config = config

    def trains_policy(self, iteration: int) -> bool:
        return iteration >= self.config.value_only_iterations

    @abstractmethod
    def values_of(self, batch: TokenBatch) -> Tensor:
        """(B, C) value of the state before each completion token."""

    @torch.no_grad()
    def judge(self, scored: Scored, kl_coefficient: float) -> Judged:
        config, mask = self.config, scored.completion_mask
        rewards = token_rewards(scored.penalized, scored.kl, mask, kl_coefficient)
        if config.scale_rewards:
            rewards = scaled_to_unit_spread(rewards, mask)
        values = scored.values
        if values is None:
            values = in_parts(
                scored.batch, self.values_of, config.microbatch_tokens, self.processes
            )
        advantages, returns = generalized_advantages(
            rewards, values, mask, config.discount, config.gae_lambda
        )
        if config.whiten_advantages:
            advantages = whiten(advantages, mask)
        return Judged(rewards, advantages, values, returns)

    def figures(self, rollouts: Rollouts) -> dict[str, float]:
        return value_figures(rollouts)

    def policy_loss(self, said: TokenFigures, part: Rollouts) -> PolicyLoss:
        """Summed over tokens."""
        return clipped_policy_loss(
            said.log_probs,
            part.log_probs,
            part.advantages,
            part.completion_mask,
            self.config.ratio_clip,
        )

    def value_loss(self, values: Tensor, part: Rollouts) -> ValueLoss:
        """Summed over tokens."""
        return clipped_value_loss(
            values, part.values, part.returns, part.completion_mask, self.config.value_clip
        )

    def report(
        self,
        said: TokenFigures,
        policy: PolicyLoss,
        value: ValueLoss,
        part: Rollouts,
        tokens: float,
    ) -> tuple[dict[str, float], Ratios]:
        """The figures of some rows, and their ratios."""
        figures = {
            "policy_loss": policy.loss.item() / tokens,
            "value_loss": value.loss.item() / tokens,
            "policy_clip": float(policy.clipped.sum()) / tokens,
            "value_clip": float(value.clipped.sum()) / tokens,
        }
        ratio = policy.ratio[part.completion_mask]
        return figures | self.watched(said, part, tokens), Ratios(ratio, ratio)


class SeparateValues(PpoLearner):
    """A value network of its own, with its own optimiser (InstructGPT)."""

    def __init__(
        self,
        policy: Policy,
        config: PpoConfig,
        value_model: RewardModel,
        processes: Processes | None = None,
    ) -> None:
        super().__init__(policy, config, processes)
        self.value_model = value_model
        add_adapters(value_model, config, seed=stable_seed("value adapters", config.seed))
        if config.activation_checkpointing:
            checkpoint_activations(value_model)
        self.processes.shard(value_model)
        self.value_rate = config.value_learning_rate or 3 * self.rate
        self.value_optimizer = new_optimizer(value_model, config)

    def networks(self) -> dict[str, nn.Module]:
        return {**super().networks(), "value": self.value_model}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {**super().optimizers(), "value_optimizer": self.value_optimizer}

    def updated(self, iteration: int) -> list[nn.Module]:
        return (
            [self.policy, self.value_model] if self.trains_policy(iteration) else [self.value_model]
        )

    def values_of(self, batch: TokenBatch) -> Tensor:
        with self.arithmetic():
            return run_pass(self.value_model, partial(state_values, self.value_model, batch))

    def backward_on(
        self, part: Rollouts, size: UpdateSize, position: Position
    ) -> tuple[dict[str, float], Ratios]:
        trains_policy = self.trains_policy(position.iteration)
        with torch.set_grad_enabled(trains_policy):
            said = self.forward(part)
            policy = self.policy_loss(said, part)
        if trains_policy:
            (policy.loss / size.tokens - self.entropy_bonus(said, size.tokens)).backward()
        value = self.value_loss(self.values_of(part.batch()), part)
        (value.loss / size.tokens).backward()
        return self.report(said, policy, value, part, size.tokens)

    def idle(self, position: Position) -> None:
        super().idle(position)
        idle_pass(self.value_model)

    def apply(self, factor: float, position: Position) -> dict[str, float]:
        figures = {}
        if self.trains_policy(position.iteration):
            figures = super().apply(factor, position)
        assert self.value_rate is not None
        norm = apply_update(
            self.value_model, self.value_optimizer, self.value_rate * factor, self.config
        )
        return {**figures, "value_gradient_norm": norm}


class SharedValues(PpoLearner):
    """A scalar head on the policy: one trunk, one pass and one optimiser for both (2019 code)."""

    def __init__(
        self, policy: Policy, config: PpoConfig, processes: Processes | None = None
    ) -> None:
        self.head = ValueHead(policy)
        self.both = PolicyWithValues(policy, self.head)
        super().__init__(policy, config, processes)

    @property
    def trained(self) -> nn.Module:
        return self.both

    @property
    def value_head(self) -> nn.Module:
        return self.head

    def networks(self) -> dict[str, nn.Module]:
        return {**super().networks(), "value": self.head}

    def updated(self, iteration: int) -> list[nn.Module]:
        return [self.both if self.trains_policy(iteration) else self.head]

    def values_of(self, batch: TokenBatch) -> Tensor:
        return self._pass(batch, train_trunk=False)[1]

    def _pass(self, batch: TokenBatch, *, train_trunk: bool) -> tuple[TokenFigures, Tensor]:
        with self.arithmetic():
            return figures_and_values(
                self.policy, self.head, batch, self.config.temperature, train_trunk=train_trunk
            )

    def backward_on(
        self, part: Rollouts, size: UpdateSize, position: Position
    ) -> tuple[dict[str, float], Ratios]:
        trains_policy = self.trains_policy(position.iteration)
        ask = partial(self._pass, part.batch(), train_trunk=trains_policy)
        said, values = run_pass(self.both, ask)
        policy, value = self.policy_loss(said, part), self.value_loss(values, part)
        loss = self.config.value_coefficient * value.loss / size.tokens
        if trains_policy:
            loss = loss + policy.loss / size.tokens - self.entropy_bonus(said, size.tokens)
        loss.backward()
        return self.report(said, policy, value, part, size.tokens)

    def idle(self, position: Position) -> None:
        train_trunk = self.trains_policy(position.iteration)
        idle_pass_of(self.both, partial(self.both.smallest_pass, train_trunk=train_trunk))

    def apply(self, factor: float, position: Position) -> dict[str, float]:
        norm = apply_update(self.both, self.policy_optimizer, self.rate * factor, self.config)
        return {"policy_gradient_norm": norm}


def new_learner(
    policy: Policy,
    config: PpoConfig,
    policy_folder: Path,
    reward_folders: Sequence[Path],
    processes: Processes | None = None,
) -> PpoLearner:
    """With the value network that the settings ask for. Raises Refused."""
    if config.value_network == "shared":
        return SharedValues(policy, config, processes)
    start = reward_folders[0] if reward_folders and config.value_start == "reward_model" else None
    value_model = new_value_model(policy_folder, start, config.seed).to(policy.device)
    require_same_tokens(policy.codec, value_model.codec)
    return SeparateValues(policy, config, value_model, processes)


def run_ppo(run: Run, config: PpoConfig) -> dict[str, Any]:
    """The ppo stage: policy, reward and prompts in, a new policy out."""
    folder = run.input("policy")
    return run_policy_gradient(
        run,
        config,
        lambda policy, folders, processes: new_learner(policy, config, folder, folders, processes),
    )
