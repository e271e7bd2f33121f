"""Watching runs and planning them: samples, log, whose turn it is, and what a run would take."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.lib import presence
from annotation.lib.errors import Invalid
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs.line import Served, Waiting, in_turn
from annotation.runs.models import DatasetSnapshot, Run, RunEvent, RunLog
from annotation.runs.services import create_run, lifecycle
from tests.annotation.registry.models import write_model
from tests.cast import Cast, client_for

A, B, C = (UUID(int=n) for n in (1001, 1002, 1003))
GIB = 2**30


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=n) for n in numbers]


def line(*runs: tuple[int, UUID, int]) -> list[Waiting]:
    return [Waiting(UUID(int=number), project, priority) for number, project, priority in runs]


def test_within_a_project_priority_goes_first_and_then_age() -> None:
    waiting = line((1, A, 0), (2, A, 1), (3, A, 0), (4, A, 2), (5, A, -1))
    assert in_turn(waiting, {}) == ids(4, 2, 1, 3, 5)


def test_projects_take_turns_however_high_their_priorities() -> None:
    waiting = line((1, A, 2), (2, A, 2), (3, A, 2), (4, B, -2), (5, C, 0))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    served = {A: Served(0, noon), B: Served(0, noon - timedelta(hours=1)), C: Served(1, noon)}
    # B waits longer than A; C has one at work already, and A has had its turn by then.
    assert in_turn(waiting, served) == ids(4, 1, 5, 2, 3)


@pytest.mark.django_db
def test_a_worker_takes_the_first_in_line_whatever_its_message_said(cast: Cast) -> None:
    first = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    urgent = create_run(project=cast.project, kind="export", requested_by=cast.ml, priority=1)
    theirs = create_run(project=cast.other_project, kind="export")
    taken = []
    while lease := lifecycle.claim_next("short", "a worker"):
        taken.append(lease.run_id)
    assert taken == [urgent.id, theirs.id, first.id]
    assert lifecycle.claim_next("train", "a worker") is None


@pytest.mark.django_db
def test_an_engineer_moves_a_run_forward_and_it_is_in_the_audit_trail(cast: Cast) -> None:
    first = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    second = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    engineer = client_for(cast.ml)
    queue = f"/api/v1/projects/{cast.project.id}/run-queue"

    def order() -> list[tuple[int, int]]:
        return [
            (row["place"], row["run"]["number"]) for row in engineer.get(queue).json()["results"]
        ]

    assert order() == [(1, first.number), (2, second.number)]
    moved = engineer.post(f"/api/v1/runs/{second.id}/priority", {"priority": 1}, format="json")
    assert (moved.status_code, moved.json()["priority"]) == (200, 1)
    assert order() == [(1, second.number), (2, first.number)]
    event = AuditEvent.objects.get(action="run.priority_changed")
    assert (event.actor, event.before, event.after) == (cast.ml, {"priority": 0}, {"priority": 1})
    too_much = engineer.post(f"/api/v1/runs/{second.id}/priority", {"priority": 3}, format="json")
    assert too_much.status_code == 400
    assert lifecycle.claim(second.id, "w") is not None
    late = engineer.post(f"/api/v1/runs/{second.id}/priority", {"priority": 0}, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "run_not_waiting")


@pytest.mark.django_db
def test_samples_come_after_a_cursor_and_the_log_as_it_was_last_kept(cast: Cast) -> None:
    run = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    told = {"prompt": "Why?", "before": "No.", "completion": "<b>Yes</b>", "score": 1.5}
    for step in (0, 8):
        payload = {**told, "step": step, "reference_score": -0.5}
        RunEvent.objects.create(run=run, epoch=1, type="sample", payload=payload)
    RunEvent.objects.create(run=run, epoch=1, type="sample", payload={"note": "too large"})
    RunEvent.objects.create(run=run, epoch=1, type="warning", payload={"step": 8})
    engineer, address = client_for(cast.ml), f"/api/v1/runs/{run.id}"
    page = engineer.get(f"{address}/samples").json()
    assert [one["step"] for one in page["results"]] == [0, 8]
    assert page["results"][1]["after"] == "<b>Yes</b>"
    assert (page["results"][1]["score"], page["results"][1]["reference_score"]) == (1.5, -0.5)
    rest = engineer.get(f"{address}/samples?after={page['results'][0]['id']}").json()
    assert [one["step"] for one in rest["results"]] == [8]
    assert engineer.get(f"{address}/log").json() == {"text": "", "cut": False, "updated_at": None}
    RunLog.objects.create(run=run, text="loss 0.5\n", cut=True)
    assert engineer.get(f"{address}/log").json()["text"] == "loss 0.5\n"
    assert client_for(cast.labeler).get(f"{address}/log").status_code == 403


# --- estimates ----------------------------------------------------------------------------------


@pytest.fixture
def policy(cast: Cast, settings: Any, tmp_path: Path) -> ModelVersion:
    """Three weights in a network that says it is 8 wide."""
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    folder = write_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 10}
    (folder / "config.json").write_text(json.dumps(config | shape))
    return register_version(project=cast.project, directory=folder, name="tiny")


@pytest.fixture
def frozen(cast: Cast, policy: ModelVersion) -> DatasetSnapshot:
    return DatasetSnapshot.objects.create(
        project=cast.project,
        number=1,
        query={},
        cut_off=timezone.now(),
        counts={"demonstrations": 100},
        sha256="a" * 64,
        artifact=policy.artifact,
    )


def one_worker(monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    there = [{"name": "w", "queues": ["train"], "memory_bytes": memory}]
    monkeypatch.setattr(presence, "present", lambda: there)


@pytest.mark.django_db
def test_an_estimate_says_what_it_rests_on(
    cast: Cast, policy: ModelVersion, frozen: DatasetSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_worker(monkeypatch, GIB)
    asked = {
        "kind": "sft",
        "config": {
            "epochs": 4,
            "batch_size": 1,
            "max_prompt_tokens": 3,
            "max_completion_tokens": 2,
        },
        "policy_version": str(policy.id),
        "snapshot": str(frozen.id),
    }
    address = f"/api/v1/projects/{cast.project.id}/run-estimates"
    found = client_for(cast.ml).post(address, asked, format="json").json()
    # 3 weights; a batch of 1 * (3 + 2) tokens: 12 * 8 + 4 * 32 numbers a token, 3 logits of 10 words
    assert found["parts"] == {
        "libraries": 450 * 2**20,
        "weights": 12,
        "gradients": 12,
        "optimiser": 24,
        "checkpoint in the making": 24,
        "activations": 4 * (5 * 224 + 3 * 5 * 10),
    }
    assert (found["verdict"], found["machine"]["told_by"]) == ("fits", "workers")
    assert (found["seconds"], found["past_runs"]) == (None, [])

    # Two runs of half as many epochs took 10 and 30 seconds.
    for seconds in (10, 30):
        past = create_run(
            project=cast.project,
            kind="sft",
            config={"epochs": 2},
            policy_version=policy,
            snapshot=frozen,
        )
        lease = lifecycle.claim(past.id, "w")
        assert lease is not None
        lifecycle.succeed(lease, report={})
        ended = timezone.now()
        begun = ended - timedelta(seconds=seconds)
        Run.objects.filter(pk=past.pk).update(started_at=begun, finished_at=ended)
    found = client_for(cast.ml).post(address, asked, format="json").json()
    assert found["seconds"] == pytest.approx([20, 40, 60])
    assert sorted(found["past_runs"]) == [1, 2]
    refused = client_for(cast.ml).post(address, asked | {"config": {"epochs": 0}}, format="json")
    assert refused.status_code == 400


@pytest.mark.django_db
def test_a_run_that_no_worker_can_hold_is_refused_with_the_numbers(
    cast: Cast, policy: ModelVersion, frozen: DatasetSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = {"project": cast.project, "kind": "sft", "policy_version": policy, "snapshot": frozen}
    one_worker(monkeypatch, GIB // 4)
    with pytest.raises(Invalid) as refused:
        create_run(**wish)
    [error] = refused.value.details["errors"]
    assert (error["field"], error["rule"]) == ("policy_version", "memory")
    assert "about 0.5 GB; the largest worker has 0.3 GB" in error["message"]
    assert Run.objects.count() == 0
    one_worker(monkeypatch, GIB)
    assert create_run(**wish).status == "queued"
    monkeypatch.setattr(presence, "present", lambda: None)  # nobody knows: not a reason to refuse
    assert create_run(**wish).status == "queued"
