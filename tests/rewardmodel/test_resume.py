"""A run may be killed, interrupted, corrupted or orphaned, and still ends as if nothing happened."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.errors import EXIT_INTERRUPTED, EXIT_ORPHANED
from rewardmodel.models import load_policy, new_reward_model
from rewardmodel.rankings import Demonstration, write_snapshot
from tests.rewardmodel.conftest import (
    CPU,
    StartRun,
    ask,
    events_of,
    figures_of,
    report_of,
    toy_rankings,
    write_run,
)

LIMIT_S = 480
SETTINGS: dict[str, dict[str, Any]] = {
    "sft": {"epochs": 15, "batch_size": 4, "learning_rate": 1e-3, "keep": "best"},
    "reward": {
        "epochs": 8,
        "prompts_per_step": 4,
        "learning_rate": 1e-3,
        "keep": "best",
        "evaluate_every_steps": 3,
    },
    "dpo": {
        "epochs": 8,
        "prompts_per_step": 4,
        "learning_rate": 1e-3,
        "kl_prompts": 2,
        "max_new_tokens": 4,
    },
    "ppo": {
        "iterations": 6,
        "rollouts_per_iteration": 16,
        "minibatch_size": 4,
        "inner_epochs": 2,
        "max_new_tokens": 8,
        "evaluation_prompts": 4,
        "learning_rate": 1e-3,
        "kl_controller": "adaptive",
    },
}


@pytest.fixture(scope="module")
def reward_folder(tmp_path_factory: pytest.TempPathFactory, policy_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("reward")
    new_reward_model(policy_folder, CPU, seed=1).save(folder)
    return folder


class Bench:
    """Run directories of one stage that differ in nothing but how they are treated."""

    def __init__(self, root: Path, stage: str, inputs: dict[str, Path], start: StartRun) -> None:
        self.root, self.stage, self.inputs, self.start_run = root, stage, inputs, start

    def new(self, name: str, **settings: Any) -> Path:
        values = {"checkpoint_every_steps": 5, **SETTINGS[self.stage], **settings}
        return write_run(self.root / name, self.stage, self.inputs, **values)

    def to_the_end(self, folder: Path) -> None:
        process = self.start_run(folder)
        process.join(LIMIT_S)
        assert process.exitcode == 0, (folder / "stderr.txt").read_text()

    def until(self, folder: Path, checkpoints: int, then_bytes: int = 0) -> ForkServerProcess:
        """Start; return once that many checkpoints are there and the log has grown further."""
        process = self.start_run(folder)
        wait_while(lambda: count(folder) < checkpoints, process, folder)
        log = folder / "events.jsonl"
        size = log.stat().st_size + then_bytes
        wait_while(lambda: log.stat().st_size < size, process, folder)
        return process


def wait_while(waiting: Callable[[], bool], process: ForkServerProcess, folder: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while waiting():
        assert process.is_alive(), (folder / "stderr.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def count(folder: Path) -> int:
    log = folder / "events.jsonl"
    return log.read_bytes().count(b'"type": "checkpoint"') if log.exists() else 0


def corrupt(folder: Path) -> list[dict[str, Any]]:
    """What was said of checkpoints that were passed over."""
    return [e for e in events_of(folder, "warning") if e["code"] == "corrupt_checkpoint"]


def weights_sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model" / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def whole_runs() -> dict[str, Path]:
    """Uninterrupted runs, one for each stage, made when first asked for."""
    return {}


@pytest.fixture
def contrary(tmp_path: Path) -> Path:
    """What is held out asks for the opposite: the best weights are early ones."""
    held_out = [replace(row, tiers=row.tiers[::-1]) for row in toy_rankings(8, split="validation")]
    demonstrations = [Demonstration(f"d{n}", ask(f"question {n}"), "zz zz zz") for n in range(8)]
    demonstrations.append(Demonstration("v", ask("question v"), "the sun", split="validation"))
    write_snapshot(tmp_path / "contrary", [*toy_rankings(8), *held_out], demonstrations)
    return tmp_path / "contrary"


@pytest.fixture(params=["sft", "reward", "ppo", "dpo"])
def bench(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    policy_folder: Path,
    reward_folder: Path,
    snapshot: Path,
    prompts: Path,
    start_run: StartRun,
) -> Bench:
    inputs = {"policy": policy_folder}
    if request.param == "ppo":
        inputs |= {"reward_model": reward_folder, "prompts": prompts}
    else:
        inputs |= {"snapshot": snapshot}
    return Bench(tmp_path, request.param, inputs, start_run)


@pytest.fixture
def whole(bench: Bench, whole_runs: dict[str, Path]) -> Path:
    """The uninterrupted run of this stage: data and settings are the same in every test."""
    if bench.stage not in whole_runs:
        folder = bench.new("whole")
        bench.to_the_end(folder)
        whole_runs[bench.stage] = folder
    return whole_runs[bench.stage]


def test_killed_at_random_points_it_ends_with_the_same_bytes(bench: Bench, whole: Path) -> None:
    broken = bench.new("broken")
    seed = random.randrange(2**32)
    print(f"random points from seed {seed}")
    chance = random.Random(seed)
    for _ in range(2):
        process = bench.until(broken, count(broken) + 1, then_bytes=chance.randrange(1500))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    bench.to_the_end(broken)
    assert events_of(broken, "started")[-1]["resumed_from"] is not None
    assert weights_sha256(broken) == weights_sha256(whole)
    assert figures_of(broken) == figures_of(whole)
    assert (broken / "report.json").read_bytes() == (whole / "report.json").read_bytes()
    numbers = [json.loads(line)["seq"] for line in (broken / "events.jsonl").open()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("bench", ["reward", "ppo"], indirect=True)
def test_asked_to_stop_it_saves_leaves_with_75_and_goes_on_to_the_same_bytes(
    bench: Bench, whole: Path
) -> None:
    stopped = bench.new("stopped")
    for number in (signal.SIGTERM, signal.SIGINT):
        process = bench.until(stopped, count(stopped) + 1, then_bytes=100)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(LIMIT_S)
        assert process.exitcode == EXIT_INTERRUPTED, (stopped / "stderr.txt").read_text()
    assert len(events_of(stopped, "interrupted")) == 2
    step = events_of(stopped, "interrupted")[-1]["step"]
    bench.to_the_end(stopped)
    assert events_of(stopped, "started")[-1]["resumed_from"] == step
    assert weights_sha256(stopped) == weights_sha256(whole)
    assert figures_of(stopped) == figures_of(whole)


@pytest.mark.parametrize("bench", ["reward"], indirect=True)
def test_a_corrupt_checkpoint_is_skipped_with_a_warning(bench: Bench, whole: Path) -> None:
    broken = bench.new("broken")
    process = bench.until(broken, checkpoints=3)
    process.kill()
    process.join()
    newest = sorted((broken / "checkpoints").glob("step-*"))[-1]
    weights = max(newest.glob("*.safetensors"), key=lambda path: path.stat().st_size)
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    bench.to_the_end(broken)
    [warning] = corrupt(broken)
    assert newest.name in warning["message"]
    resumed_from = events_of(broken, "started")[-1]["resumed_from"]
    assert resumed_from < int(newest.name.removeprefix("step-"))
    assert weights_sha256(broken) == weights_sha256(whole)


@pytest.mark.parametrize("left", ["beginning", "nothing of the end"])
@pytest.mark.parametrize("bench", ["sft", "reward"], indirect=True)
def test_damaged_best_weights_are_never_the_result(bench: Bench, contrary: Path, left: str) -> None:
    """The disk failed where they were kept, and the run was killed."""
    bench.inputs["snapshot"] = contrary
    settings = {"keep": "best", "evaluate_every_steps": 2, "learning_rate": 1e-2, "epochs": 20}
    whole, broken = bench.new("whole", **settings), bench.new("broken", **settings)
    bench.to_the_end(whole)
    process = bench.until(broken, checkpoints=4)
    process.kill()
    process.join()
    assert report_of(whole)["kept_update"] < min(20, report_of(whole)["updates"])
    best = sorted(broken.rglob("best.safetensors"))[-1]
    content = best.read_bytes()
    best.write_bytes(content[:500] if left == "beginning" else content[:-20_000] + bytes(20_000))
    bench.to_the_end(broken)
    assert len(corrupt(broken)) == 1
    assert weights_sha256(broken) == weights_sha256(whole)
    assert figures_of(broken) == figures_of(whole)
    assert (broken / "report.json").read_bytes() == (whole / "report.json").read_bytes()


def test_a_complete_run_does_nothing_when_started_again(
    tmp_path: Path, policy_folder: Path, snapshot: Path, start_run: StartRun
) -> None:
    bench = Bench(tmp_path, "sft", {"policy": policy_folder, "snapshot": snapshot}, start_run)
    folder = bench.new("run", epochs=1)
    bench.to_the_end(folder)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert {"report.json", "model/model.safetensors", "model/config.json"} <= manifest[
        "files"
    ].keys()
    before = (folder / "events.jsonl").read_bytes()
    bench.to_the_end(folder)
    assert (folder / "events.jsonl").read_bytes() == before
    load_policy(folder / "model", CPU)
    assert len(list((folder / "checkpoints").iterdir())) <= 3


def test_a_supervised_run_dies_at_once_when_its_supervisor_goes(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "run", "sft", inputs, epochs=1000)
    process = subprocess.Popen(
        [sys.executable, "-m", "rewardmodel", "sft", "--run", str(folder), "--supervised"],
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    deadline = time.monotonic() + LIMIT_S
    while count(folder) < 1 and time.monotonic() < deadline:
        process.stdin.write(b".")
        process.stdin.flush()
        time.sleep(0.2)
    process.stdin.close()
    assert process.wait(timeout=10) == EXIT_ORPHANED
    assert not events_of(folder, "interrupted")
    assert not (folder / "MANIFEST.json").exists()
