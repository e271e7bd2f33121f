"""What a file's first rows would become is shown before anything is written."""

from pathlib import Path
from typing import Any

import pytest

from annotation.corpus import lines
from annotation.corpus.incoming.choice import choose
from annotation.corpus.incoming.detection import detect
from annotation.corpus.incoming.preview import preview_row
from annotation.corpus.models import PromptSet
from annotation.labeling.imports import importer_for
from tests.annotation.corpus.files import write

ANSWERS = {"prompt": "Q", "completions": ["a", "b"]}


def shown(path: Path, row: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    """The first row of a file of such rows, as the page gets it."""
    choice = choose(write(path / "x.jsonl", [row, row]), "x.jsonl", chosen)
    importer = importer_for(choice.plan.kind, PromptSet())
    return preview_row(choice.detected.lines[0], choice.plan, importer)


def test_answers_are_shown_only_where_they_are_taken(tmp_path: Path) -> None:
    assert shown(tmp_path, ANSWERS)["completions"] == ["a", "b"]
    as_prompt = shown(tmp_path, ANSWERS, kind="prompts")
    assert (as_prompt["completions"], as_prompt["issue"]) == ([], None)
    assert as_prompt["fields"] == {"completions": '["a", "b"]'}
    refused = shown(tmp_path, ANSWERS, kind="rankings")["issue"]
    assert (refused["field"], refused["rule"]) == ("ranking", "missing")


def test_a_prompt_whose_answers_are_of_no_known_form_can_be_looked_at(tmp_path: Path) -> None:
    row = {"prompt": "Q", "completions": [{"anything": 1}, 2]}
    assert shown(tmp_path, row, format="rows", kind="prompts")["completions"] == []


def _noted(piece: bytes, read: list[int]) -> bytes:
    read.append(len(piece))
    return piece


@pytest.mark.parametrize(
    ("name", "row", "blank"),
    [
        ("x.jsonl", b'{"prompt": "Q"}\n', b"\n"),
        ("x.json", b'[{"prompt": "Q"}', b" ,"),
        ("x.csv", b"prompt,id\nQ,1\n", b",\n"),
    ],
)
def test_gigabytes_of_blank_lines_keep_nobody_waiting(
    name: str, row: bytes, blank: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(row + blank * (16 << 20))
    read: list[int] = []
    pieces = lines._unpacked
    monkeypatch.setattr(
        lines, "_unpacked", lambda file: (_noted(one, read) for one in pieces(file))
    )
    detected = detect(path, encoding="utf-8")
    assert (detected.looked_at, detected.broken) == (1, None)
    assert sum(read) < 3 << 20  # of 16: to tell what it is, and 1 MiB behind the last row


def test_an_order_that_is_not_taken_is_not_shown(tmp_path: Path) -> None:
    scored = {"prompt": "Q", "responses": ["a", "b"], "scores": [1, 2]}
    assert shown(tmp_path, scored)["ranking"] == [[1], [0]]
    unordered = shown(tmp_path, scored, kind="completions")
    assert (unordered["completions"], unordered["ranking"]) == (["a", "b"], [])


@pytest.mark.parametrize("value", [{"a": [1, None, True]}, [1, "中"]])
def test_a_field_that_is_kept_is_shown_as_json(tmp_path: Path, value: Any) -> None:
    told = {"a": '{"a": [1, null, true]}', 1: '[1, "中"]'}[next(iter(value))]
    assert shown(tmp_path, {"prompt": "Q", "meta": value})["fields"] == {"meta": told}
    row = {"what": "Q", "else": value}
    assert choose(write(tmp_path / "x.jsonl", [row]), "x", {}).detected.examples()["else"] == told
