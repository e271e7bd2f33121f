"""What a trainer writes for people is kept with its run, and goes only to those who may see the run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from annotation.accounts.models import AuditEvent
from annotation.lib.storage import StorageFailed
from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run
from tests.cast import Cast, client_for
from tests.workers.harness import STAND_IN, Worker, finished, fresh, story, until
from workers import artifacts as publishing
from workers.supervisor import drive

HOSTILE = "<script>fetch('/api/v1/me')</script>"
LEFT_OUT = '{"id": "r1", "part": "training rankings", "reason": "too long", "what": "dropped"}\n'


def reward_run(people: Cast, policy: ModelVersion, snapshot: DatasetSnapshot) -> Run:
    return create_run(
        project=people.project,
        kind="reward",
        policy_version=policy,
        snapshot=snapshot,
        requested_by=people.ml,
    )


def listed(people: Cast, run: Run) -> dict[str, dict[str, Any]]:
    found = client_for(people.ml).get(f"/api/v1/runs/{run.pk}/files").json()["results"]
    return {row["name"]: row for row in found}


def test_what_a_trainer_wrote_and_left_out_is_told_with_its_run_and_files_are_never_shown(
    start_worker: Callable[..., Worker],
    people: Cast,
    policy: ModelVersion,
    snapshot: DatasetSnapshot,
    behaviour: Callable[..., None],
) -> None:
    writes = {"completions.jsonl": "é" * 9, "left_out.jsonl": "", "report.html": HOSTILE}
    read = ["data_read", {"rows": "rankings", "used": 88, "given": 500, "used_in_part": 7}]
    behaviour(steps=1, step_s=0, writes=writes, tells=[read])
    run = reward_run(people, policy, snapshot)
    start_worker("files")
    run = finished(run)
    told = client_for(people.ml).get(f"/api/v1/runs/{run.pk}").json()["left_out"]
    assert told == {
        "rows": "rankings",
        "left_out": 412,
        "used_in_part": 7,
        "of": 500,
        "is_much": True,
    }
    found = listed(people, run)
    assert {name: row["bytes"] for name, row in found.items()} == {
        "completions.jsonl": 18,
        "report.html": len(HOSTILE),
    }
    assert found["report.html"]["sha256"] == hashlib.sha256(HOSTILE.encode()).hexdigest()

    address = f"/api/v1/runs/{run.pk}/files/report.html"
    answer = client_for(people.ml).get(address)
    assert b"".join(answer.streaming_content).decode() == HOSTILE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="run-{run.number}-report.html"'
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.get(action="run.downloaded").after["file"] == "report.html"
    rest = client_for(people.admin).get(address, headers={"Range": "bytes=8-"})
    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, HOSTILE[8:].encode())
    for name in ("left_out.jsonl", "config.json", "..%2Fconfig.json"):
        other = client_for(people.ml).get(f"/api/v1/runs/{run.pk}/files/{name}")
        assert other.status_code == 404, name
    for who, status in ((people.labeler, 403), (people.reviewer, 403), (people.outsider, 404)):
        assert client_for(who).get(address).status_code == status
        assert client_for(who).get(address.removesuffix("/report.html")).status_code == status


def test_a_run_that_was_refused_keeps_the_list_of_what_it_left_out(
    start_worker: Callable[..., Worker],
    people: Cast,
    policy: ModelVersion,
    snapshot: DatasetSnapshot,
    behaviour: Callable[..., None],
) -> None:
    behaviour(writes={"left_out.jsonl": LEFT_OUT}, refuse="no ranking to learn from")
    run = reward_run(people, policy, snapshot)
    assert listed(people, run) == {}
    start_worker("refused")
    assert until(run, "failed").error_message == "no ranking to learn from"
    assert list(listed(people, run)) == ["left_out.jsonl"]


@pytest.mark.parametrize(
    "trouble", [StorageFailed("S3_ENDPOINT: no answer"), publishing.Unusable("it is a link")]
)
def test_what_refused_a_run_is_told_where_its_files_cannot_be_kept(
    people: Cast,
    policy: ModelVersion,
    snapshot: DatasetSnapshot,
    behaviour: Callable[..., None],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
) -> None:
    def keep_nothing(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(publishing, "keep_files", keep_nothing)
    settings.ENV = settings.ENV.model_copy(update={"run_trainer": STAND_IN})
    behaviour(writes={"left_out.jsonl": LEFT_OUT}, refuse="no ranking to learn from")
    run = reward_run(people, policy, snapshot)
    drive(run.pk)
    run = fresh(run)
    assert (run.status, run.error_code) == ("failed", "config_refused"), story(run)
    assert run.error_message == "no ranking to learn from"
