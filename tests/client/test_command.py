"""The command: what programs read is the server's answer, what people read cannot steer their terminal."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import typer

from annotation.corpus.models import PromptSet
from annotation.registry.models import ModelVersion
from annotation.runs.models import Run
from tests.annotation.labeling.work import add_prompt
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast
from tests.client.conftest import token_of
from tests.e2e.server import Server
from tiebreak import Client
from tiebreak.command import app, main

SignIn = Callable[..., str]


class Ran:
    """One command: its exit code and what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = self._capsys.readouterr()
        return int(left.value.code or 0), out, err

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


def plain(told: str) -> str:
    """What was told, without the frame and the line breaks of a terminal."""
    return " ".join(told.replace("│", " ").split())


@pytest.fixture
def tiebreak(capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(capsys)


def test_json_is_the_answer_of_the_api(
    tiebreak: Ran, signed_in: SignIn, client: Client, cast: Cast, policy: ModelVersion
) -> None:
    signed_in()
    key = str(cast.project.id)
    add_rankings(cast, 2)
    started = tiebreak.json("runs", "start", "export", "--set", "validation_fraction=0.2")
    assert started == client.runs_retrieve(started["id"])
    assert started["config"]["validation_fraction"] == 0.2
    for words, answer in (
        (["projects"], client.projects_list()),
        (["status"], client.projects_progress(key)),
        (["agreement"], client.agreement_retrieve(key)),
        (["prompts", "sets"], list(client.prompt_sets_list(key))),
        (["items", "list"], list(client.items_list(key))),
        (["runs", "list"], list(client.runs_list(key))),
        (["runs", "show", "1"], client.runs_retrieve(started["id"])),
        (["versions", "show", "policy/1"], client.versions_retrieve(str(policy.id))),
        (["versions", "list"], client.versions_list(key)),
        (["snapshot", "list"], []),
        (["rounds", "list"], []),
        (["webhooks", "list"], []),
        (["people", "list"], list(client.members_list(key))),
    ):
        assert tiebreak.json(*words) == json.loads(json.dumps(answer)), words


def test_a_refusal_leaves_the_servers_words_and_a_code_of_its_own(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    signed_in()
    code, out, err = tiebreak("runs", "start", "export", "--set", "validation_fraction=2", "--json")
    assert code == 1
    assert json.loads(out)["errors"][0]["field"] == "config.validation_fraction"
    assert "config.validation_fraction" in err
    assert tiebreak("runs", "show", "99")[0] == 4
    assert tiebreak("runs", "shwo")[0] == 2
    signed_in(cast.ml, "read")
    assert tiebreak("runs", "start", "export")[0] == 3
    signed_in(cast.outsider)
    assert tiebreak("runs", "list")[0] == 4
    os.environ["TIEBREAK_TOKEN"] = "tbk_unknown"
    assert tiebreak("whoami")[0] == 3


def test_a_list_that_is_refused_has_no_head(tiebreak: Ran, signed_in: SignIn, cast: Cast) -> None:
    signed_in()
    code, out, err = tiebreak("items", "list", "--state", "nosuch")
    assert (code, out) == (1, "")
    assert "state" in err


def test_a_file_that_cannot_be_written_is_no_server_that_is_away(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, tmp_path: Path
) -> None:
    signed_in()
    add_prompt(cast.project, "Why?")
    file = tmp_path / "nowhere" / "prompts.jsonl"
    code, out, err = tiebreak("export", "rows", "prompts", str(file))
    assert (code, out) == (2, "")
    said = "could not be read or written: no such file or directory"
    assert ("".join(err.split())) == "".join(f"{file} {said}".split())


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (("people", "revoke"), "invitation"),
        (("webhooks", "test"), "webhook"),
        (("webhooks", "messages"), "webhook"),
        (("webhooks", "remove"), "webhook"),
        (("export", "download"), "dataset"),
    ],
)
def test_what_is_no_id_is_told_by_what_was_looked_for(
    tiebreak: Ran, signed_in: SignIn, tmp_path: Path, command: tuple[str, ...], what: str
) -> None:
    signed_in()
    folder = (str(tmp_path / "data"),) if what == "dataset" else ()
    code, _, err = tiebreak(*command, "https://example.org", *folder)
    assert (code, f"there is no {what} 'https://example.org' here" in plain(err)) == (4, True)


