"""Which outputs of a policy in training look too good to be true. Pure: knows no rows.

What an optimiser finds in a reward model's errors has three marks at once: a high reward, far from where
the reference policy goes (KL), and where reward models that learnt the same dispute it (Gao et al. 2023,
sections 3 and 4; Coste et al. 2023, section 3). None has a scale that is the same in two runs, so each is
held against the run itself: its quantile among all samples of the run so far, which no single wild value
moves. What is not known (the disagreement of one reward model) is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

LEAST_SAMPLES = 12
"""Before a run has shown so many, quantiles say nothing."""
LOOKS_OF_A_BUDGET = 5
"""One look takes at most this part of a run's budget, so that the end of the run has some left."""
AXES = ("reward", "kl", "disagreement")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a run said of one output; `event` names where its texts stand."""

    event: int
    step: int
    prompt: str
    reward: float
    reference_reward: float
    kl: float | None
    disagreement: float | None

    def on(self, axis: str) -> float | None:
        value: float | None = getattr(self, axis)
        return value


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sample with its quantiles among so many; an axis that is not known has none."""

    sample: Sample
    samples: int
    quantiles: dict[str, float]


def looks_of(samples: Sequence[Sample]) -> list[list[Sample]]:
    """By step: each prompt once, as it was told first. A run that resumed tells some again."""
    by_step = sorted(samples, key=lambda one: (one.step, one.event))
    return [
        list({one.prompt: one for one in reversed(list(group))}.values())[::-1]
        for _, group in groupby(by_step, key=lambda one: one.step)
    ]


def quantile(value: float, values: Sequence[float]) -> float:
    """The share of `values` below, those equal counting half: equal values are all at one half."""
    below = sum(other < value for other in values)
    equal = sum(other == value for other in values)
    return (below + equal / 2) / len(values)


def suspects(
    so_far: Sequence[Sample], look: Sequence[Sample], bounds: dict[str, float], most: int
) -> list[Suspect]:
    """What to ask people about in a look, the most suspicious first, at most so many.

    `so_far`: all samples of the run, those of the look among them. An output must reach every bound that
    can be asked, be rewarded above what the reference says, and have gone somewhere (KL above 0).
    """
    if len(so_far) < LEAST_SAMPLES:
        return []
    values = {axis: [v for one in so_far if (v := one.on(axis)) is not None] for axis in AXES}
    found = []
    for one in look:
        if one.reward <= one.reference_reward or (one.kl is not None and one.kl <= 0):
            continue
        places = {
            axis: quantile(value, values[axis])
            for axis in AXES
            if (value := one.on(axis)) is not None
        }
        if all(place >= bounds[axis] for axis, place in places.items()):
            found.append(Suspect(one, len(so_far), places))
    found.sort(key=lambda each: (-fmean(each.quantiles.values()), each.sample.event))
    return found[: max(0, most)]
