"""Scoring files: in any company the same, and gone on with where it was stopped."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

import rewardmodel
from rewardmodel.__main__ import app
from rewardmodel.errors import EXIT_REFUSED, Refused
from rewardmodel.models import load_reward_model, new_reward_model
from rewardmodel.score_files import CHUNK_ROWS, score, score_file
from tests.rewardmodel.conftest import CPU, ask

CUT_GZIP = gzip.compress(b'{"prompt": "a"}\n', mtime=0)[:-9]
WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "the",
    "mat",
    "and",
    "a",
    "dog",
    "ran",
    "after",
    "it",
    "in",
    "the",
    "warm",
    "sun",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, policy_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("reward model")
    new_reward_model(policy_folder, CPU, seed=5).save(folder)
    return folder


def some_rows(count: int) -> list[dict[str, Any]]:
    """Prompts and completions of many lengths; every third row is a list of completions."""
    found: list[dict[str, Any]] = []
    for number in range(count):
        prompt = " ".join(WORDS[: 1 + number % 11])
        texts = [" ".join(WORDS[: 1 + (number * 7 + k) % 13]) for k in range(3)]
        row = {"completions": texts} if number % 3 == 0 else {"completion": texts[0]}
        found.append({"id": f"r{number}", "prompt": prompt, **row})
    return found


def flat(answers: list[dict[str, Any]]) -> list[float]:
    return [v for a in answers for v in (a["scores"] if "scores" in a else [a["score"]])]


def test_a_score_is_the_same_alone_and_in_any_company(model: Path) -> None:
    rows = some_rows(40)
    together = flat(list(score(model, rows)))
    alone = flat([next(score(model, [row])) for row in rows])
    reverse = flat(list(score(model, rows[::-1])))
    assert len(together) == 14 * 3 + 26
    assert together == pytest.approx(alone, abs=1e-5)
    assert sorted(together) == pytest.approx(sorted(reverse), abs=1e-5)


def test_it_is_the_score_of_the_reward_model_itself(model: Path) -> None:
    [answer] = score([model], [{"prompt": "the cat", "completion": "sat"}])
    loaded = load_reward_model(model, CPU)
    ids = loaded.codec.encode_prompt(ask("the cat")) + loaded.codec.encode_completion("sat")
    assert answer["score"] == pytest.approx(float(loaded.score_rows([ids], 100)[0]), abs=1e-5)
    assert answer["id"] is None


def test_the_package_offers_it_as_a_function(model: Path) -> None:
    row = {"id": 7, "prompt": [{"role": "user", "content": "hello"}], "completions": ["a", "b"]}
    [answer] = rewardmodel.score(str(model), [row])
    assert answer["id"] == 7
    assert len(answer["scores"]) == 2


def test_the_function_leaves_torch_as_it_found_it(model: Path) -> None:
    """Random numbers, flags and threads belong to whoever calls."""

    def settings() -> tuple[Any, ...]:
        return (
            torch.get_rng_state().tolist(),
            torch.are_deterministic_algorithms_enabled(),
            torch.utils.deterministic.fill_uninitialized_memory,
            torch.get_num_threads(),
        )

    deterministic = torch.are_deterministic_algorithms_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        torch.manual_seed(123)
        before = settings()
        answers = rewardmodel.score(model, some_rows(3), device="cpu", threads=before[-1] + 1)
        next(answers)
        assert settings() == before  # between two answers too
        list(answers)
        assert settings() == before
    finally:
        torch.use_deterministic_algorithms(deterministic)
        torch.utils.deterministic.fill_uninitialized_memory = fill


def test_several_models_give_mean_members_and_disagreement(
    model: Path, policy_folder: Path, tmp_path: Path
) -> None:
    new_reward_model(policy_folder, CPU, seed=6).save(tmp_path / "other")
    rows = some_rows(4)
    both = list(score([model, tmp_path / "other"], rows))
    first, second = (list(score(folder, rows)) for folder in (model, tmp_path / "other"))
    for joint, one, two in zip(both, first, second, strict=True):
        a, b = flat([one]), flat([two])
        assert flat([joint]) == pytest.approx([(x + y) / 2 for x, y in zip(a, b, strict=True)])
        spread = joint["disagreement"] if "scores" in joint else [joint["disagreement"]]
        assert spread == pytest.approx([abs(x - y) / 2 for x, y in zip(a, b, strict=True)])


def test_what_does_not_fit_is_named_and_not_cut(model: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": "the cat", "completions": ["sat", "sat " * 400]},
        {"prompt": "the cat", "completion": "sat " * 400},
        {"prompt": "the cat", "completion": "sat"},
    ]
    mixed, long, short = score(model, rows)
    assert mixed["scores"][0] == pytest.approx(short["score"], abs=1e-5)
    assert mixed["scores"][1] is None
    assert "the network reads 128" in mixed["left_out"][1]
    assert long["score"] is None
    assert "the network reads 128" in long["left_out"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_torn_output_is_gone_on_with_to_the_same_bytes(
    model: Path, tmp_path: Path, packed: bool
) -> None:
    source = tmp_path / ("rows.jsonl.gz" if packed else "rows.jsonl")
    text = "".join(json.dumps(row) + "\n" for row in some_rows(CHUNK_ROWS + 20))
    source.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    whole, torn = tmp_path / "whole.jsonl", tmp_path / "torn.jsonl"
    assert score_file([model], source, whole) == {"rows": CHUNK_ROWS + 20, "with_left_out": 0}
    score_file([model], source, torn)
    content = torn.read_bytes()
    torn.write_bytes(content[: content.index(b'"r263"') + 9])
    assert score_file([model], source, torn)["rows"] == CHUNK_ROWS + 20
    assert torn.read_bytes() == whole.read_bytes()


def test_an_output_of_another_input_is_not_gone_on_with(model: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(json.dumps({"prompt": name, "completion": name}) + "\n")
    score_file([model], tmp_path / "a", tmp_path / "out")
    with pytest.raises(Refused, match="another input"):
        score_file([model], tmp_path / "b", tmp_path / "out")


def test_on_the_command_line_a_bad_row_is_refused_by_its_number(
    model: Path, tmp_path: Path
) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"prompt": "a", "completion": "b"}\n{"prompt": "a", "completion": 3}\n')
    command = [sys.executable, "-m", "rewardmodel", "score", "--model", str(model)]
    command += ["--input", str(source), "--output", str(tmp_path / "out.jsonl")]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode == EXIT_REFUSED
    assert "rows.jsonl, line 2: completion must be a text" in found.stderr
    source.write_text('{"prompt": "a", "completion": "b"}\n')
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert "1 rows" in found.stdout


@pytest.mark.parametrize("field", ["prompt", "completion"])
def test_half_a_character_is_refused_by_its_row(model: Path, field: str) -> None:
    good = {"prompt": "a", "completion": "b"}
    answers = score(model, [good, {**good, field: "x\ud800"}])
    with pytest.raises(Refused, match=f"row 2: {field}: half a character"):
        list(answers)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.jsonl", b'{"prompt": "\\ud800", "completion": "b"}', "line 1: prompt: half a char"),
        ("rows.jsonl", b'\n{"prompt": "\xff", "completion": "b"}', "line 2: not UTF-8 at byte 13"),
        ("rows.jsonl.gz", b"no gzip", "line 1: cannot be read"),
        ("rows.jsonl.gz", CUT_GZIP, "cannot be read"),
    ],
)
def test_a_damaged_input_is_refused_in_words(
    model: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=f"{name}, ") as refused:
        score_file([model], tmp_path / name, tmp_path / "out.jsonl")
    assert said in refused.value.message


def test_an_output_that_cannot_be_written_is_refused_in_words(model: Path, tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"prompt": "a", "completion": "b"}\n')
    with pytest.raises(Refused, match="the folder .*nowhere does not exist"):
        score_file([model], source, tmp_path / "nowhere" / "out.jsonl")
    with pytest.raises(Refused, match="is a folder; name a file"):
        score_file([model], source, tmp_path)


@pytest.mark.parametrize(("name", "value"), [("threads", -1), ("device", "gpu")])
def test_a_setting_that_is_not_allowed_is_refused_in_words(
    model: Path, tmp_path: Path, name: str, value: Any
) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"prompt": "a", "completion": "b"}\n')
    with pytest.raises(Refused, match=f"score settings: {name}: {value!r} is not allowed"):
        score(model, [], **{name: value})
    words = ["--model", model, "--input", source, "--output", tmp_path / "out", f"--{name}", value]
    assert CliRunner().invoke(app, ["score", *map(str, words)]).exit_code == EXIT_REFUSED
    assert not (tmp_path / "out").exists()


def test_a_damaged_output_is_not_gone_on_with(model: Path, tmp_path: Path) -> None:
    source, output = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"prompt": "a", "completion": "b"}\n')
    score_file([model], source, output)
    damaged = output.read_bytes() + b'{"id"\n'
    output.write_bytes(damaged)
    with pytest.raises(Refused, match="out.jsonl, line 2: no JSON from column 6 on"):
        score_file([model], source, output)
    assert output.read_bytes() == damaged  # it is for whoever looks what happened
    (tmp_path / "out.jsonl.about.json").write_text("{")
    with pytest.raises(Refused, match=r"out.jsonl.about.json: no JSON"):
        score_file([model], source, output)


def test_a_bad_row_has_the_same_number_after_a_restart(model: Path, tmp_path: Path) -> None:
    """The number of its line, blank lines counted, though a whole chunk is done already."""
    lines = [json.dumps({"prompt": "a", "completion": "b"})] * (CHUNK_ROWS + 1)
    bad = json.dumps({"prompt": "a", "completion": 5})
    (tmp_path / "rows.jsonl").write_text("\n".join([*lines, "", bad]))
    for _ in range(2):
        with pytest.raises(Refused, match=f"rows.jsonl, line {CHUNK_ROWS + 3}: completion must"):
            score_file([model], tmp_path / "rows.jsonl", tmp_path / "out.jsonl")
        assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == CHUNK_ROWS