@pytest.mark.usefixtures("at_work")
def test_a_check_of_an_import_says_that_nothing_is_imported(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, tmp_path: Path
) -> None:
    signed_in()
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "Why?"}\n')
    words = (
        "prompts",
        "import",
        str(file),
        "--set",
        "new",
        "--purpose",
        "reward",
        "--kind",
        "prompts",
    )
    code, out, err = tiebreak(*words, "--check")
    told = [" ".join(line.split()) for line in out.splitlines()]
    assert (code, "would be added 1" in told, "nothing is imported" in err) == (0, True, True)
    assert "added 1" in [" ".join(line.split()) for line in tiebreak(*words)[1].splitlines()]


def test_the_token_is_kept_for_its_owner_alone(
    tiebreak: Ran,
    server: Server,
    signed_in: SignIn,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    signed_in()
    for name in ("TIEBREAK_URL", "TIEBREAK_TOKEN", "TIEBREAK_PROJECT"):
        monkeypatch.delenv(name)
    assert tiebreak("projects")[0] == 3  # nobody has signed in
    secret = token_of(cast.ml)
    monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))
    assert tiebreak("login", server.url)[0] == 0
    kept = tmp_path / "config" / "tiebreak" / "login.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    code, out, err = tiebreak("use", "Answers")
    assert code == 0
    assert secret not in out + err
    assert tiebreak("runs", "list")[0] == 0
    kept.chmod(0o644)
    assert tiebreak("runs", "list")[0] == 3
    kept.chmod(0o600)
    assert tiebreak("logout")[0] == 0
    assert not kept.exists()


