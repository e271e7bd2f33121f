"""The state machine by itself: who holds the lease writes, nobody else, and never twice."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotation.lib.errors import Conflict
from annotation.runs.models import Run, RunEvent, Upload
from annotation.runs.services import cancel, create_run, lifecycle, retry
from annotation.runs.services.lifecycle import LeaseLost
from annotation.runs.services.reconcile import reconcile
from tests.annotation.runs.loop import break_down, finish
from tests.annotation.runs.test_mixes import version
from tests.cast import Cast, assemble


@pytest.fixture(autouse=True)
def _no_back_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENV = settings.ENV.model_copy(
        update={"run_backoff_seconds": 30.0, "run_lease_seconds": 8.0}
    )
    # that of the tests may have started seconds ago
    monkeypatch.setattr("annotation.runs.services.reconcile._database_is_fresh", lambda: False)


@pytest.fixture
def run(cast: Cast) -> Run:
    return create_run(project=cast.project, kind="export", requested_by=cast.ml)


def expire(run: Run) -> None:
    """As if a minute had passed."""
    Run.objects.filter(id=run.id).update(lease_until=timezone.now() - timedelta(seconds=1))


def due_now(run: Run) -> None:
    Run.objects.filter(id=run.id).update(next_try_at=timezone.now() - timedelta(seconds=1))


def fresh(run: Run) -> Run:
    return Run.objects.get(id=run.id)


@pytest.mark.django_db
def test_a_lease_that_expired_cannot_write_even_before_it_is_reaped(run: Run) -> None:
    lease = lifecycle.claim(run.id, "a")
    assert lease is not None
    assert not lifecycle.renew(lease)
    expire(run)
    events = RunEvent.objects.count()
    for act in (
        lambda: lifecycle.renew(lease),
        lambda: lifecycle.fail(lease, code="x", message="x"),
        lambda: lifecycle.release(lease, code="x", message="x"),
        lambda: lifecycle.cancelled(lease),
        lambda: lifecycle.succeed(lease, report={}),
    ):
        with pytest.raises(LeaseLost), transaction.atomic():
            act()
    with pytest.raises(LeaseLost), lifecycle.guarded(lease, progress_done=5):
        Upload.objects.create(
            project=run.project, user=run.requested_by, filename="f", bytes=1, received=1
        )
    assert RunEvent.objects.count() == events
    assert not Upload.objects.exists(), "what was written under a lost lease is undone"
    assert fresh(run).status == "running"


@pytest.mark.django_db
def test_a_silent_worker_costs_a_try_and_each_next_pause_is_longer(run: Run) -> None:
    pauses = []
    for attempt in (1, 2):
        assert lifecycle.claim(run.id, "w") is not None
        expire(run)
        assert reconcile()["reaped"] == 1
        found = fresh(run)
        assert (found.status, found.tries, found.lease_epoch) == ("queued", attempt, attempt)
        pauses.append(round((found.next_try_at - timezone.now()).total_seconds()))
        assert lifecycle.claim(run.id, "w") is None, "not before the pause is over"
        due_now(run)
    assert pauses == [30, 60]
    lifecycle.claim(run.id, "w")
    expire(run)
    reconcile()
    found = fresh(run)
    assert (found.status, found.error_code) == ("failed", "worker_lost")
    assert "3 tries" in found.error_message


@pytest.mark.django_db
def test_progress_starts_the_counting_anew_and_spares_the_pause(run: Run) -> None:
    for _ in range(6):
        lease = lifecycle.claim(run.id, "w")
        assert lease is not None
        with lifecycle.guarded(lease, tries_without_progress=0):
            pass
        expire(run)
        reconcile()
    assert (fresh(run).status, fresh(run).tries) == ("queued", 6)


@pytest.mark.django_db
def test_somebody_else_may_ask_for_a_longer_pause_up_to_a_quarter_of_an_hour(run: Run) -> None:
    pauses = []
    for has_progress, asked_for in ((True, 120.0), (False, 10.0), (True, 5000.0)):
        lease = lifecycle.claim(run.id, "w")
        assert lease is not None
        if has_progress:
            lifecycle.write(lease, tries_without_progress=0)
        lifecycle.release(lease, code="x", message="x", pause_s=asked_for)
        pauses.append(round((fresh(run).next_try_at - timezone.now()).total_seconds()))
        due_now(run)
    assert pauses == [120, 30, 900]


@pytest.mark.django_db
def test_only_tries_without_progress_count_towards_the_end_of_a_run(run: Run) -> None:
    """However many gained something: what ends it is what failed, in a row or in sum."""
    Run.objects.filter(id=run.id).update(tries=10 * lifecycle.TRIES)
    ended_after = 0
    while fresh(run).status == "queued":
        for values in ({"tries_without_progress": 0}, {}):
            lease = lifecycle.claim(run.id, "w")
            assert lease is not None
            lifecycle.write(lease, phase="train", **values)
            lifecycle.release(lease, code="crashed", message="it crashed")
            due_now(run)
        ended_after += 1
    assert ended_after == lifecycle.TRIES
    assert "the last 1 without progress" in fresh(run).error_message
    retry(run=fresh(run), actor=None)  # a person begins the counting anew
    lease = lifecycle.claim(run.id, "w")
    assert lease is not None
    lifecycle.release(lease, code="crashed", message="it crashed")
    assert fresh(run).status == "queued"


@pytest.mark.django_db
def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(run: Run, cast: Cast) -> None:
    lifecycle.claim(run.id, "w")
    cancel(run=run, actor=cast.ml)
    expire(run)
    reconcile()
    assert fresh(run).status == "cancelled"


@pytest.mark.django_db
def test_a_run_that_ended_well_cannot_be_cancelled_or_retried(run: Run, cast: Cast) -> None:
    lease = lifecycle.claim(run.id, "w")
    assert lease is not None
    lifecycle.succeed(lease, report={"a": 1})
    for act in (cancel, retry):
        with pytest.raises(Conflict):
            act(run=run, actor=cast.ml)


# What happens to a run before somebody cancels it, and what becomes of it.
CANCELLED_AT = {
    "queued": "cancelled",
    "queued, after an interruption": "cancelled",
    "blocked": "cancelled",
    "interrupted": "cancelled",
    "running": "running",  # until its worker sees the wish
    "running, told to stop": "cancelled",
    "running, its worker shut down": "cancelled",
    "cancelled": "cancelled",
    "failed": "refused",
    "succeeded": "refused",
}


@pytest.mark.django_db
@pytest.mark.parametrize(("at", "becomes"), CANCELLED_AT.items())
def test_a_run_is_cancelled_once_in_whatever_state_it_is(
    run: Run, cast: Cast, at: str, becomes: str
) -> None:
    """And whoever had it writes nothing afterwards."""
    state, lease = at.partition(",")[0], lifecycle.Lease(run.id, 0)
    if at == "blocked":
        run = create_run(project=cast.project, kind="export", waits_for=run)
    elif at == "cancelled":
        cancel(run=run, actor=cast.ml)
    elif at != "queued":
        claimed = lifecycle.claim(run.id, "w")
        assert claimed is not None
        lease = claimed
    if at == "interrupted":
        Run.objects.filter(id=run.id).update(status=at, lease_owner="", lease_until=None)
    elif at == "queued, after an interruption":
        lifecycle.release(lease, code="crashed", message="it crashed")
    elif at == "failed":
        lifecycle.fail(lease, code="diverged", message="it diverged")
    elif at == "succeeded":
        lifecycle.succeed(lease, report={})
    assert fresh(run).status == state
    if becomes == "refused":
        with pytest.raises(Conflict, match="ended already"):
            cancel(run=run, actor=cast.ml)
        assert fresh(run).status == state
        return
    for _ in range(2):
        cancel(run=run, actor=cast.ml)
    if at == "running, told to stop":
        assert lifecycle.renew(lease), "the worker is told"
        lifecycle.cancelled(lease)
    elif at == "running, its worker shut down":
        lifecycle.release(lease, code="worker_stopped", message="", counts=False)
    assert fresh(run).status == becomes
    kinds = list(run.events.order_by("id").values_list("type", flat=True))
    assert kinds.count("cancelled") == (becomes == "cancelled")
    assert kinds.count("cancel_requested") == (state == "running")
    if lease.epoch and becomes == "cancelled":
        with pytest.raises(LeaseLost):
            lifecycle.write(lease, phase="late")
        assert lifecycle.claim(run.id, "another") is None


@pytest.mark.django_db
@pytest.mark.parametrize("status", Run.Status.values)
def test_the_database_allows_the_moves_of_the_state_machine_and_no_other(
    run: Run, cast: Cast, status: str
) -> None:
    able = {"waits_for": run, "lease_until": timezone.now(), "error_code": "x", "config": {}}
    common: dict[str, Any] = {"project": cast.project, "kind": "export", "status": status}
    reached = set()
    for number, to in enumerate(Run.Status.values, 2):
        it = Run.objects.create(number=number, idempotency_key=uuid4(), **common, **able)
        try:
            with transaction.atomic():
                Run.objects.filter(pk=it.pk).update(status=to)
        except IntegrityError:
            continue
        reached.add(to)
    assert reached - {status} == set(Run.MOVES.get(status, ()))


@pytest.mark.django_db
def test_the_database_keeps_what_was_asked_for_and_every_lease_newer(run: Run) -> None:
    for change in ({"config": {}}, {"kind": "import"}, {"idempotency_key": uuid4()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.filter(id=run.id).update(**change)
    lifecycle.claim(run.id, "w")
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(id=run.id).update(lease_epoch=0)


@pytest.mark.django_db
def test_cancelling_a_chain_at_its_head_cancels_what_waits(run: Run, cast: Cast) -> None:
    follower = create_run(project=cast.project, kind="export", waits_for=run)
    last = create_run(project=cast.project, kind="export", waits_for=follower)
    assert (follower.status, last.status) == ("blocked", "blocked")
    cancel(run=run, actor=cast.ml)
    assert {fresh(follower).status, fresh(last).status} == {"cancelled"}
    with pytest.raises(Conflict, match="retry that one first"):
        retry(run=follower, actor=cast.ml)


def ended_with(run: Run, cast: Cast) -> Run:
    """A run that waited for this one and was cancelled with it; this one was retried since."""
    common: dict[str, Any] = {"project": cast.project, "policy_version": version(cast, 1)}
    follower = create_run(kind="sft", waits_for=run, **common)
    cancel(run=run, actor=cast.ml)
    with pytest.raises(Conflict, match="retry that one first"):
        retry(run=follower, actor=cast.ml)
    retry(run=run, actor=cast.ml)
    return fresh(follower)


@pytest.mark.django_db
def test_a_retried_run_waits_again_for_its_predecessor_and_then_starts_by_itself(
    run: Run, cast: Cast
) -> None:
    follower = ended_with(run, cast)
    last = create_run(project=cast.project, kind="export", waits_for=run)
    cancel(run=last, actor=cast.ml)
    for one in (follower, last):
        again = retry(run=one, actor=cast.ml)
        assert (again.status, again.finished_at, again.cancel_requested_at) == (
            *("blocked", None, None),
        )
        assert lifecycle.claim(again.pk, "w") is None
    cancel(run=last, actor=cast.ml)
    made = finish(run).output_snapshot
    assert (fresh(follower).status, fresh(follower).snapshot) == ("queued", made)
    assert fresh(last).status == "cancelled"
    assert retry(run=last, actor=cast.ml).status == "queued"


@pytest.mark.django_db
def test_a_run_that_waits_again_ends_as_its_predecessor_ends(run: Run, cast: Cast) -> None:
    follower = retry(run=ended_with(run, cast), actor=cast.ml)
    break_down(run, "it diverged")
    assert (fresh(follower).status, fresh(follower).error_code) == ("failed", "predecessor_failed")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_retried_while_its_predecessor_succeeds_is_not_left_waiting() -> None:
    cast = assemble()
    run = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    follower, lease = ended_with(run, cast), lifecycle.claim(run.pk, "w")
    assert lease is not None
    retried: list[str] = []

    def press() -> None:
        try:
            retried.append(retry(run=follower, actor=cast.ml).status)
        finally:
            connection.close()

    person = Thread(target=press)
    with transaction.atomic():
        lifecycle.succeed(lease, report={})
        person.start()
        person.join(timeout=0.5)
    person.join()
    assert (retried, fresh(follower).status) == (["queued"], "queued")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_workers_one_claims_and_of_twenty_requests_the_numbers_have_no_gap() -> None:
    cast = assemble()
    run = create_run(project=cast.project, kind="export")
    barrier = Barrier(20)
    leases: list[object] = []

    def race() -> None:
        try:
            barrier.wait()
            leases.append(lifecycle.claim(run.id, "w"))
            create_run(project=cast.project, kind="export")
        finally:
            connection.close()

    threads = [Thread(target=race) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in leases) == 1
    assert fresh(run).lease_epoch == 1
    numbers = sorted(Run.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 22))
