"""A probable order of one item's completions from several people's rankings: scores with intervals.

Bradley–Terry over the pairs of every ranking (Bradley and Terry 1952), a tie counting half to either
side, with a Gaussian prior on the scores so that unanimous or few votes give finite answers, and the
weight of each judge. The pairs of one ranking are not independent: each counts 2/K, so that a ranking
of K completions weighs as much as the K - 1 comparisons that would make it. The result depends on
the votes only, never on the order or the names of the completions. Knows no rows.

It is for reading and for exports that ask for one order per item, never the default of training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

Floats = NDArray[np.float64]
Tiers = Sequence[Sequence[int]]

VERSION = "bradley-terry-laplace/1"
"""Of the method: raised with every change that may change a result."""
PRIOR_SPREAD = 1.0
"""Standard deviation of the scores in logits. Two judges of random pairs then agree on about two
thirds of them, as people do on answers of language models."""
SURE = 0.9
Z_95 = 1.959963984540054
_STEPS = 50


@dataclass(frozen=True)
class Consensus:
    """The order of K completions. All lists are by completion index.

    scores: logits, their mean over the completions that anybody ranked is 0.
    intervals: 95 %, of the score against the mean of all (Laplace approximation).
    better: (K, K) probability that the row is the better one; 0.5 where nothing is known.
    tiers: best first. Completions whose order is less sure than `sure` share a tier: ties are said,
    not broken by chance. unranked: those that nobody ranked.
    """

    scores: list[float]
    intervals: list[tuple[float, float]]
    better: list[list[float]]
    tiers: list[list[int]]
    unranked: list[int]
    votes: float


def consensus(
    rankings: Sequence[Tiers],
    completions: int,
    weights: Sequence[float] | None = None,
    *,
    spread: float = PRIOR_SPREAD,
    sure: float = SURE,
) -> Consensus:
    """The consensus of `rankings` (tiers of completion indices, best first) over `completions`.

    weights: one for each ranking, 0 leaves it out; default 1.
    """
    worth = [1.0] * len(rankings) if weights is None else list(weights)
    if len(worth) != len(rankings) or any(not 0 <= w < float("inf") for w in worth):
        raise ValueError("weights: one finite number >= 0 for each ranking")
    wins = _wins(rankings, completions, worth)
    scores, covariance = fit(wins, spread)
    seen = sorted({i for ranking in rankings for tier in ranking for i in tier})
    unranked = [i for i in range(completions) if i not in seen]
    scores = scores - (scores[seen].mean() if seen else 0.0)
    variance = np.diag(covariance)
    gaps = np.sqrt(np.maximum(variance[:, None] + variance[None] - 2 * covariance, 1e-12))
    better = ndtr((scores[:, None] - scores[None]) / gaps)
    np.fill_diagonal(better, 0.5)
    reach = Z_95 * _against_the_mean(covariance)
    return Consensus(
        scores=[float(s) for s in scores],
        intervals=[(float(s - r), float(s + r)) for s, r in zip(scores, reach, strict=True)],
        better=[[float(p) for p in row] for row in better],
        tiers=_tiers(scores, better, seen, sure),
        unranked=unranked,
        votes=float(sum(worth)),
    )


def _wins(rankings: Sequence[Tiers], completions: int, weights: Sequence[float]) -> Floats:
    """(K, K) weight of "row over column"; a tie gives half to both."""
    wins = np.zeros((completions, completions))
    for ranking, weight in zip(rankings, weights, strict=True):
        tier_of = {index: number for number, tier in enumerate(ranking) for index in tier}
        each = 2 * weight / max(len(tier_of), 1)
        for a, tier_a in tier_of.items():
            for b, tier_b in tier_of.items():
                if a != b:
                    wins[a, b] += each * (1.0 if tier_a < tier_b else 0.5 * (tier_a == tier_b))
    return wins


def fit(wins: Floats, spread: float) -> tuple[Floats, Floats]:
    """Scores (K,) at the posterior mode of Bradley–Terry and their covariance (K, K), by Newton.

    The objective is strictly concave, so the mode is one; a step is halved while it overshoots.
    """
    size = len(wins)
    total = wins + wins.T
    precision = np.eye(size) / spread**2
    scores = np.zeros(size)
    hessian = precision
    for _ in range(_STEPS):
        p = expit(scores[:, None] - scores[None])
        gradient = (wins - total * p).sum(axis=1) - scores / spread**2
        curve = total * p * (1 - p)
        hessian = np.diag(curve.sum(axis=1)) - curve + precision
        step = np.linalg.solve(hessian, gradient)
        largest = float(np.abs(step).max(initial=0.0))
        if largest < 1e-10:
            break
        scores = scores + step * min(1.0, 2.0 / largest)
    covariance: Floats = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return scores, covariance


def _against_the_mean(covariance: Floats) -> Floats:
    """(K,) standard deviation of each score minus the mean of all scores."""
    size = len(covariance)
    contrast = np.eye(size) - 1.0 / max(size, 1)
    variance: Floats = np.einsum("ij,jk,ik->i", contrast, covariance, contrast)
    spread: Floats = np.sqrt(np.maximum(variance, 0.0))
    return spread


def _tiers(scores: Floats, better: Floats, seen: list[int], sure: float) -> list[list[int]]:
    """From the best down; a tier ends where the next one is surely worse than all of the tier."""
    tiers: list[list[int]] = []
    for index in sorted(seen, key=lambda i: (-scores[i], i)):
        if tiers and min(better[above, index] for above in tiers[-1]) < sure:
            tiers[-1].append(index)
        else:
            tiers.append([index])
    return [sorted(tier) for tier in tiers]
