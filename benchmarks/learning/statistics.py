"""Small-sample statistics over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with Student's 95 % interval; infinitely wide where one seed stands alone."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return format(self, ".2f")

    def __format__(self, form: str) -> str:
        if not self.count:
            return "–"
        mean, low, high = (
            format(value, form or ".2f") for value in (self.mean, self.low, self.high)
        )
        return f"{mean} [{low}, {high}]" if self.count > 1 else f"{mean} (one seed)"


def interval(values: Sequence[float]) -> Interval:
    """Over the values that are finite: a run that never got so far has none."""
    array = np.asarray([value for value in values if math.isfinite(value)], dtype=float)
    count = len(array)
    if not count:
        return Interval(math.nan, -math.inf, math.inf, 0)
    mean = float(array.mean())
    if count == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    half = float(stats.t.ppf(0.975, count - 1) * array.std(ddof=1) / count**0.5)
    return Interval(mean, mean - half, mean + half, count)


def paired(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Of first - second, seed by seed."""
    return interval([a - b for a, b in zip(first, second, strict=True)])
