"""A run's way through its states. The row is the truth; every move is one conditional UPDATE.

A worker's moves are guarded by its lease: status running, its epoch, not yet expired by the
database's clock. No row hit means the lease is lost, and the transaction with all it wrote is undone.
Every move writes its event in the same transaction, after the row is locked, so that events of one
run commit in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Case, CharField, F, Field, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict
from annotation.runs import dispatch, line, upload_files
from annotation.runs.kinds import KINDS
from annotation.runs.models import GATHER, JudgingCampaign, MixPart, RoundEvent, Run, RunEvent

Status = Run.Status
TRIES_WITHOUT_PROGRESS = 3
TRIES_OF_OTHERS = 12
"""Where a server outside of us draws: with the pauses, an hour and three quarters of silence."""
TRIES = 50
"""Without progress, in sum: ends a run that gains a little between many failures."""
LONGEST_PAUSE_S = 900.0


def _unless_gathering(name: str, nothing: Any, field: Field[Any, Any]) -> Case:
    """What the field is, and nothing where all that was done is to wait for hosts."""
    return Case(When(phase=GATHER, then=Value(nothing)), default=F(name), output_field=field)


_FREE: dict[str, Any] = {
    "lease_owner": "",
    "lease_until": None,
    "phase": _unless_gathering("phase", "", CharField()),
    "progress_done": _unless_gathering("progress_done", 0, BigIntegerField()),
    "progress_total": _unless_gathering("progress_total", None, BigIntegerField()),
}


class LeaseLost(Exception):
    """Somebody else owns the run by now, or nobody does: write nothing, walk away."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a run, until somebody with a higher epoch has it."""

    run_id: UUID
    epoch: int


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def note(run_id: UUID, epoch: int, type: str, **payload: Any) -> None:
    """An event of a run. Call it where the run's row is already locked by this transaction."""
    RunEvent.objects.create(run_id=run_id, epoch=epoch, type=type, payload=payload)


# --- with a lease -------------------------------------------------------------------------------


def claim(run_id: UUID, owner: str) -> Lease | None:
    """Take a due, queued run; None when it is not to be had (any more)."""
    with transaction.atomic():
        hit = Run.objects.filter(id=run_id, status=Status.QUEUED, next_try_at__lte=Now()).update(
            status=Status.RUNNING,
            lease_owner=owner[:120],
            lease_epoch=F("lease_epoch") + 1,
            lease_until=Now() + seconds(settings.ENV.run_lease_seconds),
            tries=F("tries") + 1,
            tries_without_progress=F("tries_without_progress") + 1,
            started_at=Coalesce("started_at", Now()),
        )
        if not hit:
            return None
        epoch = Run.objects.values_list("lease_epoch", flat=True).get(id=run_id)
        note(run_id, epoch, "claimed", owner=owner)
    return Lease(run_id, epoch)


def claim_next(queue: str, owner: str, has: str = "") -> Lease | None:
    """Take the first run in the line of a queue; None where the line is empty.

    `has`: the worker's class of hardware; runs that need another one are passed over.

    Whatever run a message spoke of: there are as many messages as runs, or the reconciler sends more.
    """
    while (first := line.first_in_line(queue, has)) is not None:
        if lease := claim(first, owner):
            return lease  # else somebody was quicker: look again
    return None


def _held(lease: Lease) -> QuerySet[Run]:
    return Run.objects.filter(
        id=lease.run_id, status=Status.RUNNING, lease_epoch=lease.epoch, lease_until__gt=Now()
    )


def _update(lease: Lease, **values: Any) -> None:
    if not _held(lease).update(**values):
        raise LeaseLost


def renew(lease: Lease) -> bool:
    """Extend the lease; whether somebody asked to cancel. Raises LeaseLost."""
    with transaction.atomic():
        _update(lease, lease_until=Now() + seconds(settings.ENV.run_lease_seconds))
        asked = Run.objects.values_list("cancel_requested_at", flat=True).get(id=lease.run_id)
    return asked is not None


def cancel_asked(lease: Lease) -> bool:
    """Whether somebody asked to cancel; a cheap look between renewals. Raises LeaseLost."""
    row = _held(lease).values_list("cancel_requested_at").first()
    if row is None:
        raise LeaseLost
    return row[0] is not None


def write(lease: Lease, **values: Any) -> None:
    """Change the run's row, first thing in the caller's transaction. Raises LeaseLost."""
    _update(lease, **values)


