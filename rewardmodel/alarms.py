"""Alarms of a policy run: what its figures look like when it goes wrong. Pure; no torch.

A rule reads the figures of the iterations so far and the looks at the held-out prompts, and says
whether the newest ones are beyond a bound, since which step, and with which numbers. The bounds are
settings (`config.alarms`), each with its reason. What goes wrong, and how it shows: Gao, Schulman &
Hilton 2022 (scores rise while the true reward falls), Ziegler et al. 2019 and Stiennon et al. 2020
(length, KL), Huang et al. 2024 ("The N+ Implementation Details of RLHF with PPO": value function).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rewardmodel.alarm_words import WORDS
from rewardmodel.config.alarms import AlarmConfig

LOOK_CODES = frozenset({"over_optimised"})  # asked about at a look; all others at every iteration
TINY = 1e-6  # of a spread of scores: fp32 leaves about this where all are one


class Row(NamedTuple):
    """The figures of one iteration, or of one look; `step`: updates done by then."""

    step: int
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should know of a run; `stops`: the run ends over it."""

    code: str
    stops: bool
    since: int
    step: int
    figures: Mapping[str, float | str]

    @property
    def seen(self) -> str:
        """What was seen, with its numbers."""
        return WORDS[self.code].seen.format(**self.figures)

    @property
    def message(self) -> str:
        """All of it, for a terminal."""
        return WORDS[self.code].sentence(self.since, self.seen)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the event log and in the report."""
        return {
            "code": self.code,
            "stops": self.stops,
            "since": self.since,
            "step": self.step,
            "figures": dict(self.figures),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class AlarmEnd:
    """At `step` an alarm no longer showed; `until`: where it showed last, None where it is back."""

    code: str
    step: int
    until: int | None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the event log."""
        return {"code": self.code, "step": self.step, "until": self.until}


def after_iteration(rows: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """What the newest iteration gives reason for; `rows`: all iterations, the newest last."""
    if bounds.alarms == "off" or not rows:
        return
    yield from _diverging(rows, bounds)
    width, low = bounds.alarm_window, None
    if len(rows) >= width and all(r.figures.get("score_std", 1.0) <= TINY for r in rows[-width:]):
        low = _alarm("no_spread", rows[-width:], then=rows[0].figures["score_std"], now=0.0)
        yield low
    if len(rows) < 2 * width:
        return
    first, last = rows[:width], rows[-width:]
    for code, name, beyond in (
        ("stop_rate", "stop_rate", lambda now, then: now < then - bounds.alarm_stop_rate_drop),
        ("length", "tokens_mean", lambda now, then: _unlike(now, then, bounds.alarm_length_ratio)),
        ("no_spread", "score_std", lambda now, then: now < then * bounds.alarm_spread_share),
        ("entropy", "entropy", lambda now, then: now < then * bounds.alarm_entropy_share),
        (
            "gradient_norm",
            "policy_gradient_norm",
            lambda now, then: now > then * bounds.alarm_gradient_ratio > 0,
        ),
    ):
        if not _all_have(first, name) or not _all_have(last, name) or (low and code == low.code):
            continue
        then = _mean(first, name)
        if all(beyond(row.figures[name], then) for row in last):
            yield _alarm(code, last, then=then, now=_mean(last, name))
    name, bound = "explained_variance", bounds.alarm_explained_variance
    if _all_have(last, name) and all(row.figures[name] < bound for row in last):
        yield _alarm(name, last, now=_mean(last, name), bound=bound)


def _diverging(rows: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """Two iterations in a row: what is as far gone as this does not wait for a window."""
    if len(rows) < 2:
        return
    width = bounds.alarm_window
    limits = {"approx_kl": bounds.alarm_step_kl}
    for name in ("value_loss", "pretraining_loss"):
        if len(rows) >= width + 2 and _all_have(rows[:width], name):
            base = _mean(rows[:width], name)
            if name == "value_loss":
                base = max(base, rows[0].figures.get("score_std", 0.0) ** 2)
            if base > 0:
                limits[name] = bounds.alarm_loss_ratio * base
    for name, limit in limits.items():
        last = rows[-2:]
        if _all_have(last, name) and all(row.figures[name] > limit for row in last):
            value = last[-1].figures[name]
            yield _alarm(
                "diverging",
                last,
                stops=bounds.alarms == "stop",
                name=name,
                value=value,
                bound=limit,
            )
            return


def after_look(rows: Sequence[Row], looks: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """Whether scores in training rise while those on the held-out prompts fall.

    looks: figures evaluation_score and evaluation_std; the first is the policy before training, whose
    score in training is that of the first iteration's completions.
    """
    if bounds.alarms == "off" or len(looks) < 3 or not rows:
        return
    best = max(looks[:-2], key=lambda look: look.figures["evaluation_score"])
    then, last = _in_training(rows, best.step, bounds.alarm_window), looks[-2:]
    drop = bounds.alarm_held_out_drop * looks[0].figures["evaluation_std"]
    held = best.figures["evaluation_score"]
    if drop <= 0:
        return
    for look in last:
        fell = held - look.figures["evaluation_score"] > drop
        if not fell or _in_training(rows, look.step, bounds.alarm_window) <= then:
            return
    yield _alarm(
        "over_optimised",
        last,
        stops=bounds.alarms == "stop",
        train_then=then,
        train_now=_in_training(rows, last[-1].step, bounds.alarm_window),
        held_then=held,
        held_now=last[-1].figures["evaluation_score"],
    )


def best_look(looks: Sequence[Row], ceiling: float) -> int | None:
    """Step of the look with the best held-out score below the KL ceiling, the earlier of equals."""
    below = [look for look in looks if look.figures.get("evaluation_kl", 0.0) <= ceiling]
    best = max(below, key=lambda look: look.figures["evaluation_score"], default=None)
    return None if best is None else best.step


def _in_training(rows: Sequence[Row], step: int, width: int) -> float:
    """Mean score of the completions that policies up to this step drew in training."""
    until = [row for row in rows if row.step <= step][-width:] or rows[:1]
    return _mean(until, "score_mean")


def _alarm(code: str, last: Sequence[Row], *, stops: bool = False, **figures: float | str) -> Alarm:
    return Alarm(code, stops, last[0].step, last[-1].step, figures)


def _all_have(rows: Sequence[Row], name: str) -> bool:
    return all(name in row.figures for row in rows)


def _mean(rows: Sequence[Row], name: str) -> float:
    return sum(row.figures[name] for row in rows) / len(rows)


def _unlike(now: float, then: float, ratio: float) -> bool:
    return now > then * ratio or now < then / ratio
