"""One update of a reward model: the loss that the settings ask for, and its gradients.

Knows groups, losses and the processes of a run; no files and no events.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodel.config import RewardConfig
from rewardmodel.group_scores import (
    ONE_PASS,
    PassSizes,
    score_groups,
    split_for_update,
)
from rewardmodel.groups import (
    Group,
    acceptability,
    compares,
    preference_matrices,
    says_by_cut,
    text_numbers,
    tied_pairs,
    tier_numbers,
)
from rewardmodel.losses import group_pairwise_loss
from rewardmodel.models import RewardModel
from rewardmodel.processes import Processes
from rewardmodel.reward_losses import cut_loss, plackett_luce_loss, tie_aware_loss
from rewardmodel.sharding import idle_pass, run_pass
from rewardmodel.training import autocast


class UpdateWeight(NamedTuple):
    """What the two losses of one update are averaged over, however it is split: the weight of the
    rankings that have part in each.
    """

    compared: float
    cut: float

    @classmethod
    def of(cls, groups: Sequence[Group], config: RewardConfig) -> UpdateWeight:
        """Of all rankings of an update."""
        return cls(
            sum(group.weight for group in groups if compares(group, config)),
            sum(group.weight for group in groups if says_by_cut(group, config)),
        )


def update_loss(
    reward_model: RewardModel,
    groups: Sequence[Group],
    scores: Tensor,
    config: RewardConfig,
    whole: UpdateWeight,
) -> Tensor:
    """What some rankings of an update of that weight add to its loss, the cut's included.

    Each loss is a mean over the rankings that it is of: how many there are of the other kind
    changes nothing.
    """
    # 0 of 0 where no ranking of the update is compared: the graph stays, with a gradient of 0
    loss = group_loss(reward_model, groups, scores, config) / (whole.compared or 1.0)
    if whole.cut:
        said = acceptability(groups).to(scores.device)
        weights = torch.tensor([group.weight for group in groups], device=scores.device)
        loss = loss + config.cut_weight / whole.cut * cut_loss(scores, said, weights)
    return loss


def group_loss(
    reward_model: RewardModel, groups: Sequence[Group], scores: Tensor, config: RewardConfig
) -> Tensor:
    """The loss of what some rankings compare, summed over them by their weight.

    scores (B, K) with gradient, as from `score_groups`.
    """
    weights = torch.tensor([group.weight for group in groups], device=scores.device)
    if config.loss == "plackett_luce":
        tiers, texts = (
            numbers(groups).to(scores.device) for numbers in (tier_numbers, text_numbers)
        )
        ties_compete = config.ties == "half"
        loss, _ = plackett_luce_loss(scores, tiers, texts, weights, ties_compete=ties_compete)
    else:
        preference, margins, _ = (
            tensor.to(scores.device) for tensor in preference_matrices(groups, config)
        )
        if reward_model.tie_parameter is None:
            loss, _ = group_pairwise_loss(scores, preference, margins, weights)
        else:
            tied = tied_pairs(groups).to(scores.device)
            loss, _ = tie_aware_loss(
                scores, preference, tied, margins, weights, reward_model.tie_parameter, config.ties
            )
    return loss


def backward_on(
    reward_model: RewardModel,
    groups: Sequence[Group],
    config: RewardConfig,
    processes: Processes | None = None,
) -> dict[str, float]:
    """Fill the gradients with this process's share of one update's; figures of the whole of it."""
    processes = processes or Processes(reward_model.device)
    whole = UpdateWeight.of(groups, config)
    mine = processes.share(groups)
    sums = dict.fromkeys(("loss", "right", "compared", "scores", "seen", "squares"), 0.0)
    parts = split_for_update(
        reward_model,
        mine,
        range(len(mine)),
        config.microbatch_tokens,
        config.share_prompts,
        one_pass=processes.sharded,
    )
    sizes = (
        ONE_PASS
        if processes.sharded
        else PassSizes.on(reward_model.device, config.microbatch_tokens)
    )
    for chosen in processes.in_step(parts):
        if chosen is None:
            idle_pass(reward_model)
            continue
        part = [mine[n] for n in chosen]
        with autocast(config.precision, reward_model.device):
            ask = partial(score_groups, reward_model, part, config.share_prompts, sizes)
            scores = run_pass(reward_model, ask)
        loss = update_loss(reward_model, part, scores, config, whole)
        loss.backward()
        sums["loss"] += loss.item()
        _count(part, scores.detach().cpu().double().tolist(), sums)
    total = processes.sum_figures(sums)
    mean = total["scores"] / total["seen"]
    figures = {
        "loss": total["loss"],
        "pairs": total["compared"],
        "score_mean": mean,
        "score_std": math.sqrt(max(0.0, total["squares"] / total["seen"] - mean**2)),
    }
    # an update of ties and verdicts alone orders nothing, rightly or wrongly
    if total["compared"]:
        figures["accuracy"] = total["right"] / total["compared"]
    return figures


def _count(groups: Sequence[Group], scores: Sequence[list[float]], sums: dict[str, float]) -> None:
    """Add what the figures of an update are made of."""
    for group, row in zip(groups, scores, strict=True):
        real = row[: len(group.completion_ids)]
        sums["scores"] += sum(real)
        sums["squares"] += sum(value**2 for value in real)
        sums["seen"] += len(real)
        strict = [pair for pair in group.pairs if not pair.tie]
        sums["right"] += sum(row[pair.better] > row[pair.worse] for pair in strict)
        sums["compared"] += len(strict)