@contextmanager
def guarded(lease: Lease, **values: Any) -> Iterator[None]:
    """A transaction whose writes stand only if the lease still does when they are complete.

    `values` go into the run's row. The row is locked at the end only, so that the heartbeat is never
    kept waiting. Raises LeaseLost; then nothing was written.
    """
    with transaction.atomic():
        yield
        _update(lease, **(values or {"lease_epoch": lease.epoch}))


def succeed(lease: Lease, *, report: dict[str, Any], **outputs: Any) -> None:
    """The end of a run, in the caller's transaction together with what it made. Raises LeaseLost."""
    _update(
        lease,
        status=Status.SUCCEEDED,
        finished_at=Now(),
        report=report,
        error_code="",
        error_message="",
        **_FREE,
        **outputs,
    )
    note(lease.run_id, lease.epoch, "succeeded", **{k: str(v.pk) for k, v in outputs.items() if v})
    settle_followers(lease.run_id)


@transaction.atomic
def fail(lease: Lease, *, code: str, message: str) -> None:
    """The end of a run that must not be tried again. Raises LeaseLost."""
    _update(lease, **_failure(code, message), **_FREE)
    note(lease.run_id, lease.epoch, "failed", code=code, message=message)
    settle_followers(lease.run_id)


@transaction.atomic
def cancelled(lease: Lease) -> None:
    """The worker has stopped on request. Raises LeaseLost."""
    _update(lease, status=Status.CANCELLED, finished_at=Now(), **_FREE)
    note(lease.run_id, lease.epoch, "cancelled")
    settle_followers(lease.run_id)


@transaction.atomic
def release(
    lease: Lease,
    *,
    code: str,
    message: str,
    counts: bool = True,
    pause_s: float = 0.0,
) -> None:
    """Give an unfinished run back. Raises LeaseLost.

    It is queued again, after a pause where the try `counts`; a stop on request (a worker that shuts
    down) does not count. Too many tries without progress end it. `pause_s`: at least so long a pause,
    up to 15 minutes, for instance because somebody asked for it.
    """
    _update(lease, status=Status.INTERRUPTED, **_FREE)
    note(lease.run_id, lease.epoch, "interrupted", code=code, message=message)
    _queue_again_or_give_up(lease.run_id, code, message, counts=counts, pause_s=pause_s)


@transaction.atomic
def put_back(lease: Lease, *, code: str, message: str, pause_s: float) -> None:
    """Give back a run of which nothing was begun: as if nobody had claimed it. Raises LeaseLost."""
    began = {"phase": "", "progress_done": 0, "progress_total": None}
    _update(lease, status=Status.INTERRUPTED, tries=F("tries") - 1, **_FREE | began)
    note(lease.run_id, lease.epoch, "interrupted", code=code, message=message)
    _queue_again_or_give_up(lease.run_id, code, message, counts=False, pause_s=pause_s)


def _failure(code: str, message: str) -> dict[str, Any]:
    return {
        "status": Status.FAILED,
        "finished_at": Now(),
        "error_code": code[:60],
        "error_message": message[:10_000],
    }


def pause_after(tries_without_progress: int) -> float:
    """Seconds until the next try: none after progress, then doubling, at most 15 minutes."""
    if tries_without_progress <= 0:
        return 0.0
    base: float = settings.ENV.run_backoff_seconds
    return min(base * 2.0 ** (tries_without_progress - 1), LONGEST_PAUSE_S)


def _queue_again_or_give_up(
    run_id: UUID,
    code: str,
    message: str,
    *,
    counts: bool,
    pause_s: float = 0.0,
) -> None:
    """What follows an interruption; the row is locked by the caller's update."""
    run = Run.objects.select_related("policy_version").get(id=run_id)
    this = Run.objects.filter(id=run_id)
    if run.cancel_requested_at is not None:
        this.update(status=Status.CANCELLED, finished_at=Now())
        note(run_id, run.lease_epoch, "cancelled")
        settle_followers(run_id)
        return
    fruitless = run.tries_without_progress if counts else max(0, run.tries_without_progress - 1)
    if counts and _are_too_many(run, fruitless):
        words = (
            f"Given up after {run.tries} tries, the last {fruitless} without progress. "
            f"The last one: {message}"
        )
        this.update(**_failure(code, words))
        note(run_id, run.lease_epoch, "failed", code=code, message=words)
        settle_followers(run_id)
        return
    pause = max(pause_after(fruitless) if counts else 0.0, min(pause_s, LONGEST_PAUSE_S))
    this.update(
        status=Status.QUEUED,
        tries_without_progress=fruitless,
        next_try_at=Now() + seconds(pause),
    )
    without_progress = fruitless if counts else 0
    note(run_id, run.lease_epoch, "queued", pause_s=pause, without_progress=without_progress)
    if not pause:
        dispatch.hint_run(run_id, run.kind, run.needs)


