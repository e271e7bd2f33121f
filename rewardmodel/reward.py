"""The reward stage: whole rankings in, a reward model out.

The loss is InstructGPT's (section 3.5): one ranking with all its completions is one batch element,
the mean over its pairs of -log sigmoid(score difference), then the mean over rankings.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.chances import WinOdds
from rewardmodel.config import RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.group_scores import PassSizes, group_scores
from rewardmodel.groups import (
    Group,
    LengthRule,
    demonstration_rows,
    make_groups,
    trainable,
    warn_of_shared_prompts,
    warn_of_unknown_labelers,
)
from rewardmodel.known_prompts import list_prompts
from rewardmodel.left_out import rows_not_whole, write_left_out
from rewardmodel.metrics import pair_figures
from rewardmodel.models import RewardModel, new_reward_model, verify_saved_reward_model
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.reward_losses import TIE_MODELS, probability_of_tie
from rewardmodel.reward_update import backward_on
from rewardmodel.rundir import Run
from rewardmodel.sharding import gathered
from rewardmodel.training import (
    StoppedEarly,
    UpdateLoop,
    checkpoint_activations,
    derived_learning_rate,
    epoch_order,
    stable_seed,
    start_processes,
    weight_count,
)
from rewardmodel.validation import Validation

# InstructGPT App. C.2: 9e-6 for 6B weights.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 9e-6, 6e9
SMALL = 1e8  # weights below which a published rate is no guide
REFERENCE_LIMIT = 4096  # completions behind the affine; more would not move a mean


@dataclass(frozen=True, slots=True)
class _Data:
    """What a run learns from and is measured on."""

    snapshot: Snapshot
    training: list[Group]
    held_out: list[Group]
    left_out: list[dict[str, Any]]

    @property
    def comparable(self) -> bool:
        """Whether anything held out can be right or wrong."""
        return any(not pair.tie for group in self.held_out for pair in group.pairs)


def run_reward(run: Run, config: RewardConfig) -> dict[str, Any]:
    """The reward stage."""
    run.refuse_unknown_inputs(("policy", "snapshot"))
    policy_directory = run.input("policy")
    snapshot = read_snapshot(run.input("snapshot"))
    processes = start_processes(config)
    reward_model = new_reward_model(
        policy_directory, processes.device, stable_seed("head", config.seed)
    )
    data = _read(run, config, reward_model, snapshot)
    if not data.comparable and (config.keep == "best" or config.patience):
        raise Refused(
            "config_refused",
            f"keep {config.keep!r}, patience {config.patience}: the snapshot has no usable "
            "comparison in its validation split to measure by",
        )
    weights = weight_count(reward_model)
    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights, rate_factor(config)
    )
    if processes.is_first:
        _hint_at_rate(weights, rate, config)
    trained = add_adapters(reward_model, config, seed=stable_seed("adapters", config.seed))
    if config.ties in TIE_MODELS:
        reward_model.learn_ties(config.ties)
    if config.activation_checkpointing:
        checkpoint_activations(reward_model)
    keep_best = config.keep == "best"
    validation = Validation(reward_model, keep_best=keep_best, patience=config.patience)
    steps = run_steps(data.training, config)
    loop = UpdateLoop(run, config, reward_model, steps, rate, processes, validation)
    done = _train(loop, reward_model, data, config, validation)
    with gathered(reward_model):
        if not processes.is_first:
            return {}
        best = validation.restore_best()
        kept = done if best is None else best
        report = _conclude(loop, config, reward_model, data, kept)
    return (
        report
        | loop.ending()
        | {
            "weights": weights,
            "trained_weights": trained,
            "learning_rate": rate,
            "learning_rate_of_instructgpt_6b": PUBLISHED_RATE,
            "updates": done,
            "stopped_early": done < loop.total,
            "kept_update": kept,
        }
    )


def _read(run: Run, config: RewardConfig, reward_model: RewardModel, snapshot: Snapshot) -> _Data:
    """Groups of both splits; what is left out is listed in left_out.jsonl and warned of."""
    found, left_out = {}, []
    for split, part in (("train", "training rankings"), ("validation", "validation rankings")):
        rule = LengthRule(config, reward_model.codec, reward_model.context_tokens, part)
        rankings = (r for r in snapshot.rankings if r.split == split)
        # what is held out is measured by its pairs alone
        verdicts = split == "train" and config.cut_weight > 0
        groups = make_groups(rankings, rule, verdicts=verdicts)
        if split == "train":
            warn_of_unknown_labelers(run.events, groups, config)
            groups = trainable(groups, config, rule)
            if not groups:
                raise Refused(
                    "data_refused",
                    f"no ranking to learn from: of {len(snapshot.rankings)} rankings in the "
                    "snapshot none is in the training split with something that counts "
                    f"({rule.why_nothing})",
                )
        rule.report(run.events)
        found[split] = groups
        left_out += rule.left_out
    warn_of_shared_prompts(run.events, found["train"], found["validation"])
    used = sum(map(len, found.values()))
    in_part = rows_not_whole(left_out)["used_in_part"]
    run.events.data_read("rankings", used=used, given=len(snapshot.rankings), used_in_part=in_part)
    return _Data(snapshot, found["train"], found["validation"], left_out)


def _hint_at_rate(weights: int, rate: float, config: RewardConfig) -> None:
    """Published rates belong to large models; small ones barely move at them."""
    if weights < SMALL:
        chosen = "as set" if config.learning_rate else "derived from the size"
        print(
            f"{weights / 1e6:.1f}M weights learn at {rate:.1e} ({chosen}); InstructGPT used "
            f"{PUBLISHED_RATE:.0e} for 6B. Small models want higher rates and sometimes a second "
            "epoch: watch the validation figures.",
            file=sys.stderr,
        )


def _train(
    loop: UpdateLoop,
    reward_model: RewardModel,
    data: _Data,
    config: RewardConfig,
    validation: Validation,
) -> int:
    """All updates, with held-out figures on the way; the number of those done."""
    training, processes = data.training, loop.processes
    updates_per_epoch = -(-len(training) // config.prompts_per_step)

    def measure() -> tuple[float, dict[str, float]]:
        figures = _brief(_measure(reward_model, data.held_out, config, samples=100))
        return figures.get("validation_nll", math.nan), figures

    def look(step: int) -> None:
        if data.comparable:
            validation.look(step, loop, measure)

    def backward(step: int) -> dict[str, float]:
        # Before the update rather than after the last one: a run that was killed between saving
        # and measuring still measures.
        if step > 0 and step % config.evaluate_every_steps == 0:
            look(step)
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(training))
        start = number * config.prompts_per_step
        chosen = [training[index] for index in order[start : start + config.prompts_per_step]]
        return backward_on(reward_model, chosen, config, processes)

    try:
        loop.execute(backward)
        if config.keep == "best":
            look(loop.total)
    except StoppedEarly as stopped:
        return stopped.step
    return loop.total


def _conclude(
    loop: UpdateLoop, config: RewardConfig, reward_model: RewardModel, data: _Data, kept: int
) -> dict[str, Any]:
    """Normalize, save, verify what was saved, measure."""
    run = loop.run
    rule = LengthRule(
        config, reward_model.codec, reward_model.context_tokens, "reference demonstrations"
    )
    reference, normalized_on = _reference_rows(data.snapshot, data.training, rule)
    rule.report(run.events)
    reference_scores = reward_model.score_rows(reference, config.microbatch_tokens)
    reward_model.normalize_by(reference_scores, unit_spread=config.normalize == "shift_and_scale")
    if config.cut_weight:
        reward_model.cut = -reward_model.shift / reward_model.scale

    def save(directory: Path) -> None:
        reward_model.save(directory)
        list_prompts(directory, data.training, data.held_out)

    run.publish_model(save)
    write_left_out(run.directory, [*data.left_out, *rule.left_out])
    difference = verify_saved_reward_model(
        run.directory / "model", reward_model, sorted(reference, key=len)[:8]
    )
    report: dict[str, Any] = {
        "training_rankings": len(data.training),
        "training_pairs": sum(len(group.pairs) for group in data.training),
        **rows_not_whole(data.left_out),
        "snapshot_sha256": data.snapshot.sha256,
        "score_shift": reward_model.shift,
        "score_scale": reward_model.scale,
        "normalized_on": normalized_on,
        "round_trip_difference": difference,
    }
    if reward_model.cut is not None:
        report["score_cut"] = reward_model.cut
    if reward_model.tie_model is not None:
        report["tie_probability_at_equal_scores"] = probability_of_tie(
            reward_model.tie, reward_model.tie_model
        )
    if data.held_out:
        figures = _measure(reward_model, data.held_out, config, samples=1000)
        brief = _brief(figures)
        if config.keep != "best":  # the best weights were measured, and told of, at their own step
            run.events.metric(kept, brief)
        if brief:
            loop.looked(kept, brief, final=True)
        report["validation"] = figures
    return report


def run_steps(training: Sequence[Group], config: RewardConfig) -> int:
    """Number of updates of a whole run."""
    return config.epochs * -(-len(training) // config.prompts_per_step)


def _reference_rows(
    snapshot: Snapshot, training: Sequence[Group], rule: LengthRule
) -> tuple[list[list[int]], dict[str, Any]]:
    """What should score 0 on average: demonstrations, else the completions of training; and how
    many of which. The rule lists demonstrations that do not fit.
    """
    given = [entry for entry in snapshot.demonstrations if entry.split == "train"]
    if demonstrations := demonstration_rows(given, rule):
        rows = [prompt + ids for prompt, ids in demonstrations[:REFERENCE_LIMIT]]
        return rows, _described("demonstrations", rows, len(given))
    rows = [row for group in training for row in group.rows()]
    chosen = rows[:: -(-len(rows) // REFERENCE_LIMIT)]
    return chosen, _described("training completions", chosen, len(rows))


def _described(kind: str, rows: Sequence[list[int]], given: int) -> dict[str, Any]:
    return {"kind": kind, "completions": len(rows), "left_out": given - len(rows)}


def _measure(
    reward_model: RewardModel, groups: Sequence[Group], config: RewardConfig, samples: int
) -> dict[str, Any]:
    sizes = PassSizes.on(reward_model.device, config.microbatch_tokens)
    scores = group_scores(reward_model, groups, config.share_prompts, sizes)
    log_odds = WinOdds.of(reward_model).log_odds(scores)
    return pair_figures(groups, scores, samples=samples, seed=config.seed, log_odds=log_odds)


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
