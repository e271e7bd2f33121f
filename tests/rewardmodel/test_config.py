"""Settings: complete descriptions, and refusals in words before anything is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import STAGES, RlooConfig, schemas
from rewardmodel.configfile import parse, read_config
from rewardmodel.errors import EXIT_REFUSED, Refused
from rewardmodel.losses import adapted_kl_coefficient
from rewardmodel.rundir import Run
from rewardmodel.stages import run_stage
from tests.rewardmodel.conftest import events_of, write_run


@pytest.mark.parametrize("stage", STAGES)
def test_every_setting_says_what_it_means_its_range_and_why_its_default(stage: str) -> None:
    properties = schemas()[stage]["properties"]
    assert properties
    for name, field in properties.items():
        assert field["description"], name
        assert field["why_default"], name
        assert "unit" in field, name
        bounded = [
            option
            for option in field.get("anyOf", [field])
            if option.get("type") in ("integer", "number")
        ]
        for option in bounded:
            assert {"minimum", "exclusiveMinimum"} & option.keys(), name
            assert {"maximum", "exclusiveMaximum"} & option.keys(), name


@pytest.mark.parametrize("stage", STAGES)
def test_defaults_are_valid_and_unknown_settings_are_not(stage: str) -> None:
    parse(stage, {})
    with pytest.raises(Refused, match="learning_rat: there is no such setting"):
        parse(stage, {"learning_rat": 1e-3})


@pytest.mark.parametrize(
    ("stage", "values", "words"),
    [
        ("reward", {"epochs": 0}, r"epochs: 0 is not allowed .* a whole number >= 1 and <= 1000"),
        ("reward", {"ties": "keep"}, r"ties: 'keep' .* one of 'drop', 'half'"),
        ("sft", {"learning_rate": -1}, r"learning_rate: -1 .* a number > 0 and <= 1.0 or empty"),
        ("ppo", {"ratio_clip": 1.5}, r"ratio_clip: 1.5 .* a number > 0 and < 1"),
        ("ppo", {"minibatch_size": 7}, "minibatch_size 7 must divide rollouts_per_iteration 64"),
        ("sample", {"strategy": "greedy"}, "samples_per_prompt 4 must be 1 with strategy greedy"),
        ("sample", {"strategy": "beam", "num_beams": 2}, "num_beams 2 must be >="),
        (
            "ppo",
            {"kl_controller": "adaptive", "kl_horizon": 10},
            "kl_horizon 10 must be >= rollouts_per_iteration 64 with kl_controller adaptive",
        ),
        ("pretrain", {"heads": 3}, "heads 3 times 2 must divide hidden_size 128"),
        ("reward", {"learning_rate": float("inf")}, "learning_rate: inf"),
    ],
)
def test_a_refusal_names_field_value_and_range(
    stage: str, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        parse(stage, values)


def test_an_adaptive_kl_coefficient_that_is_allowed_stays_above_0() -> None:
    """Each round takes off a fifth at most, times completions over horizon: at most once here."""
    allowed = parse("rloo", {"kl_controller": "adaptive", "kl_horizon": 64})
    assert isinstance(allowed, RlooConfig)
    batch, horizon = allowed.rollouts_per_iteration, allowed.kl_horizon
    assert adapted_kl_coefficient(0.05, 0.0, 6.0, batch, horizon) == pytest.approx(0.04)
    parse("rloo", {"kl_controller": "fixed", "kl_horizon": 10})


def test_the_command_leaves_with_78_and_says_why(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "reward", {}, epochs=0)
    ended = subprocess.run(
        [sys.executable, "-m", "rewardmodel", "reward", "--run", str(run)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == EXIT_REFUSED
    assert "epochs: 0 is not allowed" in ended.stderr
    failed = events_of(run, "failed")
    assert failed[0]["code"] == "config_refused"
    assert "a whole number >= 1" in failed[0]["message"]


def test_the_schema_command_prints_one_document_for_all_stages() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "rewardmodel", "schema"], capture_output=True, text=True, check=True
    )
    assert json.loads(printed.stdout).keys() == STAGES.keys()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "is not JSON"),
        ('{"stage": "ppo"}', "stage 'ppo' is not 'reward'"),
        ('{"stage": "reward", "config": {"weight_decay": NaN}}', "NaN is not a JSON number"),
        ('{"stage": "reward", "inputs": {}}', "inputs.policy: the reward stage needs it"),
        (
            '{"stage": "reward", "inputs": {"polcy": "x"}}',
            r"inputs.polcy: the reward stage has no such input",
        ),
        ('{"stage": "reward", "inputs": {"policy": "no/such"}}', "does not exist"),
        ('{"stage": "reward", "settings": {}}', "there is no field 'settings'"),
    ],
)
def test_a_broken_config_file_is_refused_in_words(
    tmp_path: Path, document: str, words: str
) -> None:
    (tmp_path / "config.json").write_text(document)

    def start() -> None:
        config, inputs = read_config(tmp_path, "reward")
        run_stage(Run(tmp_path, "reward", inputs), config)

    with pytest.raises(Refused, match=words):
        start()
