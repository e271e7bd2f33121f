"""What labelers call acceptable or not teaches where 0 is, also where nothing is compared."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rewardmodel.config import DpoConfig, RewardConfig
from rewardmodel.group_scores import group_scores
from rewardmodel.groups import Group, LengthRule, make_groups, trainable
from rewardmodel.models import RewardModel, load_reward_model, new_reward_model
from rewardmodel.rankings import Ranking, write_snapshot
from rewardmodel.reward import run_reward
from rewardmodel.reward_update import UpdateWeight, backward_on, update_loss
from tests.rewardmodel.conftest import (
    CPU,
    StartRun,
    ask,
    events_of,
    left_out_of,
    open_run,
    write_run,
)
from tests.rewardmodel.test_distributed import to_the_end

RANKINGS = [
    Ranking("pair", ask("a"), ("good", "bad"), ((0,), (1,)), weight=2.0),
    Ranking("both", ask("b"), ("good", "bad"), ((0,), (1,)), unacceptable_below=1),
    Ranking("all bad", ask("c"), ("bad", "worse"), ((0, 1),), unacceptable_below=0),
    Ranking("alone", ask("d"), ("good",), ((0,),), unacceptable_below=1),
    Ranking("tied", ask("e"), ("good", "fine"), ((0, 1),)),  # no cut: it says nothing
]


def config(**settings: Any) -> RewardConfig:
    return RewardConfig(**{"device": "cpu", "cut_weight": 0.5, **settings})


@pytest.fixture
def reward_model(policy_folder: Path) -> RewardModel:
    return new_reward_model(policy_folder, CPU, seed=0)


def groups_of(reward_model: RewardModel, chosen: RewardConfig | DpoConfig) -> list[Group]:
    verdicts = isinstance(chosen, RewardConfig) and chosen.cut_weight > 0
    rule = LengthRule(chosen, reward_model.codec, None)
    return trainable(make_groups(RANKINGS, rule, verdicts=verdicts), chosen, rule)


def test_a_ranking_that_compares_nothing_counts_by_its_cut(reward_model: RewardModel) -> None:
    with_cut = groups_of(reward_model, config())
    assert [group.id for group in with_cut] == ["pair", "both", "all bad", "alone"]
    assert [len(group.completion_ids) for group in with_cut] == [2, 2, 2, 1]
    for without in (config(cut_weight=0.0), DpoConfig(device="cpu")):
        assert [group.id for group in groups_of(reward_model, without)] == ["pair", "both"]


def test_each_loss_is_a_mean_over_the_rankings_it_is_of(reward_model: RewardModel) -> None:
    groups, chosen = groups_of(reward_model, config()), config()
    whole = UpdateWeight.of(groups, chosen)
    assert whole == (3.0, 3.0)  # 2 and 1 compare; three of weight 1 have a cut
    ln3 = math.log(3)
    scores = torch.tensor([[ln3, 0.0], [0.0, ln3], [0.0, -ln3], [ln3, 0.0]])
    # pairs: right by ln 3 costs ln(4/3), wrong by it ln 4
    compared = (2 * math.log(4 / 3) + math.log(4)) / 3
    # cut: both 0 where it should be above: ln 2, and ln 3 where it should be below: ln 4;
    # all bad: ln 2 and ln(4/3); alone: ln(4/3). Means within a ranking, then over three
    both = (math.log(2) + math.log(4)) / 2
    cut = (both + (math.log(2) + math.log(4 / 3)) / 2 + math.log(4 / 3)) / 3
    loss = update_loss(reward_model, groups, scores, chosen, whole)
    assert loss.item() == pytest.approx(compared + 0.5 * cut, rel=1e-6)
    # in two parts, of which one compares nothing
    parts = [
        update_loss(reward_model, groups[:2], scores[:2], chosen, whole),
        update_loss(reward_model, groups[2:], scores[2:], chosen, whole),
    ]
    assert sum(part.item() for part in parts) == pytest.approx(loss.item(), rel=1e-6)


@pytest.mark.parametrize("loss", ["pairs", "plackett_luce"])
def test_gradients_do_not_depend_on_how_an_update_is_split(
    reward_model: RewardModel, loss: Any
) -> None:
    found = []
    for microbatch_tokens in (10_000, 60):
        for share in ("never", "always"):
            chosen = config(loss=loss, microbatch_tokens=microbatch_tokens, share_prompts=share)
            reward_model.zero_grad()
            figures = backward_on(reward_model, groups_of(reward_model, chosen), chosen)
            gradients = [p.grad.clone() for p in reward_model.parameters() if p.grad is not None]
            found.append((figures, gradients))
    for figures, gradients in found[1:]:
        assert figures == pytest.approx(found[0][0], rel=1e-5)
        for mine, first in zip(gradients, found[0][1], strict=True):
            torch.testing.assert_close(mine, first, rtol=1e-4, atol=1e-6)


def test_an_update_that_compares_nothing_has_no_accuracy(reward_model: RewardModel) -> None:
    groups = groups_of(reward_model, config())[2:]
    figures = backward_on(reward_model, groups, config())
    assert "accuracy" not in figures
    assert figures["pairs"] == 0
    assert math.isfinite(figures["loss"])


def test_rankings_all_good_or_all_bad_teach_where_zero_is(
    policy_folder: Path, tmp_path: Path
) -> None:
    good, bad = ("sun", "cat"), ("dog", "ran")
    rankings = [
        Ranking(f"{name}{n}", ask(f"q{n}{name}"), texts, ((0, 1),), unacceptable_below=cut)
        for n in range(8)
        for name, texts, cut in (("good", good, 1), ("bad", bad, 0))
    ]
    write_snapshot(tmp_path / "snapshot", rankings)
    settings = {"cut_weight": 1.0, "epochs": 20, "learning_rate": 1e-2, "prompts_per_step": 8}
    inputs = {"policy": policy_folder, "snapshot": tmp_path / "snapshot"}
    folder = write_run(tmp_path / "run", "reward", inputs, **settings)
    report = run_reward(open_run(folder, "reward"), RewardConfig(device="cpu", **settings))
    assert report["training_rankings"] == 16
    assert left_out_of(folder) == []
    assert events_of(folder, "alarm") == []  # nothing was ordered: no accuracy is at chance
    saved = load_reward_model(folder / "model", CPU)
    assert saved.cut is not None
    rule = LengthRule(config(), saved.codec, None)
    groups = make_groups(rankings[:2], rule, verdicts=True)
    above, below = group_scores(saved, groups)
    assert min(above) > saved.cut > max(below)


@pytest.mark.slow
def test_two_processes_weigh_both_losses_as_one(
    policy_folder: Path, tmp_path: Path, start_run: StartRun
) -> None:
    """Shares of one update differ in how many compare, and in how many have a cut."""
    rows = [replace(one, id=f"{one.id} {n}") for n in range(3) for one in RANKINGS]
    write_snapshot(tmp_path / "snapshot", rows)
    inputs = {"policy": policy_folder, "snapshot": tmp_path / "snapshot"}
    settings = {"cut_weight": 0.5, "epochs": 2, "prompts_per_step": 5, "threads": 1}
    one, two = (
        write_run(tmp_path / name, "reward", inputs, learning_rate=1e-3, **settings)
        for name in ("one", "two")
    )
    alone = start_run(one)
    to_the_end("reward", two)
    alone.join(480)
    ours, theirs = (load_file(run / "model" / "model.safetensors") for run in (one, two))
    assert max(float((ours[n] - theirs[n]).abs().max()) for n in ours) <= 1e-5
    for mine, other in zip(events_of(one, "metric"), events_of(two, "metric"), strict=True):
        assert mine["values"]["loss"] == pytest.approx(other["values"]["loss"], abs=1e-5)
