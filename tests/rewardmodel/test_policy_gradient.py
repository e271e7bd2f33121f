"""PPO, RLOO and GRPO: advantages and losses by hand, and each of them raises a reward it can see."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, tensor

from rewardmodel.advantages import (
    combine_members,
    disagreement,
    group_relative,
    leave_one_out,
    punish_missing_stop,
    scaled_to_unit_spread,
)
from rewardmodel.batches import pad_prompts
from rewardmodel.config import GrpoConfig, PolicyGradientConfig, PpoConfig, RlooConfig
from rewardmodel.configfile import parse
from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Diverged, Refused
from rewardmodel.grpo import GrpoLearner, run_grpo
from rewardmodel.learners import Learner, Position, UpdateSize
from rewardmodel.losses import clipped_sequence_loss, clipped_value_loss
from rewardmodel.models import Policy, load_policy, new_reward_model
from rewardmodel.policy_forward import completion_figures, in_groups, split_groups_by_tokens
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_gradient_run import conclude
from rewardmodel.policy_update import update_on
from rewardmodel.ppo import SeparateValues, SharedValues, new_learner
from rewardmodel.ppo_figures import rollout_figures
from rewardmodel.pretraining_mix import PretrainingMix, open_pretraining_mix
from rewardmodel.processes import Processes
from rewardmodel.rloo import RlooLearner
from rewardmodel.rollouts import Rollouts
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import Scorer
from rewardmodel.scoring import Reference, Scored, score_completions
from rewardmodel.unembedding import TokenFigures
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, tiny_policy, write_run

STAGES = ("ppo", "rloo", "grpo")
COMMON: dict[str, Any] = {
    "device": "cpu",
    "iterations": 8,
    "rollouts_per_iteration": 64,
    "minibatch_size": 32,
    "max_new_tokens": 6,
    "learning_rate": 2e-2,
    "warmup_fraction": 0,
    "kl_coefficient": 0.01,
    "missing_stop_penalty": 0,
    "evaluation_prompts": 16,
    "followed_prompts": 0,
}


def low_ids(prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]) -> Tensor:
    """A hidden reward: the share of tokens from the lower half of the vocabulary."""
    return torch.tensor([sum(i < 135 for i in c.ids) / len(c.ids) for c in completions])


def always(score: float) -> Scorer:
    """One score for everything."""

    def scorer(
        prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        return torch.full((len(completions),), score)

    return scorer


def questions(policy: Policy, count: int = 40) -> list[EncodedPrompt]:
    return [
        EncodedPrompt(
            PromptRow(str(n), ask(f"question {n}"), None),
            policy.codec.encode_prompt(ask(f"question {n}")),
        )
        for n in range(count)
    ]


def learner_of(stage: str, folder: Path, **settings: Any) -> Learner:
    config: PolicyGradientConfig
    policy = load_policy(folder, CPU)
    values = {**COMMON, **settings}
    if stage == "rloo":
        config = RlooConfig(**values)
        return RlooLearner(policy, config)
    if stage == "grpo":
        config = GrpoConfig(**values)
        return GrpoLearner(policy, config)
    return new_learner(policy, PpoConfig(**values), folder, [])


def trainer(
    stage: str, folder: Path, policy_folder: Path, scorer: Scorer = low_ids, **settings: Any
) -> PolicyGradientTrainer:
    write_run(folder, stage, {})
    learner = learner_of(stage, policy_folder, **settings)
    config = learner.settings
    reference = (
        Reference(learner.policy, adapters=True)
        if config.lora_rank
        else Reference(load_policy(policy_folder, CPU))
    )
    return PolicyGradientTrainer(
        open_run(folder, stage),
        config,
        learner,
        reference=reference,
        scorer=scorer,
        prompts=questions(learner.policy),
        starts_at_reference=True,
    )


# --- the arithmetic -----------------------------------------------------------------------------


def test_leave_one_out_takes_the_mean_of_the_others() -> None:
    # 1 - (2+6)/2 = -3, 2 - (1+6)/2 = -1.5, 6 - (1+2)/2 = 4.5
    assert leave_one_out(tensor([[1.0, 2.0, 6.0]])).tolist() == [[-3.0, -1.5, 4.5]]
    assert leave_one_out(tensor([[3.0, 1.0]])).tolist() == [[2.0, -2.0]]


def test_group_advantages_are_distances_from_the_mean_in_standard_deviations() -> None:
    # mean 3, deviations -2, -1, 3: squares 14, over K-1 = 2: 7
    rewards = tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]])
    plain = group_relative(rewards, divide_by_std=False)
    assert plain.tolist() == [[-2.0, -1.0, 3.0], [0.0, 0.0, 0.0]]
    scaled = group_relative(rewards, divide_by_std=True)
    assert scaled[0].tolist() == pytest.approx([-0.75593, -0.37796, 1.13389], abs=1e-4)
    assert scaled[1].tolist() == [0.0, 0.0, 0.0]


def test_an_ensemble_scores_by_mean_least_or_caution() -> None:
    members = tensor([[1.0, 4.0], [3.0, 4.0]])  # spread 1 and 0
    assert combine_members(members, "mean", 9.0).tolist() == [2.0, 4.0]
    assert combine_members(members, "min", 9.0).tolist() == [1.0, 4.0]
    assert combine_members(members, "mean_minus_std", 0.5).tolist() == [1.5, 4.0]
    assert disagreement(members).tolist() == [1.0, 0.0]


def test_scaling_rewards_keeps_their_mean_in() -> None:
    # 1, 3 and a padded 100: variance 1
    scaled = scaled_to_unit_spread(tensor([[1.0, 3.0, 100.0]]), tensor([[True, True, False]]))
    assert scaled[0].tolist() == pytest.approx([1.0, 3.0, 0.0])
    doubled = scaled_to_unit_spread(tensor([[2.0, 6.0]]), tensor([[True, True]]))
    assert doubled[0].tolist() == pytest.approx([1.0, 3.0])


@pytest.mark.parametrize(("mode", "expected"), [("replace", [3.0, -2.0]), ("subtract", [3.0, 1.0])])
def test_a_missing_stop_replaces_or_lowers_the_score(mode: str, expected: list[float]) -> None:
    scores, stopped = tensor([3.0, 3.0]), tensor([True, False])
    assert punish_missing_stop(scores, stopped, mode, 2.0).tolist() == expected


def test_the_sequence_loss_clips_the_ratio_of_whole_completions() -> None:
    # ratios 1.1 * 1.2 = 1.32 and 0.5 (its padding, e^9, does not count)
    log_probs = tensor([[math.log(1.1), math.log(1.2)], [math.log(0.5), 9.0]])
    mask = tensor([[True, True], [True, False]])
    result = clipped_sequence_loss(log_probs, torch.zeros(2, 2), tensor([2.0, 1.0]), mask, 0.2)
    # -2 * 1.2 (clipped) and -1 * 0.5 (not)
    assert float(result.loss) == pytest.approx(-2.4 - 0.5)
    assert result.ratio.tolist() == pytest.approx([1.32, 0.5])
    assert result.clipped.tolist() == [True, False]


def test_at_ratio_one_the_sequence_loss_has_the_gradient_of_reinforce() -> None:
    log_probs = tensor([[-1.0, -2.0], [-0.5, 0.0]], requires_grad=True)
    mask = tensor([[True, True], [True, False]])
    loss = clipped_sequence_loss(log_probs, log_probs.detach(), tensor([3.0, -1.0]), mask, 0.2)
    loss.loss.backward()
    # - advantage at every token of the completion
    assert log_probs.grad is not None
    assert log_probs.grad.tolist() == [[-3.0, -3.0], [1.0, 0.0]]


def test_without_a_clip_the_value_loss_is_half_the_squared_error() -> None:
    result = clipped_value_loss(
        tensor([[2.0, 7.0]]),
        tensor([[1.0, 0.0]]),
        tensor([[3.0, 0.0]]),
        tensor([[True, False]]),
        None,
    )
    assert float(result.loss) == 0.5  # (2 - 3)^2 / 2
    assert result.clipped.tolist() == [[False, False]]


# --- what the methods make of scores ------------------------------------------------------------


def scored_by_hand() -> Scored:
    """One prompt, two completions: 2 tokens with KL .5 and .5 and score 3; 1 token, KL 0, score 1."""
    batch = pad_prompts([[5], [5]], 0, CPU, [[6, 7], [8]])
    return Scored(
        batch=batch,
        log_probs=tensor([[-1.0, -1.0], [-2.0, 0.0]]),
        reference=tensor([[-1.5, -1.5], [-2.0, 0.0]]),
        scores=tensor([3.0, 1.0]),
        penalized=tensor([3.0, 1.0]),
        stopped=tensor([True, True]),
        disagreement=torch.zeros(2),
    )


def test_rloo_compares_scores_minus_the_penalty_of_the_whole_completion(
    policy_folder: Path,
) -> None:
    learner = learner_of("rloo", policy_folder, completions_per_prompt=2)
    judged = learner.judge(scored_by_hand(), 0.4)
    # rewards 3 - .4 * 1 = 2.6 and 1: advantages 1.6 and -1.6
    assert judged.rewards.sum(dim=1).tolist() == pytest.approx([2.6, 1.0])
    assert judged.advantages.flatten().tolist() == pytest.approx([1.6, 1.6, -1.6, 0.0])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # 3 and 1: mean 2, standard deviation sqrt 2
        ({}, 0.7071),
        ({"divide_by_std": False}, 1.0),
        # 2.6 and 1: mean 1.8
        ({"divide_by_std": False, "kl_place": "reward"}, 0.8),
    ],
)
def test_grpo_compares_within_the_group(
    policy_folder: Path, settings: dict[str, Any], expected: float
) -> None:
    learner = learner_of("grpo", policy_folder, completions_per_prompt=2, **settings)
    judged = learner.judge(scored_by_hand(), 0.4)
    wanted = [expected, expected, -expected, 0.0]
    assert judged.advantages.flatten().tolist() == pytest.approx(wanted, abs=1e-3)


def test_grpo_averages_over_tokens_or_within_completions(policy_folder: Path) -> None:
    mask = tensor([[True, True, True], [True, False, False]])
    size = UpdateSize(tokens=4, completions=2)
    third, half = 1 / 6, 0.5
    for average, wanted in (
        ("tokens", [0.25, 0.25, 0.25, 0.25, 0.0, 0.0]),
        ("completions", [third, third, third, half, 0.0, 0.0]),
    ):
        learner = learner_of("grpo", policy_folder, average=average)
        assert isinstance(learner, GrpoLearner)
        assert learner.weights(mask, size).flatten().tolist() == pytest.approx(wanted)


def test_the_kl_of_grpo_pulls_the_policy_back_to_the_reference(policy_folder: Path) -> None:
    # no advantage anywhere: only the KL is left to pull, and at the reference it is flat
    def gradient_norm(reference: Policy, coefficient: float) -> float:
        learner = learner_of("grpo", policy_folder, completions_per_prompt=2)
        ids = [[6, 7], [8, 9]]
        said = completion_figures(learner.policy, in_groups([[5], [5]], ids, 2), 1.0, "never")
        completions = [
            SampledCompletion(row, logs.tolist(), "stop")
            for row, logs in zip(ids, said.log_probs.detach(), strict=True)
        ]
        scored = score_completions(
            [[5], [5]],
            completions,
            reference=Reference(reference),
            scorer=always(1.0),
            config=learner.settings,
            group=2,
            processes=Processes(CPU),
        )
        rollouts = Rollouts.of(scored, learner.judge(scored, coefficient))
        position = Position(kl_coefficient=coefficient)
        learner.backward_on(rollouts, UpdateSize(4, 2), position)
        gradients = [p.grad for p in learner.policy.parameters() if p.grad is not None]
        return float(torch.cat([g.flatten() for g in gradients]).norm())

    away, itself = tiny_policy(seed=5), load_policy(policy_folder, CPU)
    assert gradient_norm(itself, 1.0) < 1e-4
    assert gradient_norm(away, 0.0) < 1e-6
    assert gradient_norm(away, 1.0) > 1e-2


def test_the_entropy_bonus_is_a_mean_over_tokens(policy_folder: Path) -> None:
    said = TokenFigures(torch.zeros(1, 2), tensor([[0.5, 1.0]]))
    learner = learner_of("grpo", policy_folder, entropy_coefficient=0.1)
    assert float(learner.entropy_bonus(said, 2)) == pytest.approx(0.075)
    assert learner_of("grpo", policy_folder).entropy_bonus(said, 2) == 0.0


def test_on_a_shared_trunk_the_value_loss_is_weighed(policy_folder: Path) -> None:
    learner = learner_of(
        "ppo",
        policy_folder,
        value_network="shared",
        value_coefficient=0.1,
        value_clip=None,
        kl_coefficient=0,
        gae_lambda=1,
    )
    assert isinstance(learner, SharedValues)
    scored = scored_by_hand()
    # a head of zeros: every return is the completion's score, 3, 3 and 1
    judged = learner.judge(scored, 0.0)
    assert judged.returns is not None
    assert judged.returns.flatten().tolist() == pytest.approx([3.0, 3.0, 1.0, 0.0])
    # whitened: mean 7/3, standard deviation sqrt(8/9)
    wanted = [0.70711, 0.70711, -1.41421, 0.0]
    assert judged.advantages.flatten().tolist() == pytest.approx(wanted, abs=1e-4)
    rollouts = Rollouts.of(scored, judged)
    figures, _ = learner.backward_on(rollouts, UpdateSize(3, 2), Position())
    # half of (9 + 9 + 1) / 3; its slope in the head's bias is -(3 + 3 + 1) / 3, times 0.1
    assert figures["value_loss"] == pytest.approx(19 / 6)
    assert learner.head.output.bias.grad is not None
    assert float(learner.head.output.bias.grad) == pytest.approx(-0.7 / 3)


# --- whole runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_it_raises_a_reward_it_can_see(stage: str, policy_folder: Path, tmp_path: Path) -> None:
    report = conclude(trainer(stage, tmp_path, policy_folder))
    assert report["evaluation"]["score_before"]["value"] == pytest.approx(0.5, abs=0.15)
    assert report["evaluation"]["gain"]["low"] > 0.15
    assert 0 < report["evaluation"]["kl_after"] < 50
    assert report["ended"] == "complete"
    assert (report["value_learning_rate"] is None) == (stage != "ppo")
    figures = events_of(tmp_path, "metric")[-1]["values"]
    assert {"policy_loss", "entropy", "approx_kl", "kl", "score_mean"} <= figures.keys()


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


def test_the_best_policy_is_kept_and_of_equals_the_earlier(
    policy_folder: Path, tmp_path: Path
) -> None:
    # A reward that begins to fall as soon as the policy has moved.
    start = load_policy(policy_folder, CPU)
    calls: list[float] = []

    def souring(
        prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        calls.append(1.0)
        return low_ids(prompts, completions) - 0.2 * len(calls)

    chosen = trainer(
        "rloo",
        tmp_path,
        policy_folder,
        scorer=souring,
        keep="best",
        evaluate_every_iterations=2,
        iterations=4,
    )
    report = conclude(chosen)
    assert report["updates"] == 8
    assert report["kept_updates"] == 0
    kept = load_policy(tmp_path / "model", CPU)
    for name, weight in start.state_dict().items():
        assert torch.equal(kept.state_dict()[name], weight)

    flat = trainer(
        "rloo",
        tmp_path / "flat",
        policy_folder,
        keep="best",
        evaluate_every_iterations=2,
        iterations=4,
        scorer=always(0.0),
    )
    assert conclude(flat)["kept_updates"] == 0
    looks = [e for e in events_of(tmp_path / "flat", "metric") if "evaluation_score" in e["values"]]
    assert [e["step"] for e in looks] == [0, 4, 8]


def test_keeping_the_best_follows_a_rising_score(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(
        "rloo", tmp_path, policy_folder, keep="best", evaluate_every_iterations=1, iterations=3
    )
    report = conclude(chosen)
    looks = [
        (e["values"]["evaluation_score"], -e["step"])
        for e in events_of(tmp_path, "metric")
        if "evaluation_score" in e["values"]
    ]
    assert report["kept_updates"] == -max(looks)[1] > 0
    assert report["evaluation"]["score_after"]["value"] == pytest.approx(max(looks)[0])


def test_at_the_ceiling_the_best_one_below_it_is_the_result(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(
        "rloo",
        tmp_path,
        policy_folder,
        keep="best",
        evaluate_every_iterations=1,
        iterations=20,
        kl_ceiling=0.5,
        learning_rate=3e-2,
    )
    report = conclude(chosen)
    assert report["ended"] == "kl_ceiling"
    assert report["evaluation"]["kl_after"] <= 0.5
    assert report["kept_updates"] < report["updates"]


@pytest.mark.parametrize(
    ("stage", "values", "words"),
    [
        ("rloo", {"completions_per_prompt": 1}, "completions_per_prompt: 1 .* >= 2"),
        ("grpo", {"minibatch_size": 4}, "completions_per_prompt 8 must divide minibatch_size 4"),
        ("ppo", {"keep": "best", "evaluation_prompts": 0}, "keep best needs evaluation_prompts"),
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


# --- texts mixed in -----------------------------------------------------------------------------


def gradients_of(policy: Policy) -> Tensor:
    return torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])


def test_texts_mixed_in_add_their_weighted_gradient(policy_folder: Path) -> None:
    rows = [([5], [6, 7, 2]), ([5, 8], [9]), ([5], [10, 11])]
    config = PpoConfig(pretraining_coefficient=0.5, pretraining_batch_size=2)
    mix = PretrainingMix(rows, config)
    policy = load_policy(policy_folder, CPU)
    first = mix.rows_of(0)
    # the mean over all tokens of both rows, one log-probability after the other
    total, tokens = torch.zeros(()), 0
    for prompt, ids in first:
        logits = policy.language_model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        for place, index in enumerate(ids):
            total = total - logits[len(prompt) + place - 1, index]
        tokens += len(ids)
    (0.5 * total / tokens).backward()
    expected = gradients_of(policy)
    policy.zero_grad()
    loss = mix.backward(policy, 0, Processes(CPU))
    assert loss == pytest.approx(float(total.detach()) / tokens, abs=1e-5)
    assert torch.allclose(gradients_of(policy), expected, atol=1e-6)
    mix.backward(policy, 0, Processes(CPU))  # added to what is there, as beside a policy update
    assert torch.allclose(gradients_of(policy), 2 * expected, atol=1e-6)


def test_an_epoch_of_texts_sees_each_once() -> None:
    rows = [([n], [n]) for n in range(7)]
    mix = PretrainingMix(rows, PpoConfig(pretraining_coefficient=1, pretraining_batch_size=2))
    seen = [row[0][0] for step in range(7) for row in mix.rows_of(step)]
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert mix.rows_of(3) == mix.rows_of(3)


def test_mixing_in_texts_keeps_the_policy_at_them(
    policy_folder: Path, snapshot: Path, prompts: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts.jsonl"
    dialogue = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "zz"}]
    lines = [{"text": "zz zz zz"}, {"messages": dialogue}]
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    for name, source in (("demonstrations", snapshot), ("texts", texts)):
        inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
        folder = write_run(tmp_path / name, "grpo", {**inputs, "pretraining": source})
        values = {**COMMON, "iterations": 4, "pretraining_coefficient": 1.0}
        run_grpo(open_run(folder, "grpo"), GrpoConfig(**values))
        losses = [e["values"]["pretraining_loss"] for e in events_of(folder, "metric")]
        assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize(
    ("coefficient", "given", "words"),
    [(1.0, False, "needs inputs.pretraining"), (0.0, True, "has no effect with pretraining_coeff")],
)
def test_texts_and_their_weight_go_together(
    coefficient: float, given: bool, words: str, policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    config = PpoConfig(pretraining_coefficient=coefficient)
    events = open_run(write_run(tmp_path / "run", "ppo", {}), "ppo").events
    policy = load_policy(policy_folder, CPU)
    with pytest.raises(Refused, match=words):
        open_pretraining_mix(snapshot if given else None, config, policy, events)


def test_long_texts_are_cut_and_said_to_be(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    config = PpoConfig(pretraining_coefficient=1.0, max_prompt_tokens=13, max_new_tokens=4)
    run = open_run(write_run(tmp_path / "run", "ppo", {}), "ppo")
    mix = open_pretraining_mix(snapshot, config, load_policy(policy_folder, CPU), run.events)
    assert mix is not None
    assert all(len(prompt) + len(ids) <= 17 for prompt, ids in mix.rows)
    assert "cut to 17 tokens" in events_of(tmp_path / "run", "warning")[0]["message"]
