"""Workers that die, freeze or are told to stop: the run goes on elsewhere, once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, finished, lines, story, wait_for
from workers.translate import run_directory

Start = Callable[..., Worker]


@pytest.fixture
def begin(
    people: Cast, policy: ModelVersion, snapshot: DatasetSnapshot, behaviour: Callable[..., None]
) -> Callable[..., Run]:
    """A reward run that a worker of this test has taken up and that has saved something."""

    def start(**wish: object) -> Run:
        behaviour(**{"steps": 24, "step_s": 0.1, "checkpoint_every": 2, **wish})
        run = create_run(
            project=people.project,
            kind="reward",
            policy_version=policy,
            snapshot=snapshot,
            requested_by=people.ml,
        )
        wait_for(lambda: harness.fresh(run).last_step >= 4, 120, lambda: story(run))
        return run

    return start


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def trainer_pids(run: Run) -> list[int]:
    return [line["pid"] for line in lines(run_directory(run.id) / "starts.jsonl")]


def steps(run: Run) -> list[int]:
    return [line["step"] for line in lines(run_directory(run.id) / "steps.jsonl")]


def overlaps(run: Run) -> bool:
    """Whether a trainer took a step after a later one had started."""
    first, *later = lines(run_directory(run.id) / "starts.jsonl")
    taken = lines(run_directory(run.id) / "steps.jsonl")
    return any(
        step["pid"] == first["pid"] and step["at"] > other["at"]
        for step in taken
        for other in later
    )


def test_when_a_worker_is_killed_its_trainer_dies_with_it_and_another_worker_goes_on(
    start_worker: Start, begin: Callable[..., Run]
) -> None:
    first = start_worker("first").wait_until_ready()
    run = begin()
    second = start_worker("second")
    first.kill()
    (pid,) = trainer_pids(run)
    wait_for(lambda: not alive(pid), 5, lambda: "the trainer outlived its worker")
    assert harness.fresh(run).status == "running", "nobody takes a run before its lease ends"
    second.wait_until_ready()
    run = finished(run)
    assert run.lease_epoch == 2, story(run)
    assert len(trainer_pids(run)) == 2
    assert not overlaps(run)
    assert steps(run).count(4) == 1, "it went on from the checkpoint"
    assert "fell silent" in str(run.events.get(type="interrupted").payload)
    assert ModelVersion.objects.filter(kind="reward").count() == 1


def test_a_frozen_worker_that_wakes_after_its_lease_writes_nothing(
    start_worker: Start, begin: Callable[..., Run]
) -> None:
    first = start_worker("first").wait_until_ready()
    run = begin()
    first.signal(signal.SIGSTOP)
    start_worker("second").wait_until_ready()
    run = finished(run)
    assert not overlaps(run), "the frozen worker's trainer was ended before the next began"
    rows = (run.events.count(), run.metrics.count(), run.checkpoints.count())
    first.signal(signal.SIGCONT)
    wait_for(lambda: "lost" in first.text, 60, lambda: first.text)
    time.sleep(1)
    assert (run.events.count(), run.metrics.count(), run.checkpoints.count()) == rows
    after = harness.fresh(run)
    assert (after.status, after.lease_epoch, after.output_version) == (
        "succeeded",
        2,
        run.output_version,
    )
    assert ModelVersion.objects.filter(kind="reward").count() == 1
    assert all(
        epoch == 2 for epoch in run.events.filter(type="succeeded").values_list("epoch", flat=True)
    )


def test_a_worker_that_is_told_to_stop_saves_and_gives_the_run_back_at_once(
    start_worker: Start, begin: Callable[..., Run]
) -> None:
    first = start_worker("first").wait_until_ready()
    run = begin(checkpoint_every=1)
    first.signal(signal.SIGTERM)
    wait_for(lambda: first.process.poll() is not None, 60, lambda: first.text)
    given_back = harness.fresh(run)
    assert (given_back.status, given_back.tries_without_progress) == ("queued", 0), story(run)
    start_worker("second").wait_until_ready()
    run = finished(run)
    assert sorted(steps(run)) == list(range(1, 25)), "no step was lost or done twice"
    event = run.events.get(type="interrupted")
    assert event.payload["code"] == "worker_stopped"
