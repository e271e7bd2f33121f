"""Reward models of a world, trained by the reward stage's own update, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.learning.world import CPU
from rewardmodel.config import RewardConfig
from rewardmodel.group_scores import group_scores
from rewardmodel.groups import Group
from rewardmodel.metrics import pair_figures
from rewardmodel.models import RewardModel, new_reward_model
from rewardmodel.reward_update import backward_on
from rewardmodel.training import (
    apply_update,
    epoch_order,
    learning_rate_factor,
    new_optimizer,
    stable_seed,
)

RATE = 2e-3


def train_reward_model(
    base_folder: Path,
    groups: Sequence[Group],
    *,
    seed: int,
    epochs: int = 2,
    prompts_per_step: int = 16,
    rate: float = RATE,
) -> RewardModel:
    """A reward model of the base policy's size; its training completions score 0 with spread 1."""
    config = RewardConfig(seed=seed, prompts_per_step=prompts_per_step, microbatch_tokens=8192)
    reward_model = new_reward_model(base_folder, CPU, stable_seed("head", seed))
    optimizer = new_optimizer(reward_model, config)
    steps_per_epoch = -(-len(groups) // prompts_per_step)
    for step in range(epochs * steps_per_epoch):
        epoch, number = divmod(step, steps_per_epoch)
        order = epoch_order(seed, epoch, len(groups))
        chosen = order[number * prompts_per_step : (number + 1) * prompts_per_step]
        backward_on(reward_model, [groups[n] for n in chosen], config)
        factor = learning_rate_factor(
            step, epochs * steps_per_epoch, warmup_fraction=0.05, shape="cosine"
        )
        apply_update(reward_model, optimizer, rate * factor, config)
    rows = [row for group in groups for row in group.rows()][:2048]
    reward_model.normalize_by(reward_model.score_rows(rows, 8192), unit_spread=True)
    return reward_model.requires_grad_(False)


def held_out_figures(reward_model: RewardModel, groups: Sequence[Group]) -> dict[str, float]:
    """Accuracy and NLL on rankings it has not seen."""
    figures = pair_figures(groups, group_scores(reward_model, groups), samples=100, seed=0)
    return {"accuracy": float(figures["accuracy"]["value"]), "nll": float(figures["nll"])}
