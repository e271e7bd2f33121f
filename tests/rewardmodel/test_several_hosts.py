"""Two hosts that share no disk: the first one's checkpoint and events are the run's, for both."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from rewardmodel.models import new_reward_model
from tests.rewardmodel.conftest import CPU, StartRun, events_of, write_run

LIMIT_S = 240
SETTINGS: dict[str, dict[str, Any]] = {
    # 24 rankings in updates of 7
    "dpo": {"epochs": 2, "prompts_per_step": 7, "kl_prompts": 0, "evaluate_every_steps": 3},
    "ppo": {
        **{"iterations": 3, "rollouts_per_iteration": 8, "minibatch_size": 4, "inner_epochs": 1},
        **{"max_new_tokens": 6, "evaluation_prompts": 2},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", SETTINGS)
def test_a_host_that_sees_no_checkpoint_goes_on_with_the_one_that_does(
    stage: str,
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    prompts: Path,
    start_run: StartRun,
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    if stage == "ppo":
        new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
        inputs = {"policy": policy_folder, "reward_model": tmp_path / "reward", "prompts": prompts}
    settings = {"learning_rate": 1e-3, "threads": 1, "checkpoint_every_steps": 1, **SETTINGS[stage]}
    folders = [write_run(tmp_path / name, stage, inputs, **settings) for name in ("a", "b", "c")]
    alone = start_run(folders[0])
    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    step = _left_midway(folders[0], folders[1])

    _on_two_hosts(stage, folders[1], folders[2])

    assert events_of(folders[1], "started")[-1]["resumed_from"] == step
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in folders[:2])
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) <= 1e-5
    assert sorted(path.name for path in folders[2].iterdir()) == ["config.json"], "it wrote nothing"


def _left_midway(whole: Path, folder: Path) -> int:
    """Make the folder what that run was at its oldest checkpoint that is left; its step."""
    oldest, *later = sorted((whole / "checkpoints").iterdir())
    shutil.copytree(oldest, folder / "checkpoints" / oldest.name)
    shutil.copy(whole / "events.jsonl", folder)
    assert later
    return int(oldest.name.removeprefix("step-"))


def _on_two_hosts(stage: str, *folders: Path) -> None:
    """One process on each host, with a folder of its own."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    common = [*("--nnodes=2", "--nproc-per-node=1"), "--master-addr=127.0.0.1"]
    started = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "torch.distributed.run", *common),
                *(f"--master-port={port}", f"--node-rank={rank}", "-m", "--"),
                *("rewardmodel", stage, "--run", str(folder)),
            ],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for rank, folder in enumerate(folders)
    ]
    said = [process.communicate(timeout=LIMIT_S)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], "\n".join(said)
