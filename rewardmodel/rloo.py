"""The rloo stage: REINFORCE with a leave-one-out baseline (Ahmadian et al. 2024), no value network.

The whole completion is one action. Its reward is the score minus the KL penalty summed over its
tokens; its advantage is that reward minus the mean of the other completions of its prompt.
"""

from __future__ import annotations

from typing import Any

import torch

from rewardmodel.advantages import leave_one_out, scaled_to_unit_spread
from rewardmodel.config import RlooConfig
from rewardmodel.learners import Learner, Position, Ratios, UpdateSize
from rewardmodel.losses import clipped_sequence_loss, token_rewards
from rewardmodel.models import Policy
from rewardmodel.policy_gradient_run import run_policy_gradient
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Judged, Rollouts
from rewardmodel.rundir import Run
from rewardmodel.scoring import Scored


class RlooLearner(Learner):
    """Compares each completion with the others of its prompt."""

    def __init__(
        self, policy: Policy, config: RlooConfig, processes: Processes | None = None
    ) -> None:
        super().__init__(policy, config, processes)
        self.config = config

    def judge(self, scored: Scored, kl_coefficient: float) -> Judged:
        mask = scored.completion_mask
        rewards = token_rewards(scored.penalized, scored.kl, mask, kl_coefficient)
        whole = rewards.sum(dim=1)
        if self.config.scale_rewards:
            whole = scaled_to_unit_spread(whole, whole.isfinite())
        advantages = leave_one_out(whole.view(-1, self.config.completions_per_prompt)).flatten()
        return Judged(rewards, advantages[:, None] * mask)

    def backward_on(
        self, part: Rollouts, size: UpdateSize, position: Position
    ) -> tuple[dict[str, float], Ratios]:
        said = self.forward(part)
        loss = clipped_sequence_loss(
            said.log_probs,
            part.log_probs,
            part.advantages[:, 0],
            part.completion_mask,
            self.config.ratio_clip,
        )
        (loss.loss / size.completions - self.entropy_bonus(said, size.tokens)).backward()
        figures = {
            "policy_loss": loss.loss.item() / size.completions,
            "policy_clip": float(loss.clipped.sum()) / size.completions,
        }
        # Token by token: over a long completion even rounding adds up.
        moved = torch.exp(said.log_probs.detach() - part.log_probs)[part.completion_mask]
        return figures | self.watched(said, part, size.tokens), Ratios(moved, loss.ratio)


def run_rloo(run: Run, config: RlooConfig) -> dict[str, Any]:
    """The rloo stage: policy, reward and prompts in, a new policy out."""
    return run_policy_gradient(
        run, config, lambda policy, _, processes: RlooLearner(policy, config, processes)
    )
