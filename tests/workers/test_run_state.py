"""What a run needs to go on elsewhere reaches another disk whole, or the run is refused by file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from annotation.lib.storage import storage
from annotation.registry.store import ArtifactDamaged
from annotation.runs.models import Run
from annotation.runs.services import create_run, lifecycle
from annotation.runs.services.lifecycle import Lease, LeaseLost
from tests.bucket import put_instead
from tests.bucket import s3 as s3
from tests.bucket import s3_server as s3_server
from tests.cast import Cast
from workers import run_state
from workers.tail import EventTail
from workers.translate import own_directory


@pytest.fixture
def lease(cast: Cast) -> Lease:
    run = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    found = lifecycle.claim(run.pk, "a")
    assert found is not None
    return found


def told(directory: Path, *sequence: int) -> None:
    with (directory / "events.jsonl").open("a") as file:
        for number in sequence:
            row = {"seq": number, "type": "checkpoint", "step": number, "path": "x"}
            file.write(json.dumps(row) + "\n")


def next_try(lease: Lease) -> Lease:
    """The host was lost, another one claims the run."""
    Run.objects.filter(pk=lease.run_id).update(lease_until="2026-01-01T00:00:00Z")
    lifecycle.reap_one()
    Run.objects.filter(pk=lease.run_id).update(next_try_at="2026-01-01T00:00:00Z")
    found = lifecycle.claim(lease.run_id, "b")
    assert found is not None
    return found


@pytest.mark.django_db(transaction=True)
def test_another_disk_goes_on_from_the_state_that_was_kept(
    lease: Lease, s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.ARTIFACT_DIR = tmp_path / "a"
    run = Run.objects.get(pk=lease.run_id)
    directory = own_directory(run)
    saved = directory / "checkpoints" / "step-00000002"
    saved.mkdir(parents=True)
    (saved / "state.json").write_text("{}")
    (directory / "prompts.jsonl").write_text("asked\n")
    (directory / "config.json").write_text("paths of this disk")
    (directory / "holder.json").write_text(json.dumps({"epoch": 1}))
    told(directory, 1, 2)
    tail = EventTail(lease, directory)
    tail.pump()
    run_state.keep(lease, directory)
    told(directory, 3, 4, 5)  # copied into rows, but lost with the disk
    tail.pump()

    lease = next_try(lease)
    run.refresh_from_db()
    assert run.copied_seq == 5
    settings.ARTIFACT_DIR = tmp_path / "b"
    there = own_directory(run)
    (there / "stale").write_text("of an earlier try on this disk")
    run_state.take_over(run, there)
    found = sorted(p.relative_to(there).as_posix() for p in there.rglob("*") if p.is_file())
    assert found == [
        "checkpoints/step-00000002/state.json",
        "events.jsonl",
        "lock",
        "prompts.jsonl",
    ]
    told(there, 6)
    EventTail(lease, there).pump()
    assert Run.objects.get(pk=run.pk).copied_seq == 6, "what the new host tells is new"

    altered = hashlib.sha256(b"asked\n").hexdigest()
    put_instead(s3, altered, b"asked")
    settings.ARTIFACT_DIR = tmp_path / "c"
    with pytest.raises(ArtifactDamaged, match=r"prompts\.jsonl is truncated or altered.*SHA-256"):
        run_state.take_over(run, own_directory(run))
    run.refresh_from_db()
    assert run.kept_state == "", "who has it tried again has it begin anew"
    run_state.forget(run.pk)
    assert storage().sizes("runs/") == {}


@pytest.mark.django_db(transaction=True)
def test_a_try_that_only_waited_for_hosts_leaves_newer_state_of_this_disk_alone(
    lease: Lease, s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    def here() -> list[str]:
        return sorted(path.name for path in own_directory(run).glob("step-*"))

    settings.ARTIFACT_DIR = tmp_path / "a"
    run = Run.objects.get(pk=lease.run_id)
    directory = own_directory(run)
    (directory / "holder.json").write_text(json.dumps({"epoch": lease.epoch}))
    lifecycle.note(run.pk, lease.epoch, "trainer_started")
    (directory / "step-1").write_text("kept")
    run_state.keep(lease, directory)
    (directory / "step-2").write_text("made after that, and not sent")

    waiting = next_try(lease)
    lifecycle.put_back(waiting, code="hosts_missing", message="it needs 2", pause_s=0)
    again = lifecycle.claim(run.pk, "a")
    assert again is not None
    run.refresh_from_db()
    run_state.take_over(run, directory)
    assert here() == ["step-1", "step-2"]

    # on another disk a trainer goes on from what was kept; then this one's is the older state
    lifecycle.note(run.pk, again.epoch, "trainer_started")
    next_try(again)
    run.refresh_from_db()
    run_state.take_over(run, directory)
    assert here() == ["step-1"]


def test_events_are_frozen_after_all_else(tmp_path: Path) -> None:
    names = ("checkpoints/step-1", "events.jsonl", "prompts.jsonl", "reference.safetensors")
    paths = [tmp_path / name for name in names]
    order = [path.name for path in sorted(paths, key=run_state._freezing_order)]
    assert order[-1] == "events.jsonl"


@pytest.mark.django_db(transaction=True)
def test_who_lost_the_lease_leaves_the_kept_state_alone(
    lease: Lease, s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.ARTIFACT_DIR = tmp_path / "a"
    run = Run.objects.get(pk=lease.run_id)
    directory = own_directory(run)
    told(directory, 1)
    own = run_state.keep(lease, directory)
    newer = next_try(lease)
    told(directory, 2)
    with pytest.raises(LeaseLost):
        run_state.keep(lease, directory)
    run.refresh_from_db()
    assert (run.kept_state, run.lease_epoch) == (own, newer.epoch)
    settings.ARTIFACT_DIR = tmp_path / "b"
    there = own_directory(run)
    run_state.take_over(run, there)
    assert (there / "events.jsonl").read_text().count("\n") == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_could_not_let_go_of_after_success_is_let_go_of_by_the_next(
    lease: Lease, cast: Cast, s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.ARTIFACT_DIR = tmp_path / "a"
    directory = own_directory(Run.objects.get(pk=lease.run_id))
    told(directory, 1)
    run_state.keep(lease, directory)
    with transaction.atomic():
        lifecycle.succeed(lease, report={})  # and the worker is killed here
    failed = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    held = lifecycle.claim(failed.pk, "b")
    assert held is not None
    settings.ARTIFACT_DIR = tmp_path / "b"
    told(own_directory(failed), 1)
    run_state.keep(held, own_directory(failed))
    lifecycle.fail(held, code="diverged", message="of its own")
    assert {key.split("/")[1] for key in storage().sizes("runs/")} == {
        str(lease.run_id),
        str(failed.pk),
    }

    third = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    assert lifecycle.claim(third.pk, "c")
    third.refresh_from_db()
    run_state.take_over(third, own_directory(third))
    assert {key.split("/")[1] for key in storage().sizes("runs/")} == {str(failed.pk)}, (
        "somebody may retry what failed"
    )
    assert Run.objects.get(pk=lease.run_id).kept_state == ""


@pytest.mark.django_db(transaction=True)
def test_checkpoints_left_by_a_worker_that_died_after_success_go_with_the_next_run(
    lease: Lease, cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.ARTIFACT_DIR = tmp_path
    left = own_directory(Run.objects.get(pk=lease.run_id)) / "checkpoints" / "step-00000001"
    left.mkdir(parents=True)
    going = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    kept = own_directory(going) / "checkpoints" / "step-00000001"
    kept.mkdir(parents=True)
    with transaction.atomic():
        lifecycle.succeed(lease, report={})  # and the worker is killed here
    assert lifecycle.claim(going.pk, "b")
    going.refresh_from_db()
    run_state.take_over(going, own_directory(going))
    assert not left.exists()
    assert kept.exists()
