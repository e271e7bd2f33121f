"""The client against the real server: what a broken line, a repeated wish and a wrong one come to."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from uuid import uuid4

import pytest

import tiebreak.http
import tiebreak.uploads
from annotation.corpus.models import PromptSet
from annotation.registry.models import ModelVersion
from annotation.runs.models import Run, Upload
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast
from tests.client.cable import cable
from tests.client.conftest import token_of
from tests.e2e.server import Server
from tiebreak import ApiError, Client, Damaged, NotFound, RunNotDone, Unreachable


def prompt_file(folder: Path, rows: int = 40) -> Path:
    """Prompts that do not shrink when packed."""
    drawn = random.Random(7)
    path = folder / "prompts.jsonl"
    lines = [json.dumps({"id": str(n), "prompt": f"{drawn.random()}"}) for n in range(rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_an_outsiders_token_sees_nothing_of_the_project(server: Server, cast: Cast) -> None:
    outsider = Client(server.url, token_of(cast.outsider))
    key = str(cast.project.id)
    assert [one["name"] for one in outsider.projects_list()] == ["Elsewhere"]
    for ask in (
        outsider.projects_read,
        outsider.agreement_retrieve,
        outsider.versions_list,
        lambda key: list(outsider.runs_list(key)),
        lambda key: outsider.start_run(key, {"kind": "export"}),
    ):
        with pytest.raises(ApiError) as refused:
            ask(key)
        assert refused.value.status == 404
    with pytest.raises(NotFound):
        outsider.project("Answers")


def test_a_token_that_may_only_read_starts_nothing(server: Server, cast: Cast) -> None:
    reader = Client(server.url, token_of(cast.ml, "read"))
    with pytest.raises(ApiError, match="scope 'train'"):
        reader.start_run(str(cast.project.id), {"kind": "export"})
    assert not Run.objects.exists()
    with pytest.raises(ApiError, match="scope 'read'"):
        Client(server.url, token_of(cast.ml, "train")).projects_list()


def test_a_refusal_names_the_field_and_the_rule(client: Client, cast: Cast) -> None:
    with pytest.raises(ApiError) as refused:
        client.start_run(
            str(cast.project.id), {"kind": "export", "config": {"validation_fraction": 2}}
        )
    [error] = refused.value.errors
    assert (error.field, error.rule) == ("config.validation_fraction", "maximum")
    assert "config.validation_fraction" in str(refused.value)


def test_a_start_whose_answer_was_lost_starts_one_run(
    server: Server, client: Client, cast: Cast
) -> None:
    with cable(server.url) as line:
        line.cuts = [0]
        far = Client(line.url, token_of(cast.ml))
        run = far.start_run(str(cast.project.id), {"kind": "export"})
        assert [one.split()[0] for one in line.requests] == ["POST", "POST"]
    assert Run.objects.get().id.hex == run["id"].replace("-", "")


def test_a_start_repeated_with_its_key_starts_one_run(client: Client, cast: Cast) -> None:
    key, project = str(uuid4()), str(cast.project.id)
    first = client.start_run(project, {"kind": "export"}, idempotency_key=key)
    again = client.start_run(project, {"kind": "export"}, idempotency_key=key)
    assert first["id"] == again["id"]
    assert Run.objects.count() == 1


def test_what_is_not_safe_to_repeat_is_sent_once(server: Server, cast: Cast) -> None:
    with cable(server.url) as line:
        line.cuts = [0]
        far = Client(line.url, token_of(cast.ml))
        with pytest.raises(Unreachable):
            far.prompt_sets_create(str(cast.project.id), {"name": "once", "purpose": "rl"})
        assert len(line.requests) == 1


def test_pages_are_one_list(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiebreak.http, "PAGE", 2)
    names = [f"set {number}" for number in range(5)]
    for name in names:
        PromptSet.objects.create(project=cast.project, name=name, purpose="rl", language="en")
    found = client.prompt_sets_list(str(cast.project.id))
    assert [one["name"] for one in found] == names[::-1]


def test_a_cut_upload_goes_on_where_it_was_cut(
    client: Client, cast: Cast, artifacts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiebreak.uploads, "PIECE", 400)
    file, project = prompt_file(tmp_path), str(cast.project.id)

    def pull_the_plug(done: int, total: int) -> None:
        if done >= 800:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.upload(project, file, pull_the_plug)
    seen: list[int] = []
    upload = client.upload(project, file, lambda done, total: seen.append(done))
    assert seen[0] == 800
    assert seen[-1] == file.stat().st_size
    kept = (artifacts / "uploads" / upload["id"]).read_bytes()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(file.read_bytes()).digest()
    assert Upload.objects.count() == 1


@pytest.mark.usefixtures("at_work")
def test_an_import_says_which_lines_were_refused_and_brings_in_the_rest(
    client: Client, cast: Cast, tmp_path: Path
) -> None:
    file = prompt_file(tmp_path, rows=3)
    file.write_text(file.read_text() + '{"prompt": 7}\n')
    project = str(cast.project.id)
    wish = {"prompt_set_name": "new", "purpose": "reward", "kind": "prompts"}
    run = client.import_file(project, file, {**wish, "dry_run": False})  # type: ignore[typeddict-item]
    looks: list[str] = []
    client.wait(run["id"], progress=lambda run: looks.append(run["status"]), timeout=60)
    assert looks[-1] == "succeeded"
    assert [one["line"] for one in client.run_issues_list(run["id"])] == [4]
    found = client.prompt_set(project, "new")
    assert len(list(client.prompts_list(found["id"]))) == 3


@pytest.mark.usefixtures("at_work")
def test_waiting_for_a_run_that_fails_says_why(
    client: Client, cast: Cast, policy: ModelVersion, artifacts: Path
) -> None:
    project = str(cast.project.id)
    add_rankings(cast, 2)
    frozen = client.wait(client.start_run(project, {"kind": "export"})["id"], timeout=60)
    assert frozen["output_snapshot"] is not None
    (artifacts / "behaviour.json").write_text(json.dumps({"refuse": "too few rankings"}))
    run = client.start_run(project, {"kind": "reward", "snapshot": frozen["output_snapshot"]})
    try:
        with pytest.raises(RunNotDone, match="too few rankings") as ended:
            client.wait(run["id"], timeout=60)
    finally:
        (artifacts / "behaviour.json").unlink()
    assert ended.value.run["status"] == "failed"


@pytest.mark.usefixtures("at_work")
def test_a_dataset_arrives_whole_through_cuts_and_is_held_against_its_digest(
    server: Server, client: Client, cast: Cast, tmp_path: Path
) -> None:
    project = str(cast.project.id)
    add_rankings(cast, 3)
    started = client.datasets_start(project, {"parts": ["rankings"], "files": ["jsonl"]})
    client.wait(started["run"], timeout=60)
    [made] = client.datasets_list(project)
    folder = tmp_path / "dataset"
    with cable(server.url) as line:
        far = Client(line.url, token_of(cast.ml))
        line.cuts = [1 << 20, 900, 900]  # the headers take about 600
        found = far.download_dataset(made["id"], folder)
        assert len(line.requests) > 1 + len(found["files"])
    assert (
        sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        == (found["files"])
    )
    card = folder / "card.json"
    card.write_bytes(card.read_bytes() + b" ")
    with pytest.raises(Damaged):
        client.download_dataset(made["id"], folder)


@pytest.mark.usefixtures("at_work", "policy")
def test_what_another_file_left_behind_hinders_no_second_try(
    client: Client, cast: Cast, artifacts: Path, tmp_path: Path
) -> None:
    project = str(cast.project.id)
    add_rankings(cast, 2)
    started = client.datasets_start(project, {"parts": ["rankings"], "files": ["jsonl"]})
    frozen = client.wait(started["run"], timeout=60)
    wish = {"refuse": "too few rankings", "writes": {"left_out.jsonl": "rows left out"}}
    (artifacts / "behaviour.json").write_text(json.dumps(wish))
    run = client.start_run(project, {"kind": "reward", "snapshot": frozen["output_snapshot"]})
    try:
        with pytest.raises(RunNotDone):
            client.wait(run["id"], timeout=60)
    finally:
        (artifacts / "behaviour.json").unlink()
    part = tmp_path / "left_out.jsonl.part"
    part.write_text("other")
    with pytest.raises(Damaged, match="fetch it again"):
        client.download_run_files(run["id"], tmp_path)
    assert not part.exists()
    client.download_run_files(run["id"], tmp_path)
    assert (tmp_path / "left_out.jsonl").read_text() == "rows left out"

    [made] = client.datasets_list(project)
    folder = tmp_path / "dataset"
    dataset = client.datasets_retrieve(made["id"])
    for name in dataset["files"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.part").write_text("x")
    for _ in dataset["card"]["files"]:
        with pytest.raises(Damaged, match="fetch it again"):
            client.download_dataset(made["id"], folder)
    assert client.download_dataset(made["id"], folder)["digest"] == dataset["digest"]


def test_a_token_goes_over_https_only_but_to_this_machine() -> None:
    with pytest.raises(Unreachable, match="https"):
        Client("http://tiebreak.example.com", "tbk_secret")
