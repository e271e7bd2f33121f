"""What a run's alarms are told from: its figures, read again from its own event log when it resumes.

Checkpoints need not carry them, and a run that was killed raises what an uninterrupted one would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rewardmodel.alarms import Alarm, Row
from rewardmodel.config.alarms import SupervisedAlarmConfig
from rewardmodel.supervised_alarms import after_look, after_update

OF_UPDATES = ("loss", "accuracy", "gradient_norm")
OF_LOOKS = "validation_"  # a metric event with such a figure is a look, any other an update
TOLD = (b'"metric"', b'"alarm"', b'"started"')  # kinds of events, as they stand in a line


def logged(log: Path) -> list[dict[str, Any]]:
    """The figures and alarms in an event log, in order, of what the newest checkpoint came from.

    A start without a checkpoint began anew: what was told before belongs to weights that are gone.
    """
    kept: list[dict[str, Any]] = []
    for event in _told(log):
        if event["type"] in ("metric", "alarm"):
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


class Raised:
    """Every alarm is raised once in a run."""

    def __init__(self) -> None:
        self.raised: set[str] = set()

    def new(self, found: Iterable[Alarm]) -> list[Alarm]:
        """Those of the alarms that had not been raised."""
        new = [alarm for alarm in found if alarm.code not in self.raised]
        self.raised |= {alarm.code for alarm in new}
        return new


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
        """What had been seen when the run stood at this step; an event told twice counts once.

        Looks of later steps stay: what was measured before a kill is not measured again.
        """
        rows: dict[int, Row] = {}
        self.raised = set()
        for event in events:
            at = event.get("step")
            if not isinstance(at, int):
                continue
            if event["type"] == "alarm" and at <= step:
                self.raised.add(str(event["code"]))
            elif event["type"] == "metric":
                figures = finite(event)
                if any(name.startswith(OF_LOOKS) for name in figures):
                    self.looks[at] = Row(at, figures)
                elif at <= step:
                    rows[at] = self._row(at, figures)
        self.rows = [rows[each] for each in sorted(rows)]

    def after_update(self, step: int, figures: Mapping[str, float]) -> list[Alarm]:
        """New alarms after so many updates, the last of them with these figures."""
        self.rows.append(self._row(step, figures))
        return self.new(after_update(self.rows, self.bounds, self.updates_per_epoch))

    def after_look(
        self, step: int, figures: Mapping[str, float], *, final: bool = False
    ) -> list[Alarm]:
        """New alarms after a look at held-out data; without figures: one that the log knows."""
        if figures:
            self.looks[step] = Row(step, dict(figures))
        looks = [self.looks[each] for each in sorted(self.looks) if each <= step]
        found = after_look(self.rows, looks, self.bounds, final=final, keeps_best=self.keeps_best)
        return self.new(found) if looks and looks[-1].step == step else []

    @staticmethod
    def _row(step: int, figures: Mapping[str, float]) -> Row:
        return Row(step, {name: figures[name] for name in OF_UPDATES if name in figures})
