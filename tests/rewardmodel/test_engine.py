"""How an update is computed - in bf16, with activations recomputed - changes rounding alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from rewardmodel.adapters import add_adapters
from rewardmodel.config import RewardConfig
from rewardmodel.groups import LengthRule, make_groups
from rewardmodel.models import RewardModel, new_reward_model
from rewardmodel.processes import Processes
from rewardmodel.rankings import write_snapshot
from rewardmodel.reward_update import backward_on
from rewardmodel.training import checkpoint_activations
from tests.rewardmodel.conftest import (
    CPU,
    StartRun,
    events_of,
    report_of,
    toy_rankings,
    write_run,
)
from tests.rewardmodel.test_resume import count, wait_while, weights_sha256

Sharing = pytest.mark.parametrize("sharing", ["always", "never"])


def gradients(
    reward_model: RewardModel, *, long_prompts: bool = False, **settings: Any
) -> tuple[float, Tensor, int]:
    """Loss, gradient, and the values that the forward pass kept for the backward pass."""
    config = RewardConfig(device="cpu", **settings)
    groups = make_groups(toy_rankings(6), LengthRule(config, reward_model.codec, None))
    if long_prompts:  # long enough beside the completions to take the way that is made for them
        groups = [
            replace(
                group,
                prompt_ids=(group.prompt_ids * 40)[:40],
                completion_ids=[ids[-2:] for ids in group.completion_ids],
            )
            for group in groups
        ]
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.numel()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = backward_on(reward_model, groups, config)["loss"]
    found = [weight.grad for weight in reward_model.parameters() if weight.grad is not None]
    assert all(gradient.dtype == torch.float32 for gradient in found)
    return loss, torch.cat([gradient.flatten() for gradient in found]), sum(kept.values())


@Sharing
@pytest.mark.parametrize("rank", [0, 4])
def test_recomputed_activations_give_the_same_gradients_from_less_memory(
    policy_folder: Path, sharing: str, rank: int
) -> None:
    found = []
    for recompute in (False, True):
        reward_model = new_reward_model(policy_folder, CPU, seed=0)
        add_adapters(reward_model, RewardConfig(lora_rank=rank), seed=0)
        if recompute:
            assert checkpoint_activations(reward_model) == 2
        found.append(gradients(reward_model, share_prompts=sharing))
    (loss, gradient, kept), (loss_again, gradient_again, kept_again) = found
    assert loss == loss_again
    assert torch.equal(gradient, gradient_again)
    assert kept_again < 0.7 * kept


@Sharing
@pytest.mark.parametrize("long_prompts", [False, True])
def test_bf16_moves_loss_and_gradient_by_its_rounding_alone(
    policy_folder: Path, sharing: str, long_prompts: bool
) -> None:
    found = []
    for precision in ("fp32", "bf16"):
        reward_model = new_reward_model(policy_folder, CPU, seed=0)
        found.append(
            gradients(
                reward_model,
                long_prompts=long_prompts,
                share_prompts=sharing,
                precision=precision,
            )
        )
    (loss, exact, _), (rounded_loss, rounded, _) = found
    assert loss != rounded_loss
    assert rounded_loss == pytest.approx(loss, rel=2e-2)
    assert 0 < float((rounded - exact).norm() / exact.norm()) < 5e-2


@pytest.mark.parametrize("stage", ["reward", "sft"])
def test_a_run_in_bf16_learns_and_saves_fp32(
    tmp_path: Path, policy_folder: Path, snapshot: Path, start_run: StartRun, stage: str
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(
        tmp_path / "run",
        stage,
        inputs,
        precision="bf16",
        activation_checkpointing=True,
        epochs=6,
        learning_rate=1e-2,
    )
    process = start_run(folder)
    process.join(60)
    assert process.exitcode == 0, (folder / "stderr.txt").read_text()
    losses = [e["values"]["loss"] for e in events_of(folder, "metric") if "loss" in e["values"]]
    assert losses[-1] < 0.8 * losses[0]
    assert report_of(folder)["updates"] == len(losses)
    weights = load_file(folder / "model" / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}


def test_a_killed_run_that_learns_ties_ends_with_the_same_tie_parameter(
    tmp_path: Path, policy_folder: Path, start_run: StartRun
) -> None:
    tied = [
        replace(r, tiers=(r.tiers[0], r.tiers[1] + r.tiers[2], r.tiers[3])) for r in toy_rankings()
    ]
    write_snapshot(tmp_path / "snapshot", tied)
    inputs = {"policy": policy_folder, "snapshot": tmp_path / "snapshot"}
    settings = {"ties": "davidson", "cut_weight": 0.5, "epochs": 6, "prompts_per_step": 4}
    settings |= {"learning_rate": 1e-3, "checkpoint_every_steps": 3}
    whole, broken = (
        write_run(tmp_path / name, "reward", inputs, **settings) for name in ("whole", "broken")
    )
    process = start_run(broken)
    wait_while(lambda: count(broken) < 2, process, broken)
    process.kill()
    process.join()
    for folder in (whole, broken):
        process = start_run(folder)
        process.join(60)
        assert process.exitcode == 0, (folder / "stderr.txt").read_text()
    assert events_of(broken, "started")[-1]["resumed_from"] is not None
    assert weights_sha256(whole) == weights_sha256(broken)
    ours, theirs = (json.loads((f / "model" / "config.json").read_text()) for f in (whole, broken))
    assert ours == theirs
    assert ours["score_tie_parameter"] != 0
    assert "tie_parameter" not in load_file(whole / "model" / "model.safetensors")


def test_shares_cover_every_row_once() -> None:
    rows = list(range(7))
    shares = [Processes(CPU, rank, 3).share(rows) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
