"""Figures of agreement between scores and rankings, with intervals. Plain numbers in and out.

Intervals resample prompts, not pairs: the pairs of one prompt share its completions, and several
labelers may have ranked it, so they are not independent. Where there are too few prompts to
resample, sets of completions take their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, kendalltau, norm, t

from rewardmodel.groups import Group

Floats = NDArray[np.float64]
ECE_BINS = 10
FEWEST_CLUSTERS = 20
TAIL = 0.025  # beyond either end of an interval
FEW = 5.0  # clusters' worth of right or of wrong, below which resampling misjudges a share
SHARE = (0.0, 1.0)
DIFFERENCE = (-1.0, 1.0)  # of two shares
BOOTSTRAP = "95 % percentile bootstrap widened by Student's t"
INTERVAL = f"{BOOTSTRAP} (exact for shares near none or all) over"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the ends of its 95 % interval over so many clusters, see `clustered_ratio`."""

    value: float
    low: float
    high: float
    clusters: int

    def to_json(self) -> dict[str, float]:
        """As it stands in a report."""
        return asdict(self)


def clustered_ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    samples: int,
    seed: int,
    bounds: tuple[float, float] | None = None,
    clusters: Sequence[str] | None = None,
) -> Interval:
    """sum(numerators)/sum(denominators) with a bootstrap over clusters, see `_tail_of`.

    One entry for each cluster (prompt), unless `clusters` names that of each: those of one name are one.
    With denominators of 1 it is a mean. bounds: SHARE or
    DIFFERENCE, between which the ratio of every cluster lies; None: anywhere. Where resampling tells
    too little of a bounded figure its interval is at least the exact one, see `_exact`.
    """
    top, bottom = np.asarray(numerators, float), np.asarray(denominators, float)
    if clusters is not None:
        places = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
        belongs = [places[name] for name in clusters]
        top, bottom = (np.bincount(belongs, each, len(places)) for each in (top, bottom))
    if len(top) == 0 or bottom.sum() == 0:
        return Interval(float("nan"), float("nan"), float("nan"), len(top))
    value = float(top.sum() / bottom.sum())
    low, high = _resampled(top, bottom, samples, seed)
    if bounds is not None and (exact := _exact(value, top / bottom, bounds)):
        # clusters of unlike size can vary more than the exact one allows for
        low, high = min(low, exact[0]), max(high, exact[1])
    return Interval(value, low, high, len(top))


def _resampled(top: Floats, bottom: Floats, samples: int, seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    ratios = np.empty(samples)
    for number in range(samples):
        drawn = generator.integers(0, len(top), len(top))
        ratios[number] = top[drawn].sum() / max(bottom[drawn].sum(), 1e-12)
    tail = _tail_of(len(top))
    low, high = np.quantile(ratios, [tail, 1 - tail])
    return float(low), float(high)


def _tail_of(clusters: int) -> float:
    """Beyond either end of the resampled figures, so that few clusters give a wide enough interval.

    Resampling n clusters spreads a mean by sqrt((n - 1) / n) of its standard error, and takes that error for
    known. Hesterberg (2014, "What teachers should know about the bootstrap", section 4.2): the tail of
    the normal distribution beyond sqrt(n / (n - 1)) times the quantile of Student's t.
    """
    if clusters < 2:
        return TAIL
    n = clusters
    return float(norm.cdf(-np.sqrt(n / (n - 1)) * t.ppf(1 - TAIL, n - 1)))


def _exact(value: float, ratios: Floats, bounds: tuple[float, float]) -> tuple[float, float] | None:
    """What resampling cannot give: of prompts that are all right its interval has no width.

    Clopper & Pearson (1934, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26), with clusters as trials. Where all clusters agree: of n none differs, so
    at most 1 - 0.025 ** (1 / n) of all there are does, and those by as much as the bounds allow. A share
    with fewer than FEW clusters' worth of right or of wrong: their limits, the sum of the clusters'
    shares being the successes, which need not be whole (a share within [0, 1] varies at most as much
    as a coin of its mean). Of all right or all wrong both say the same. None: resample.
    """
    least, most = bounds
    count = len(ratios)
    if np.ptp(ratios) < 1e-12:
        unseen = 1 - TAIL ** (1 / count)
        return value - unseen * (value - least), value + unseen * (most - value)
    right, wrong = count * value, count * (1 - value)
    if bounds != SHARE or min(right, wrong) >= FEW:
        return None
    low = float(beta.ppf(TAIL, right, wrong + 1)) if right > 0 else 0.0
    high = float(beta.ppf(1 - TAIL, right + 1, wrong)) if wrong > 0 else 1.0
    return low, high


@dataclass(frozen=True, slots=True)
class _Strict:
    """Every strict pair of all groups, flat."""

    cluster: list[str]
    margin: Floats  # score of the better minus score of the worse
    log_odds: Floats  # that the better wins
    longer: Floats  # 1: the better is longer, 0.5: equal, 0: shorter
    gap: list[int]


def score_differences(scores: Sequence[Sequence[float]]) -> list[Floats]:
    """By ranking: (K, K) score of completion i minus that of j."""
    return [np.subtract.outer(np.asarray(row, float), np.asarray(row, float)) for row in scores]


def clusters_of(groups: Sequence[Group]) -> tuple[str, list[str]]:
    """What is resampled, and the cluster of each group."""
    prompts = [group.prompt_key for group in groups]
    if len(set(prompts)) >= FEWEST_CLUSTERS:
        return "prompts", prompts
    return "sets of completions", [
        f"{group.prompt_key}\x1f{sorted(group.completion_ids)}" for group in groups
    ]


def _strict_pairs(
    groups: Sequence[Group],
    scores: Sequence[Sequence[float]],
    log_odds: Sequence[Floats],
    keys: Sequence[str],
) -> _Strict:
    cluster, margin, said, longer, gap = [], [], [], [], []
    for group, values, odds, key in zip(groups, scores, log_odds, keys, strict=True):
        for pair in group.pairs:
            if pair.tie:
                continue
            cluster.append(key)
            margin.append(values[pair.better] - values[pair.worse])
            said.append(odds[pair.better, pair.worse])
            difference = group.text_lengths[pair.better] - group.text_lengths[pair.worse]
            longer.append(0.5 + 0.5 * float(np.sign(difference)))
            gap.append(pair.rank_gap)
    return _Strict(
        cluster,
        np.asarray(margin, float),
        np.asarray(said, float),
        np.asarray(longer, float),
        gap,
    )


def _by_cluster(clusters: Sequence[str], values: Floats) -> tuple[list[float], list[float]]:
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, float] = defaultdict(float)
    for cluster, value in zip(clusters, values, strict=True):
        sums[cluster] += float(value)
        counts[cluster] += 1
    return list(sums.values()), list(counts.values())


