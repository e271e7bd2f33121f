"""Two real processes over gloo, weights sharded by FSDP2, end with the parameters of one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import torch.distributed
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_multi_gpu_env
from safetensors.torch import load_file
from torch.distributed.tensor import DTensor
from torch.testing._internal.distributed.fake_pg import FakeStore

from rewardmodel.errors import Refused
from rewardmodel.memory import owners
from rewardmodel.models import new_reward_model
from rewardmodel.processes import Processes, join
from rewardmodel.sharding import shards_asked_for
from tests.rewardmodel.conftest import CLOCKED, CPU, StartRun, events_of, report_of, write_run
from tests.rewardmodel.test_distributed import LIMIT_S, launch, to_the_end

# what `accelerate launch` sets for the configuration in docs/training.md
FSDP2 = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_RESHARD_AFTER_FORWARD": "true",
    "FSDP_CPU_RAM_EFFICIENT_LOADING": "true",
}
ROLLOUTS: dict[str, Any] = {
    "iterations": 2,
    "rollouts_per_iteration": 12,
    "minibatch_size": 6,
    "max_new_tokens": 6,
    "evaluation_prompts": 3,
}
# Small microbatches: processes have unequal numbers of passes, and some must wait idly.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "reward": (
        "reward",
        {"epochs": 2, "prompts_per_step": 7, "ties": "davidson", "microbatch_tokens": 200},
    ),
    "reward, prompts shared, activations recomputed": (
        "reward",
        {"prompts_per_step": 7, "share_prompts": "always", "activation_checkpointing": True},
    ),
    "sft": ("sft", {"epochs": 2, "batch_size": 5, "keep": "best", "microbatch_tokens": 64}),
    "dpo": ("dpo", {"prompts_per_step": 7, "kl_prompts": 2, "evaluate_every_steps": 2}),
    "ppo": (
        "ppo",
        {
            **ROLLOUTS,
            "value_only_iterations": 1,
            "microbatch_tokens": 80,
            "pretraining_coefficient": 0.5,
            "pretraining_batch_size": 3,
        },
    ),
    "ppo with a shared trunk": (
        "ppo",
        {
            **ROLLOUTS,
            "value_network": "shared",
            "value_only_iterations": 1,
            "microbatch_tokens": 80,
        },
    ),
    "ppo, activations recomputed": (
        "ppo",
        {**ROLLOUTS, "activation_checkpointing": True, "microbatch_tokens": 80},
    ),
    # 0.09 nats away after two iterations, 0.93 after three
    "ppo that ends at its ceiling": ("ppo", {**ROLLOUTS, "iterations": 6, "kl_ceiling": 0.5}),
    "grpo by LoRA, the reference its own adapters off": (
        "grpo",
        {**ROLLOUTS, "completions_per_prompt": 2, "lora_rank": 2, "keep": "best"},
    ),
}


def greatest_difference(one: Path, two: Path) -> float:
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in (one, two))
    assert ours.keys() == theirs.keys()
    return max(float((ours[n] - theirs[n]).abs().max()) for n in ours)


def inputs_of(
    stage: str, folder: Path, policy: Path, snapshot: Path, prompts: Path, pretraining: bool
) -> Any:
    if stage in ("reward", "sft", "dpo"):
        return {"policy": policy, "snapshot": snapshot}
    reward_folder = folder / "reward"
    new_reward_model(policy, CPU, seed=1).save(reward_folder)
    found = {"policy": policy, "reward_model": reward_folder, "prompts": prompts}
    return found | ({"pretraining": snapshot} if pretraining else {})


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_two_sharded_processes_train_the_parameters_of_one(
    kind: str,
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    prompts: Path,
    start_run: StartRun,
) -> None:
    stage, settings = KINDS[kind]
    inputs = inputs_of(
        stage,
        tmp_path,
        policy_folder,
        snapshot,
        prompts,
        pretraining="pretraining_coefficient" in settings,
    )
    one, two = (
        write_run(tmp_path / name, stage, inputs, learning_rate=1e-3, threads=1, **settings)
        for name in ("one", "two")
    )
    alone = start_run(one)
    to_the_end(stage, two, **FSDP2)
    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    assert greatest_difference(one, two) <= 1e-5
    assert report_of(one).keys() == report_of(two).keys()
    assert report_of(one).get("kept_updates") == report_of(two).get("kept_updates")
    for mine, other in zip(events_of(one, "metric"), events_of(two, "metric"), strict=True):
        assert mine["step"] == other["step"]
        assert mine["values"].keys() == other["values"].keys()
        for name, value in mine["values"].items():
            if not name.startswith(CLOCKED):
                assert other["values"][name] == pytest.approx(value, abs=1e-3, rel=1e-3), name


@pytest.mark.slow
def test_sharded_gradients_are_those_of_a_whole_network_whatever_its_family() -> None:
    """GPT-2 and Qwen2, prompts shared or not, LoRA or recomputed layers and logits."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    ended = subprocess.run(
        [*launcher, "-m", "tests.rewardmodel.sharded_gradients"],
        env={**os.environ, "OMP_NUM_THREADS": "1", **FSDP2},
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert ended.returncode == 0, ended.stderr
    cases = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]
    assert len(cases) == 8
    for *case, differences in cases:
        assert max(differences) <= 1e-5, case


