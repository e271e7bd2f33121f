"""Does the place on the screen decide? A test that needs no model of the answers. Pure.

The order shown was drawn at random, so under "the place does not matter" every order is equally likely
given what the labeler said: the mean and the variance of the statistics below follow from counting, not
from an assumption, and the test holds its level whatever the answers are like (a randomisation test).

slope: Kendall's S between place and tier, summed over judgments; mean 0 and variance
[n(n-1)(2n+5) - Σ t(t-1)(2t+5)]/18 with tiers of t (Kendall and Gibbons 1990, section 4.9).
first: how many completions the first one shown beats less how many beat it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import norm, poisson

from annotation.quality.judged import Judged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOPE, SLOPE_VARIANCE, PAIRS, FIRST, FIRST_VARIANCE, FIRST_PAIRS, LINED, LINED_CHANCE = range(8)

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(96)


def statistics_of(judged: Judged) -> tuple[Floats, Ints]:
    """(J, 8) statistics of every judgment made in a drawn order that placed two or more, and which
    judgments those are.

    Columns: slope, its variance, strict pairs, first, its variance, strict pairs of the first one;
    whether the order given is the order shown or its reverse (of three or more), and the chance of it.
    """
    placed = judged.tier > 0
    of = judged.of
    counts = np.bincount(of[placed], minlength=judged.count)
    rows, which = [], []
    for size in np.unique(counts[counts > 1]):
        judgments = np.flatnonzero((counts == size) & judged.randomised)
        if not len(judgments):
            continue
        inside = placed & np.isin(of, judgments)
        shown = judged.shown[inside].reshape(-1, size)
        tiers = np.take_along_axis(
            judged.tier[inside].reshape(-1, size), np.argsort(shown, axis=1), axis=1
        )
        rows.append(statistics_of_tiers(tiers))
        which.append(judgments)
    if not rows:
        return np.zeros((0, 8)), np.zeros(0, dtype=np.int64)
    return np.concatenate(rows), np.concatenate(which)


def statistics_of_tiers(tiers: Ints) -> Floats:
    """(J, 8) statistics of judgments of n completions: tiers (J, n) in the order shown."""
    n = tiers.shape[1]
    sign = np.sign(tiers[:, None, :] - tiers[:, :, None])  # 1: the row is better than the column
    upper = np.triu(np.ones((n, n)), 1)
    slope = (sign * upper).sum(axis=(1, 2))
    strict = (np.abs(sign) * upper).sum(axis=(1, 2))
    same = (sign == 0).sum(axis=2)  # size of the tier that each one stands in
    ties = ((same - 1) * (2 * same + 5)).sum(axis=1)  # Σ over tiers of t(t-1)(2t+5)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    beats = sign.sum(axis=2)
    first = beats[:, 0]
    steps = np.diff(tiers, axis=1)
    flat = (steps == 0).all(axis=1)
    lined = ((steps >= 0).all(axis=1) | (steps <= 0).all(axis=1)) & ~flat & (n > 2)
    # Π t! over tiers = exp Σ over completions of log(t!)/t
    chance = 2 * np.exp((gammaln(same + 1) / same).sum(axis=1) - gammaln(n + 1))
    chance = np.where(flat | (n == 2), 0.0, chance)
    return np.column_stack(
        [
            slope,
            variance,
            strict,
            first,
            (beats**2).mean(axis=1),
            np.abs(sign[:, 0]).sum(axis=1),
            lined,
            chance,
        ]
    )


def position_test(sums: Floats) -> Floats:
    """(…, 8) summed statistics -> two-sided p of the larger of slope and first.

    Both are normal in large numbers, with the correlation sqrt(Var first / Var slope): given which
    completion came first, the slope's mean is what that one beats less what beats it.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.abs(sums[..., SLOPE]) / np.sqrt(sums[..., SLOPE_VARIANCE])
        first = np.abs(sums[..., FIRST]) / np.sqrt(sums[..., FIRST_VARIANCE])
        rho = np.sqrt(sums[..., FIRST_VARIANCE] / sums[..., SLOPE_VARIANCE])
    z = np.nan_to_num(np.maximum(slope, first))[..., None]
    rho = np.clip(np.nan_to_num(rho), 0.0, 0.9999)[..., None]
    # P(both within ±z), integrated over one of them by Gauss and Legendre
    x = z * NODES
    rest = np.sqrt(1 - rho**2)
    inside = norm.cdf((z - rho * x) / rest) - norm.cdf((-z - rho * x) / rest)
    p: Floats = np.clip(1 - (z * NODE_WEIGHTS * norm.pdf(x) * inside).sum(axis=-1), 0.0, 1.0)
    return p


def straight_lining_test(sums: Floats) -> Floats:
    """(…, 8) -> p of so many judgments in the order shown or its reverse; Poisson bounds their sum."""
    p: Floats = poisson.sf(sums[..., LINED] - 1, np.maximum(sums[..., LINED_CHANCE], 1e-12))
    return np.where(sums[..., LINED] > 0, p, 1.0)


def points(rows: Floats, top: int, bottom: int) -> dict[str, Any] | None:
    """By how many percentage points what was shown earlier (or first) wins more often, with interval.

    rows (J, 8) of judgments; the ratio's variance by linearisation, judgments as clusters.
    """
    total = float(rows[:, bottom].sum())
    if not total:
        return None
    share = float(rows[:, top].sum()) / total
    residual = rows[:, top] - share * rows[:, bottom]
    count = len(rows)
    error = float(np.sqrt((residual**2).sum() * count / max(count - 1, 1))) / total
    return {
        "value": 100 * share,
        "interval": (100 * (share - 1.96 * error), 100 * (share + 1.96 * error)),
        "pairs": int(total),
    }


def audit_of(judged: Judged) -> dict[str, Any]:
    """The place's effect in the whole project: points, test, judgments."""
    rows, _ = statistics_of(judged)
    sums = rows.sum(axis=0)
    return {
        "judgments": len(rows),
        "earlier": points(rows, SLOPE, PAIRS),
        "first": points(rows, FIRST, FIRST_PAIRS),
        "p": float(position_test(sums)) if len(rows) else None,
    }
