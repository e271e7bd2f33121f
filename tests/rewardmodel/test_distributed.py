"""Two real processes over gloo end with the parameters of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from rewardmodel.errors import EXIT_REFUSED
from tests.rewardmodel.conftest import StartRun, events_of, report_of, write_run

SETTINGS: dict[str, dict[str, Any]] = {
    "sft": {"epochs": 2, "batch_size": 5},
    # 24 rankings in updates of 7: shares of 4 and 3, and a last update of 2 and 1
    "reward": {"epochs": 2, "prompts_per_step": 7, "ties": "half"},
    "dpo": {"epochs": 2, "prompts_per_step": 7, "ties": "half", "kl_prompts": 0},
}
LIMIT_S = 480


def launch(stage: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*launcher, "-m", "--", "rewardmodel", stage, "--run", str(folder)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def to_the_end(stage: str, folder: Path, **variables: str) -> None:
    process = launch(stage, folder, **variables)
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, output


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["reward", "sft", "dpo"])
def test_two_processes_train_the_parameters_of_one(
    tmp_path: Path, policy_folder: Path, snapshot: Path, start_run: StartRun, stage: str
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    settings = {"learning_rate": 1e-3, "threads": 1, **SETTINGS[stage]}
    one = write_run(tmp_path / "one", stage, inputs, **settings)
    two = write_run(tmp_path / "two", stage, inputs, **settings)
    alone = start_run(one)
    to_the_end(stage, two)
    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    assert events_of(two, "started")[0]["versions"]["processes"] == "2"
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in (one, two))
    assert ours.keys() == theirs.keys()
    assert max(float((ours[n] - theirs[n]).abs().max()) for n in ours) <= 1e-5
    assert report_of(one)["updates"] == report_of(two)["updates"]
    numbers = [event["seq"] for event in events_of(two, "metric")]
    assert numbers == sorted(set(numbers))
    for mine, other in zip(events_of(one, "metric"), events_of(two, "metric"), strict=True):
        assert mine["step"] == other["step"]
        for name in ("loss", "accuracy", "score_mean", "score_std", "gradient_norm"):
            if name in mine["values"]:
                assert mine["values"][name] == pytest.approx(other["values"][name], abs=1e-4)


@pytest.mark.slow
def test_asked_to_stop_two_processes_save_together_and_go_on(
    tmp_path: Path, policy_folder: Path, snapshot: Path, start_run: StartRun
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    settings = {"learning_rate": 1e-3, "threads": 1, "epochs": 30, "prompts_per_step": 8}
    folders = [
        write_run(tmp_path / name, "reward", inputs, **settings) for name in ("whole", "stopped")
    ]
    process = launch("reward", folders[1])
    log = folders[1] / "events.jsonl"
    deadline = time.monotonic() + LIMIT_S
    while not log.exists() or log.read_bytes().count(b'"metric"') < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_S)
    [stopped] = events_of(folders[1], "interrupted")
    assert 5 <= stopped["step"] < 90
    alone = start_run(folders[0])
    to_the_end("reward", folders[1])
    alone.join(LIMIT_S)
    assert events_of(folders[1], "started")[-1]["resumed_from"] == stopped["step"]
    ours, theirs = (load_file(folder / "model" / "model.safetensors") for folder in folders)
    assert max(float((ours[n] - theirs[n]).abs().max()) for n in ours) <= 1e-5


def test_a_stage_of_one_process_refuses_to_be_started_in_two(
    tmp_path: Path, policy_folder: Path, prompts: Path
) -> None:
    inputs = {"policy": policy_folder, "prompts": prompts}
    folder = write_run(tmp_path / "run", "sample", inputs, max_new_tokens=16)
    found = subprocess.run(
        [sys.executable, "-m", "rewardmodel", "sample", "--run", str(folder)],
        env={**os.environ, "WORLD_SIZE": "2", "RANK": "0"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == EXIT_REFUSED
    assert "runs in one process" in found.stderr
