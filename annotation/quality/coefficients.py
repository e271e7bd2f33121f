"""Coefficients of agreement and their intervals: arrays in, figures out. Knows no rows.

Every coefficient is a function of sums over clusters (prompts), so an interval needs the sums of each
cluster once and no second look at the data: clusters are drawn again with replacement, their sums
added, and the coefficient taken of each total (cluster bootstrap, percentile interval; Field and Welsh
2007). Functions named `..._of` take sums with any leading dimensions and give nan where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Figure = tuple[float, float, float]
"""Value, and the ends of its 95 % interval."""

Z_95 = 1.959963984540054
FEWEST_CLUSTERS = 6
"""Of fewer nothing has an interval: a coin is right in all of 6 with 0.5 ** 6, below the 2.5 % beyond either
end."""
REPLICATES = 400
GROUPS = 2048
"""More clusters than this are dealt into so many groups at random, which are then drawn whole: the
variance between groups estimates the same thing, at a cost that does not grow."""


# --- shares --------------------------------------------------------------------------------------


def share_interval(counts: Array, hits: Array) -> tuple[float, float] | None:
    """95 % interval of sum(hits)/sum(counts), from the counts and hits of each cluster; None if empty.

    Pairs of one cluster are not independent, clusters are. The share is a ratio of two sums over
    clusters, so its variance is that of the linearised ratio (Cochran, Sampling Techniques, 3rd ed.,
    section 6.3). It gives the effective number of pairs, p(1-p)/variance, with which Wilson's score
    interval is taken (Dean and Pagano 2015, "modified Wilson"): unlike p ± 1.96 errors it stays inside
    0..1 and has a width when everybody agrees. With nothing to estimate the variance from (one
    cluster, or a share of 0 or 1) every cluster counts as one pair.
    """
    held = counts > 0
    counts, hits = counts[held], hits[held]
    total = float(counts.sum())
    if not total:
        return None
    share = float(hits.sum()) / total
    clusters = len(counts)
    effective = float(clusters)
    if clusters > 1 and 0 < share < 1:
        squares = float(((hits - share * counts) ** 2).sum())
        variance = clusters / (clusters - 1) * squares / total**2
        effective = min(total, share * (1 - share) / variance) if variance else total
    return wilson(share, effective)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share seen in `n` independent trials."""
    z2 = Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def reach_of_t(clusters: Array) -> Array:
    """How many standard errors a 95 % interval reaches either way, where the error is estimated from so many
    clusters: Student's t with one degree of freedom fewer; nan where there are under FEWEST_CLUSTERS."""
    reach: Array = np.where(clusters < FEWEST_CLUSTERS, np.nan, student.ppf(0.975, clusters - 1))
    return reach


# --- kappas --------------------------------------------------------------------------------------


def cohen_kappa_of(table: Array) -> Array:
    """Cohen 1960: (…, C, C) counts of "the first said row, the second said column"."""
    total = table.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = table / total[..., None, None]
        observed = np.trace(share, axis1=-2, axis2=-1)
        expected = (share.sum(axis=-1) * share.sum(axis=-2)).sum(axis=-1)
        kappa: Array = (observed - expected) / (1 - expected)
    return kappa


def fleiss_sums(counts: Array) -> Array:
    """(N, C) how many judges put each unit into each category -> (N, 2 + C) sums for `fleiss_kappa_of`.

    Units with one judge say nothing about agreement and give zeros.
    """
    judges = counts.sum(axis=1)
    held = judges > 1
    pairs = np.where(held, judges * (judges - 1), 1.0)
    agreement = (counts * (counts - 1)).sum(axis=1) / pairs
    sums = np.column_stack([agreement, np.ones(len(counts)), counts])
    sums[~held] = 0.0
    return sums


def fleiss_kappa_of(sums: Array) -> Array:
    """Fleiss 1971, equation 7, from sums of `fleiss_sums`; judges may differ in number by unit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = sums[..., 0] / sums[..., 1]
        shares = sums[..., 2:] / sums[..., 2:].sum(axis=-1, keepdims=True)
        expected = (shares**2).sum(axis=-1)
        kappa: Array = (observed - expected) / (1 - expected)
    return kappa


def outcome_kappa_of(sums: Array) -> Array:
    """Kappa of couples of judgments on pairs: (…, 4) couples, agreeing, ties said, verdicts said.

    Which side of a pair is called first is a convention, so both strict verdicts have the same
    chance: P(E) = t² + 2((1 - t)/2)² with t the share of ties (as the WMT evaluations reckon it,
    Callison-Burch et al. 2012, section 3.2). Renaming the completions changes nothing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = sums[..., 1] / sums[..., 0]
        tie = sums[..., 2] / sums[..., 3]
        expected = tie**2 + (1 - tie) ** 2 / 2
        kappa: Array = (observed - expected) / (1 - expected)
    return kappa


# --- Krippendorff's alpha ------------------------------------------------------------------------


