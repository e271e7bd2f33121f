"""PPO, RLOO and GRPO raise a reward they can see, with every choice, and keep their invariants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from rewardmodel.batches import pad_prompts
from rewardmodel.config import GrpoConfig, PolicyGradientConfig, PpoConfig, RlooConfig
from rewardmodel.configfile import parse
from rewardmodel.errors import Diverged, Refused
from rewardmodel.models import load_policy, new_reward_model
from rewardmodel.policy_forward import completion_figures, in_groups, split_groups_by_tokens
from rewardmodel.policy_gradient_run import conclude
from rewardmodel.policy_update import update_on
from rewardmodel.ppo import SeparateValues, SharedValues, new_learner
from rewardmodel.ppo_figures import rollout_figures
from tests.rewardmodel.conftest import CPU, events_of, tiny_policy
from tests.rewardmodel.policy_gradients import (
    STAGES,
    always,
    trainer,
)


@pytest.mark.parametrize("stage", STAGES)
def test_it_raises_a_reward_it_can_see(stage: str, policy_folder: Path, tmp_path: Path) -> None:
    report = conclude(trainer(stage, tmp_path, policy_folder))
    assert report["evaluation"]["score_before"]["value"] == pytest.approx(0.5, abs=0.15)
    assert report["evaluation"]["gain"]["low"] > 0.15
    assert 0 < report["evaluation"]["kl_after"] < 50
    assert report["ended"] == "complete"
    assert (report["value_learning_rate"] is None) == (stage != "ppo")
    *_, figures, result = (event["values"] for event in events_of(tmp_path, "metric"))
    assert {"policy_loss", "entropy", "approx_kl", "kl", "score_mean"} <= figures.keys()
    assert result["evaluation_score"] == pytest.approx(report["evaluation"]["score_after"]["value"])


@pytest.mark.parametrize(
    "settings",
    [
        {"value_network": "shared", "value_coefficient": 0.5},
        {"completions_per_prompt": 4, "share_prompts": "always"},
        # 32 values wide, frozen embeddings leave adapters little room
        {"lora_rank": 16, "learning_rate": 3e-2, "iterations": 12},
        {"scale_rewards": True, "value_clip": None, "entropy_coefficient": 0.01},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_ppo_learns_with_every_choice(
    settings: dict[str, Any], policy_folder: Path, tmp_path: Path
) -> None:
    report = conclude(trainer("ppo", tmp_path, policy_folder, **settings))
    assert report["evaluation"]["gain"]["low"] > (0.03 if "lora_rank" in settings else 0.1)


@pytest.mark.parametrize("stage", ["rloo", "grpo"])
def test_sharing_the_prompt_changes_rounding_alone(
    stage: str, policy_folder: Path, tmp_path: Path
) -> None:
    moved = []
    for sharing in ("always", "never"):
        chosen = trainer(
            stage,
            tmp_path / sharing,
            policy_folder,
            share_prompts=sharing,
            iterations=1,
            learning_rate=1e-3,
            minibatch_size=64,
        )
        chosen.collect()
        assert chosen.position.rollouts is not None
        update_on(chosen, chosen.position.rollouts, chosen.minibatch_rows())
        moved.append(torch.cat([p.detach().flatten() for p in chosen.policy.parameters()]))
    start = torch.cat([p.detach().flatten() for p in load_policy(policy_folder, CPU).parameters()])
    assert float((moved[0] - moved[1]).abs().max()) < 1e-4 < float((moved[0] - start).abs().max())


def test_minibatches_are_made_of_whole_groups(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, completions_per_prompt=4)
    seen = []
    for update in range(2):
        chosen.position.update = update
        rows = chosen.minibatch_rows()
        assert all(rows[n + 1] == rows[n] + 1 for n in range(31) if n % 4 != 3)
        assert all(row % 4 == 0 for row in rows[::4])
        seen += rows
    assert sorted(seen) == list(range(64))
    parts = split_groups_by_tokens([3, 9, 2, 2], 2, budget=18)
    assert parts == [[2, 3], [0, 1]]  # 2 rows of 9 fill it


def test_a_group_is_drawn_of_one_prompt(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer("grpo", tmp_path, policy_folder)
    rollouts = chosen.new_rollouts()
    groups = rollouts.groups(8)
    assert len(groups) == 8
    wanted = [prompt.ids for prompt in chosen.iteration_prompts()]
    assert [group.prompt_ids for group in groups] == wanted
    assert len({tuple(ids) for ids in groups[0].completion_ids}) > 4
    assert rollout_figures(rollouts)["score_disagreement"] == 0
    sums = rollouts.advantages[:, 0].view(8, 8).sum(dim=1)
    assert float(sums.abs().max()) < 1e-3


@pytest.mark.parametrize("stage", STAGES)
def test_rollouts_of_another_policy_are_noticed(
    stage: str, policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(stage, tmp_path, policy_folder)
    chosen.collect()
    chosen.policy.load_state_dict(tiny_policy(seed=5).state_dict())
    with pytest.raises(Diverged, match="is not the one that drew") as caught:
        chosen.update_on_rollouts()
    assert caught.value.code == "invariant_ratio"


def test_with_adapters_the_reference_is_the_policy_without_them(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, lora_rank=4)
    chosen.collect()
    chosen.update_on_rollouts()
    assert chosen.reference.policy is chosen.policy
    groups = in_groups([[5, 6]], [[7, 8, 9]], 1)
    with chosen.reference.speaking() as reference:
        off = completion_figures(reference, groups, 1.0, "never").log_probs
    on = completion_figures(chosen.policy, groups, 1.0, "never").log_probs
    start = completion_figures(load_policy(policy_folder, CPU), groups, 1.0, "never").log_probs
    assert torch.equal(off, start)
    assert float((on - start).detach().abs().max()) > 1e-3


def test_a_shared_trunk_holds_policy_and_values_in_one_network(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(
        "ppo", tmp_path, policy_folder, value_network="shared", value_only_iterations=1
    )
    learner = chosen.learner
    assert isinstance(learner, SharedValues)
    chosen.collect()
    assert chosen.position.rollouts is not None
    # a head of zeros foretells nothing
    assert float(chosen.position.rollouts.values.abs().max()) == 0
    chosen.update_on_rollouts()
    start = load_policy(policy_folder, CPU).state_dict()
    assert all(torch.equal(w, start[name]) for name, w in learner.policy.state_dict().items())
    assert float(learner.head.output.weight.detach().abs().max()) > 0


def test_values_read_while_decoding_are_those_of_a_second_pass(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer("ppo", tmp_path, policy_folder, value_network="shared", max_new_tokens=20)
    learner = chosen.learner
    assert isinstance(learner, SharedValues)
    torch.manual_seed(3)
    torch.nn.init.normal_(learner.head.output.weight)
    rollouts = chosen.new_rollouts()
    lengths = rollouts.completion_mask.sum(dim=1)
    assert int(lengths.min()) < int(lengths.max())  # rows left the batch at different times
    again = learner.values_of(rollouts.batch()).detach() * rollouts.completion_mask
    assert float(rollouts.values.abs().max()) > 0.1
    assert torch.allclose(rollouts.values, again, atol=1e-4)


def test_the_value_network_starts_as_it_is_told(policy_folder: Path, tmp_path: Path) -> None:
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=3).save(reward_folder)
    policy = load_policy(policy_folder, CPU)
    batch = pad_prompts([[5, 6]], 0, CPU, [[7, 8]])

    def values(start: Literal["reward_model", "policy"], folders: list[Path]) -> Tensor:
        learner = new_learner(policy, PpoConfig(value_start=start), policy_folder, folders)
        assert isinstance(learner, SeparateValues)
        return learner.values_of(batch).detach()

    assert float(values("reward_model", [reward_folder]).abs().max()) > 0
    assert float(values("policy", [reward_folder]).abs().max()) == 0
    assert float(values("reward_model", []).abs().max()) == 0


def test_scores_are_clipped_before_the_penalty(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(
        "rloo",
        tmp_path,
        policy_folder,
        scorer=always(7.0),
        score_clip=2.0,
        missing_stop_penalty=0.5,
    )
    rollouts = chosen.new_rollouts()
    assert set(rollouts.scores.tolist()) == {7.0}
    assert set(rollouts.penalized.tolist()) <= {2.0, 1.5}


@pytest.mark.parametrize(
    ("stage", "values", "words"),
    [
        ("rloo", {"completions_per_prompt": 1}, "completions_per_prompt: 1 .* >= 2"),
        ("grpo", {"minibatch_size": 4}, "completions_per_prompt 8 must divide minibatch_size 4"),
        (
            "ppo",
            {"keep": "best", "evaluation_prompts": 0},
            "evaluation_prompts 0 must be > 0 with keep best",
        ),
        ("ppo", {"value_only_iterations": 50}, "the policy would never be updated"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    stage: str, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        parse(stage, values)


def test_stages_share_their_settings() -> None:
    common = set(PolicyGradientConfig.model_fields)
    for config in (PpoConfig, RlooConfig, GrpoConfig):
        assert common <= set(config.model_fields)
    assert not {"value_clip", "gae_lambda"} & set(RlooConfig.model_fields)


def test_the_report_of_every_stage_has_one_shape(policy_folder: Path, tmp_path: Path) -> None:
    keys = []
    for stage in STAGES:
        report = conclude(trainer(stage, tmp_path / stage, policy_folder, iterations=1))
        json.dumps(report)
        keys.append((set(report), set(report["evaluation"])))
    assert keys[0] == keys[1] == keys[2]
