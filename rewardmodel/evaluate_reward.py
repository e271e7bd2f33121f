"""Reward models held against rankings: the figures of report.json and report.html.

One reward model, or several as an ensemble whose mean score is judged; beside it the length-only
baseline, people among themselves, and a baseline reward model on the same pairs.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from rewardmodel.breakdowns import (
    accuracy,
    accuracy_by_kind,
    ensemble_figures,
    judged_pairs,
    paired_difference,
    reliability,
)
from rewardmodel.chances import WinOdds, mean_log_odds
from rewardmodel.config import EvaluateConfig
from rewardmodel.ensemble import RewardEnsemble
from rewardmodel.group_scores import group_scores
from rewardmodel.groups import Group, LengthRule, make_groups
from rewardmodel.known_prompts import count_trained_on
from rewardmodel.left_out import rows_not_whole, write_left_out
from rewardmodel.metrics import pair_figures
from rewardmodel.models import RewardModel
from rewardmodel.rankings import Snapshot
from rewardmodel.report_html import write_report
from rewardmodel.rundir import Run

Scores = list[list[float]]


def judge_reward_models(
    run: Run,
    config: EvaluateConfig,
    ensemble: RewardEnsemble,
    baseline: RewardModel | None,
    snapshot: Snapshot,
    known: Set[str],
) -> dict[str, Any]:
    """Figures of the mean score on the rankings of a split; writes report.html, left_out.jsonl.

    known: the prompts that the reward models were trained on, as from `prompts_trained_on`.
    """
    rule = LengthRule(config, ensemble.codec, ensemble.context_tokens, "rankings")
    rankings = [r for r in snapshot.rankings if config.split in (r.split, "all")]
    groups = make_groups(rankings, rule)
    rule.report(run.events)
    members = [
        _scores(run, config, member, groups, "score" if number == 0 else f"score {number + 1}")
        for number, member in enumerate(ensemble.members)
    ]
    odds = [WinOdds.of(member) for member in ensemble.members]
    figures = reward_figures(
        groups, members, odds, samples=config.bootstrap_samples, seed=config.seed
    )
    listed = list(rule.left_out)
    if baseline is not None and figures["pairs"]:
        theirs, unread = _baseline_scores(run, config, baseline, rankings, groups, rule)
        listed += unread
        figures |= _against(groups, _mean(members), theirs, config)
    figures |= {
        "snapshot_sha256": snapshot.sha256,
        "split": config.split,
        **rows_not_whole(rule.left_out),
        **count_trained_on((group.prompt_key for group in groups), known, run.events),
    }
    write_left_out(run.directory, listed)
    write_report(run.directory, "Reward model on rankings", figures, listed)
    return figures


def reward_figures(
    groups: Sequence[Group],
    members: Sequence[Scores],
    odds: Sequence[WinOdds],
    *,
    samples: int,
    seed: int,
) -> dict[str, Any]:
    """All figures of M reward models' scores: by member, by group, by completion.

    odds: what the scores of each member mean; the mean of the members' log-odds is what calibration
    is measured on.
    """
    scores = _mean(members)
    log_odds = mean_log_odds(members, odds)
    figures = pair_figures(groups, scores, samples=samples, seed=seed, log_odds=log_odds)
    if not figures["pairs"]:
        return figures
    pairs = judged_pairs(groups, scores, log_odds)
    figures["reliability"] = reliability(pairs)
    figures["by"] = accuracy_by_kind(pairs, samples=samples, seed=seed)
    if len(members) > 1:
        figures["ensemble"] = ensemble_figures(groups, members, samples=samples, seed=seed)
    return figures


def _mean(members: Sequence[Scores]) -> Scores:
    return [np.mean(rows, axis=0).tolist() for rows in zip(*members, strict=True)]


def _scores(
    run: Run, config: EvaluateConfig, reward_model: RewardModel, groups: Sequence[Group], phase: str
) -> Scores:
    scores: Scores = []
    for start in range(0, len(groups), config.batch_prompts):
        if run.stop_requested:
            raise run.interrupt(0)
        scores += group_scores(reward_model, groups[start : start + config.batch_prompts])
        run.progress(phase, len(scores), len(groups))
    return scores


def _baseline_scores(
    run: Run,
    config: EvaluateConfig,
    baseline: RewardModel,
    rankings: Sequence[Any],
    groups: Sequence[Group],
    ours_read: LengthRule,
) -> tuple[dict[str, list[float]], list[dict[str, Any]]]:
    """By ranking id, where the baseline reward model reads the same completions; what it cannot read.

    It may have another tokenizer and another context, so texts are encoded anew for it. What is
    left out for both is not told twice.
    """
    rule = LengthRule(config, baseline.codec, baseline.context_tokens, "baseline reward model")
    theirs = make_groups(rankings, rule)
    told = [{**entry, "part": rule.part} for entry in ours_read.left_out]
    rule.left_out = [entry for entry in rule.left_out if entry not in told]
    rule.report(run.events)
    ours = {group.id: group for group in groups}
    same = [group for group in theirs if _same_texts(ours.get(group.id), group)]
    scores = _scores(run, config, baseline, same, "score baseline")
    found = {group.id: row for group, row in zip(same, scores, strict=True)}
    return found, rule.left_out


def _against(
    groups: Sequence[Group], ours: Scores, theirs: dict[str, list[float]], config: EvaluateConfig
) -> dict[str, Any]:
    kept = [number for number, group in enumerate(groups) if group.id in theirs]
    if not kept:
        return {}
    chosen = [groups[number] for number in kept]
    mine = [ours[number] for number in kept]
    other = [theirs[group.id] for group in chosen]
    samples, seed = config.bootstrap_samples, config.seed
    judged = judged_pairs(chosen, mine), judged_pairs(chosen, other)
    return {
        "baseline_reward_model": {
            "rankings": len(chosen),
            "accuracy": accuracy(judged[1], samples=samples, seed=seed),
            "difference": paired_difference(*judged, samples=samples, seed=seed),
        }
    }


def _same_texts(ours: Group | None, theirs: Group) -> bool:
    """Whether both readings of a ranking kept the same completions and pairs."""
    if ours is None:
        return False
    return (ours.pairs, ours.text_lengths) == (theirs.pairs, theirs.text_lengths)
