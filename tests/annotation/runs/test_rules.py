"""Settings that do not go together are refused when a run is asked for, not when it starts."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.lib.errors import Invalid
from annotation.lib.translating import in_chinese
from annotation.runs.kinds import FROM_THE_PLAN, checked_config, schemas
from annotation.runs.rules import settings_in
from rewardmodel.configfile import parse
from rewardmodel.errors import Refused

PLACKETT = {"loss": "plackett_luce"}


@pytest.mark.parametrize(
    ("kind", "config", "setting", "words"),
    [
        (
            "reward",
            {**PLACKETT, "ties": "davidson"},
            "ties",
            "ties: davidson must be drop or half with loss plackett_luce: the tie models belong to "
            "loss pairs",
        ),
        ("reward", {**PLACKETT, "label_smoothing": 0.1}, "label_smoothing", "0.1 must be 0 with"),
        (
            "ppo",
            {"minibatch_size": 7},
            "minibatch_size",
            "minibatch_size: 7 must divide rollouts_per_iteration 64",
        ),
        (
            "rloo",
            {"keep": "best", "evaluation_prompts": 0},
            "evaluation_prompts",
            "evaluation_prompts: 0 must be > 0 with keep best",
        ),
        (
            "ppo",
            {"value_only_iterations": 3, "iterations": 3},
            "value_only_iterations",
            "3 must be < iterations 3",
        ),
        (
            "evaluate",
            {"strategy": "beam", "num_beams": 2, "samples_per_prompt": 3},
            "num_beams",
            "2 must be >= samples_per_prompt 3 with strategy beam",
        ),
    ],
)
def test_a_bad_combination_is_refused_with_the_setting_and_words(
    kind: str, config: dict[str, Any], setting: str, words: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_config(kind, config)
    [error] = refusal.value.details["errors"]
    message = error["message"]
    assert (error["field"], error["rule"]) == (f"config.{setting}", "rule")
    assert words in message
    # and so would the trainer have, in the same words
    with pytest.raises(Refused) as late:
        parse(kind, config)
    assert message.replace(":", "", 1) in late.value.message


def test_a_choice_by_disputes_wants_more_than_one_reward_model() -> None:
    asked = {"disagreement_share": 10, "reward_models": 1}
    with pytest.raises(Invalid) as refusal:
        checked_config("pick", asked)
    [error] = refusal.value.details["errors"]
    assert error["field"] == "config.disagreement_share"
    assert error["message"].endswith("one reward model disagrees with nobody")
    assert in_chinese(error["message"]).endswith("只有一个奖励模型时没有分歧可言")
    for other in ({"disagreement_share": 0}, {"reward_models": 2}):
        checked_config("pick", {**asked, **other})


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("reward", {**PLACKETT, "ties": "half"}),
        ("ppo", {"value_only_iterations": 1, "iterations": 1}),
        ("grpo", {"minibatch_size": 32, "completions_per_prompt": 16}),
        ("rloo", {"evaluation_prompts": 0}),
    ],
)
def test_what_goes_together_passes(kind: str, config: dict[str, Any]) -> None:
    assert config.items() <= checked_config(kind, config).items()
    parse(kind, config)


def test_every_rule_speaks_of_settings_that_the_form_has() -> None:
    found = {kind: schema.get("rules", []) for kind, schema in schemas().items()}
    for kind, rules in found.items():
        for rule in rules:
            assert settings_in(rule) <= schemas()[kind]["properties"].keys()
    assert len(found["ppo"]) == 5
    # what a sampling plan says is checked where the plan is made
    assert not any(settings_in(rule) & set(FROM_THE_PLAN) for rule in found["sample"])
