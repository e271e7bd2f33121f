"""The reward stage: whole rankings in, a reward model out.

The loss is InstructGPT's (section 3.5): one ranking with all its completions is one batch element,
the mean over its pairs of -log sigmoid(score difference), then the mean over rankings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

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
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.rundir import Run
from rewardmodel.training import (
    UpdateLoop,
    derived_learning_rate,
    epoch_order,
    stable_seed,
    start_device,
    weight_count,
)

# InstructGPT App. C.2: 9e-6 for 6B weights.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 9e-6, 6e9
FORWARD_TOKENS = 2048  # padded tokens in one forward: on a CPU more only adds padding
REFERENCE_LIMIT = 4096  # completions behind the affine; more would not move a mean


def score_groups(reward_model: RewardModel, groups: Sequence[Group]) -> Tensor:
    """(B, Kmax) scores of every completion, with gradient; padded places are 0.

    Plain form: one forward for each completion, prompt repeated; rows of like length together.
    """
    rows = [row for group in groups for row in group.rows()]
    parts = list(split_by_tokens([len(row) for row in rows], FORWARD_TOKENS))
    fill, device = reward_model.codec.fill_id, reward_model.device
    scored = torch.cat(
        [reward_model(pad_right([rows[n] for n in part], fill, device)) for part in parts]
    )
    order = torch.tensor([n for part in parts for n in part], device=device)
    flat = scored[order.argsort()]
    counts = [len(group.completion_ids) for group in groups]
    scores = flat.new_zeros(len(groups), max(counts))
    real = torch.arange(max(counts), device=flat.device)[None, :] < torch.tensor(
        counts, device=flat.device
    ).unsqueeze(1)
    filled: Tensor = scores.masked_scatter(real, flat)
    return filled


def split_groups(groups: Sequence[Group], budget: int) -> list[list[Group]]:
    """Parts whose padded tokens fit the budget; a ranking is never split."""
    longest = [len(g.prompt_ids) + max(map(len, g.completion_ids)) for g in groups]
    order = sorted(range(len(groups)), key=lambda n: (longest[n], n))
    parts: list[list[Group]] = []
    rows = 0
    for number in order:
        count = len(groups[number].completion_ids)
        if not parts or (rows + count) * longest[number] > budget:
            parts.append([])
            rows = 0
        parts[-1].append(groups[number])
        rows += count
    return parts


def backward_on(
    reward_model: RewardModel, groups: Sequence[Group], config: RewardConfig
) -> dict[str, float]:
    """Fill the gradients with those of one update's loss; returns its figures."""
    total_weight = sum(group.weight for group in groups)
    loss, right, compared = 0.0, 0.0, 0
    scores_seen = []
    for part in split_groups(groups, config.microbatch_tokens):
        scores = score_groups(reward_model, part)
        preference, margins, weights = (
            tensor.to(scores.device) for tensor in preference_matrices(part, config)
        )
        loss_sum, _ = group_pairwise_loss(scores, preference, margins, weights)
        (loss_sum / total_weight).backward()
        loss += loss_sum.item() / total_weight
        values = scores.detach().cpu().tolist()
        for group, row in zip(part, values, strict=True):
            scores_seen += row[: len(group.completion_ids)]
            strict = [pair for pair in group.pairs if not pair.tie]
            right += sum(row[pair.better] > row[pair.worse] for pair in strict)
            compared += len(strict)
    seen = torch.tensor(scores_seen)
    return {
        "loss": loss,
        "accuracy": right / max(1, compared),
        "pairs": float(compared),
        "score_mean": float(seen.mean()),
        "score_std": float(seen.std(unbiased=False)),
    }


def group_scores(
    reward_model: RewardModel, groups: Sequence[Group], microbatch_tokens: int
) -> list[list[float]]:
    """Scores of every completion of every group, without gradient."""
    rows = [row for group in groups for row in group.rows()]
    if not rows:
        return []
    flat = reward_model.score_rows(rows, microbatch_tokens).tolist()
    ends = [0]
    for group in groups:
        ends.append(ends[-1] + len(group.completion_ids))
    return [flat[start:end] for start, end in pairwise(ends)]


def run_reward(run: Run, config: RewardConfig) -> dict[str, Any]:
    """The reward stage."""
    run.refuse_unknown_inputs(("policy", "snapshot"))
    policy_directory = run.input("policy")
    snapshot = read_snapshot(run.input("snapshot"))
    device = start_device(config)
    reward_model = new_reward_model(policy_directory, device, stable_seed("head", config.seed))
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
    rate = config.learning_rate or derived_learning_rate(PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights)
    updates_per_epoch = -(-len(training) // config.prompts_per_step)
    loop = UpdateLoop(run, config, reward_model, config.epochs * updates_per_epoch, rate)

    def backward(step: int) -> dict[str, float]:
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(training))
        start = number * config.prompts_per_step
        chosen = [training[index] for index in order[start : start + config.prompts_per_step]]
        return backward_on(reward_model, chosen, config)

    def after(done: int) -> None:
        if held_out and done % config.evaluate_every_steps == 0:
            run.events.metric(done, _brief(_measure(reward_model, held_out, config, samples=100)))

    loop.execute(backward, after)
    return _conclude(run, config, reward_model, snapshot, training, held_out) | {
        "weights": weights,
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
    scores = group_scores(reward_model, groups, config.microbatch_tokens)
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
