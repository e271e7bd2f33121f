"""Networks of a few thousand weights, run directories, and trainers in processes of their own.

Nothing here needs a server, a database or a download.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

import rewardmodel.__main__  # noqa: F401  before torch: it sets how torch's threads wait

# isort: split
import torch

from rewardmodel.config import PretrainConfig
from rewardmodel.configfile import read_config
from rewardmodel.models import Policy, new_reward_model
from rewardmodel.pretrain import new_language_model, train_tokenizer
from rewardmodel.rankings import Demonstration, Message, Ranking, write_snapshot
from rewardmodel.rundir import Run
from tests.rewardmodel.child import run_to_exit
from tests.shared import shared

CPU = torch.device("cpu")
CLOCKED = ("seconds", "tokens_per_second")  # figures that begin so are of the machine
TEXTS = ["the cat sat on the mat", "a dog ran after the cat", "the sun is warm", "你好，世界。"]

StartRun = Callable[[Path], ForkServerProcess]


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Real models and data beside the repository; the test is skipped where they are absent."""
    return shared("models/stories260K").parents[1]


def tiny_policy(seed: int = 0, **sizes: Any) -> Policy:
    """Two random layers over a byte-level tokenizer with a chat template."""
    config = PretrainConfig(
        seed=seed,
        vocabulary_size=300,
        **{
            "hidden_size": 32,
            "layers": 2,
            "heads": 2,
            "context_tokens": 128,
            "block_tokens": 16,
            **sizes,
        },
    )
    codec = train_tokenizer(list(TEXTS), config)
    return Policy(new_language_model(codec, config), codec).eval()


def small_reward_model(folder: Path, context_tokens: int) -> Path:
    """A reward model of the tiny policy's vocabulary that reads fewer tokens than the policy."""
    tiny_policy(context_tokens=context_tokens).save(folder / "base")
    new_reward_model(folder / "base", CPU, seed=1).save(folder / "small")
    return folder / "small"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """A tiny policy; tests that train take `policy_folder` instead."""
    return tiny_policy()


@pytest.fixture(scope="session")
def policy_folder(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Path:
    """The same policy on disk."""
    folder = tmp_path_factory.mktemp("policy")
    policy.save(folder)
    return folder


def ask(text: str) -> tuple[Message, ...]:
    """A prompt of one user message."""
    return (Message("user", text),)


def toy_rankings(count: int = 24, split: str = "train") -> list[Ranking]:
    """Rankings by a visible rule: the more often the letter z, the better."""
    completions = ("zzzz zzzz", "zz cat zz", "the z mat", "the cat sat")
    rankings = []
    for number in range(count):
        shift = number % 4
        order = tuple((index - shift) % 4 for index in range(4))  # order[i]: rank of completion i
        rankings.append(
            Ranking(
                id=f"{split}-{number}",
                prompt=ask(f"question {number}"),
                completions=tuple(completions[rank] for rank in order),
                tiers=tuple((order.index(rank),) for rank in range(4)),
                labeler="labeler" if number % 2 else "second labeler",
                split="validation" if split == "validation" else "train",
            )
        )
    return rankings


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A snapshot of toy rankings and demonstrations."""
    folder = tmp_path / "snapshot"
    demonstrations = [
        Demonstration(f"d{n}", ask(f"question {n}"), "zz zz", split="train") for n in range(12)
    ]
    demonstrations.append(Demonstration("v", ask("question v"), "zz zz", split="validation"))
    write_snapshot(folder, toy_rankings() + toy_rankings(8, split="validation"), demonstrations)
    return folder


def one_long_prompt(path: Path) -> Path:
    """A prompts file of three short questions of 14 tokens and one of 54, named long."""
    rows = [{"id": f"p{n}", "prompt": f"question {n}"} for n in range(3)]
    rows.append({"id": "long", "prompt": "word " * 10})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A prompts file of twelve questions."""
    path = tmp_path / "prompts.jsonl"
    rows = [{"id": f"p{n}", "prompt": f"question {n}"} for n in range(12)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_run(folder: Path, stage: str, inputs: dict[str, Path], **config: Any) -> Path:
    """A run directory ready to start."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "stage": stage,
        "inputs": {name: str(path) for name, path in inputs.items()},
        "config": {"device": "cpu", **config},
    }
    (folder / "config.json").write_text(json.dumps(document))
    return folder


def open_run(folder: Path, stage: str) -> Run:
    """A run in this very process."""
    _, inputs = read_config(folder, stage)
    return Run(folder, stage, inputs)


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Events of one type, in order."""
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["type"] == kind]


def figures_of(folder: Path) -> dict[int, dict[str, float]]:
    """All figures of a run by step, but for how long things took; what was told twice counts once."""
    found: dict[int, dict[str, float]] = {}
    for event in events_of(folder, "metric"):
        values = event["values"].items()
        told = {name: value for name, value in values if not name.startswith(CLOCKED)}
        found.setdefault(event["step"], {}).update(told)
    return found


def left_out_of(folder: Path) -> list[dict[str, Any]]:
    """What the run says it did not use, or not whole, in order."""
    lines = (folder / "left_out.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def report_of(folder: Path) -> dict[str, Any]:
    """The report of a complete run."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


@pytest.fixture(scope="session")
def start_run() -> Iterator[StartRun]:
    """Starts the command line in a process of its own, forked from one that has torch loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.rewardmodel.child"])
    started: list[ForkServerProcess] = []

    def start(folder: Path) -> ForkServerProcess:
        process = context.Process(target=run_to_exit, args=(str(folder),))
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        if process.is_alive():
            process.kill()
