"""A file in pieces: cut anywhere, sent again, gone on with another day; then looked into and imported."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Prompt, PromptSet
from annotation.runs.models import Run, RunIssue, Upload
from annotation.runs.services import receiving, room
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
ROWS = b"".join(json.dumps({"prompt": f"Question {n}?"}).encode() + b"\n" for n in range(100))


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "artifacts"


def begin(cast: Cast, length: int, name: str = "q.jsonl", mark: str = "", who: Any = None) -> Any:
    return client_for(who or cast.admin).post(
        f"/api/v1/projects/{cast.project.id}/uploads",
        {"filename": name, "bytes": length, "fingerprint": mark},
        format="json",
    )


def send(cast: Cast, key: str, offset: int, data: bytes, sha256: str | None = None) -> Any:
    digest = hashlib.sha256(data).hexdigest() if sha256 is None else sha256
    return client_for(cast.admin).generic(
        "PUT",
        f"/api/v1/uploads/{key}/content?offset={offset}&sha256={digest}",
        data,
        content_type="application/octet-stream",
    )


def whole(cast: Cast, data: bytes, name: str = "q.jsonl") -> str:
    key: str = begin(cast, len(data), name).json()["id"]
    assert send(cast, key, 0, data).status_code == 200
    return key


def post(cast: Cast, key: str, what: str, body: dict[str, Any], **more: Any) -> Any:
    return client_for(cast.admin).post(f"/api/v1/uploads/{key}/{what}", body, format="json", **more)


def test_a_file_cut_at_any_offset_arrives_whole(cast: Cast) -> None:
    chance = random.Random(3)
    key = begin(cast, len(ROWS), mark="f").json()["id"]
    received = 0
    while received < len(ROWS):
        piece = ROWS[received : received + chance.randrange(1, 900)]
        if chance.random() < 0.4:  # the answer was lost: the piece comes again, perhaps longer
            send(cast, key, received, piece)
        back = chance.randrange(0, received + 1)  # and may begin before what is here
        answer = send(cast, key, back, ROWS[back : received + len(piece)])
        assert answer.status_code == 200, answer.content
        received = answer.json()["received"]
        # Another day: the same file finds its upload and how far it came.
        again = begin(cast, len(ROWS), mark="f").json()
        assert (again["id"], again["received"]) == (key, received)
    assert answer.json()["is_complete"]
    assert Upload.objects.get().path.read_bytes() == ROWS


def test_what_does_not_fit_what_is_here_is_refused_and_changes_nothing(cast: Cast) -> None:
    key = begin(cast, 10).json()["id"]
    assert send(cast, key, 0, b"01234").json()["received"] == 5
    for offset, data, digest, status, code in (
        (6, b"6789", None, 409, "out_of_order"),
        (0, b"xx", None, 409, "other_file"),
        (5, b"567890", None, 422, "beyond_the_end"),
        (5, b"56", "0" * 64, 422, "damaged"),
        (5, b"", None, 411, "length_required"),
        (-1, b"5", None, 400, "invalid"),
    ):
        answer = send(cast, key, offset, data, digest)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert send(cast, key, 6, b"6").json()["received"] == 5, "the problem says how far it is"
    assert Upload.objects.get().path.read_bytes() == b"01234"


def test_bytes_of_a_piece_that_was_never_acknowledged_are_written_over(cast: Cast) -> None:
    key = begin(cast, 6).json()["id"]
    Upload.objects.get().path.write_bytes(b"junk")  # written, but the row was not
    assert send(cast, key, 0, b"abc").status_code == 200
    assert send(cast, key, 3, b"def").json()["is_complete"]
    assert Upload.objects.get().path.read_bytes() == b"abcdef"


def test_there_is_a_quota_and_some_of_the_disk_stays_free(cast: Cast, monkeypatch: Any) -> None:
    assert begin(cast, receiving.MAX_BYTES + 1).status_code == 413
    monkeypatch.setattr(room, "PROJECT_QUOTA", 100)
    assert begin(cast, 60).status_code == 201
    refused = begin(cast, 60)
    assert (refused.status_code, refused.json()["code"]) == (507, "quota")
    monkeypatch.setattr(room, "PROJECT_QUOTA", 1 << 60)
    monkeypatch.setattr(room, "KEPT_FREE", 1 << 60)
    refused = begin(cast, 60)
    assert (refused.status_code, refused.json()["code"]) == (507, "no_space")
    at_once = client_for(cast.admin).post(
        f"/api/v1/projects/{cast.project.id}/imports?kind=prompts&prompt_set_name=Q",
        b'{"prompt": "Why?"}',
        content_type="application/x-ndjson",
    )
    assert (at_once.status_code, at_once.json()["code"]) == (507, "no_space")
    assert Upload.objects.count() == 1


def test_a_discarded_upload_is_gone_and_the_file_may_come_anew(cast: Cast) -> None:
    key = begin(cast, 10, mark="f").json()["id"]
    send(cast, key, 0, b"0123")
    path = Upload.objects.get().path
    client = client_for(cast.admin)
    for _ in range(2):
        assert client.delete(f"/api/v1/uploads/{key}").status_code == 204
    assert client.get(f"/api/v1/projects/{cast.project.id}/uploads").json()["results"] == []
    assert send(cast, key, 4, b"4").status_code == 409
    assert begin(cast, 10, mark="f").json()["id"] != key
    assert AuditEvent.objects.filter(action="upload.discarded").count() == 1
    assert receiving.clean_uploads() == (1 if path.exists() else 0)


def test_uploads_that_were_left_for_a_week_are_deleted(cast: Cast) -> None:
    left = Upload.objects.get(id=begin(cast, 10).json()["id"])
    fresh = Upload.objects.get(id=begin(cast, 10).json()["id"])
    Upload.objects.filter(id=left.id).update(touched_at=timezone.now() - timedelta(days=8))
    assert receiving.clean_uploads() == 1
    assert Upload.objects.get(id=left.id).gone_at is not None
    assert Upload.objects.get(id=fresh.id).gone_at is None


def test_a_look_into_the_file_says_what_it_is_and_shows_the_rows(cast: Cast) -> None:
    text = "问题,优选,劣选,批次\n天为何蓝？,散射,海,1\n,x,y,2\n".encode("gb18030")
    key = whole(cast, gzip.compress(text), "数据.csv.gz")
    seen = post(cast, key, "preview", {}).json()
    assert seen["file"] == {
        "container": "csv",
        "packed": True,
        "encoding": "gb18030",
        "delimiter": ",",
    }
    assert (seen["format"], seen["kind"], seen["kinds"]) == (
        "columns",
        "rankings",
        ["rankings", "prompts"],
    )
    assert seen["columns"] == {
        "prompt": ["问题"],
        "chosen": ["优选"],
        "rejected": ["劣选"],
        "meta": ["批次"],
    }
    good, bad = seen["rows"]
    assert good["prompt"] == [{"role": "user", "content": "天为何蓝？"}]
    assert (good["completions"], good["ranking"]) == (["散射", "海"], [[0], [1]])
    assert (bad["line"], bad["issue"]["field"], bad["issue"]["rule"]) == (3, "问题", "missing")
    mapped = post(cast, key, "preview", {"columns": {"prompt": ["优选"]}}).json()
    assert [row["prompt"][0]["content"] for row in mapped["rows"]] == ["散射", "x"]
    assert not Prompt.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"format": "excel"}, "format"),
        ({"kind": "people"}, "kind"),
        ({"format": "hh", "kind": "completions"}, "kind"),
        ({"columns": {"colour": ["a"]}}, "columns.colour"),
        ({"columns": {"prompt": ["a", "b"]}}, "columns.prompt"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_plan_that_makes_no_sense_names_its_field(
    cast: Cast, body: dict[str, Any], field: str
) -> None:
    key = whole(cast, ROWS)
    answer = post(cast, key, "preview", body)
    assert answer.status_code == 400, answer.content
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_file_that_is_none_of_ours_is_refused_in_words(cast: Cast) -> None:
    answer = post(cast, whole(cast, b"PK\x03\x04" + b"x" * 50), "preview", {})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_file")
    assert "Excel" in answer.json()["title"] + answer.json().get("detail", "")
    part = begin(cast, 10).json()["id"]
    assert post(cast, part, "preview", {}).json()["code"] == "not_complete"


def test_a_check_makes_no_prompt_set_and_an_import_makes_it_once(cast: Cast) -> None:
    key = whole(cast, ROWS)
    wish = {"prompt_set_name": "Questions", "purpose": "reward"}
    run = Run.objects.get(id=post(cast, key, "imports", wish).json()["id"])
    assert (run.config["dry_run"], run.prompt_set) == (True, None)
    assert run.name == run.config["filename"] != ""
    assert not PromptSet.objects.exists()
    header = {"headers": {"Idempotency-Key": str(uuid4())}}
    real = [
        post(cast, key, "imports", wish | {"dry_run": False}, **header).json() for _ in range(2)
    ]
    assert real[0]["id"] == real[1]["id"]
    made = PromptSet.objects.get()
    assert Run.objects.get(id=real[0]["id"]).prompt_set == made
    wrong = post(cast, key, "imports", wish | {"purpose": "rl"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "other_purpose")
    assert [one["field"] for one in wrong.json()["errors"]] == ["purpose"]
    assert client_for(cast.admin).delete(f"/api/v1/uploads/{key}").status_code == 409


def test_the_report_of_lines_comes_as_csv_and_jsonl(cast: Cast) -> None:
    key = whole(cast, ROWS)
    run = Run.objects.get(id=post(cast, key, "imports", {"prompt_set_name": "Q"}).json()["id"])
    RunIssue.objects.create(run=run, line=2, field="=1+1", rule="missing", message='say "é", so')
    client = client_for(cast.admin)
    address = f"/api/v1/runs/{run.id}/issues"
    text = b"".join(client.get(f"{address}.csv").streaming_content).decode("utf-8-sig")
    assert text == 'line,field,rule,message\r\n2,\'=1+1,missing,"say ""é"", so"\r\n'
    lines = b"".join(client.get(f"{address}.jsonl").streaming_content).splitlines()
    assert json.loads(lines[0])["field"] == "=1+1"
    assert client.get(f"{address}.pdf").status_code == 404


def test_only_admins_and_ml_engineers_of_the_project_upload_and_each_sees_their_own(
    cast: Cast, django_user_model: Callable[..., Any]
) -> None:
    statuses = {name: begin(cast, 5, who=who).status_code for name, who in cast.people.items()}
    assert {name for name, status in statuses.items() if status == 201} == {"admin", "ml"}
    assert statuses["outsider"] == 404
