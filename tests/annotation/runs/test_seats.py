"""Several hosts for one run, by the tables alone: who may take a seat, and who may not write any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotation.runs.models import Run, RunSeat
from annotation.runs.services import create_run, lifecycle, seats
from annotation.runs.services.lifecycle import Lease, LeaseLost
from annotation.runs.services.reconcile import reconcile
from tests.annotation.runs.test_hosts import TWO, inputs, offer  # noqa: F401 (fixtures)
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LEAD, FIRST, SECOND = ("train@a:1:2", "train@b:1:2", "train@c:1:2")
CPU = {"device": "cpu"}


@pytest.fixture
def three(offer: Any) -> str:  # noqa: F811 (the fixture)
    text = TWO.replace("num_machines: 1", "num_machines: 3").replace("es: 2", "es: 6")
    (offer / "three.yaml").write_text(text)
    return "three"


@pytest.fixture
def run(inputs: dict[str, Any], three: str) -> Run:  # noqa: F811 (the fixture)
    return create_run(**inputs, config=CPU, launch=three)


def lead(run: Run, owner: str = LEAD) -> Lease:
    lease = lifecycle.claim(run.id, owner)
    assert lease is not None
    seats.open_seats(lease, run.launch["machines"])
    return lease


def take(owner: str, has: str = "cpu") -> seats.Seat:
    seat = seats.claim("train", owner, has)
    assert seat is not None
    return seat


def as_if_silent(seat: seats.Seat) -> None:
    RunSeat.objects.filter(id=seat.id).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_all_start_when_each_host_is_ready_and_none_before(run: Run) -> None:
    lease = lead(run)
    assert (run.launch["machines"], run.launch["processes"]) == (3, 6)
    assert seats.claim("train", "train@a:1:9", "cpu") is None, "the lead's own worker"
    assert seats.claim("train", FIRST, "gpu") is None, "another class of hardware"
    first = take(FIRST)
    assert seats.claim("train", "train@b:1:9", "cpu") is None, "one seat for a worker"
    second = take(SECOND)
    assert seats.claim("train", "train@d:1:2", "cpu") is None, "all are taken"
    assert [first.rank, second.rank] == [1, 2]
    seats.say_ready(first)
    assert not seats.start(lease, "10.0.0.1:29500", LEAD)
    seats.say_ready(second)
    assert seats.start(lease, "10.0.0.1:29500", LEAD)
    assert {seats.address_of(first), seats.address_of(second)} == {"10.0.0.1:29500"}
    run.refresh_from_db()
    assert run.provenance["hosts"] == ["train@a", "train@b", "train@c"]


def test_before_the_start_a_seat_that_is_left_is_open_again_after_it_the_lead_sees_why(
    run: Run,
) -> None:
    lease = lead(run)
    first, second = take(FIRST), take(SECOND)
    assert seats.leave(first), "told to stop"
    as_if_silent(second)
    assert len(seats.waited_for()) == 2
    again = [take(FIRST), take(SECOND)]
    for seat in again:
        seats.say_ready(seat)
    assert seats.start(lease, "10.0.0.1:29500", LEAD)
    assert not seats.leave(again[0])
    seats.end(again[1], -9, "out of memory")
    told, ended = seats.look(lease)
    assert (told.program, told.is_leaving) == ("train@b", True)
    assert (ended.program, ended.exit_code, ended.message) == ("train@c", -9, "out of memory")
    as_if_silent(again[0])
    assert not seats.look(lease)[0].is_live
    assert seats.waited_for() == [], "nobody joins a run that has started"


def test_who_lost_the_seat_or_whose_try_is_over_writes_nothing(run: Run) -> None:
    lease = lead(run)
    late, other = take(FIRST), take(SECOND)
    as_if_silent(late)
    rows = list(RunSeat.objects.filter(id=late.id).values())
    for act in (
        lambda: seats.renew(late),
        lambda: seats.say_ready(late),
        lambda: seats.address_of(late),
        lambda: seats.leave(late),
        lambda: seats.end(late, 0),
    ):
        with pytest.raises(LeaseLost):
            act()
    assert list(RunSeat.objects.filter(id=late.id).values()) == rows
    lifecycle.release(lease, code="x", message="x")
    with pytest.raises(LeaseLost):
        seats.renew(other)
    assert seats.claim("train", "train@d:1:2", "cpu") is None


def test_a_run_of_which_nothing_was_begun_is_put_back_as_if_nobody_had_had_it(run: Run) -> None:
    lease = lead(run)
    lifecycle.put_back(lease, code="hosts_missing", message="it needs 3", pause_s=30)
    run.refresh_from_db()
    assert (run.status, run.tries, run.tries_without_progress) == ("queued", 0, 0)
    assert run.next_try_at > timezone.now()
    assert (run.phase, run.progress_total) == ("", None)


def test_a_run_that_ends_while_it_waits_for_hosts_waits_for_none_any_more(run: Run) -> None:
    lease = lead(run)
    lifecycle.release(lease, code="worker_stopped", message="the worker was stopped", counts=False)
    run.refresh_from_db()
    assert (run.status, run.phase, run.progress_done, run.progress_total) == ("queued", "", 0, None)
    Run.objects.filter(pk=run.pk).update(phase="learn", progress_done=7, progress_total=9)
    held = lifecycle.claim(run.pk, "train@a:1:1")
    assert held is not None
    lifecycle.fail(held, code="diverged", message="x")
    run.refresh_from_db()
    assert (run.phase, run.progress_done, run.progress_total) == ("learn", 7, 9)


def test_of_two_runs_that_wait_for_each_others_hosts_the_later_one_gives_way(
    run: Run,
    inputs: dict[str, Any],  # noqa: F811 (the fixture)
    three: str,
) -> None:
    later = create_run(**inputs, config=CPU, launch=three)
    first, second = lead(run, LEAD), lead(later, FIRST)
    assert seats.older_waits(second, FIRST, "cpu")
    assert not seats.older_waits(first, LEAD, "cpu")
    assert not seats.older_waits(second, FIRST, "gpu"), "it could not join that one"
    lifecycle.put_back(second, code="gave_way", message="it gave way", pause_s=0)
    assert take(FIRST).run_id == run.id


def test_the_reconciler_tells_of_seats_that_stay_open(
    run: Run, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotation.runs import dispatch

    told: list[str] = []

    def tell(name: str, arguments: dict[str, str], queue: str) -> bool:
        told.append(queue)
        return True

    monkeypatch.setattr(dispatch, "waiting", lambda queue: 0)
    monkeypatch.setattr(dispatch, "send", tell)
    lead(run)
    take(FIRST)
    reconcile()
    assert told == ["train.cpu"], "for the one that nobody took"


def overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What both say, where the first is done but not committed when another connection comes second."""

    def on_its_own_connection() -> Any:
        with closing(connection):
            return second()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            said = first()
            other = pool.submit(on_its_own_connection)
            until_done_or_waiting_for_us(other)
        return said, other.result(20)


