"""The reward stage: whole rankings in, a reward model out.

The loss is InstructGPT's (section 3.5): one ranking with all its completions is one batch element,
the mean over its pairs of -log sigmoid(score difference), then the mean over rankings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.batches import pad_right, split_by_tokens
from rewardmodel.config import RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.groups import (
    Group,
    LengthRule,
    demonstration_rows,
    make_groups,
    preference_matrices,
    trainable,
)
from rewardmodel.losses import group_pairwise_loss
from rewardmodel.metrics import pair_figures
from rewardmodel.models import RewardModel, new_reward_model, verify_saved_reward_model
from rewardmodel.prefix import WORTH_SHARING, lay_out, sharing_gain
from rewardmodel.processes import Processes
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.rundir import Run
from rewardmodel.training import (
    UpdateLoop,
    autocast,
    checkpoint_activations,
    derived_learning_rate,
    epoch_order,
    stable_seed,
    start_processes,
    weight_count,
)

# InstructGPT App. C.2: 9e-6 for 6B weights.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 9e-6, 6e9
Sharing = Literal["auto", "always", "never"]
FORWARD_TOKENS = 2048  # padded tokens in one forward: on a CPU more only adds padding
SHARED_FORWARD_TOKENS = 4096
REFERENCE_LIMIT = 4096  # completions behind the affine; more would not move a mean


def score_groups(
    reward_model: RewardModel, groups: Sequence[Group], sharing: Sharing = "auto"
) -> Tensor:
    """(B, Kmax) scores of every completion, with gradient; padded places are 0.

    Prompts are computed once for all their completions where that is asked for or pays, else once
    for each completion. Raises Refused where sharing is asked for and the network cannot.
    """
    shared = groups_to_share(reward_model, groups, sharing)
    counts = torch.tensor([len(group.completion_ids) for group in groups])
    starts = (counts.cumsum(0) - counts).tolist()
    flat, order = [], []
    for part in split_groups(groups, sorted(shared), SHARED_FORWARD_TOKENS):
        batch = lay_out([groups[n] for n in part], reward_model.device, torch.float32)
        flat.append(reward_model.forward_shared(batch))
        order += [starts[n] + k for n in part for k in range(len(groups[n].completion_ids))]
    rows: list[list[int]] = []
    places: list[int] = []
    for number in sorted(set(range(len(groups))) - shared):
        rows += groups[number].rows()
        places += range(starts[number], starts[number] + len(groups[number].completion_ids))
    for chunk in split_by_tokens([len(row) for row in rows], FORWARD_TOKENS):
        ids = [rows[n] for n in chunk]
        flat.append(reward_model(pad_right(ids, reward_model.codec.fill_id, reward_model.device)))
        order += [places[n] for n in chunk]
    device = flat[0].device
    scores = torch.cat(flat)[torch.tensor(order, device=device).argsort()]
    real = torch.arange(int(counts.max()))[None, :] < counts[:, None]
    filled: Tensor = scores.new_zeros(real.shape).masked_scatter(real.to(device), scores)
    return filled


def groups_to_share(
    reward_model: RewardModel, groups: Sequence[Group], sharing: Sharing
) -> set[int]:
    """Which groups have their prompt computed once."""
    if sharing == "never":
        return set()
    obstacle = reward_model.why_not_shared
    if sharing == "always":
        if obstacle:
            raise Refused("config_refused", f"share_prompts: 'always' is impossible: {obstacle}")
        return set(range(len(groups)))
    if obstacle:
        return set()
    width = int(reward_model.classifier.config.hidden_size)
    return {n for n, group in enumerate(groups) if sharing_gain(group, width) > WORTH_SHARING}


def split_groups(groups: Sequence[Group], chosen: Sequence[int], budget: int) -> list[list[int]]:
    """Indices in parts whose tokens fit the budget, prompts of like length together.

    A group counts its prompt and its completions once; it is never split.
    """
    order = sorted(chosen, key=lambda n: (len(groups[n].prompt_ids), n))
    parts: list[list[int]] = []
    tokens = 0
    for number in order:
        size = len(groups[number].prompt_ids) + sum(map(len, groups[number].completion_ids))
        if not parts or tokens + size > budget:
            parts.append([])
            tokens = 0
        parts[-1].append(number)
        tokens += size
    return parts


def backward_on(
    reward_model: RewardModel,
    groups: Sequence[Group],
    config: RewardConfig,
    processes: Processes | None = None,
) -> dict[str, float]:
    """Fill the gradients with this process's share of one update's; figures of the whole of it."""
    processes = processes or Processes(reward_model.device)
    total_weight = sum(group.weight for group in groups)
    mine = processes.share(groups)
    sums = dict.fromkeys(("loss", "right", "compared", "scores", "seen", "squares"), 0.0)
    for chosen in split_groups(mine, range(len(mine)), config.microbatch_tokens):
        part = [mine[n] for n in chosen]
        with autocast(config.precision, reward_model.device):
            scores = score_groups(reward_model, part, config.share_prompts)
        preference, margins, weights = (
            tensor.to(scores.device) for tensor in preference_matrices(part, config)
        )
        loss_sum, _ = group_pairwise_loss(scores, preference, margins, weights)
        (loss_sum / total_weight).backward()
        sums["loss"] += loss_sum.item() / total_weight
        _count(part, scores.detach().cpu().double().tolist(), sums)
    total = processes.sum_figures(sums)
    mean = total["scores"] / total["seen"]
    return {
        "loss": total["loss"],
        "accuracy": total["right"] / max(1.0, total["compared"]),
        "pairs": total["compared"],
        "score_mean": mean,
        "score_std": math.sqrt(max(0.0, total["squares"] / total["seen"] - mean**2)),
    }


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


@torch.no_grad()
def group_scores(
    reward_model: RewardModel, groups: Sequence[Group], sharing: Sharing = "auto"
) -> list[list[float]]:
    """Scores of every completion of every group, without gradient."""
    if not groups:
        return []
    scores = score_groups(reward_model, groups, sharing).tolist()
    return [row[: len(group.completion_ids)] for row, group in zip(scores, groups, strict=True)]


def run_reward(run: Run, config: RewardConfig) -> dict[str, Any]:
    """The reward stage."""
    run.refuse_unknown_inputs(("policy", "snapshot"))
    policy_directory = run.input("policy")
    snapshot = read_snapshot(run.input("snapshot"))
    processes = start_processes(config)
    reward_model = new_reward_model(
        policy_directory, processes.device, stable_seed("head", config.seed)
    )
    rule = LengthRule(config, reward_model.codec, reward_model.context_tokens)
    training = trainable(
        make_groups((r for r in snapshot.rankings if r.split == "train"), rule), config
    )
    if not training:
        raise Refused(
            "data_refused",
            f"no ranking to learn from: of {len(snapshot.rankings)} rankings in the snapshot none "
            f"is in the training split with a pair that counts ({dict(rule.counts)})",
        )
    rule.report(run.events, "training rankings")
    held_rule = LengthRule(config, reward_model.codec, reward_model.context_tokens)
    held_out = make_groups((r for r in snapshot.rankings if r.split == "validation"), held_rule)
    held_rule.report(run.events, "validation rankings")

    weights = weight_count(reward_model)
    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights, rate_factor(config)
    )
    trained = add_adapters(reward_model, config, seed=stable_seed("adapters", config.seed))
    if config.activation_checkpointing:
        checkpoint_activations(reward_model)
    updates_per_epoch = -(-len(training) // config.prompts_per_step)
    total = config.epochs * updates_per_epoch
    loop = UpdateLoop(run, config, reward_model, total, rate, processes)

    def backward(step: int) -> dict[str, float]:
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(training))
        start = number * config.prompts_per_step
        chosen = [training[index] for index in order[start : start + config.prompts_per_step]]
        return backward_on(reward_model, chosen, config, processes)

    def after(done: int) -> None:
        if held_out and processes.is_first and done % config.evaluate_every_steps == 0:
            run.events.metric(done, _brief(_measure(reward_model, held_out, config, samples=100)))

    loop.execute(backward, after)
    if not processes.is_first:
        return {}
    return _conclude(run, config, reward_model, snapshot, training, held_out) | {
        "weights": weights,
        "trained_weights": trained,
        "learning_rate": rate,
        "learning_rate_of_instructgpt_6b": PUBLISHED_RATE,
        "updates": loop.total,
    }


def _conclude(
    run: Run,
    config: RewardConfig,
    reward_model: RewardModel,
    snapshot: Snapshot,
    training: Sequence[Group],
    held_out: Sequence[Group],
) -> dict[str, Any]:
    """Normalize, save, verify what was saved, measure."""
    reference, reference_kind = _reference_rows(reward_model, snapshot, training, config)
    reference_scores = reward_model.score_rows(reference, config.microbatch_tokens)
    reward_model.normalize_by(reference_scores, unit_spread=config.normalize == "shift_and_scale")
    run.publish_model(reward_model.save)
    difference = verify_saved_reward_model(
        run.directory / "model", reward_model, sorted(reference, key=len)[:8]
    )
    report: dict[str, Any] = {
        "training_rankings": len(training),
        "training_pairs": sum(len(group.pairs) for group in training),
        "snapshot_sha256": snapshot.sha256,
        "score_shift": reward_model.shift,
        "score_scale": reward_model.scale,
        "normalized_on": {"kind": reference_kind, "completions": len(reference)},
        "round_trip_difference": difference,
    }
    if held_out:
        figures = _measure(reward_model, held_out, config, samples=1000)
        run.events.metric(run_steps(training, config), _brief(figures))
        report["validation"] = figures
    return report


def run_steps(training: Sequence[Group], config: RewardConfig) -> int:
    """Number of updates of a whole run."""
    return config.epochs * -(-len(training) // config.prompts_per_step)


def _reference_rows(
    reward_model: RewardModel, snapshot: Snapshot, training: Sequence[Group], config: RewardConfig
) -> tuple[list[list[int]], str]:
    """What should score 0 on average: demonstrations, else the completions of training."""
    rule = LengthRule(config, reward_model.codec, reward_model.context_tokens)
    demonstrations = demonstration_rows(
        (entry for entry in snapshot.demonstrations if entry.split == "train"), rule
    )
    if demonstrations:
        return [prompt + ids for prompt, ids in demonstrations[:REFERENCE_LIMIT]], "demonstrations"
    rows = [row for group in training for row in group.rows()]
    step = -(-len(rows) // REFERENCE_LIMIT)
    return rows[::step], "training completions"


def _measure(
    reward_model: RewardModel, groups: Sequence[Group], config: RewardConfig, samples: int
) -> dict[str, Any]:
    scores = group_scores(reward_model, groups, config.share_prompts)
    return pair_figures(groups, scores, samples=samples, seed=config.seed)


def _brief(figures: dict[str, Any]) -> dict[str, float]:
    """The figures worth a curve."""
    if not figures.get("pairs"):
        return {}
    return {
        "validation_accuracy": figures["accuracy"]["value"],
        "validation_length_baseline": figures["length_baseline"]["value"],
        "validation_nll": figures["nll"],
        "validation_kendall_tau_b": figures["kendall_tau_b"],
        "validation_ece": figures["ece"],
    }
