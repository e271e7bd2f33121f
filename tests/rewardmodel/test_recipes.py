"""The pages under docs/recipes run as they are written, in miniature."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
from typer.testing import CliRunner

from rewardmodel.__main__ import app

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
SMALLER = 50  # rows: --limit 600 becomes --limit 12
SETTINGS: dict[str, dict[str, int]] = {
    "pretrain": {
        "steps": 3,
        "hidden_size": 32,
        "layers": 2,
        "heads": 2,
        "vocabulary_size": 400,
        "block_tokens": 16,
    },
    "sft": {"epochs": 1, "batch_size": 8, "evaluate_every_steps": 1},
    "reward": {"epochs": 1, "prompts_per_step": 8},
    "ppo": {
        "iterations": 1,
        "rollouts_per_iteration": 8,
        "minibatch_size": 4,
        "evaluation_prompts": 2,
        "max_new_tokens": 4,
        "value_only_iterations": 0,
        "sample_every_iterations": 1,
    },
    "sample": {"max_new_tokens": 4},
    "best_of_n": {"max_new_tokens": 4, "samples_per_prompt": 3, "only_stopped": False},
    "evaluate": {"max_new_tokens": 4, "bootstrap_samples": 100},
    "dpo": {"epochs": 1, "kl_prompts": 2, "max_new_tokens": 4},
}


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command in the page's sh blocks, lines that go on joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    assert blocks, f"{page.name} has no commands"
    for line in "".join(blocks).replace("\\\n", " ").splitlines():
        if line.strip():
            yield shlex.split(line)


def in_miniature(words: list[str]) -> list[str]:
    """The same command with fewer rows and smaller settings; later settings win."""
    found = list(words)
    for place, word in enumerate(words):
        if word in ("--limit", "--skip"):
            found[place + 1] = str(max(1, int(words[place + 1]) // SMALLER))
    if found[0] == "new":
        for name, value in SETTINGS[found[1]].items():
            found += ["--set", f"{name}={json.dumps(value)}"]
    return found


@pytest.fixture
def data(tmp_path: Path, policy_folder: Path) -> dict[str, str]:
    """What the pages ask for, in a few rows of our own."""
    reviews: list[dict[str, Any]] = []
    for number in range(60):
        word = "warm" if number % 2 else "cold"
        text = f"the film number {number} is a {word} thing and {word} it stays"
        split = "train" if number < 50 else "dev"
        reviews.append({"id": f"r{number}", "text": text, "label": number % 2, "split": split})
    documents = [
        {
            "prompt": f"第{n}个城市在河边，那里有{n}座桥。",
            "reference": [f"第{n}个城市在哪里？", "有几座桥？"],
        }
        for n in range(20)
    ]
    abstracts = [
        {"prompt": f"本文研究第{n}种树木的生长，并给出建议。", "reference": f"第{n}种树木的研究"}
        for n in range(40)
    ]
    paths = {"POLICY": str(policy_folder)}
    for name, rows in (("REVIEWS", reviews), ("DOCUMENTS", documents), ("ABSTRACTS", abstracts)):
        path = tmp_path / f"{name.lower()}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        paths[name] = str(path)
    return paths


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.md")), ids=lambda path: path.stem)
def test_the_recipe_runs_as_it_is_written(
    recipe: Path, data: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    started = []
    for words in commands(recipe):
        if words[0] == "export":
            assert words[1].partition("=")[0] in data
            continue
        assert words[:3] == ["python", "-m", "rewardmodel"]
        call = in_miniature([Template(word).substitute(data) for word in words[3:]])
        result = CliRunner().invoke(app, call)
        assert result.exit_code == 0, f"{shlex.join(call)}\n{result.output}"
        if "--run" in call and call[0] != "new":
            folder = Path(call[call.index("--run") + 1])
            assert (folder / "MANIFEST.json").is_file()
            started.append(folder)
    assert len(started) >= 3
    assert os.listdir(tmp_path / "work")


def test_every_recipe_says_what_data_it_wants_and_what_came_out() -> None:
    pages = sorted(RECIPES.glob("*.md"))
    assert len(pages) >= 3
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "What you need" in text
        assert "## What came out" in text, page.name
