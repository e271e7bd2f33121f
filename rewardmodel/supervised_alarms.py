"""Alarms of sft, reward and dpo: what their figures look like when training goes wrong. Pure; no torch.

Rules as in `rewardmodel.alarms`, on the figures of single updates and of the looks at held-out data. A
model that orders pairs by tossing a coin has a held-out loss of ln 2 nats a pair: that is what reward and
dpo start from (a new head scores nothing, the policy is its own reference). An sft run is compared with
the policy it began with, measured before the first update.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rewardmodel.alarms import Alarm, Row
from rewardmodel.config.alarms import PairAlarmConfig, SupervisedAlarmConfig

COIN = math.log(2)
PAIR_LOSS, TEXT_LOSS = "validation_nll", "validation_loss"
NO_GRADIENT = 1e-12
EPOCH_CODES = frozenset({"at_chance"})  # asked about at the end of an epoch
LOOK_CODES = frozenset({"held_out_worse", "overfitting"})  # at a look; all others at every update
RESULT = 1  # looks that must be beyond a bound when they are of the result; on the way two in a row


def after_update(
    rows: Sequence[Row], bounds: SupervisedAlarmConfig, updates_per_epoch: int
) -> Iterator[Alarm]:
    """What the newest update gives reason for; `rows`: all updates, the newest last."""
    width = bounds.alarm_window
    if bounds.alarms == "off" or len(rows) < width:
        return
    last = rows[-width:]
    if all(row.figures["gradient_norm"] <= NO_GRADIENT for row in last):
        yield _alarm("no_gradient", last, updates=width)
    yield from _at_chance(last, bounds, updates_per_epoch)
    if len(rows) < 2 * width:
        return
    limit = bounds.alarm_loss_ratio * _mean(rows[:width], "loss")
    if limit > 0 and all(row.figures["loss"] > limit for row in last):
        stops = bounds.alarms == "stop"
        value = _mean(last, "loss")
        yield _alarm("diverging", last, stops=stops, name="loss", value=value, bound=limit)
    then = _mean(rows[:width], "gradient_norm")
    limit = bounds.alarm_gradient_ratio * then
    if limit > 0 and all(row.figures["gradient_norm"] > limit for row in last):
        yield _alarm("gradient_norm", last, then=then, now=_mean(last, "gradient_norm"))


def _at_chance(
    last: Sequence[Row], bounds: SupervisedAlarmConfig, updates_per_epoch: int
) -> Iterator[Alarm]:
    """At the end of an epoch: the accuracy on pairs of which the update had yet to learn."""
    epochs, rest = divmod(last[-1].step, updates_per_epoch)
    if rest or not isinstance(bounds, PairAlarmConfig):
        return
    ordered = [row for row in last if "accuracy" in row.figures]
    if not ordered:
        return
    accuracy = _mean(ordered, "accuracy")
    if accuracy < bounds.alarm_least_accuracy:
        bound = bounds.alarm_least_accuracy
        yield _alarm("at_chance", last, epochs=epochs, now=accuracy, bound=bound)


def after_look(
    rows: Sequence[Row],
    looks: Sequence[Row],
    bounds: SupervisedAlarmConfig,
    *,
    final: bool = False,
    keeps_best: bool = False,
) -> Iterator[Alarm]:
    """Whether the newest looks at held-out data are worse than the start or the best before them.

    final: the newest look is of the result, so it need not be confirmed by another.
    keeps_best: the result is the best of the looks, whatever comes after it.
    """
    needed = RESULT if final else 2
    if bounds.alarms == "off" or len(looks) < needed:
        return
    name = PAIR_LOSS if PAIR_LOSS in looks[-1].figures else TEXT_LOSS
    last, earlier = looks[-needed:], looks[:-needed]
    rise = 1 + bounds.alarm_held_out_rise
    start = _start(looks, name)
    now = last[-1].figures[name]
    if start is not None and all(look.figures[name] > start * rise for look in last):
        yield _alarm("held_out_worse", last, then=start, now=now)
    if keeps_best or not earlier or not rows:
        return
    best = min(earlier, key=lambda look: look.figures[name])
    held, train = best.figures[name], _in_training(rows, best.step, bounds.alarm_window)
    trained = [_in_training(rows, look.step, bounds.alarm_window) for look in last]
    if all(look.figures[name] > held * rise for look in last) and max(trained) < train:
        yield _alarm(
            "overfitting",
            last,
            held_then=held,
            held_now=now,
            train_then=train,
            train_now=trained[-1],
        )


def _start(looks: Sequence[Row], name: str) -> float | None:
    """The held-out loss of what knows nothing; None where nobody measured it."""
    if name == PAIR_LOSS:
        return COIN
    return looks[0].figures[name] if looks[0].step == 0 else None


def _in_training(rows: Sequence[Row], step: int, width: int) -> float:
    """Mean training loss of the updates before this step; of the first ones for step 0."""
    until = [row for row in rows if row.step <= step][-width:] or rows[:width]
    return _mean(until, "loss")


def _alarm(code: str, last: Sequence[Row], *, stops: bool = False, **figures: float | str) -> Alarm:
    return Alarm(code, stops, last[0].step, last[-1].step, figures)


def _mean(rows: Sequence[Row], name: str) -> float:
    return sum(row.figures[name] for row in rows) / len(rows)
