"""Watching runs and handing in files over HTTP: right people, right pages, right refusals."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotation.accounts.services import issue_token
from annotation.corpus.models import PromptSet
from annotation.runs.models import Run, RunIssue, RunMetric, Upload, uploads_folder
from annotation.runs.services import create_run, lifecycle, receiving, uploads
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
ROWS = b'{"prompt": "What is a cat?"}\n{"prompt": "What is a dog?"}\n'


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "artifacts"


@pytest.fixture
def run(cast: Cast) -> Run:
    return create_run(project=cast.project, kind="export", requested_by=cast.ml)


def hand_in(
    cast: Cast,
    body: bytes = ROWS,
    query: str = "",
    content_type: str = "application/x-ndjson",
    **more: Any,
) -> Any:
    query = query or "kind=prompts&prompt_set_name=Questions&purpose=reward&filename=q.jsonl"
    return client_for(more.pop("who", cast.admin)).generic(
        "POST",
        f"/api/v1/projects/{cast.project.id}/imports?{query}",
        body,
        content_type=content_type,
        **more,
    )


def stored() -> list[Path]:
    return list(uploads_folder().glob("*"))


def test_a_file_is_kept_as_it_came_and_its_import_is_queued(cast: Cast) -> None:
    answer = hand_in(cast)
    assert answer.status_code == 202, answer.content
    upload = Upload.objects.get()
    assert upload.path.read_bytes() == ROWS
    assert upload.sha256 == hashlib.sha256(ROWS).hexdigest()
    run = Run.objects.get(id=answer.json()["id"])
    assert (run.kind, run.status, run.upload, run.requested_by) == (
        "import",
        "queued",
        upload,
        cast.admin,
    )
    assert run.prompt_set == PromptSet.objects.get(name="Questions", purpose="reward")
    assert run.config == {"kind": "prompts", "filename": "q.jsonl"}


def test_the_same_file_under_the_same_key_is_one_import_and_another_file_is_refused(
    cast: Cast,
) -> None:
    key = {"headers": {"Idempotency-Key": str(uuid4())}}
    first, again = hand_in(cast, **key), hand_in(cast, **key)
    assert first.json()["id"] == again.json()["id"]
    assert hand_in(cast, ROWS + b"{}\n", **key).status_code == 422
    assert len(stored()) == Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"content_type": "multipart/form-data; boundary=x"}, 415),
        ({"content_type": "application/json"}, 415),
        ({"body": b"", "CONTENT_LENGTH": "0"}, 422),
        ({"body": b""}, 411),
        ({"query": "kind=people&prompt_set_name=x"}, 400),
        ({"query": "prompt_set_name=x"}, 400),
        ({"query": "kind=prompts"}, 400),
        ({"query": "kind=prompts&prompt_set=nothing"}, 400),
        ({"query": f"kind=prompts&prompt_set={uuid4()}"}, 422),
        ({"query": f"kind=prompts&prompt_set={uuid4()}&prompt_set_name=x"}, 400),
        ({"query": "kind=prompts&prompt_set_name=x&filename=a%00b"}, 400),
        ({"query": "kind=prompts&prompt_set_name=x&purpose=fun"}, 400),
        ({"query": "kind=prompts&prompt_set_name=x&surprise=1"}, 400),
        ({"headers": {"Idempotency-Key": "1"}}, 400),
    ],
)
def test_what_is_no_import_is_refused_and_leaves_no_file(
    cast: Cast, change: dict[str, Any], status: int
) -> None:
    answer = hand_in(cast, **change)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert stored() == []
    assert not Run.objects.exists()
    assert not PromptSet.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(cast: Cast) -> None:
    def never(size: int) -> bytes:
        raise AssertionError("the body was read")

    with pytest.raises(uploads.TooLarge):
        uploads.create_import(
            project=cast.project,
            user=cast.admin,
            kind="prompts",
            filename="x",
            read=never,
            length=uploads.MAX_BYTES + 1,
        )


def test_a_file_that_breaks_off_is_refused_and_removed(cast: Cast) -> None:
    pieces = [b"half", b""]
    with pytest.raises(uploads.Refused, match="Only 4 of 8"):
        uploads.create_import(
            project=cast.project,
            user=cast.admin,
            kind="prompts",
            filename="x",
            read=lambda size: pieces.pop(0),
            length=8,
        )
    assert stored() == []


def test_only_admins_hand_in_files_and_a_token_needs_the_scope(cast: Cast) -> None:
    statuses = {name: hand_in(cast, who=who).status_code for name, who in cast.people.items()}
    assert {name for name, status in statuses.items() if status == 202} == {"admin"}
    assert statuses["outsider"] == 404
    for scopes, status in ((["read"], 403), (["manage"], 202)):
        _, secret = issue_token(user=cast.admin, name="t", scopes=scopes, days=1)
        headers = {"Authorization": f"Bearer {secret}"}
        assert hand_in(cast, who=None, headers=headers).status_code == status


def test_finished_uploads_are_deleted_and_others_kept(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    waiting, done = hand_in(cast), hand_in(cast, ROWS * 2)
    lease = lifecycle.claim(done.json()["id"], "w")
    assert lease is not None
    lifecycle.succeed(lease, report={})
    stray, old_stray = uploads_folder() / str(uuid4()), uploads_folder() / str(uuid4())
    for path in (stray, old_stray):
        path.write_bytes(b"x")
    long_ago = time.time() - 8 * 86400
    os.utime(old_stray, (long_ago, long_ago))
    with django_capture_on_commit_callbacks(execute=True):
        assert receiving.clean_uploads() == 2
    kept = Run.objects.get(id=waiting.json()["id"]).upload
    assert kept is not None
    assert set(stored()) == {kept.path, stray}


def test_metrics_and_events_are_read_by_cursor_without_gap_or_repeat(cast: Cast, run: Run) -> None:
    RunMetric.objects.bulk_create(
        RunMetric(run=run, step=n, name="loss", value=1 / (n + 1)) for n in range(5003)
    )
    client, seen, after = client_for(cast.ml), [], 0
    for expected in (5000, 3, 0):
        page = client.get(f"/api/v1/runs/{run.id}/metrics?after={after}").json()
        assert len(page["results"]) == expected
        seen += [row["step"] for row in page["results"]]
        after = page["last"]
    assert seen == list(range(5003))
    events = client.get(f"/api/v1/runs/{run.id}/events").json()
    assert [event["type"] for event in events["results"]] == ["created"]
    assert (
        client.get(f"/api/v1/runs/{run.id}/events?after={events['last']}").json()["results"] == []
    )
    for wrong in ("-1", "x", "1.5", "9" * 30):
        assert client.get(f"/api/v1/runs/{run.id}/metrics?after={wrong}").status_code == 400


def test_the_refused_lines_of_an_import_are_listed_by_line(cast: Cast, run: Run) -> None:
    for line in (7, 3, 5):
        RunIssue.objects.create(run=run, line=line, field="prompt", rule="nul", message="no")
    page = client_for(cast.admin).get(f"/api/v1/runs/{run.id}/issues?page_size=2").json()
    assert [row["line"] for row in page["results"]] == [3, 5]
    rest = client_for(cast.admin).get(page["next"]).json()
    assert [row["line"] for row in rest["results"]] == [7]


def test_runs_are_listed_newest_first_by_kind_and_status(cast: Cast, run: Run) -> None:
    second = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    client, path = client_for(cast.ml), f"/api/v1/projects/{cast.project.id}/runs"
    assert [row["id"] for row in client.get(path).json()["results"]] == [
        str(second.id),
        str(run.id),
    ]
    assert client.get(f"{path}?kind=ppo").json()["results"] == []
    assert len(client.get(f"{path}?status=queued").json()["results"]) == 2
    for wrong in ("kind=fun", "status=fun", "project__name=x"):
        assert client.get(f"{path}?{wrong}").status_code == 400


def test_an_admin_stops_imports_and_an_ml_engineer_everything_else(cast: Cast) -> None:
    run = Run.objects.create(
        project=cast.project, number=1, kind="reward", config={}, idempotency_key=uuid4()
    )
    taken_in = hand_in(cast).json()["id"]
    stop = "/api/v1/runs/{}/cancel"
    assert client_for(cast.admin).post(stop.format(run.id)).status_code == 403
    assert client_for(cast.ml).post(stop.format(taken_in)).status_code == 403
    assert client_for(cast.labeler).post(stop.format(run.id)).status_code == 403
    assert client_for(cast.outsider).post(stop.format(run.id)).status_code == 404
    assert client_for(cast.ml).post(stop.format(run.id)).json()["status"] == "cancelled"
    assert client_for(cast.admin).post(stop.format(taken_in)).json()["status"] == "cancelled"
    again = f"/api/v1/runs/{run.id}/retry"
    assert client_for(cast.ml).post(again).json()["status"] == "queued"
    assert client_for(cast.ml).post(again).status_code == 409


def test_the_forms_schemas_are_those_of_the_learning_library(cast: Cast) -> None:
    kinds = client_for(cast.labeler).get("/api/v1/run-kinds").json()
    updates = {"ppo", "rloo", "grpo", "dpo"}
    others = {"evaluate", "pick", "best_of_n"}
    assert set(kinds) == {"export", "sample", "sft", "reward", *updates, *others}
    assert "temperature" not in kinds["sample"]["properties"], "that is the plan's"
    # The form of runs does not ask for them; a page of a run must know where they stand by default.
    assert kinds["export"]["elsewhere"]["ties"]["default"] == "drop"
    assert not kinds["export"]["elsewhere"].keys() & kinds["export"]["properties"].keys()
    reward = kinds["reward"]["properties"]["learning_rate"]
    assert reward["anyOf"][0]["exclusiveMinimum"] == 0
    # What only a command line may name is an input; no form offers it.
    for kind in updates:
        assert not {"reward_function", "reward_url"} & set(kinds[kind]["properties"])
    assert json.dumps(kinds)


@pytest.mark.parametrize("kind", ["ppo", "rloo", "grpo", "dpo"])
def test_whatever_updates_the_policy_stands_in_one_place_of_a_round(
    cast: Cast, run: Run, kind: str, tmp_path: Path
) -> None:
    from annotation.registry.services import register_version
    from tests.annotation.registry.models import write_model

    policy = register_version(
        project=cast.project, directory=write_model(tmp_path / "m"), name="base"
    )
    update = Run.objects.create(
        project=cast.project, number=77, kind=kind, config={}, idempotency_key=uuid4()
    )
    client, path = client_for(cast.ml), f"/api/v1/projects/{cast.project.id}/rounds"
    one = client.post(path, {"policy_version": str(policy.id)}, format="json").json()
    at = f"/api/v1/rounds/{one['id']}"
    linked = client.patch(at, {"ppo_run": str(update.id)}, format="json").json()
    assert linked["ppo_run"] == str(update.id)
    refused = client.patch(at, {"reward_run": str(update.id)}, format="json")
    assert refused.status_code == 400
    assert f"is of kind {kind}, not reward" in refused.json()["errors"][0]["message"]


def test_a_round_holds_one_run_of_each_kind_and_closes(
    cast: Cast, run: Run, tmp_path: Path
) -> None:
    from annotation.registry.services import register_version
    from tests.annotation.registry.models import write_model

    policy = register_version(
        project=cast.project, directory=write_model(tmp_path / "m"), name="base"
    )
    client, path = client_for(cast.ml), f"/api/v1/projects/{cast.project.id}/rounds"
    body = {"policy_version": str(policy.id)}
    first, second = (client.post(path, body, format="json").json() for _ in range(2))
    assert (first["number"], second["number"]) == (1, 2)
    one, two = (f"/api/v1/rounds/{r['id']}" for r in (first, second))
    link = {"snapshot_run": str(run.id)}
    assert client.patch(one, link, format="json").json()["snapshot_run"] == str(run.id)
    assert client.patch(two, link, format="json").status_code == 400
    assert client.patch(one, {"ppo_run": str(run.id)}, format="json").status_code == 400
    assert client.post(f"{one}/close").json()["closed_at"] is not None
    assert client.patch(one, {"snapshot_run": None}, format="json").status_code == 409
    page = client_for(cast.admin).get(path, {"page_size": 1}).json()
    assert [row["number"] for row in page["results"]] == [2]
    assert [row["number"] for row in client.get(page["next"]).json()["results"]] == [1]
    assert client_for(cast.admin).post(path, body, format="json").status_code == 403
