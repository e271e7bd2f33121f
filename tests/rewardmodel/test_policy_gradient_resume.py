"""A policy-gradient run that is killed ends as if nothing had happened, whatever it is made of."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.models import new_reward_model
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_gradient_run import conclude
from tests.rewardmodel.conftest import CPU, StartRun, events_of, figures_of, write_run
from tests.rewardmodel.policy_gradients import conclude_interrupted, trainer
from tests.rewardmodel.test_resume import Bench, count, weights_sha256

COMMON: dict[str, Any] = {
    "iterations": 5,
    "rollouts_per_iteration": 16,
    "minibatch_size": 8,
    "inner_epochs": 2,
    "max_new_tokens": 8,
    "evaluation_prompts": 4,
    "learning_rate": 1e-3,
    "checkpoint_every_steps": 3,
    "completions_per_prompt": 4,
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ppo with a shared trunk": ("ppo", {"value_network": "shared", "value_only_iterations": 1}),
    "ppo with texts mixed in": (
        "ppo",
        {"pretraining_coefficient": 1.0, "pretraining_batch_size": 3, "completions_per_prompt": 1},
    ),
    "ppo with adapters": ("ppo", {"lora_rank": 2}),
    "ppo in bf16 with activations recomputed": (
        "ppo",
        {"precision": "bf16", "activation_checkpointing": True},
    ),
    "grpo in bf16 with adapters": ("grpo", {"precision": "bf16", "lora_rank": 2}),
    "rloo": ("rloo", {"kl_controller": "adaptive", "share_prompts": "always"}),
    "grpo that keeps the best": (
        "grpo",
        {"keep": "best", "evaluate_every_iterations": 1, "kl_ceiling": 5.0},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_random_points_it_ends_with_the_same_bytes(
    kind: str,
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    prompts: Path,
    start_run: StartRun,
) -> None:
    stage, settings = KINDS[kind]
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
    if "pretraining_coefficient" in settings:
        inputs["pretraining"] = snapshot
    bench = Bench(tmp_path, stage, inputs, start_run)
    whole, broken = (
        write_run(tmp_path / name, stage, inputs, **{**COMMON, **settings})
        for name in ("whole", "broken")
    )
    bench.to_the_end(whole)
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
    report = json.loads((whole / "report.json").read_text())
    assert report["updates"] > 0


@pytest.mark.parametrize("stage", ["ppo", "grpo"])
def test_figures_of_an_interrupted_iteration_are_over_all_of_its_updates(
    stage: str, policy_folder: Path, tmp_path: Path
) -> None:
    def begin(name: str) -> PolicyGradientTrainer:
        return trainer(stage, tmp_path / name, policy_folder, iterations=2, inner_epochs=2)

    conclude(begin("whole"))
    conclude_interrupted(lambda: begin("broken"), (6, 2))
    steps = [event["step"] for event in events_of(tmp_path / "broken", "interrupted")]
    assert steps == [2, 3], (
        "four updates an iteration: the last one alone would move the policy most"
    )
    assert figures_of(tmp_path / "broken") == figures_of(tmp_path / "whole")
