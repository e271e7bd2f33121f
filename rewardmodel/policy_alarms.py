"""Holding a policy run against its alarms: its figures so far, what was raised, how it ends.

The figures are read again from the run's own event log when it resumes, so checkpoints need not carry
them, and a run that was killed raises what an uninterrupted one would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rewardmodel import alarms
from rewardmodel.alarm_watch import ALARMS, Raised, finite
from rewardmodel.alarms import Alarm, AlarmEnd, Row
from rewardmodel.config.alarms import AlarmConfig
from rewardmodel.errors import Diverged
from rewardmodel.policy_keeping import take_best
from rewardmodel.training import load_agreed_checkpoint, load_module_tensors

if TYPE_CHECKING:
    from rewardmodel.policy_gradient import PolicyGradientTrainer

LOOK = "evaluation_score"  # a metric event with this figure is a look, any other an iteration
WATCHED = frozenset(
    {"score_mean", "score_std", "approx_kl", "value_loss", "pretraining_loss", "stop_rate"}
    | {"tokens_mean", "entropy", "explained_variance", "policy_gradient_norm"}
)


class AlarmWatch(Raised):
    """The figures of a policy run."""

    def __init__(self, bounds: AlarmConfig) -> None:
        super().__init__()
        self.bounds = bounds
        self.rows: list[Row] = []
        self.looks: list[Row] = []

    def restore(self, events: Iterable[Mapping[str, Any]], step: int) -> None:
        """What had been seen when the run stood at this step; an event told twice counts once."""
        rows: dict[int, Row] = {}
        looks: dict[int, Row] = {}
        self.raised, self.over = {}, set()
        for event in events:
            if not isinstance(event.get("step"), int) or event["step"] > step:
                continue
            if event["type"] in ALARMS:
                self.recall(event)
            elif event["type"] == "metric":
                figures = finite(event)
                kept = looks if LOOK in figures else rows
                kept[event["step"]] = self._row(event["step"], figures)
        self.rows = [rows[each] for each in sorted(rows)]
        self.looks = [looks[each] for each in sorted(looks)]

    def after_iteration(self, step: int, figures: Mapping[str, float]) -> list[Alarm | AlarmEnd]:
        """What is new of alarms after an iteration with these figures."""
        before = self.rows[-1].step if self.rows else step
        self.rows.append(self._row(step, figures))
        found = alarms.after_iteration(self.rows, self.bounds)
        return self.changes(step, found, set(self.raised) - alarms.LOOK_CODES, before)

    def after_look(self, step: int, figures: Mapping[str, float]) -> list[Alarm | AlarmEnd]:
        """What is new of alarms after a look at the held-out prompts."""
        before = self.looks[-1].step if self.looks else step
        self.looks.append(self._row(step, figures))
        found = alarms.after_look(self.rows, self.looks, self.bounds)
        return self.changes(step, found, alarms.LOOK_CODES, before)

    def looked_at(self, step: int) -> bool:
        """Whether the policy of this step has been measured already."""
        return any(look.step == step for look in self.looks)

    @staticmethod
    def _row(step: int, figures: Mapping[str, float]) -> Row:
        return Row(
            step, {k: v for k, v in figures.items() if k in WATCHED or k.startswith(LOOK[:10])}
        )


def end_by(trainer: PolicyGradientTrainer, alarm: Alarm) -> None:
    """Go back to the best policy, or to the last saved one of before the alarm began.

    First among those that are saved with or without interruptions, so that both go back to one.
    Raises Diverged.
    """
    trainer.stopped_by = alarm
    if trainer.best is not None:
        take_best(trainer)
        return
    best, found = trainer.best_step(), None
    for accept in (
        lambda state: alarm.code == "over_optimised" and state["step"] == best,
        lambda state: (
            state["step"] < alarm.since
            and (trainer.scheduled(state["step"]) or state["step"] == best)
        ),
        lambda state: state["step"] < alarm.since and state["measured_kl"] is not None,
    ):
        found = found or load_agreed_checkpoint(trainer.run, trainer.processes, accept)
    if found is None:
        raise Diverged(
            f"alarm_{alarm.code}",
            f"stopped by its alarm: {alarm.message} No checkpoint of a policy of before is left.",
        )
    load_module_tensors(trainer.policy, found.tensors["policy"])
    trainer.finished = True
    trainer.kept = found.step
