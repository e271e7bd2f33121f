"""One run on two hosts with a disk each: it learns what one process learns, whatever becomes of a host."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run, RunSeat
from annotation.runs.services import cancel, create_run
from annotation.runs.services.reconcile import reconcile
from tests.bucket import s3 as s3
from tests.bucket import s3_server as s3_server
from tests.cast import Cast
from tests.workers.harness import finished, fresh, story, until, wait_for
from tests.workers.hosts import Host
from tests.workers.hosts import disks as disks
from tests.workers.hosts import host as host
from tests.workers.hosts import real_snapshot as real_snapshot

pytestmark = pytest.mark.slow
PATIENCE_S = 480  # on a machine that has much else to do
TWO = "distributed_type: MULTI_CPU\nmixed_precision: 'no'\nnum_machines: 2\nnum_processes: 2\n"
STEPS = 80
Train = Callable[[str], Run]


@pytest.fixture
def train(
    people: Cast,
    tiny: ModelVersion,
    real_snapshot: DatasetSnapshot,
    settings: Any,
    tmp_path: Path,
) -> Train:
    (tmp_path / "two.yaml").write_text(TWO)
    settings.ENV = settings.ENV.model_copy(update={"accelerate_configs": tmp_path})
    config = {"device": "cpu", "epochs": STEPS, "prompts_per_step": 24, "threads": 1}
    config |= {"checkpoint_every_steps": 1, "evaluate_every_steps": STEPS}

    def start(launch: str) -> Run:
        return create_run(
            project=people.project,
            kind="reward",
            config=config,
            policy_version=tiny,
            snapshot=real_snapshot,
            requested_by=people.ml,
            launch=launch,
        )

    return start


def begun(run: Run, epoch: int = 1) -> None:
    """Wait until this try of it has saved something."""
    turns = count()

    def saved() -> bool:
        if next(turns) % 20 == 0:
            reconcile()
        return run.events.filter(epoch=epoch, type="checkpoint").count() >= 2

    wait_for(saved, PATIENCE_S, lambda: story(run))


def follower(run: Run) -> str:
    """The name of the host that does not lead."""
    (seat,) = RunSeat.objects.filter(run=run)
    return seat.owner.partition("@")[2].partition(":")[0]


def weights_of(run: Run) -> dict[str, Any]:
    from safetensors.torch import load_file

    assert run.output_version is not None
    return load_file(store.verified(run.output_version.artifact) / "model.safetensors")


def test_when_a_host_is_killed_the_run_goes_on_with_another_and_learns_what_one_process_learns(
    host: Host, disks: dict[str, Path], train: Train
) -> None:
    workers = {f"host-{name}": host(name) for name in ("a", "b")}
    run = train("two")
    begun(run)
    killed = follower(run)
    workers.pop(killed).kill()
    host("c")
    run = finished(run, PATIENCE_S)
    alone = finished(train(""), PATIENCE_S)

    broken = run.events.get(type="interrupted")
    assert broken.payload["code"] == "host_lost", story(run)
    assert killed in broken.payload["message"]
    gathered = [
        event.payload["hosts"] for event in run.events.filter(type="gathered").order_by("id")
    ]
    assert len(gathered) == 2
    assert run.provenance["hosts"] == gathered[1]
    assert {name.partition("@")[2] for name in gathered[1]} == {*workers, "host-c"}
    resumed = [
        e.payload["resumed_from"] for e in run.events.filter(type="trainer_started").order_by("id")
    ]
    assert resumed[0] is None
    assert resumed[-1] >= 1, story(run)
    assert run.provenance["versions"]["processes"] == "2"
    assert ModelVersion.objects.filter(kind="reward").count() == 2
    ours, theirs = weights_of(alone), weights_of(run)
    assert ours.keys() == theirs.keys()
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) <= 1e-5
    assert not list(disks[killed[-1]].glob("seats/*/checkpoints")), "only the lead keeps any"


def test_a_frozen_host_ends_the_try_when_its_lease_ends_and_writes_nothing_when_it_wakes(
    host: Host, train: Train
) -> None:
    workers = {f"host-{name}": host(name) for name in ("a", "b")}
    run = train("two")
    begun(run)
    frozen = workers[follower(run)]
    frozen.signal(signal.SIGSTOP)
    host("c")
    wait_for(lambda: run.events.filter(type="interrupted").exists(), PATIENCE_S, lambda: story(run))
    assert "fell silent" in str(run.events.get(type="interrupted").payload), story(run)
    begun(run, epoch=2)
    frozen.signal(signal.SIGCONT)
    wait_for(lambda: "is over for this host" in frozen.text, PATIENCE_S, lambda: frozen.text)
    time.sleep(1)
    (seat,) = RunSeat.objects.filter(run=run)
    assert (seat.epoch, follower(run), seat.is_leaving) == (2, "host-c", False)
    assert not seat.exit_code
    assert run.events.filter(type="interrupted").count() == 1, story(run)


def test_a_host_that_is_told_to_stop_has_all_of_them_save_and_the_try_does_not_count(
    host: Host, train: Train
) -> None:
    workers = {f"host-{name}": host(name) for name in ("a", "b")}
    run = train("two")
    begun(run)
    told = follower(run)
    workers[told].signal(signal.SIGTERM)
    wait_for(
        lambda: workers[told].process.poll() is not None, PATIENCE_S, lambda: workers[told].text
    )
    run = until(run, "queued", "running")
    event = run.events.filter(type="interrupted").first()
    assert event is not None
    assert event.payload["code"] == "worker_stopped", story(run)
    assert told in event.payload["message"]
    assert run.tries_without_progress <= 1
    saved = run.events.get(type="trainer_interrupted").payload["step"]
    assert run.last_step == saved, "nothing was lost"


def test_alone_a_host_waits_and_gives_the_run_back_and_a_cancel_ends_the_waiting(
    host: Host, people: Cast, train: Train
) -> None:
    host("a", RUN_GATHER_SECONDS="2").wait_until_ready()
    run = train("two")
    wait_for(lambda: fresh(run).phase == "gather", PATIENCE_S, lambda: story(run))
    waiting = fresh(run)
    assert (waiting.progress_done, waiting.progress_total) == (1, 2)
    until(run, "queued")
    event = run.events.filter(type="interrupted").first()
    assert event is not None
    assert event.payload["code"] == "hosts_missing"
    assert event.payload["message"] == "it needs 2 workers at once, and 1 came within 2 s"
    assert (fresh(run).tries, fresh(run).tries_without_progress) == (0, 0)
    until(run, "running")
    cancel(run=run, actor=people.ml)
    until(run, "cancelled")
    assert not run.events.filter(type="trainer_started").exists()