def pair_figures(
    groups: Sequence[Group],
    scores: Sequence[Sequence[float]],
    *,
    samples: int = 1000,
    seed: int = 0,
    log_odds: Sequence[Floats] | None = None,
) -> dict[str, Any]:
    """How well scores order the completions of rankings.

    log_odds: by ranking (K, K), that i is judged better than j where it is no tie; None: the
    differences of the scores. A reward model's come from `chances`.

    accuracy: share of strict pairs ordered rightly, an equal score counting half, with a
    interval over clusters; accuracy_per_prompt: the mean of each cluster's share, and
    accuracy_macro: the same with an interval;
    top_1: how often the best-scored completion is in the best tier, where several score best the
    share of them that is; kendall_tau_b: mean over the rankings that are no single tie, 0 where
    all scores are equal (its denominator is 0 there, but nothing was ordered); nll, brier and ece of
    strict pairs under log_odds; length_baseline: the accuracy of "the longer text wins" on the same
    pairs, shorter_baseline: of "the shorter text wins"; ties: see `tie_figures`; human_agreement:
    how often two people who ranked the same completions order a pair alike (None: nobody did),
    with an interval over prompts.
    """
    resampled, keys = clusters_of(groups)
    odds = score_differences(scores) if log_odds is None else log_odds
    flat = _strict_pairs(groups, scores, odds, keys)
    if len(flat.margin) == 0:
        return {"pairs": 0, "rankings": len(groups)}
    right = 0.5 + 0.5 * np.sign(flat.margin)
    tops, bottoms = _by_cluster(flat.cluster, right)
    lengths = _by_cluster(flat.cluster, flat.longer)
    shorter = _by_cluster(flat.cluster, 1 - flat.longer)
    shares = list(np.array(tops) / np.array(bottoms))
    return {
        "pairs": len(flat.margin),
        "rankings": len(groups),
        "prompts": len({group.prompt_key for group in groups}),
        "accuracy": clustered_ratio(tops, bottoms, samples, seed, SHARE).to_json(),
        "accuracy_per_prompt": float(np.mean(shares)),
        "accuracy_macro": clustered_ratio(
            shares, [1.0] * len(shares), samples, seed, SHARE
        ).to_json(),
        "length_baseline": clustered_ratio(*lengths, samples, seed, SHARE).to_json(),
        "shorter_baseline": clustered_ratio(*shorter, samples, seed, SHARE).to_json(),
        "accuracy_minus_length": clustered_ratio(
            list(np.array(tops) - np.array(lengths[0])), bottoms, samples, seed, DIFFERENCE
        ).to_json(),
        "ties": tie_figures(groups, odds),
        "human_agreement": _human_agreement(groups, samples, seed),
        "top_1": _top_1(groups, scores),
        "kendall_tau_b": _mean_tau(groups, scores),
        "nll": float(np.mean(np.logaddexp(0, -flat.log_odds))),
        "brier": float(np.mean((1 - sigmoid(flat.log_odds)) ** 2)),
        "ece": expected_calibration_error(flat.log_odds),
        "accuracy_by_rank_gap": {
            str(gap): float(np.mean(right[[g == gap for g in flat.gap]]))
            for gap in sorted(set(flat.gap))
        },
        "interval": f"{INTERVAL} {len(tops)} {resampled}",
    }


