"""Prompts that a reward model was trained on are kept out of policy training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import PpoConfig, RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.groups import prompt_key
from rewardmodel.known_prompts import TRAINING_PROMPTS, prompt_digest
from rewardmodel.models import new_reward_model
from rewardmodel.ppo import run_ppo
from rewardmodel.reward import run_reward
from tests.rewardmodel.conftest import (
    CPU,
    ask,
    events_of,
    left_out_of,
    one_long_prompt,
    open_run,
    small_reward_model,
    write_run,
)

QUICK: dict[str, Any] = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 8,
    "inner_epochs": 1,
    "max_new_tokens": 4,
    "evaluation_prompts": 2,
    "followed_prompts": 0,
}


@pytest.fixture
def known(policy_folder: Path, tmp_path: Path) -> Path:
    """A reward model that says it was trained on questions 0 to 3."""
    folder = tmp_path / "known"
    new_reward_model(policy_folder, CPU, seed=1).save(folder)
    digests = sorted(prompt_digest(ask(f"question {n}")) for n in range(4))
    (folder / TRAINING_PROMPTS).write_text(json.dumps(digests))
    return folder


@pytest.mark.parametrize("smaller", ["reward_model", "reference"])
def test_prompts_that_another_network_cannot_read_are_left_out(
    smaller: str, known: Path, policy_folder: Path, tmp_path: Path
) -> None:
    """PPO's value network is covered too: it starts from the reward model, or from the policy."""
    small = small_reward_model(tmp_path, context_tokens=32)  # the policy reads 128
    inputs = {"policy": policy_folder, "prompts": one_long_prompt(tmp_path / "prompts.jsonl")}
    inputs |= {"reward_model": known, "reference": policy_folder}
    inputs[smaller] = small if smaller == "reward_model" else tmp_path / "base"
    folder = write_run(tmp_path / "run", "ppo", inputs)
    report = run_ppo(
        open_run(folder, "ppo"), PpoConfig(device="cpu", overlapping_prompts="allow", **QUICK)
    )
    assert report["training_prompts"] + report["evaluation"]["prompts"] == 3
    [unused] = left_out_of(folder)
    assert (unused["id"], unused["reason"]) == ("long", "54 tokens, 28 fit")


def start(folder: Path, known: Path, policy_folder: Path, prompts: Path, rule: str) -> Any:
    inputs = {"policy": policy_folder, "reward_model": known, "prompts": prompts}
    write_run(folder, "ppo", inputs)
    config = PpoConfig.model_validate({"device": "cpu", **QUICK, "overlapping_prompts": rule})
    return run_ppo(open_run(folder, "ppo"), config)


def test_prompts_of_reward_training_are_refused_dropped_or_allowed(
    known: Path, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        Refused, match="4 of 12 prompts were used to train or choose the reward model"
    ):
        start(tmp_path / "refuse", known, policy_folder, prompts, "refuse")
    dropped = start(tmp_path / "drop", known, policy_folder, prompts, "drop")
    assert dropped["training_prompts"] + dropped["evaluation"]["prompts"] == 8
    assert "left out" in events_of(tmp_path / "drop", "warning")[0]["message"]
    allowed = start(tmp_path / "allow", known, policy_folder, prompts, "allow")
    assert allowed["training_prompts"] + allowed["evaluation"]["prompts"] == 12
    assert "are used" in events_of(tmp_path / "allow", "warning")[0]["message"]


def test_what_reward_training_writes_is_what_is_held_against_the_prompts(
    policy_folder: Path, snapshot: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = write_run(
        tmp_path / "reward", "reward", {"policy": policy_folder, "snapshot": snapshot}
    )
    run_reward(open_run(folder, "reward"), RewardConfig(device="cpu"))
    # the snapshot ranks completions of questions 0 to 23, the prompts are questions 0 to 11
    with pytest.raises(
        Refused, match="12 of 12 prompts were used to train or choose the reward model"
    ):
        start(tmp_path / "run", folder / "model", policy_folder, prompts, "refuse")


def test_a_prompt_is_known_by_its_messages() -> None:
    # SHA-256 of "user\x1fhi", from sha256sum
    assert prompt_key(ask("hi")) == "user\x1fhi"
    expected = "3528d3941b139a95438b2dd8abd02af93d14d059941779b6cc91aca0f8e0bd5d"
    assert prompt_digest(ask("hi")) == expected
    assert prompt_digest(ask("hi ")) != expected