def coincidences(counts: Array, cluster: Ints, clusters: int) -> Array:
    """(clusters, C, C) coincidence matrices (Krippendorff 2011, "Computing alpha-reliability", step C).

    counts (U, C): how many judges gave each unit each value; missing data are simply not counted.
    Units with one value pair with nothing.
    """
    judges = counts.sum(axis=1)
    held = judges > 1
    counts, cluster, judges = counts[held], cluster[held], judges[held]
    size = counts.shape[1]
    found = np.zeros((clusters, size, size))
    for c in range(size):
        for k in range(c, size):
            pairs = counts[:, c] * (counts[:, k] - (c == k)) / (judges - 1)
            found[:, c, k] = np.bincount(cluster, weights=pairs, minlength=clusters)
            found[:, k, c] = found[:, c, k]
    return found


def alpha_of(matrix: Array, metric: str = "ordinal") -> Array:
    """Krippendorff's alpha of (…, C, C) coincidences; metric: nominal | ordinal | interval (values 1..C)."""
    size = matrix.shape[-1]
    totals = matrix.sum(axis=-1)
    n = totals.sum(axis=-1)
    if metric == "ordinal":
        middle = np.cumsum(totals, axis=-1) - totals / 2
        distance = (middle[..., :, None] - middle[..., None, :]) ** 2
    else:
        values = np.arange(size, dtype=float)
        apart = values[:, None] - values[None]
        distance = np.broadcast_to(
            (apart != 0).astype(float) if metric == "nominal" else apart**2, matrix.shape
        )
    observed = (matrix * distance).sum(axis=(-2, -1))
    expected = (totals[..., :, None] * totals[..., None, :] * distance).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Array = 1 - (n - 1) * observed / expected
    return alpha


# --- ranks ---------------------------------------------------------------------------------------


def mid_ranks(tiers: NDArray[np.integer]) -> tuple[Array, Array]:
    """(R, n) tiers -> (R, n) ranks from 1 with ties sharing their mean, and (R,) Kendall's sum t³ - t."""
    below = (tiers[:, None, :] < tiers[:, :, None]).sum(axis=2)
    same = (tiers[:, None, :] == tiers[:, :, None]).sum(axis=2)
    return below + (same + 1) / 2, (same.astype(float) ** 2 - 1).sum(axis=1)


def kendall_w(tiers: NDArray[np.integer], panel: Ints, panels: int) -> tuple[Array, Array]:
    """Kendall's W of every panel, corrected for ties (Kendall and Gibbons 1990, chapter 6).

    tiers (R, n): one row for each judge, columns are the same objects for all rows of a panel;
    panel (R,). Returns W (panels,), nan where everything is tied or one judge spoke, and the judges.
    """
    ranks, ties = mid_ranks(tiers)
    n = tiers.shape[1]
    judges = np.bincount(panel, minlength=panels).astype(float)
    sums = np.stack([np.bincount(panel, ranks[:, j], panels) for j in range(n)], axis=1)
    spread = ((sums - sums.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    most = judges**2 * (n**3 - n) - judges * np.bincount(panel, ties, panels)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where((judges > 1) & (most > 0), 12 * spread / most, np.nan)
    return w, judges


def tau_b_of(sums: Array) -> Array:
    """Kendall's tau-b from (…, 3) sums over pairs: product of the two signs, and their squares."""
    with np.errstate(divide="ignore", invalid="ignore"):
        tau: Array = sums[..., 0] / np.sqrt(sums[..., 1] * sums[..., 2])
    return tau


# --- intervals -----------------------------------------------------------------------------------


def grouped(cluster: Ints, clusters: int, seed: int = 0) -> tuple[Ints, int]:
    """For each row its group of clusters, and the number of groups (see GROUPS)."""
    if clusters <= GROUPS:
        return cluster, clusters
    dealt = np.random.default_rng(seed).permutation(clusters) % GROUPS
    return dealt[cluster], GROUPS


def sum_by(group: Ints, groups: int, rows: Array) -> Array:
    """(groups, d) sums of rows (N, d)."""
    return np.stack([np.bincount(group, rows[:, j], groups) for j in range(rows.shape[1])], axis=1)


def figure(
    sums: Array, coefficient: Callable[[Array], Array], seed: int = 0, replicates: int = REPLICATES
) -> Figure | None:
    """The coefficient of all clusters together with its interval; sums (clusters, …). None: unknown."""
    if not len(sums):
        return None
    flat = sums.reshape(len(sums), -1)
    flat = flat[flat.any(axis=1)]
    if not len(flat):
        return None
    shape = sums.shape[1:]
    value = float(coefficient(flat.sum(axis=0).reshape(shape)))
    if not np.isfinite(value):
        return None
    draws = np.random.default_rng(seed).multinomial(
        len(flat), np.full(len(flat), 1 / len(flat)), size=replicates
    )
    drawn = coefficient((draws.astype(float) @ flat).reshape((replicates, *shape)))
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (value, value)
    return value, float(low), float(high)


def ratio_of(sums: Array) -> Array:
    """First column over second."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = sums[..., 0] / sums[..., 1]
    return ratio