def until_done_or_waiting_for_us(other: Future[Any]) -> None:
    deadline = time.monotonic() + 20
    while not other.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, "it neither ends nor waits"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_the_lead_starts_keeps_the_seat_and_asks_for_the_end_of_the_try(
    run: Run,
) -> None:
    lease = lead(run)
    first, second = take(FIRST), take(SECOND)
    for seat in (first, second):
        seats.say_ready(seat)
    started, given_back = overlapping(
        lambda: seats.start(lease, "10.0.0.1:29500", LEAD), lambda: seats.leave(first)
    )
    assert (started, given_back) == (True, False)
    left, _ = seats.look(lease)
    assert (left.program, left.is_live, left.is_leaving) == ("train@b", True, True)


@pytest.mark.django_db(transaction=True)
def test_the_lead_does_not_start_while_somebody_leaves(run: Run) -> None:
    lease = lead(run)
    first, second = take(FIRST), take(SECOND)
    for seat in (first, second):
        seats.say_ready(seat)
    assert overlapping(
        lambda: seats.leave(first), lambda: seats.start(lease, "10.0.0.1:29500", LEAD)
    ) == (True, False)
    assert take(FIRST).rank == first.rank


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_is_given_back_is_not_renewed_by_who_had_it(run: Run) -> None:
    lead(run)
    seat = take(FIRST)
    with pytest.raises(LeaseLost):
        overlapping(lambda: seats.leave(seat), lambda: seats.renew(seat))
    assert take(SECOND).id == seat.id


@pytest.mark.django_db(transaction=True)
def test_two_threads_of_one_worker_take_one_seat_of_a_run_and_keep_no_other_worker_waiting(
    run: Run,
) -> None:
    lead(run)
    seat, another = overlapping(
        lambda: take(FIRST), lambda: seats.claim("train", "train@b:1:9", "cpu")
    )
    assert (seat.rank, another) == (1, None)
    assert seats.leave(seat)
    ours, theirs = overlapping(lambda: take(FIRST), lambda: take(SECOND))
    assert {ours.rank, theirs.rank} == {1, 2}