def _are_too_many(run: Run, fruitless: int) -> bool:
    """Whether tries without progress end the run, whatever ended the last of them.

    A run that asks a server may outlast it: many in a row. A try that made progress never ends one.
    """
    in_a_row = TRIES_OF_OTHERS if run.asks_a_server else TRIES_WITHOUT_PROGRESS
    if fruitless >= in_a_row:
        return True
    if not fruitless or run.tries < TRIES:
        return False
    retried = run.events.filter(type="retried").order_by("-id").values_list("id", flat=True).first()
    before = run.events.filter(type="queued", payload__without_progress__gt=0, id__gt=retried or 0)
    return before.count() + 1 >= TRIES


# --- without a lease ----------------------------------------------------------------------------


def reap_one() -> bool:
    """Take one expired lease away; whether there was one."""
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(skip_locked=True)
            .filter(status=Status.RUNNING, lease_until__lt=Now())
            .order_by("lease_until")
            .first()
        )
        if run is None:
            return False
        message = f"the worker {run.lease_owner} fell silent"
        Run.objects.filter(id=run.id).update(status=Status.INTERRUPTED, **_FREE)
        note(run.id, run.lease_epoch, "interrupted", code="worker_lost", message=message)
        _queue_again_or_give_up(run.id, "worker_lost", message, counts=True)
    return True


def settle_followers(run_id: UUID) -> None:
    """Runs that waited for this one: queued with its output pinned, or ended as it ended."""
    run = Run.objects.get(id=run_id)
    for follower in Run.objects.select_for_update().filter(waits_for=run, status=Status.BLOCKED):
        this = Run.objects.filter(id=follower.id)
        if run.status == Status.SUCCEEDED:
            this.update(status=Status.QUEUED, next_try_at=Now(), **pinned_outputs(run, follower))
            note(follower.id, follower.lease_epoch, "queued", after=str(run.id))
            dispatch.hint_run(follower.id, follower.kind, follower.needs)
        elif run.status == Status.FAILED:
            words = f"It waited for {run.kind} run {run.number}, which failed: {run.error_message}"
            this.update(**_failure("predecessor_failed", words))
            note(follower.id, follower.lease_epoch, "failed", code="predecessor_failed")
            settle_followers(follower.id)
        elif run.status == Status.CANCELLED:
            this.update(status=Status.CANCELLED, finished_at=Now())
            note(follower.id, follower.lease_epoch, "cancelled", after=str(run.id))
            settle_followers(follower.id)
    if run.kind == Run.Kind.SAMPLE:
        for draw_id in MixPart.objects.filter(run=run).values_list("draw_id", flat=True):
            dispatch.hint_mix(draw_id)
    if RoundEvent.objects.filter(run=run, kind=RoundEvent.Kind.STARTED).exists():
        dispatch.hint_rounds()


def pinned_outputs(run: Run, follower: Run) -> dict[str, Any]:
    """What the finished run fills in of the follower's inputs that are still open."""
    made = {"snapshot_id": run.output_snapshot_id}
    if run.output_version_id is not None:
        made[KINDS[run.kind].gives + "_id"] = run.output_version_id
    known = KINDS[follower.kind].known
    return {
        column: value
        for column, value in made.items()
        if value is not None
        and column.removesuffix("_id") in known
        and getattr(follower, column) is None
    }


def unblock() -> int:
    """Settle every blocked run whose predecessor has ended; how many predecessors there were."""
    ended = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)
    waiting = Run.objects.filter(status=Status.BLOCKED, waits_for__status__in=ended)
    predecessors = set(waiting.values_list("waits_for_id", flat=True))
    for run_id in predecessors:
        if run_id is not None:
            with transaction.atomic():
                settle_followers(run_id)
    return len(predecessors)


