"""What a stage saved is loaded again and says what the network that was trained says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from rewardmodel.config import DpoConfig, GrpoConfig, PpoConfig, RlooConfig, SftConfig
from rewardmodel.dpo import run_dpo
from rewardmodel.errors import Diverged
from rewardmodel.grpo import run_grpo
from rewardmodel.models import new_reward_model
from rewardmodel.ppo import run_ppo
from rewardmodel.rloo import run_rloo
from rewardmodel.rundir import Run
from rewardmodel.sft import run_sft
from tests.rewardmodel.conftest import CPU, open_run, write_run

DRAWN: dict[str, Any] = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 4,
    "completions_per_prompt": 2,
    "max_new_tokens": 4,
    "evaluation_prompts": 4,
    "followed_prompts": 0,
}
STAGES: dict[str, Callable[[Run], dict[str, Any]]] = {
    "sft": lambda run: run_sft(run, SftConfig(device="cpu", epochs=1, lora_rank=4)),
    "dpo": lambda run: run_dpo(run, DpoConfig(device="cpu", kl_prompts=0)),
    "ppo": lambda run: run_ppo(run, PpoConfig(device="cpu", **DRAWN)),
    "rloo": lambda run: run_rloo(run, RlooConfig(device="cpu", lora_rank=4, **DRAWN)),
    "grpo": lambda run: run_grpo(run, GrpoConfig(device="cpu", **DRAWN)),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_loads_the_policy_it_saved_and_fails_where_it_says_something_else(
    stage: str,
    policy_folder: Path,
    snapshot: Path,
    prompts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = {"policy": policy_folder}
    if stage in ("sft", "dpo"):
        inputs["snapshot"] = snapshot
    else:
        new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
        inputs |= {"reward_model": tmp_path / "reward", "prompts": prompts}
    sound, spoilt = (write_run(tmp_path / name, stage, inputs) for name in ("sound", "spoilt"))
    report = STAGES[stage](open_run(sound, stage))
    assert 0 <= report["round_trip_difference"] < 1e-4

    honest = Run.publish_model

    def spoiling(run: Run, save: Callable[[Path], None]) -> Path:
        folder = honest(run, save)
        weights = load_file(folder / "model.safetensors")
        name = next(name for name in sorted(weights) if name.endswith("o_proj.weight"))
        weights[name] = weights[name] * -1.0
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        return folder

    monkeypatch.setattr(Run, "publish_model", spoiling)
    with pytest.raises(Diverged, match="the saved policy's log-probabilities differ by") as failed:
        STAGES[stage](open_run(spoilt, stage))
    assert failed.value.code == "round_trip"