def after_checkpoints(count: int, stage: str, folder: Path) -> int:
    """Start a sharded run and wait until it has saved so often; the launcher's process number."""
    process = launch(stage, folder, **FSDP2)
    log = folder / "events.jsonl"
    deadline = time.monotonic() + LIMIT_S
    while not log.exists() or log.read_bytes().count(b'"checkpoint"') < count:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process.pid


def kill_all(launcher: int) -> None:
    """The launcher and its workers, which have sessions of their own."""
    workers = psutil.Process(launcher).children(recursive=True)
    for process in (launcher, *(worker.pid for worker in workers)):
        os.kill(process, signal.SIGKILL)
    psutil.wait_procs(workers, timeout=LIMIT_S)


KILLED: dict[str, dict[str, Any]] = {
    "reward": {"epochs": 6, "prompts_per_step": 8, "checkpoint_every_steps": 2},
    "ppo": {
        **ROLLOUTS,
        "iterations": 5,
        "keep": "best",
        "evaluate_every_iterations": 1,
        "checkpoint_every_steps": 1,
        "pretraining_coefficient": 0.5,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", KILLED)
def test_a_killed_sharded_run_goes_on_to_the_same_bytes_and_may_end_in_one_process(
    stage: str,
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    prompts: Path,
    start_run: StartRun,
) -> None:
    inputs = inputs_of(stage, tmp_path, policy_folder, snapshot, prompts, stage == "ppo")
    settings = {"learning_rate": 1e-3, "threads": 1, **KILLED[stage]}
    whole, killed = (
        write_run(tmp_path / name, stage, inputs, **settings) for name in ("whole", "killed")
    )
    to_the_end(stage, whole, **FSDP2)
    kill_all(after_checkpoints(3, stage, killed))
    shutil.copytree(killed, tmp_path / "alone")
    alone = start_run(tmp_path / "alone")
    to_the_end(stage, killed, **FSDP2)
    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    for folder in (killed, tmp_path / "alone"):
        assert events_of(folder, "started")[-1]["resumed_from"] > 0
    weights = [(run / "model" / "model.safetensors").read_bytes() for run in (whole, killed)]
    assert weights[0] == weights[1]
    assert greatest_difference(whole, tmp_path / "alone") <= 1e-5


@pytest.fixture
def four_processes() -> Iterator[Processes]:
    """The first of four processes whose others never answer: enough to see who holds what."""
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=0, world_size=4)
    yield Processes(CPU, rank=0, world=4, sharded=True)
    torch.distributed.destroy_process_group()


def test_each_of_four_processes_holds_a_quarter_of_the_weights(
    four_processes: Processes, policy_folder: Path
) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=1)
    number = reward_model.learn_ties("davidson")
    total = sum(weight.numel() for weight in reward_model.parameters())
    four_processes.shard(reward_model)
    weights = list(reward_model.parameters())
    held = sum(w.to_local().numel() for w in weights if isinstance(w, DTensor))
    # rows are shared out: of 301 tokens the first process has 76, of the head's one row that row
    assert total == 35425
    assert held == (35425 - 1 - 301 * 32 - 32) / 4 + 76 * 32 + 32
    assert [weight for weight in weights if not isinstance(weight, DTensor)] == [number]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ACCELERATE_USE_DEEPSPEED", "true", "DEEPSPEED"),
        ("FSDP_VERSION", "1", "fsdp_version"),
        ("FSDP_AUTO_WRAP_POLICY", "SIZE_BASED_WRAP", "fsdp_auto_wrap_policy"),
        ("FSDP_OFFLOAD_PARAMS", "true", "fsdp_offload_params"),
        ("FSDP_ACTIVATION_CHECKPOINTING", "true", "fsdp_activation_checkpointing"),
    ],
)
def test_a_launcher_that_asks_for_other_shards_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    for variable, wanted in FSDP2.items():
        monkeypatch.setenv(variable, wanted)
    monkeypatch.setenv(name, value)
    with pytest.raises(Refused, match=why):
        join(cpu=True)


def test_the_launcher_understands_the_configuration_in_the_documentation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    (tmp_path / "fsdp.yaml").write_text(text.split("```yaml\n")[1].split("```")[0])
    words = ["--config_file", str(tmp_path / "fsdp.yaml"), "-m", "rewardmodel", "reward"]
    arguments, _, _ = _validate_launch_command(launch_command_parser().parse_args(words))
    for name, value in prepare_multi_gpu_env(arguments).items():
        if name.startswith(("ACCELERATE_USE", "FSDP")):
            monkeypatch.setenv(name, value)
    assert shards_asked_for()
    assert owners() == 1
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert owners() == 4