@transaction.atomic
def cancel(*, run: Run, actor: User | None) -> Run:
    """Stop a run: at once where nobody works on it, else as soon as its worker sees the wish."""
    run = Run.objects.select_for_update().get(id=run.id)
    this = Run.objects.filter(id=run.id)
    if run.status == Status.RUNNING:
        if run.cancel_requested_at is None:
            this.update(cancel_requested_at=Now())
            note(run.id, run.lease_epoch, "cancel_requested", by=str(actor.pk) if actor else None)
            record(actor=actor, action="run.cancel_requested", thing=run)
    elif run.status in Run.ACTIVE:
        this.update(status=Status.CANCELLED, cancel_requested_at=Now(), finished_at=Now())
        note(run.id, run.lease_epoch, "cancelled", by=str(actor.pk) if actor else None)
        record(actor=actor, action="run.cancelled", thing=run, before={"status": run.status})
        settle_followers(run.id)
    elif run.status != Status.CANCELLED:
        raise Conflict("run_ended", f"This run has ended already: it {run.status}.")
    return Run.objects.get(id=run.id)


@transaction.atomic
def set_priority(*, run: Run, priority: int, actor: User | None) -> Run:
    """Move a run that waits forward or back in the line of its project."""
    run = Run.objects.select_for_update().get(id=run.id)
    if run.status not in (Status.BLOCKED, Status.QUEUED, Status.INTERRUPTED):
        raise Conflict("run_not_waiting", "Only a run that waits has a place in the line.")
    if run.priority != priority:
        Run.objects.filter(id=run.id).update(priority=priority)
        note(run.id, run.lease_epoch, "priority_changed", priority=priority)
        record(
            actor=actor,
            action="run.priority_changed",
            thing=run,
            before={"priority": run.priority},
            after={"priority": priority},
        )
    return Run.objects.get(id=run.id)


@transaction.atomic
def describe(*, run: Run, changes: dict[str, str], actor: User | None) -> Run:
    """Give a run another name or note. The same again changes nothing."""
    run = Run.objects.select_for_update().get(id=run.id)
    before = {field: getattr(run, field) for field in changes}
    after = {field: said for field, said in changes.items() if said != before[field]}
    if after:
        Run.objects.filter(id=run.id).update(**after)
        record(
            actor=actor,
            action="run.described",
            thing=run,
            before={field: before[field] for field in after},
            after=after,
        )
    return Run.objects.get(id=run.id)


@transaction.atomic
def retry(*, run: Run, actor: User | None) -> Run:
    """Queue a failed or cancelled run again; it goes on from its last checkpoint.

    Where what it waits for is still under way, it waits again.
    """
    # Locked first, as by whatever ends it, so that it does not end unseen.
    waits_for = Run.objects.select_for_update(of=("self",)).filter(followers=run).first()
    run = Run.objects.select_for_update().get(id=run.id)
    if run.status not in (Status.FAILED, Status.CANCELLED):
        raise Conflict(
            "run_not_ended", f"Only a failed or cancelled run can be retried: {run.status}."
        )
    if waits_for is not None and waits_for.status in (Status.FAILED, Status.CANCELLED):
        raise Conflict(
            "predecessor_not_done",
            f"It needs {waits_for.kind} run {waits_for.number}, which has not "
            "succeeded; retry that one first.",
        )
    refuse_of_ended_campaign(draw__parts__run=run)
    if run.upload is not None and not upload_files.is_kept(run.upload):
        raise Conflict("upload_gone", "The uploaded file is no longer kept; upload it again.")
    waits = waits_for is not None and waits_for.status in Run.ACTIVE
    Run.objects.filter(id=run.id).update(
        status=Status.BLOCKED if waits else Status.QUEUED,
        tries_without_progress=0,
        next_try_at=Now(),
        cancel_requested_at=None,
        error_code="",
        error_message="",
        finished_at=None,
        **(pinned_outputs(waits_for, run) if waits_for is not None else {}),
    )
    note(run.id, run.lease_epoch, "retried", by=str(actor.pk) if actor else None)
    record(actor=actor, action="run.retried", thing=run, before={"status": run.status})
    if not waits:
        dispatch.hint_run(run.id, run.kind, run.needs)
    return Run.objects.get(id=run.id)


def refuse_of_ended_campaign(**its: object) -> None:
    """Raises Conflict where the campaign that is looked for in this way was ended."""
    if JudgingCampaign.objects.filter(ended_at__isnull=False, **its).exists():
        raise Conflict("campaign_ended", "This campaign has ended; no more items are made of it.")


def due() -> QuerySet[Run]:
    """Queued runs whose pause is over, oldest first."""
    return line.due().order_by("id")
