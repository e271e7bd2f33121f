"""Where a reward model is right and where not: accuracy by kind of pair, and its calibration.

Knows groups and numbers. Every accuracy counts an equal score as half right and comes with an
interval over prompts, as in `metrics`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardmodel.groups import Group
from rewardmodel.metrics import (
    DIFFERENCE,
    ECE_BINS,
    SHARE,
    Floats,
    clustered_ratio,
    clusters_of,
    score_differences,
    sigmoid,
)

Scores = Sequence[Sequence[float]]
EQUAL_LENGTH, TWICE = 0.15, 1.0  # of |log2 of the ratio of lengths|
LENGTH_BUCKETS = (
    "better is much shorter",
    "better is shorter",
    "about equal",
    "better is longer",
    "better is much longer",
)


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A strict pair of some ranking, with what the scores say of it."""

    group: Group
    cluster: str
    right: float  # 1, 0.5 or 0
    margin: float  # score of the better minus score of the worse
    log_odds: float  # that the better wins
    rank_gap: int
    length_ratio: float  # log2 of the length of the better over that of the worse
    group_number: int
    better: int
    worse: int


def judged_pairs(
    groups: Sequence[Group], scores: Scores, log_odds: Sequence[Floats] | None = None
) -> list[JudgedPair]:
    """Every strict pair, in order; log_odds as in `metrics.pair_figures`."""
    tables = score_differences(scores) if log_odds is None else log_odds
    _, keys = clusters_of(groups)
    found = []
    for number, (group, values, odds) in enumerate(zip(groups, scores, tables, strict=True)):
        for pair in group.pairs:
            if pair.tie:
                continue
            margin = values[pair.better] - values[pair.worse]
            longer, shorter = group.text_lengths[pair.better], group.text_lengths[pair.worse]
            found.append(
                JudgedPair(
                    group=group,
                    cluster=keys[number],
                    right=0.5 + 0.5 * float(np.sign(margin)),
                    margin=margin,
                    log_odds=float(odds[pair.better, pair.worse]),
                    rank_gap=pair.rank_gap,
                    length_ratio=float(np.log2((longer + 1) / (shorter + 1))),
                    group_number=number,
                    better=pair.better,
                    worse=pair.worse,
                )
            )
    return found


def length_bucket(pair: JudgedPair) -> str:
    """How much longer or shorter the better text is; much: more than twice."""
    steps = (abs(pair.length_ratio) >= EQUAL_LENGTH) + (abs(pair.length_ratio) > TWICE)
    return LENGTH_BUCKETS[2 + (steps if pair.length_ratio > 0 else -steps)]


def _rank_gap(pair: JudgedPair) -> str:
    return str(pair.rank_gap) if pair.rank_gap else "direct"


KINDS: dict[str, Callable[[JudgedPair], str]] = {
    "rank_gap": _rank_gap,
    "labeler": lambda pair: pair.group.labeler or "not named",
    "source": lambda pair: pair.group.source or "not named",
    "round": lambda pair: "not named" if pair.group.round is None else str(pair.group.round),
    "language": lambda pair: pair.group.lang,
    "length_gap": length_bucket,
}


def accuracy_by_kind(
    pairs: Sequence[JudgedPair], *, samples: int, seed: int
) -> dict[str, dict[str, dict[str, Any]]]:
    """kind -> value -> accuracy with interval and number of pairs; see KINDS for the kinds."""
    found = {}
    for kind, name_of in KINDS.items():
        parts: dict[str, list[JudgedPair]] = defaultdict(list)
        for pair in pairs:
            parts[name_of(pair)].append(pair)
        found[kind] = {
            name: {**accuracy(parts[name], samples=samples, seed=seed), "pairs": len(parts[name])}
            for name in sorted(parts, key=_natural)
        }
    return found


def _natural(name: str) -> tuple[int, str]:
    if name in LENGTH_BUCKETS:
        return LENGTH_BUCKETS.index(name), ""
    return (int(name), "") if name.isdigit() else (1 << 30, name)


def accuracy(pairs: Sequence[JudgedPair], *, samples: int, seed: int) -> dict[str, float]:
    """Share of pairs ordered rightly, with an interval over prompts."""
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, float] = defaultdict(float)
    for pair in pairs:
        sums[pair.cluster] += pair.right
        counts[pair.cluster] += 1
    return clustered_ratio(
        list(sums.values()), list(counts.values()), samples, seed, SHARE
    ).to_json()


def reliability(pairs: Sequence[JudgedPair]) -> list[dict[str, float]]:
    """Ten bins of the predicted probability that the first of a pair wins, beside what happened.

    Each pair is taken both ways round, as in the calibration error; empty bins are left out.
    """
    log_odds: Floats = np.asarray([pair.log_odds for pair in pairs], float)
    predicted = np.concatenate([sigmoid(log_odds), sigmoid(-log_odds)])
    outcome = np.concatenate([np.ones_like(log_odds), np.zeros_like(log_odds)])
    bins = np.minimum((predicted * ECE_BINS).astype(int), ECE_BINS - 1)
    return [
        {
            "low": number / ECE_BINS,
            "high": (number + 1) / ECE_BINS,
            "predicted": float(predicted[bins == number].mean()),
            "observed": float(outcome[bins == number].mean()),
            "pairs": float((bins == number).sum()),
        }
        for number in range(ECE_BINS)
        if (bins == number).any()
    ]


def ensemble_figures(
    groups: Sequence[Group], members: Sequence[Scores], *, samples: int, seed: int
) -> dict[str, Any]:
    """How far M reward models agree, and whether they are right where they do.

    members: by reward model the scores of each group. disagreement: mean over completions of the
    standard deviation between members; unanimous / split: the accuracy of the mean score over the
    pairs that all members order alike, and over the rest.
    """
    mean = [list(np.mean([m[n] for m in members], axis=0)) for n in range(len(groups))]
    spread = [np.std([m[n] for m in members], axis=0) for n in range(len(groups))]
    pairs = judged_pairs(groups, mean)
    alike: list[JudgedPair] = []
    apart: list[JudgedPair] = []
    for pair in pairs:
        signs = {
            float(np.sign(m[pair.group_number][pair.better] - m[pair.group_number][pair.worse]))
            for m in members
        }
        (alike if len(signs) == 1 else apart).append(pair)
    return {
        "members": len(members),
        "member_accuracy": [
            accuracy(judged_pairs(groups, m), samples=samples, seed=seed) for m in members
        ],
        "disagreement": float(np.mean(np.concatenate(spread))) if spread else float("nan"),
        "unanimous": {**accuracy(alike, samples=samples, seed=seed), "pairs": len(alike)},
        "split": {**accuracy(apart, samples=samples, seed=seed), "pairs": len(apart)},
    }


def paired_difference(
    ours: Sequence[JudgedPair], theirs: Sequence[JudgedPair], *, samples: int, seed: int
) -> dict[str, float]:
    """Accuracy of one set of scores minus that of another on the same pairs, with interval."""
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, float] = defaultdict(float)
    for mine, other in zip(ours, theirs, strict=True):
        sums[mine.cluster] += mine.right - other.right
        counts[mine.cluster] += 1
    return clustered_ratio(
        list(sums.values()), list(counts.values()), samples, seed, DIFFERENCE
    ).to_json()
