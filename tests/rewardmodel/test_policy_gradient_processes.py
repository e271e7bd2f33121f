"""Two real processes over gloo train the policy of one, and share the drawing and the scoring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from rewardmodel.config import RlooConfig
from rewardmodel.errors import Refused
from rewardmodel.models import new_reward_model
from rewardmodel.policy_update import refuse_idle_processes
from rewardmodel.processes import Processes
from tests.rewardmodel.conftest import CLOCKED, CPU, StartRun, events_of, report_of, write_run
from tests.rewardmodel.test_distributed import to_the_end

LIMIT_S = 480
COMMON: dict[str, Any] = {
    "iterations": 3,
    "rollouts_per_iteration": 24,
    "minibatch_size": 12,
    "inner_epochs": 2,
    "max_new_tokens": 8,
    "evaluation_prompts": 3,
    "learning_rate": 1e-3,
    "threads": 1,
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ppo": ("ppo", {"pretraining_coefficient": 0.5, "pretraining_batch_size": 3}),
    "ppo with a shared trunk": ("ppo", {"value_network": "shared", "value_only_iterations": 1}),
    # 3 groups of 4 in an update: shares of 2 and 1
    "rloo": ("rloo", {"completions_per_prompt": 4, "keep": "best", "evaluate_every_iterations": 1}),
    # 0.37 nats away after one iteration, 0.49 after two
    "rloo that ends at its ceiling": (
        "rloo",
        {"completions_per_prompt": 4, "iterations": 6, "kl_ceiling": 0.43},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_train_the_policy_of_one(
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
    one, two = (
        write_run(tmp_path / name, stage, inputs, **{**COMMON, **settings})
        for name in ("one", "two")
    )
    alone = start_run(one)
    to_the_end(stage, two)
    alone.join(LIMIT_S)
    assert alone.exitcode == 0
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in (one, two))
    assert max(float((ours[n] - theirs[n]).abs().max()) for n in ours) <= 1e-5
    assert report_of(one)["kept_updates"] == report_of(two)["kept_updates"]
    if "kl_ceiling" in settings:
        assert report_of(two)["kept_updates"] == 4
    pairs = zip(events_of(one, "metric"), events_of(two, "metric"), strict=True)
    for mine, other in pairs:
        assert mine["values"].keys() == other["values"].keys()
        for name, value in mine["values"].items():
            if not name.startswith(CLOCKED):
                assert other["values"][name] == pytest.approx(value, abs=1e-3, rel=1e-3), name


def test_no_process_is_left_without_a_prompt() -> None:
    config = RlooConfig(minibatch_size=8, rollouts_per_iteration=16, completions_per_prompt=4)
    refuse_idle_processes(Processes(CPU, 0, 2), config)
    with pytest.raises(Refused, match="minibatch_size 8 holds 2 prompts"):
        refuse_idle_processes(Processes(CPU, 0, 3), config)