def test_a_text_of_others_cannot_steer_the_terminal(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    signed_in()
    hostile = "\x1b]0;owned\x07\x9b31m\u202eevil"
    add_prompt(cast.project, hostile)
    name = PromptSet.objects.get().name
    for more in ([], ["--json"]):
        code, out, err = tiebreak("prompts", "list", name, *more)
        assert code == 0, err
        assert "evil" in out
        assert not set(out) & set("\x1b\x07\x9b\u202e")


@pytest.mark.usefixtures("at_work")
def test_the_way_in_and_out_by_command(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, tmp_path: Path
) -> None:
    signed_in()
    file = tmp_path / "rows.jsonl"
    rows = [{"prompt": "Why?", "completion": text} for text in ("Because.", "No idea.")]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    code, out, _ = tiebreak("prompts", "preview", str(file))
    assert code == 0
    assert "completions" in out
    wish = ("prompts", "import", str(file), "--set", "Q", "--purpose", "reward", "--kind")
    assert tiebreak(*wish, "completions")[0] == 0
    assert tiebreak.json("items", "make", "--set", "Q", "-k", "2")["created"] == 1
    out_file = tmp_path / "out.jsonl"
    assert tiebreak("export", "rows", "completions", str(out_file), "--set", "Q")[0] == 0
    texts = {json.loads(line)["completion"] for line in out_file.read_text().splitlines()}
    assert texts == {"Because.", "No idea."}
    add_rankings(cast, 2)
    assert tiebreak("snapshot", "make")[0] == 0
    folder = tmp_path / "dataset"
    assert tiebreak("export", "make", str(folder), "--part", "rankings", "--file", "jsonl")[0] == 0
    assert (folder / "card.json").is_file()
    first = Run.objects.order_by("number").first()
    assert first is not None
    code, out, _ = tiebreak("runs", "log", str(first.number), "--follow")
    assert code == 0
    assert "succeeded" in out


@pytest.mark.usefixtures("at_work", "policy")
def test_the_files_of_a_run_are_listed_and_fetched_and_held_against_their_digest(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, artifacts: Path, tmp_path: Path
) -> None:
    signed_in()
    add_rankings(cast, 2)
    assert tiebreak("snapshot", "make")[0] == 0
    behaviour, text = artifacts / "behaviour.json", "not used: too long"
    behaviour.write_text(json.dumps({"steps": 1, "writes": {"left_out.jsonl": text}}))
    try:
        assert tiebreak("runs", "start", "reward", "--snapshot", "1", "--wait")[0] == 0
    finally:
        behaviour.unlink()
    number = str(Run.objects.get(kind="reward").number)
    (listed,) = tiebreak.json("runs", "files", number)
    assert (listed["name"], listed["bytes"]) == ("left_out.jsonl", len(text))
    folder = tmp_path / "files"
    for _ in range(2):  # what is there is not fetched again
        assert tiebreak("runs", "download", number, str(folder))[0] == 0
    assert [path.read_text() for path in folder.iterdir()] == [text]
    (folder / "left_out.jsonl").write_text("something else")
    code, _, err = tiebreak("runs", "download", number, str(folder))
    assert (code, "is not the file left_out.jsonl of this run" in err) == (5, True)
    assert tiebreak.json("runs", "files", "1") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_completes(tiebreak: Ran, shell: str) -> None:
    code, out, _ = tiebreak("completion", shell)
    assert code == 0
    assert "_TIEBREAK_COMPLETE" in out


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command below a group, by the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_takes_json_but_those_that_the_help_names(tiebreak: Ran) -> None:
    without = {
        name
        for name, command in commands(typer.main.get_command(app))
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert without == {"api", "completion"}
    told = plain(tiebreak("--help")[1])
    assert "Every command but api, which prints JSON anyway, and completion takes --json" in told


def test_json_where_there_is_little_to_say(
    tiebreak: Ran,
    server: Server,
    signed_in: SignIn,
    client: Client,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    secret = signed_in()
    kinds = client.run_kinds_retrieve()
    assert tiebreak.json("runs", "kinds") == kinds
    assert tiebreak.json("runs", "kinds", "reward") == kinds["reward"]
    assert tiebreak("runs", "kinds")[1].split() == sorted(kinds)
    add_prompt(cast.project, "Why?")
    file = tmp_path / "prompts.jsonl"
    said = tiebreak.json("export", "rows", "prompts", str(file))
    assert said == {"file": str(file), "sha256": sha256(file.read_bytes()).hexdigest()}
    made = tiebreak.json("people", "invite", "labeler")
    assert tiebreak.json("people", "revoke", made["id"]) is None
    for name in ("TIEBREAK_URL", "TIEBREAK_TOKEN", "TIEBREAK_PROJECT"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))
    assert tiebreak.json("login", server.url) == client.me_read()
    assert tiebreak.json("use", "Answers")["id"] == str(cast.project.id)
    assert tiebreak.json("logout") is None


@pytest.mark.usefixtures("at_work")
def test_a_folder_in_use_is_refused_before_anything_is_asked_of_the_server(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, tmp_path: Path
) -> None:
    signed_in()
    add_rankings(cast, 2)
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "old.parquet").write_text("of another dataset")
    wish = ("export", "make", str(folder), "--part", "rankings", "--file", "jsonl")
    code, _, err = tiebreak(*wish)
    assert code == 2
    assert "is in use" in plain(err)
    assert not Run.objects.exists()
    (folder / "old.parquet").unlink()
    code, _, err = tiebreak(*wish)
    assert code == 0, err
    [dataset] = tiebreak.json("export", "list")
    assert f"dataset {dataset['id']} is made" in err
    again = tiebreak.json("export", "download", dataset["id"], str(folder))
    assert again["digest"] == dataset["digest"]
    kilobytes = tiebreak("export", "list")[1].splitlines()[1].split("\t")[2]
    assert kilobytes.endswith("B")
