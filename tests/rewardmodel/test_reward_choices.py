"""Whose rankings count how much, and which weights of a reward run are kept."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.config import DpoConfig, RewardConfig
from rewardmodel.configfile import parse
from rewardmodel.dpo import dpo_loss
from rewardmodel.errors import Refused
from rewardmodel.groups import LengthRule, make_groups, trainable
from rewardmodel.models import Policy, new_reward_model
from rewardmodel.rankings import DirectComparison, Ranking, write_snapshot
from rewardmodel.reward import run_reward
from rewardmodel.reward_update import group_loss
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, toy_rankings, write_run


def judged(number: int, labeler: str | None, weight: float = 1.0) -> Ranking:
    return Ranking(
        f"r{number}", ask(f"q{number}"), ("a", "b"), ((0,), (1,)), labeler=labeler, weight=weight
    )


def train(folder: Path, policy: Path, snapshot: Path, **settings: Any) -> dict[str, Any]:
    values = {"learning_rate": 3e-3, "threads": 1, "prompts_per_step": 8, **settings}
    run = write_run(folder, "reward", {"policy": policy, "snapshot": snapshot}, **values)
    config = parse("reward", {"device": "cpu", **values})
    assert isinstance(config, RewardConfig)
    return run_reward(open_run(run, "reward"), config)


def test_the_rankings_of_a_labeler_weigh_what_the_settings_say(policy_folder: Path) -> None:
    config = RewardConfig(labeler_weights={"second labeler": 0.25, "outsider": 0.0})
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    rule = LengthRule(config, reward_model.codec, None)
    rankings = [
        judged(0, "labeler"),
        judged(1, "second labeler", weight=2.0),
        judged(2, "outsider"),
        judged(3, None),
    ]
    groups = trainable(make_groups(rankings, rule), config, rule)
    assert [(group.id, group.weight) for group in groups] == [("r0", 1), ("r1", 0.5), ("r3", 1)]
    [left_out] = rule.left_out
    assert left_out["id"] == "r2"
    assert left_out["reason"] == "its weight is 0.0 after that of labeler outsider"
    # ln 3 apart: right costs -ln(3/4), wrong -ln(1/4), no difference ln 2
    scores = torch.tensor([[math.log(3), 0.0], [0.0, math.log(3)], [1.0, 1.0]])
    expected = math.log(4 / 3) + 0.5 * math.log(4) + math.log(2)
    assert group_loss(reward_model, groups, scores, config).item() == pytest.approx(expected)


@pytest.mark.parametrize("ties", ["drop", "half"])
def test_one_text_in_two_tiers_never_competes_with_itself(policy_folder: Path, ties: Any) -> None:
    config = RewardConfig(loss="plackett_luce", ties=ties)
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    rule = LengthRule(config, reward_model.codec, None)
    tiers = ((0,), (1,), (2,))
    rankings = [
        Ranking("twins", ask("q"), ("same", "other", "same"), tiers),
        # the text that differs is compared directly alone, which is no part of a list
        Ranking(
            "only twins",
            ask("q"),
            ("same", "same", "other"),
            tiers[:2],
            unranked=(2,),
            direct=(DirectComparison(0, 2),),
        ),
    ]
    groups = trainable(make_groups(rankings, rule), config, rule)
    assert [group.id for group in groups] == ["twins"]
    # worths 4, 2, 4: 4 of 4+2, then 2 of 2+4; two choices
    scores = torch.tensor([[math.log(4), math.log(2), math.log(4)]])
    expected = -math.log(4 / 6 * 2 / 6) / 2
    assert group_loss(reward_model, groups, scores, config).item() == pytest.approx(expected)


def test_a_labeler_who_is_not_in_the_data_is_named(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    weights = {"labeler": 0.5, "labeller": 2.0}
    train(tmp_path / "run", policy_folder, snapshot, labeler_weights=weights)
    said = [e for e in events_of(tmp_path / "run", "warning") if e["code"] == "unknown_labelers"]
    assert [warning["message"] for warning in said] == [
        "labeler_weights: nobody here is called labeller"
    ]


@pytest.mark.parametrize("weight", [-1, 1001, float("nan"), "much"])
def test_a_weight_out_of_range_is_refused(weight: Any) -> None:
    with pytest.raises(Refused, match="labeler_weights.*labeler"):
        parse("reward", {"labeler_weights": {"labeler": weight}})


def test_dpo_asks_for_a_margin_once_when_labels_are_smoothed(policy: Policy) -> None:
    """Difference ln 4 and margin ln 2: 0.9 * ln(1 + 1/2) + 0.1 * ln(1 + 2)."""
    config = DpoConfig(beta=1.0, label_smoothing=0.1, margin_per_strength=math.log(2))
    ranking = Ranking(
        "r", ask("q"), ("a", "b"), ((0,), (1,)), direct=(DirectComparison(0, 1, strength=2),)
    )
    groups = make_groups([ranking], LengthRule(config, policy.codec, None))
    log_probs = torch.tensor([[math.log(4), 0.0]])
    loss, _ = dpo_loss(log_probs, torch.zeros(1, 2), groups, config)
    assert loss.item() == pytest.approx(0.9 * math.log(1.5) + 0.1 * math.log(3))


@pytest.fixture
def misleading(tmp_path: Path) -> Path:
    """What is held out says the contrary of what is learnt: the longer, the worse."""
    held_out = [
        Ranking(
            row.id, row.prompt, row.completions, row.tiers[::-1], split="validation", labeler="x"
        )
        for row in toy_rankings(8, split="validation")
    ]
    write_snapshot(tmp_path / "misleading", [*toy_rankings(16), *held_out])
    return tmp_path / "misleading"


def test_the_weights_with_the_lowest_held_out_loss_are_kept_when_asked_for(
    policy_folder: Path, misleading: Path, tmp_path: Path
) -> None:
    settings = {"epochs": 4, "evaluate_every_steps": 1}
    best = train(tmp_path / "best", policy_folder, misleading, keep="best", **settings)
    last = train(tmp_path / "last", policy_folder, misleading, **settings)
    looks = [
        (event["step"], event["values"]["validation_nll"])
        for event in events_of(tmp_path / "best", "metric")
        if "validation_nll" in event["values"]
    ]
    history = dict(looks)
    # what was kept is of an earlier update: no figure of it stands at the last step
    assert [step for step, _ in looks] == list(range(1, 9))
    assert best["updates"] == last["updates"] == last["kept_update"] == 8
    assert best["kept_update"] == min(history, key=lambda step: history[step]) < 8
    assert best["validation"]["nll"] == pytest.approx(min(history.values()), rel=1e-4)
    assert last["validation"]["nll"] == pytest.approx(history[8], rel=1e-4)
    assert history[8] > min(history.values())


def test_it_stops_when_its_patience_is_over(
    policy_folder: Path, misleading: Path, tmp_path: Path
) -> None:
    settings = {"epochs": 20, "evaluate_every_steps": 1, "patience": 2, "keep": "best"}
    report = train(tmp_path / "run", policy_folder, misleading, **settings)
    assert report["stopped_early"]
    assert report["updates"] == report["kept_update"] + 2 < 40


def test_the_best_of_nothing_is_refused(policy_folder: Path, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", toy_rankings(4))
    with pytest.raises(Refused, match="keep 'best', patience 0: .* validation split"):
        train(tmp_path / "run", policy_folder, tmp_path / "s", keep="best")
