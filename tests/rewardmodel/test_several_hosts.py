"""Two hosts that share no disk: the first one's checkpoint, prompts and events are the run's, for both."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

import rewardmodel
from rewardmodel.errors import EXIT_REFUSED
from rewardmodel.models import new_reward_model
from rewardmodel.provenance import code_digest
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


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ppo", "rloo", "grpo"])
def test_the_prompts_of_the_first_host_are_those_of_all(
    stage: str, tmp_path: Path, policy_folder: Path, start_run: StartRun
) -> None:
    new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
    models = {"policy": policy_folder, "reward_model": tmp_path / "reward"}
    rows: list[dict[str, Any]] = [{"id": f"p{n}", "prompt": f"question {n}"} for n in range(11)]
    turns = [{"role": role, "content": f"来：{role}"} for role in ("system", "user")]
    rows.append({"id": "turns", "prompt": turns, "reference": "zz \u2028😀"})
    lists = {"first": rows, "second": rows[:2] + rows[5:]}  # retired in between
    for name, listed in lists.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in listed))
    each = {} if stage == "ppo" else {"completions_per_prompt": 2}
    settings = {"learning_rate": 1e-3, "threads": 1, **SETTINGS["ppo"], **each}
    whole, *hosts = (
        write_run(
            tmp_path / run, stage, {**models, "prompts": tmp_path / f"{name}.jsonl"}, **settings
        )
        for run, name in (("a", "first"), ("b", "first"), ("c", "second"))
    )
    alone = start_run(whole)

    _on_two_hosts(stage, *hosts)

    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in (whole, hosts[0]))
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) <= 1e-5


@pytest.mark.slow
def test_what_the_first_host_refuses_of_its_prompts_all_refuse(
    tmp_path: Path, policy_folder: Path, prompts: Path
) -> None:
    new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
    models = {"policy": policy_folder, "reward_model": tmp_path / "reward"}
    (tmp_path / "damaged.jsonl").write_text('{"id": "p0"}\n')
    folders = [
        write_run(tmp_path / name, "rloo", {**models, "prompts": path}, threads=1)
        for name, path in (("a", tmp_path / "damaged.jsonl"), ("b", prompts))
    ]

    said = _ended(_started("rloo", *folders))

    assert all("damaged.jsonl, line 1: prompt" in each for each in said), said
    assert events_of(folders[0], "failed")[0]["exit_code"] == EXIT_REFUSED


@pytest.mark.slow
def test_hosts_of_different_code_are_refused(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folders = [write_run(tmp_path / name, "sft", inputs, threads=1) for name in ("a", "b")]
    home = Path(rewardmodel.__file__).parent
    shutil.copytree(home, tmp_path / "other" / "rewardmodel")
    with (tmp_path / "other" / "rewardmodel" / "sft.py").open("a") as code:
        code.write("# a version later\n")

    said = _ended(_started("sft", *folders, homes=(home.parent, tmp_path / "other")))

    assert all("different versions of rewardmodel" in each for each in said), said
    [failed] = events_of(folders[0], "failed")
    assert failed["exit_code"] == EXIT_REFUSED
    assert code_digest() in failed["message"]
    assert not events_of(folders[0], "started")


def _left_midway(whole: Path, folder: Path) -> int:
    """Make the folder what that run was at its oldest checkpoint that is left; its step."""
    oldest, *later = sorted((whole / "checkpoints").iterdir())
    shutil.copytree(oldest, folder / "checkpoints" / oldest.name)
    shutil.copy(whole / "events.jsonl", folder)
    assert later
    return int(oldest.name.removeprefix("step-"))


def _on_two_hosts(stage: str, *folders: Path) -> None:
    """To a good end."""
    started = _started(stage, *folders)
    said = _ended(started)
    assert [process.returncode for process in started] == [0, 0], "\n".join(said)


def _ended(started: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What they said until their ends."""
    return [process.communicate(timeout=LIMIT_S)[0] for process in started]


def _started(
    stage: str, *folders: Path, homes: Sequence[Path | None] = (None, None)
) -> list[subprocess.Popen[str]]:
    """One process on each host, with a folder of its own and, where one is given, code of its own."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    common = [*("--nnodes=2", "--nproc-per-node=1"), "--master-addr=127.0.0.1"]
    return [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "torch.distributed.run", *common),
                *(f"--master-port={port}", f"--node-rank={rank}", "-m", "--"),
                *("rewardmodel", stage, "--run", str(folder)),
            ],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            cwd=home,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for rank, (folder, home) in enumerate(zip(folders, homes, strict=True))
    ]
