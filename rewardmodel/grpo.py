"""The grpo stage: group-relative policy optimisation (Shao et al. 2024), no value network.

Every token of a completion gets the same advantage: the distance of its reward from the mean of
the prompt's completions, in their standard deviations. The ratio is clipped token by token, and
the KL penalty stands in the loss (k3) or in the reward (k1).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rewardmodel.advantages import group_relative, scaled_to_unit_spread
from rewardmodel.config import GrpoConfig
from rewardmodel.learners import Learner, Position, Ratios, UpdateSize
from rewardmodel.losses import clipped_policy_loss, kl_k3, token_rewards
from rewardmodel.models import Policy
from rewardmodel.policy_gradient_run import run_policy_gradient
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Judged, Rollouts
from rewardmodel.rundir import Run
from rewardmodel.scoring import Scored


class GrpoLearner(Learner):
    """Compares completions of a prompt in their own standard deviations."""

    def __init__(
        self, policy: Policy, config: GrpoConfig, processes: Processes | None = None
    ) -> None:
        super().__init__(policy, config, processes)
        self.config = config

    def judge(self, scored: Scored, kl_coefficient: float) -> Judged:
        mask = scored.completion_mask
        in_reward = kl_coefficient if self.config.kl_place == "reward" else 0.0
        rewards = token_rewards(scored.penalized, scored.kl, mask, in_reward)
        whole = rewards.sum(dim=1)
        if self.config.scale_rewards:
            whole = scaled_to_unit_spread(whole, whole.isfinite())
        groups = whole.view(-1, self.config.completions_per_prompt)
        advantages = group_relative(groups, divide_by_std=self.config.divide_by_std).flatten()
        return Judged(rewards, advantages[:, None] * mask)

    def weights(self, mask: Tensor, size: UpdateSize) -> Tensor:
        """(B, C) share of each token in the loss of an update; they add up to 1 over it."""
        if self.config.average == "tokens":
            return mask / size.tokens
        return mask / mask.sum(dim=1, keepdim=True) / size.completions

    def backward_on(
        self, part: Rollouts, size: UpdateSize, position: Position
    ) -> tuple[dict[str, float], Ratios]:
        mask = part.completion_mask
        weights = self.weights(mask, size)
        said = self.forward(part)
        # A positive weight passes through the maximum in the clipped loss.
        policy = clipped_policy_loss(
            said.log_probs, part.log_probs, part.advantages * weights, mask, self.config.ratio_clip
        )
        loss = policy.loss
        figures = {
            "policy_loss": loss.item(),
            "policy_clip": float(policy.clipped.sum()) / size.tokens,
        }
        if self.config.kl_place == "loss":
            kl = position.kl_coefficient * (kl_k3(said.log_probs, part.reference) * weights).sum()
            figures["kl_loss"] = kl.item()
            loss = loss + kl
        (loss - self.entropy_bonus(said, size.tokens)).backward()
        ratio = policy.ratio[mask]
        return figures | self.watched(said, part, size.tokens), Ratios(ratio, ratio)


def run_grpo(run: Run, config: GrpoConfig) -> dict[str, Any]:
    """The grpo stage: policy, reward and prompts in, a new policy out."""
    return run_policy_gradient(
        run, config, lambda policy, _, processes: GrpoLearner(policy, config, processes)
    )
