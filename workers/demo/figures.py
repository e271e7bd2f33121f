"""Figures with their uncertainty. Prompts are what is resampled: answers to one prompt are alike."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % percentile bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.low > 0


def mean_over_prompts(values: Mapping[str, Sequence[float]], seed: int) -> Estimate:
    """The mean over prompts of each prompt's mean, and how sure we are of it."""
    means = [fmean(values[key]) for key in sorted(values)]
    if not means:
        raise ValueError("there are no prompts to average over")
    chance = random.Random(f"bootstrap {seed}")
    drawn = sorted(fmean(chance.choices(means, k=len(means))) for _ in range(RESAMPLES))
    tail = (1 - LEVEL) / 2
    return Estimate(
        fmean(means), drawn[int(tail * RESAMPLES)], drawn[int((1 - tail) * RESAMPLES) - 1]
    )


def gain(
    before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]], seed: int
) -> Estimate:
    """The mean difference on the prompts that both have answered, prompt by prompt."""
    shared = before.keys() & after.keys()
    return mean_over_prompts(
        {key: [fmean(after[key]) - fmean(before[key])] for key in shared}, seed
    )
