"""Rules that draw attention to a labeler, each with the rate of false alarms it was set for. Pure.

Every rule is a test at level ALARM_LEVEL of somebody doing honest work. So of n labelers tested a clean
campaign flags about n * ALARM_LEVEL at any one look; that figure is shown beside the alarms, because a
rule that silently names honest people is worse than none. Nothing is excluded by a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

from annotation.quality import position
from annotation.quality.agreement import Comparisons
from annotation.quality.judged import Judged
from annotation.quality.reliability import ABILITY, Reliability

Floats = NDArray[np.float64]

ALARM_LEVEL = 0.01
JUDGMENTS_FROM = 30
HALF_AS_RELIABLE = 0.5
SLOW_ENOUGH = 1 / 3
CROWD_FROM = 5
RECENT_WEEKS = 4
GOLD_BAR = 0.7
"""Share of gold as expected that a labeler should reach: about what two labelers agree on (InstructGPT:
73 %), while gold is made of what is clear."""
GOLD_FROM = 10
GOLD_SPREAD_LEAST = 0.15
Scores = Sequence[tuple[float, int]]
"""Points and pairs of each gold item that a labeler judged."""


@dataclass
class Finding:
    """What one rule says of a campaign: whom it could test, whom it flags and why."""

    rule: str
    tested: int = 0
    flagged: list[tuple[str | None, dict[str, Any]]] = field(default_factory=list)

    @property
    def expected(self) -> float:
        """Flags in a campaign of honest labelers."""
        return self.tested * ALARM_LEVEL


def findings_of(
    judged: Judged,
    both: Comparisons,
    reliability: Reliability | None,
    gold: Mapping[str, Scores] | None = None,
) -> list[Finding]:
    """Every rule over the whole campaign. `judged`: all judgments; `both`: those made twice; `gold`: by
    labeler.
    """
    rows, which = position.statistics_of(judged)
    by = judged.by[which]
    return [
        _position(judged, rows, by),
        _straight_lining(judged, rows, by),
        _unreliable(reliability),
        _too_fast(judged),
        _ties(judged),
        _falling(both),
        gold_finding(gold or {}),
    ]


def _position(judged: Judged, rows: Floats, by: NDArray[np.int64]) -> Finding:
    found = Finding("position")
    for number, name in enumerate(judged.labelers):
        mine = rows[by == number]
        if len(mine) < JUDGMENTS_FROM:
            continue
        found.tested += 1
        p = float(position.position_test(mine.sum(axis=0)))
        if p < ALARM_LEVEL:
            evidence = {
                "judgments": len(mine),
                "p": p,
                "earlier": position.points(mine, position.SLOPE, position.PAIRS),
                "first": position.points(mine, position.FIRST, position.FIRST_PAIRS),
            }
            found.flagged.append((name, evidence))
    if len(rows) >= JUDGMENTS_FROM:
        found.tested += 1
        p = float(position.position_test(rows.sum(axis=0)))
        if p < ALARM_LEVEL:
            found.flagged.append(
                (
                    None,
                    {
                        "judgments": len(rows),
                        "p": p,
                        "earlier": position.points(rows, position.SLOPE, position.PAIRS),
                        "first": position.points(rows, position.FIRST, position.FIRST_PAIRS),
                    },
                )
            )
    return found


def _straight_lining(judged: Judged, rows: Floats, by: NDArray[np.int64]) -> Finding:
    found = Finding("straight_lining")
    for number, name in enumerate(judged.labelers):
        mine = rows[(by == number) & (rows[:, position.LINED_CHANCE] > 0)]
        if len(mine) < JUDGMENTS_FROM:
            continue
        found.tested += 1
        sums = mine.sum(axis=0)
        p = float(position.straight_lining_test(sums))
        if p < ALARM_LEVEL:
            evidence = {
                "judgments": len(mine),
                "p": p,
                "times": int(sums[position.LINED]),
                "by_chance": float(sums[position.LINED_CHANCE]),
            }
            found.flagged.append((name, evidence))
    return found


def _unreliable(reliability: Reliability | None) -> Finding:
    """Surely less than half as reliable as the usual labeler."""
    found = Finding("unreliable")
    if reliability is None:
        return found
    for number, name in enumerate(reliability.labelers):
        if reliability.judgments[number] < JUDGMENTS_FROM:
            continue
        found.tested += 1
        value = float(reliability.value[number, ABILITY])
        error = float(reliability.error[number, ABILITY])
        p = float(norm.cdf((value - HALF_AS_RELIABLE) / error))
        if p < ALARM_LEVEL:
            evidence = {
                "judgments": int(reliability.judgments[number]),
                "p": p,
                "ability": {
                    "value": value,
                    "interval": (value - 1.96 * error, value + 1.96 * error),
                },
            }
            found.flagged.append((name, evidence))
    return found


def gold_finding(gold: Mapping[str, Scores]) -> Finding:
    """Surely below the bar on gold: Student's t over gold items, each counted by its share of pairs.

    The spread has a floor, so that a few answers that happen to be alike prove nothing. Who is exactly
    at the bar is named at ALARM_LEVEL at most (the shares are skewed to the low side, which makes the
    test careful), who is above it more rarely.
    """
    found = Finding("gold")
    for name, scores in sorted(gold.items()):
        shares = np.array([points / pairs for points, pairs in scores if pairs])
        if len(shares) < GOLD_FROM:
            continue
        found.tested += 1
        error = max(float(shares.std(ddof=1)), GOLD_SPREAD_LEAST) / float(np.sqrt(len(shares)))
        mean, freedom = float(shares.mean()), len(shares) - 1
        p = float(student.cdf((mean - GOLD_BAR) / error, freedom))
        if p < ALARM_LEVEL:
            reach = float(student.ppf(0.975, freedom)) * error
            evidence = {
                "judgments": len(shares),
                "p": p,
                "bar": GOLD_BAR,
                "share": {
                    "value": mean,
                    "interval": (max(0.0, mean - reach), min(1.0, mean + reach)),
                },
            }
            found.flagged.append((name, evidence))
    return found


def _too_fast(judged: Judged) -> Finding:
    """Characters read per second against the other labelers: three times the usual and an outlier."""
    found = Finding("too_fast")
    length = np.bincount(judged.of, judged.length, judged.count)
    timed = np.isfinite(judged.seconds) & (judged.seconds > 0) & (length > 0)
    pace = np.log(np.where(timed, length, 1) / np.where(timed, judged.seconds, 1))
    names, medians, counts = [], [], []
    for number, name in enumerate(judged.labelers):
        mine = pace[timed & (judged.by == number)]
        if len(mine) >= JUDGMENTS_FROM:
            names.append(name)
            medians.append(float(np.median(mine)))
            counts.append(len(mine))
    for place, z in _outliers(medians, found):
        times = float(np.exp(medians[place] - np.median(medians)))
        if z > 0 and times > 1 / SLOW_ENOUGH:
            evidence = {
                "judgments": counts[place],
                "characters_per_second": float(np.exp(medians[place])),
                "times_as_fast": times,
            }
            found.flagged.append((names[place], evidence))
    return found


def _ties(judged: Judged) -> Finding:
    """Share of tied pairs against the other labelers."""
    found = Finding("ties")
    placed = judged.tier > 0
    k = np.bincount(judged.of[placed], minlength=judged.count)
    # pairs of one tier: Σ t(t-1)/2, counted by (judgment, tier)
    key = judged.of[placed] * 16 + judged.tier[placed]
    names, sizes = np.unique(key, return_counts=True)
    tied = np.bincount(names // 16, sizes * (sizes - 1) / 2, judged.count)
    pairs = k * (k - 1) / 2
    people, shares, counts = [], [], []
    for number, name in enumerate(judged.labelers):
        mine = judged.by == number
        if mine.sum() >= JUDGMENTS_FROM:
            people.append(name)
            share = (tied[mine].sum() + 0.5) / (pairs[mine].sum() + 1)
            shares.append(float(np.log(share / (1 - share))))
            counts.append((int(mine.sum()), int(tied[mine].sum()), int(pairs[mine].sum())))
    usual = float(1 / (1 + np.exp(-np.median(shares)))) if shares else 0.0
    for place, _ in _outliers(shares, found):
        judgments, ties, of = counts[place]
        evidence = {"judgments": judgments, "share": ties / max(of, 1), "usual": usual}
        found.flagged.append((people[place], evidence))
    return found


def _outliers(values: list[float], found: Finding) -> list[tuple[int, float]]:
    """Places of values far from the median by a robust z (median absolute deviation)."""
    if len(values) < CROWD_FROM:
        return []
    found.tested = len(values)
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(np.array(values) - middle)))
    spread = max(spread, 0.15)  # a crowd that is all alike makes nobody an outlier
    limit = float(norm.isf(ALARM_LEVEL / 2))
    z = [(value - middle) / spread for value in values]
    return [(place, each) for place, each in enumerate(z) if abs(each) > limit]


def _falling(both: Comparisons) -> Finding:
    """Agreement with the others in the last weeks against before; pairs of one prompt as one vote."""
    found = Finding("falling")
    strict = both.between & (both.said != 0) & (both.also != 0)
    weeks = both.judged.week[both.pairs.judgment]
    week = np.maximum(weeks[both.couples.first], weeks[both.couples.second])
    if not strict.any():
        return found
    since = int(week.max()) - 7 * (RECENT_WEEKS - 1)
    same = both.said == both.also
    for number, name in enumerate(both.judged.labelers):
        mine = strict & ((both.one == number) | (both.other == number))
        late, early = mine & (week >= since), mine & (week < since)
        parts = [_by_prompt(both.cluster[part], same[part]) for part in (late, early)]
        if min(len(part) for part in parts) < JUDGMENTS_FROM:
            continue
        found.tested += 1
        gap = parts[0].mean() - parts[1].mean()
        error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))
        p = float(norm.cdf(gap / error)) if error else 1.0
        if p < ALARM_LEVEL:
            evidence = {
                "judgments": int(mine.sum()),
                "p": p,
                "before": float(parts[1].mean()),
                "now": float(parts[0].mean()),
                "weeks": RECENT_WEEKS,
            }
            found.flagged.append((name, evidence))
    return found


def _by_prompt(cluster: NDArray[np.int64], same: NDArray[np.bool_]) -> Floats:
    """Share of agreement in each prompt."""
    _, names = np.unique(cluster, return_inverse=True)
    shares: Floats = np.bincount(names, same) / np.bincount(names) if len(names) else np.zeros(0)
    return shares
