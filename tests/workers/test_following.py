"""One host of several, without its processes: what becomes of its folder, and what it says last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run, RunSeat
from annotation.runs.services import create_run, lifecycle, seats
from annotation.runs.services.seats import Seat
from tests.cast import Cast
from workers import following
from workers.jobs import Stopped

TWO = "distributed_type: MULTI_CPU\nmixed_precision: 'no'\nnum_machines: 2\nnum_processes: 2\n"
Go = Callable[[following._Host], tuple[int, str]]


@pytest.fixture
def run(
    people: Cast, policy: ModelVersion, snapshot: DatasetSnapshot, settings: Any, tmp_path: Path
) -> Run:
    """It waits for its other host."""
    (tmp_path / "two.yaml").write_text(TWO)
    settings.ENV = settings.ENV.model_copy(update={"accelerate_configs": tmp_path})
    made = create_run(
        project=people.project,
        kind="reward",
        config={"device": "cpu"},
        policy_version=policy,
        snapshot=snapshot,
        launch="two",
    )
    lease = lifecycle.claim(made.id, "train@a:1:2")
    assert lease is not None
    seats.open_seats(lease, 2)
    return made


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Go], None]:
    """Say what happens on a host."""
    return lambda go: monkeypatch.setattr(following._Host, "go", go)


def take(owner: str = "train@b:1:2") -> Seat:
    seat = seats.claim("train", owner, "cpu")
    assert seat is not None
    return seat


def folders(run: Run, artifacts: Path) -> list[Path]:
    return list((artifacts / "seats").glob(f"{run.id}*"))


def test_who_had_a_seat_before_takes_nothing_from_who_has_it_now(run: Run, artifacts: Path) -> None:
    before = take()
    with ExitStack() as of_both:
        late = ExitStack()
        first = late.enter_context(following._own_folder(before.run_id))
        RunSeat.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        now = take("train@c:1:2")
        assert now.id == before.id
        second = of_both.enter_context(following._own_folder(now.run_id))
        (second / "launch.json").write_text("{}")
        late.close()
        assert not first.exists()
        assert (second / "launch.json").exists()
    assert folders(run, artifacts) == []


def test_what_others_left_of_runs_that_ended_goes_and_of_this_run_it_stays(
    run: Run, artifacts: Path
) -> None:
    root = artifacts / "seats"
    ended, same, foreign = (root / name for name in (f"{uuid4()}_x", f"{run.id}_x", "notes"))
    for folder in (ended, same, foreign):
        folder.mkdir(parents=True)
    with following._own_folder(run.id):
        assert (ended.exists(), same.exists(), foreign.exists()) == (False, True, True)
    same.rmdir()
    foreign.rmdir()


def test_a_seat_is_given_back_when_the_folder_is_gone(
    run: Run, artifacts: Path, does: Callable[[Go], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[int] = []

    def stopped(host: following._Host) -> tuple[int, str]:
        there.append(len(folders(run, artifacts)))
        raise Stopped

    leave = seats.leave

    def observed(seat: Seat) -> bool:
        there.append(len(folders(run, artifacts)))
        return leave(seat)

    does(stopped)
    monkeypatch.setattr(seats, "leave", observed)
    assert following.follow(take()) == "ended"
    assert there == [1, 0]
    assert take("train@c:1:2").rank == 1


def test_last_words_are_stored_whatever_is_in_them_and_without_secrets(
    run: Run, does: Callable[[Go], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_SECRET_ACCESS_KEY", "open-sesame")
    words = "a\x00b \udc80 open-sesame /srv/models/base/weights.bin"

    def dies(host: following._Host) -> tuple[int, str]:
        return 3, words

    def breaks(host: following._Host) -> tuple[int, str]:
        raise ValueError(words)

    shown = "ab \ufffd [hidden] …/weights.bin"
    seat = take()
    for go, code, message in ((dies, 3, shown), (breaks, 1, f"ValueError: {shown}")):
        RunSeat.objects.update(exit_code=None)
        does(go)
        assert following.follow(seat) == "ended"
        row = RunSeat.objects.get(id=seat.id)
        assert (row.exit_code, row.message) == (code, message)
