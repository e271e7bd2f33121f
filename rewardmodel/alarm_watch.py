"""What a run's alarms are told from: its figures, read again from its own event log when it resumes.

Checkpoints need not carry them, and a run that was killed raises what an uninterrupted one would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rewardmodel.alarms import Alarm, AlarmEnd, Row
from rewardmodel.config.alarms import SupervisedAlarmConfig
from rewardmodel.events import EventLog
from rewardmodel.supervised_alarms import EPOCH_CODES, LOOK_CODES, after_look, after_update

OF_UPDATES = ("loss", "accuracy", "gradient_norm")
OF_LOOKS = "validation_"  # a metric event with such a figure is a look, any other an update
ALARMS = ("alarm", "alarm_end")
TOLD = (b'"metric"', b'"alarm"', b'"alarm_end"', b'"started"')  # events, as they stand in a line


def logged(log: Path) -> list[dict[str, Any]]:
    """The figures and alarms in an event log, in order, of what the newest checkpoint came from.

    A start without a checkpoint began anew: what was told before belongs to weights that are gone.
    """
    kept: list[dict[str, Any]] = []
    for event in _told(log):
        if event["type"] in ("metric", *ALARMS):
            kept.append(event)
        elif event["type"] == "started" and event["resumed_from"] is None:
            kept.clear()
    return kept


def _told(log: Path) -> Iterator[dict[str, Any]]:
    """Figures, alarms and starts, in order, and now and then something else."""
    if not log.exists():
        return
    with log.open("rb") as file:
        for line in file:
            if any(kind in line for kind in TOLD):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # torn by a crash; cut off by the log itself


def finite(event: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a metric event; null stands for what was not finite."""
    return {name: value for name, value in event["values"].items() if value is not None}


def tell(events: EventLog, found: Iterable[Alarm | AlarmEnd]) -> Alarm | None:
    """Say them; the first alarm that ends the run, if there is one."""
    stopping = None
    for one in found:
        if isinstance(one, AlarmEnd):
            events.alarm_end(one.to_json())
            continue
        events.alarm(one.to_json())
        if stopping is None and one.stops:
            stopping = one
    return stopping


class Raised:
    """Every alarm is raised once in a run, and afterwards told of only when it is over, or back."""

    def __init__(self) -> None:
        self.raised: dict[str, int] = {}  # by code, the step of the newest word on it
        self.over: set[str] = set()

    def recall(self, event: Mapping[str, Any]) -> None:
        """An event that was told before."""
        code = str(event["code"])
        self.raised[code] = event["step"]
        if event["type"] == "alarm_end" and event["until"] is not None:
            self.over.add(code)
        else:
            self.over.discard(code)

    def changes(
        self, step: int, found: Iterable[Alarm], asked: Iterable[str], before: int
    ) -> list[Alarm | AlarmEnd]:
        """What is to be told of the alarms found at this step, among the codes that were asked about.

        before: the step at which these were asked about the last time. A step of before the newest word
        on an alarm says nothing of its end: the result may be older than the last look.
        """
        there = {alarm.code: alarm for alarm in found}
        told: list[Alarm | AlarmEnd] = [
            alarm for code, alarm in there.items() if code not in self.raised
        ]
        for code in sorted(set(asked) & set(self.raised)):
            if step > self.raised[code] and (code in there) is (code in self.over):
                told.append(AlarmEnd(code, step, None if code in there else before))
        for one in told:
            kind = "alarm_end" if isinstance(one, AlarmEnd) else "alarm"
            self.recall({"type": kind, **one.to_json()})
        return told


class SupervisedWatch(Raised):
    """The figures of an sft, reward or dpo run. `keeps_best`: its result is the best of its looks."""

    def __init__(
        self, bounds: SupervisedAlarmConfig, updates_per_epoch: int, *, keeps_best: bool = False
    ) -> None:
        super().__init__()
        self.bounds, self.updates_per_epoch = bounds, max(1, updates_per_epoch)
        self.keeps_best = keeps_best
        self.rows: list[Row] = []
        self.looks: dict[int, Row] = {}

    def restore(self, events: Iterable[Mapping[str, Any]], step: int) -> None:
        """What had been seen when the run stood at this step; an event told twice counts once."""
        rows: dict[int, Row] = {}
        self.raised, self.over = {}, set()
        for event in events:
            at = event.get("step")
            if not isinstance(at, int) or at > step:
                continue
            if event["type"] in ALARMS:
                self.recall(event)
            elif event["type"] == "metric":
                figures = finite(event)
                if any(name.startswith(OF_LOOKS) for name in figures):
                    self.looks[at] = Row(at, figures)
                else:
                    rows[at] = self._row(at, figures)
        self.rows = [rows[each] for each in sorted(rows)]

    def after_update(self, step: int, figures: Mapping[str, float]) -> list[Alarm | AlarmEnd]:
        """What is new of alarms after so many updates, the last of them with these figures."""
        self.rows.append(self._row(step, figures))
        found = list(after_update(self.rows, self.bounds, self.updates_per_epoch))
        told = self.changes(step, found, set(self.raised) - LOOK_CODES - EPOCH_CODES, step - 1)
        if step % self.updates_per_epoch == 0:
            told += self.changes(step, found, EPOCH_CODES, step - self.updates_per_epoch)
        return told

    def after_look(
        self, step: int, figures: Mapping[str, float], *, final: bool = False
    ) -> list[Alarm | AlarmEnd]:
        """What is new of alarms after a look at held-out data; no figures: nothing could be compared."""
        if figures:
            self.looks[step] = Row(step, dict(figures))
        looks = [self.looks[each] for each in sorted(self.looks) if each <= step]
        if not looks or looks[-1].step != step:
            return []
        found = after_look(self.rows, looks, self.bounds, final=final, keeps_best=self.keeps_best)
        before = looks[-2].step if len(looks) > 1 else step
        return self.changes(step, found, LOOK_CODES, before)

    @staticmethod
    def _row(step: int, figures: Mapping[str, float]) -> Row:
        return Row(step, {name: figures[name] for name in OF_UPDATES if name in figures})