def tie_figures(groups: Sequence[Group], log_odds: Sequence[Floats]) -> dict[str, Any]:
    """Tied pairs beside strict ones: people saw no difference, so scores should differ little.

    log_odds as in `pair_figures`. pairs, and their share of all compared pairs; mean_difference: the
    mean absolute log-odds of tied pairs, mean_difference_strict: of strict ones; told_from_strict:
    how often a tied pair is closer than a strict one (area under the ROC curve, equal counting half;
    0.5 is a coin). None where there is nothing to take a mean of.
    """
    found: dict[bool, list[float]] = {True: [], False: []}
    for group, odds in zip(groups, log_odds, strict=True):
        for pair in group.pairs:
            found[pair.tie].append(abs(float(odds[pair.better, pair.worse])))
    tied, strict = np.asarray(found[True], float), np.sort(np.asarray(found[False], float))
    told = None
    if len(tied) and len(strict):
        # strict pairs farther apart than each tied one, and half of those equally far
        sides = [np.searchsorted(strict, tied, side=side) for side in ("left", "right")]
        told = float(np.mean(1 - (sides[0] + sides[1]) / (2 * len(strict))))
    return {
        "pairs": len(tied),
        "share": len(tied) / max(1, len(tied) + len(strict)),
        "mean_difference": float(tied.mean()) if len(tied) else None,
        "mean_difference_strict": float(strict.mean()) if len(strict) else None,
        "told_from_strict": told,
    }


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -values)))


def expected_calibration_error(log_odds: Floats) -> float:
    """ECE over ten equal bins of the predicted probability that the first of a pair wins.

    log_odds: (N,) that the better of each pair wins. Each pair is taken both ways round, so a bin at
    0.7 holds pairs said to be won 7 in 10 times.
    """
    predicted = np.concatenate([sigmoid(log_odds), sigmoid(-log_odds)])
    outcome = np.concatenate([np.ones_like(log_odds), np.zeros_like(log_odds)])
    bins = np.minimum((predicted * ECE_BINS).astype(int), ECE_BINS - 1)
    error = 0.0
    for number in range(ECE_BINS):
        inside = bins == number
        if inside.any():
            error += inside.mean() * abs(predicted[inside].mean() - outcome[inside].mean())
    return float(error)


def _human_agreement(groups: Sequence[Group], samples: int, seed: int) -> dict[str, Any]:
    """How often two people put a pair of completions of one prompt in the same order.

    Pairs count by their texts, wherever they stood and whatever stood beside them; of one person's
    judgments of a pair the first, and a ranking in which a text stands twice is one person's. Ties
    are left out: the ceiling that strict accuracy can be held to.
    """
    votes: dict[tuple[str, tuple[int, ...], tuple[int, ...]], list[int]] = defaultdict(
        lambda: [0, 0]
    )
    heard: set[tuple[str | int, str, tuple[int, ...], tuple[int, ...]]] = set()
    for number, group in enumerate(groups):
        # of rankings that name nobody each counts as another person's
        who = number if group.labeler is None else group.labeler
        for pair in group.pairs:
            if pair.tie:
                continue
            better, worse = (tuple(group.completion_ids[n]) for n in (pair.better, pair.worse))
            texts = (group.prompt_key, min(better, worse), max(better, worse))
            if better == worse or (who, *texts) in heard:
                continue
            heard.add((who, *texts))
            votes[texts][better > worse] += 1
    agreed: dict[str, float] = defaultdict(float)
    compared: dict[str, float] = defaultdict(float)
    for (prompt, *_), (one, other) in votes.items():
        if one + other > 1:
            agreed[prompt] += comb(one, 2) + comb(other, 2)
            compared[prompt] += comb(one + other, 2)
    if not compared:
        return {"value": None, "pairs": 0}
    shares = list(agreed.values()), list(compared.values())
    found = clustered_ratio(*shares, samples, seed, SHARE).to_json()
    return {**found, "pairs": int(sum(compared.values()))}


def _top_1(groups: Sequence[Group], scores: Sequence[Sequence[float]]) -> float:
    shares = []
    for group, values in zip(groups, scores, strict=True):
        ranked = [tier for tier in group.tiers if tier is not None]
        if ranked and min(ranked) < max(ranked):
            judged = [n for n, tier in enumerate(group.tiers) if tier is not None]
            highest = max(values[n] for n in judged)
            chosen = [group.tiers[n] for n in judged if values[n] == highest]
            shares.append(chosen.count(min(ranked)) / len(chosen))
    return float(np.mean(shares)) if shares else float("nan")


def _mean_tau(groups: Sequence[Group], scores: Sequence[Sequence[float]]) -> float:
    found = []
    for group, values in zip(groups, scores, strict=True):
        places = [
            (-tier, value)
            for tier, value in zip(group.tiers, values, strict=True)
            if tier is not None
        ]
        said, scored = [place for place, _ in places], [value for _, value in places]
        if len(set(said)) < 2:
            continue
        # left out, rankings that a scorer cannot order would raise its mean
        ordered = len(set(scored)) > 1
        found.append(float(kendalltau(said, scored).statistic) if ordered else 0.0)
    return float(np.mean(found)) if found else float("nan")
