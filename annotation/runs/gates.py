"""What a round must show before it goes on, read from the reports of its runs. Knows no rows.

Every interval is the one that the report gives: a 95 % percentile bootstrap that resamples prompts,
since the pairs of one prompt share completions and are not independent (Efron & Tibshirani 1993, ch. 13),
and at least the exact one where nearly all prompts are right or wrong (`rewardmodel/metrics.py`). A gate
holds an *end* of the interval against its bound, so a figure passes by being above it with confidence, not
by luck. Where fewer than FEWEST_CLUSTERS prompts (or sets of completions) were resampled there is no
interval: all of them agree too often by chance (of 2 clusters, a coin is right in both one time in four).
Such a figure passes no bound that asks something, nor does one whose report does not say how many were
resampled: what is not known is not taken to be enough.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from annotation.quality.coefficients import FEWEST_CLUSTERS

Report = dict[str, Any]
# The least that a figure can be: a bound there asks for a figure, whatever it is.
LEAST = {"reward_accuracy": 0.0, "reward_gain": -1.0, "win_rate": 0.0}
NAMES = ("reward_accuracy", "reward_gain", "kl", "stop_rate", "win_rate", "campaign_win_rate")


@dataclass(frozen=True)
class Gate:
    """One figure held against its bound. `value` is None where the report has no such figure.

    `clusters`: the prompts or sets of completions that its interval was resampled from, where it has one.
    `over_length`: of an accuracy what it has over that of "the longer text wins" on the same pairs; nothing
    is held against it, but a person is told where its lower end is not above 0.
    """

    gate: str
    value: float | None
    low: float | None
    high: float | None
    bound: float | None
    passed: bool
    clusters: int | None = None
    over_length: dict[str, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands in an event."""
        return asdict(self)


def reward_gates(report: Report, least_accuracy: float | None) -> list[Gate]:
    """Of the reward run: the share of held-out pairs ordered as people ordered them.

    The lower end must be above `least_accuracy`; 0.5 is a coin.
    """
    validation = _at(report, "validation")
    gate = _lower_end("reward_accuracy", _at(validation, "accuracy"), least_accuracy)
    return [replace(gate, over_length=_range(_at(validation, "accuracy_minus_length")))]


def check_gates(report: Report, least_gain: float | None) -> list[Gate]:
    """Of the evaluation beside the reward model in use: accuracy minus its accuracy, pair by pair.

    Paired: both judge the same pairs, which neither was trained on, since a prompt is on one side of the
    split for good. The lower end must be above `least_gain`: 0 asks for better with confidence, -0.02
    lets a reward model pass that is at most two points worse (a non-inferiority margin).
    """
    difference = _at(report, "reward_model", "baseline_reward_model", "difference")
    return [_lower_end("reward_gain", difference, least_gain)]


def policy_gates(
    report: Report, kl_ceiling: float | None, least_stop_rate: float | None
) -> list[Gate]:
    """Of the policy run: nats per completion away from where it began, and how often it ends by itself.

    Both are means over the prompts that the run kept out of training; DPO, which draws nothing to learn
    from, draws on its held-out prompts at the end.
    """
    if (evaluation := _at(report, "evaluation")) is not None:
        kl, stops = _number(evaluation, "kl_after"), _number(evaluation, "stop_rate_after")
    else:
        kl = _number(_at(report, "kl", "nats_per_completion"), "value")
        stops = _number(_at(report, "kl"), "stop_rate")
    return [
        _plain("kl", kl, kl_ceiling, lambda value, bound: value <= bound),
        _plain("stop_rate", stops, least_stop_rate, lambda value, bound: value >= bound),
    ]


def evaluation_gates(report: Report, least_win_rate: float | None) -> list[Gate]:
    """Of the evaluation: how often the reward model puts the new policy's completion above its parent's.

    On prompts of their own, with the same random numbers. The lower end must be above the bound.
    """
    win_rate = _at(report, "policy", "against_baseline", "win_rate")
    return [_lower_end("win_rate", win_rate, least_win_rate)]


def campaign_gate(
    rate: float | None, always: tuple[float, float], least_win_rate: float | None
) -> Gate:
    """Of a campaign: how often people put the new policy's answer above that of the one in use.

    Held against the interval that is valid at all times (`quality/contests.py`), since it is looked at
    every few seconds: the round goes on as soon as its lower end is above the bound.
    """
    low, high = always
    passed = least_win_rate is None or low > least_win_rate
    return Gate("campaign_win_rate", rate, low, high, least_win_rate, passed)


def figures_of(step: str, report: Report) -> list[Gate]:
    """The same figures held against nothing, of a run that stands in a round by hand."""
    if step == "reward":
        return reward_gates(report, None)
    if step == "check":
        return check_gates(report, None)
    if step == "policy":
        return policy_gates(report, None, None)
    return evaluation_gates(report, None) if step == "evaluation" else []


def too_few(step: str, report: Report) -> int | None:
    """How many prompts or sets the interval of a step's figure was resampled from, where they are too few."""
    clusters = (gate.clusters for gate in figures_of(step, report))
    return next((n for n in clusters if n is not None and n < FEWEST_CLUSTERS), None)


def rests_on_unknown(step: str, report: Report) -> bool:
    """Whether a step's figure should have an interval, and the report does not say what it was resampled from."""
    return any(
        gate.gate in LEAST and gate.value is not None and gate.clusters is None
        for gate in figures_of(step, report)
    )


def _lower_end(name: str, figure: Any, bound: float | None) -> Gate:
    value, low, high, found = (
        _number(figure, part) for part in ("value", "low", "high", "clusters")
    )
    clusters = None if found is None else int(found)
    if clusters is None or clusters < FEWEST_CLUSTERS:
        low = high = None
    nothing_asked = bound is None or (value is not None and bound <= LEAST[name])
    passed = nothing_asked or _is_above(low, bound)
    return Gate(name, value, low, high, bound, passed, clusters)


def _range(figure: Any) -> dict[str, float] | None:
    """A figure with both ends of its interval, where all three are known."""
    found = {name: _number(figure, name) for name in ("value", "low", "high")}
    known = {name: value for name, value in found.items() if value is not None}
    return known if len(known) == len(found) else None


def _is_above(low: float | None, bound: float | None) -> bool:
    return low is not None and bound is not None and low > bound


def _plain(name: str, value: float | None, bound: float | None, holds: Any) -> Gate:
    passed = bound is None or (value is not None and holds(value, bound))
    return Gate(name, value, None, None, bound, passed)


def _at(report: Any, *path: str) -> Any:
    for name in path:
        report = report.get(name) if isinstance(report, dict) else None
    return report


def _number(holder: Any, name: str) -> float | None:
    value = _at(holder, name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None
