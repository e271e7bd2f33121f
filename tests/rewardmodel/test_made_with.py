"""A run goes on with the settings and inputs that its checkpoint was made with, or says why not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import STAGES
from rewardmodel.configfile import read_config
from rewardmodel.errors import Interrupted, Refused
from rewardmodel.made_with import HARMLESS, made_with
from rewardmodel.models import new_reward_model
from rewardmodel.rundir import Run
from rewardmodel.stages import run_stage
from tests.rewardmodel.conftest import CPU, events_of, tiny_policy, write_run

SETTINGS: dict[str, dict[str, Any]] = {
    "sft": {"epochs": 1, "batch_size": 6, "learning_rate": 1e-3},
    "reward": {"epochs": 1, "prompts_per_step": 12, "learning_rate": 1e-3},
    "dpo": {"epochs": 1, "prompts_per_step": 12, "learning_rate": 1e-3, "kl_prompts": 0},
    "ppo": {
        "iterations": 1,
        "rollouts_per_iteration": 8,
        "minibatch_size": 8,
        "max_new_tokens": 4,
        "evaluation_prompts": 2,
        "followed_prompts": 0,
        "learning_rate": 1e-3,
    },
}
Begin = Callable[..., Path]


@pytest.fixture
def inputs(
    tmp_path: Path, policy_folder: Path, snapshot: Path, prompts: Path
) -> dict[str, dict[str, Path]]:
    """Those of each stage, in folders of this test's own."""
    policy, reward = tmp_path / "policy", tmp_path / "reward"
    shutil.copytree(policy_folder, policy)
    new_reward_model(policy_folder, CPU, seed=1).save(reward)
    (reward / "training_prompts.json").write_text("[]")  # else it is warned of
    given = {"policy": policy, "snapshot": snapshot}
    rollouts = {"policy": policy, "reward_model": reward, "prompts": prompts}
    return {"sft": given, "reward": given, "dpo": given, "ppo": rollouts}


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """A run that was stopped after its first checkpoint."""

    def begin(stage: str, inputs: dict[str, Path], **settings: Any) -> Path:
        folder = write_run(tmp_path / "run", stage, inputs, **{**SETTINGS[stage], **settings})
        with monkeypatch.context() as stopping:
            stopping.setattr(Run, "stop_requested", True)
            with pytest.raises(Interrupted):
                carry_on(folder, stage)
        return folder

    return begin


def carry_on(folder: Path, stage: str) -> None:
    config, inputs = read_config(folder, stage)
    run_stage(Run(folder, stage, inputs), config)


def warnings_of(folder: Path) -> set[str]:
    """What a run warned of, but for what its data is like."""
    return {event["code"] for event in events_of(folder, "warning")} - {"prompts_on_both_sides"}


@pytest.mark.parametrize("stage", SETTINGS)
def test_other_settings_than_those_of_the_checkpoint_are_refused_by_name(
    stage: str, inputs: dict[str, dict[str, Path]], begin: Begin
) -> None:
    folder = begin(stage, inputs[stage])
    write_run(folder, stage, inputs[stage], **{**SETTINGS[stage], "learning_rate": 0.1, "seed": 3})
    words = r"learning_rate: 0.001 then, 0.1 now; seed: 0 then, 3 now.*start in another folder"
    with pytest.raises(Refused, match=words):
        carry_on(folder, stage)
    write_run(folder, stage, inputs[stage], **SETTINGS[stage])
    carry_on(folder, stage)
    assert (folder / "MANIFEST.json").is_file(), "with the old ones it goes on"
    assert not warnings_of(folder)


@pytest.mark.parametrize("stage", SETTINGS)
def test_other_contents_of_an_input_are_refused_by_name(
    stage: str, inputs: dict[str, dict[str, Path]], begin: Begin
) -> None:
    folder = begin(stage, inputs[stage])
    tiny_policy(seed=7).save(inputs[stage]["policy"])
    with pytest.raises(Refused, match=r"\(inputs.policy: other contents\)"):
        carry_on(folder, stage)


def test_data_and_reward_models_are_told_apart_by_their_contents_too(
    inputs: dict[str, dict[str, Path]], begin: Begin, tmp_path: Path
) -> None:
    folder = begin("ppo", inputs["ppo"])
    given = inputs["ppo"]
    with given["prompts"].open("a") as file:
        file.write('{"id": "more", "prompt": "question more"}\n')
    new_reward_model(given["policy"], CPU, seed=2).save(tmp_path / "other")
    more = {"reward_model": tmp_path / "other", "reference": given["policy"]}
    write_run(folder, "ppo", {**given, **more}, **SETTINGS["ppo"])
    words = (
        "inputs.prompts: other contents; inputs.reference: not given then; "
        "inputs.reward_model: other contents"
    )
    with pytest.raises(Refused, match=words):
        carry_on(folder, "ppo")


@pytest.mark.parametrize("stage", ["reward", "ppo"])
def test_a_run_goes_on_where_folders_have_other_names(
    stage: str, inputs: dict[str, dict[str, Path]], begin: Begin, tmp_path: Path
) -> None:
    folder = begin(stage, inputs[stage])
    there = {name: tmp_path / "elsewhere" / f"of-{name}" for name in inputs[stage]}
    for name, path in inputs[stage].items():
        there[name].parent.mkdir(exist_ok=True)
        path.rename(there[name])
    (there["policy"] / "README.md").write_text("Where it came from.")
    (there["policy"] / ".cache").write_text("")
    folder = folder.rename(tmp_path / "elsewhere" / "run")
    write_run(folder, stage, there, **SETTINGS[stage])
    carry_on(folder, stage)
    assert events_of(folder, "started")[-1]["resumed_from"] == 0
    assert (folder / "MANIFEST.json").is_file()


def test_what_changes_no_result_may_change(
    inputs: dict[str, dict[str, Path]], begin: Begin
) -> None:
    folder = begin("ppo", inputs["ppo"])
    other = {"checkpoint_every_steps": 1, "microbatch_tokens": 64, "alarms": "warn"}
    other |= {"alarm_step_kl": 3.0, "scorer_retries": 1, "followed_prompts": 1}
    write_run(folder, "ppo", inputs["ppo"], **{**SETTINGS["ppo"], **other})
    carry_on(folder, "ppo")
    assert not warnings_of(folder)


def test_settings_that_only_one_version_knows_are_no_difference(
    inputs: dict[str, dict[str, Path]], begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def earlier_made_with(*given: Any) -> Any:
        found = made_with(*given)
        settings = dict(found["settings"])
        del settings["loss"]
        return {**found, "settings": {**settings, "gone": 3}}

    with monkeypatch.context() as earlier:
        earlier.setattr("rewardmodel.training.made_with", earlier_made_with)
        folder = begin("reward", inputs["reward"])
    carry_on(folder, "reward")
    assert not warnings_of(folder)


def test_a_service_may_answer_at_another_address_and_that_is_told(tmp_path: Path) -> None:
    config, _ = read_config(write_run(tmp_path / "run", "ppo", {}), "ppo")
    here, there = (
        made_with("ppo", {"reward_url": url}, config) for url in ("http://a", "http://b")
    )
    assert "http" not in json.dumps(here), "an address may hold a password"
    assert here["inputs"] == there["inputs"] == {}
    assert here["addresses"] != there["addresses"]
    named = (made_with("ppo", {"reward_function": f"m:{n}"}, config)["inputs"] for n in "ab")
    assert next(named) != next(named)


def test_every_harmless_setting_is_one_of_a_stage() -> None:
    assert {name for config in STAGES.values() for name in config.model_fields} >= HARMLESS
