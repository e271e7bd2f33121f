"""How a trial is answered, seen from the worker: claim, renew, tell, end. As turns of a chat are.

The row is the truth: whoever raised `lease_epoch` last may write. A cancelled trial is nobody's: the next
write of its worker finds that out and the work stops. Knows nothing of models or tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.lib import hints
from annotation.lib.statements import fetch_one
from annotation.runs.models import Trial

PLAY = "workers.tasks.trials.play"
QUEUE = "sample"
MOST_TRIES = 3
HINTS_AT_ONCE = 100
CLAIM = """
UPDATE runs_trial
   SET state = 'running', lease_epoch = lease_epoch + 1, tries = tries + 1,
       lease_owner = %s::text, parts = '[]'::jsonb,
       lease_until = clock_timestamp() + make_interval(secs => %s::double precision)
 WHERE id = %s::uuid AND state IN ('queued', 'running') AND tries < %s::integer
   AND (lease_until IS NULL OR lease_until <= clock_timestamp())
RETURNING lease_epoch
"""
RENEW = """
UPDATE runs_trial
   SET lease_until = clock_timestamp() + make_interval(secs => %s::double precision)
 WHERE id = %s::uuid AND state = 'running' AND lease_epoch = %s::integer
RETURNING lease_epoch
"""
State = Trial.State


class TrialLost(Exception):
    """The trial is cancelled, ended, or somebody else's by now."""


@dataclass(frozen=True)
class TrialLease:
    """The right to answer one trial."""

    trial_id: UUID
    epoch: int


def hint(trial_id: UUID) -> None:
    """After the transaction commits, tell a worker that this trial waits."""
    arguments = {"trial_id": str(trial_id)}
    transaction.on_commit(lambda: hints.send(PLAY, arguments, QUEUE), robust=True)


def claim_trial(trial_id: UUID, owner: str) -> TrialLease | None:
    """Take the trial if it is open and nobody is at it."""
    seconds = settings.ENV.run_lease_seconds
    row = fetch_one(CLAIM, [owner[:120], seconds, trial_id, MOST_TRIES])
    return None if row is None else TrialLease(trial_id, row[0])


def renew_trial(lease: TrialLease) -> bool:
    """Whether the trial is still ours; it is for another while."""
    seconds = settings.ENV.run_lease_seconds
    return fetch_one(RENEW, [seconds, lease.trial_id, lease.epoch]) is not None


def tell_parts(lease: TrialLease, parts: list[dict[str, Any]]) -> None:
    """What is there so far, for those who watch. Raises TrialLost."""
    _write(lease, parts=parts)


def answer_trial(lease: TrialLease, parts: list[dict[str, Any]]) -> None:
    """Everything is there. Raises TrialLost."""
    _end(lease, state=State.DONE, parts=parts, error_message="")


def fail_trial(lease: TrialLease, *, code: str, message: str) -> None:
    """There will be nothing more. Raises TrialLost."""
    _end(lease, state=State.FAILED, error_code=code, error_message=message[:2000])


@transaction.atomic
def release_trial(lease: TrialLease, *, message: str) -> None:
    """This try came to nothing: the next may, until there were three. Raises TrialLost."""
    _write(lease, state=State.QUEUED, lease_until=None, error_message=message[:2000])
    _give_up()
    hint(lease.trial_id)


def reconcile_trials() -> int:
    """Give up on trials that were tried often enough and send hints again; how many were sent.

    A dead lease needs no reaping: a claim takes it over.
    """
    _give_up()
    due = list(_due().order_by("created_at").values_list("id", flat=True)[:HINTS_AT_ONCE])
    waiting = hints.waiting(QUEUE) if due else None
    if waiting is None or waiting >= len(due):
        return 0
    return sum(hints.send(PLAY, {"trial_id": str(trial_id)}, QUEUE) for trial_id in due)


def _due() -> QuerySet[Trial]:
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    return Trial.objects.filter(free, state__in=Trial.OPEN)


def _give_up() -> None:
    _due().filter(tries__gte=MOST_TRIES).update(
        state=State.FAILED, error_code="gave_up", lease_until=None, finished_at=Now()
    )


def _end(lease: TrialLease, **values: Any) -> None:
    _write(lease, lease_until=None, finished_at=Now(), **values)


def _write(lease: TrialLease, **values: Any) -> None:
    mine = Trial.objects.filter(id=lease.trial_id, state=State.RUNNING, lease_epoch=lease.epoch)
    if mine.update(**values) != 1:
        raise TrialLost
