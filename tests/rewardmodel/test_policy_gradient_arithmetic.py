"""The advantages and losses of PPO, RLOO and GRPO, against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import tensor

from rewardmodel.advantages import (
    combine_members,
    disagreement,
    group_relative,
    leave_one_out,
    punish_missing_stop,
    scaled_to_unit_spread,
)
from rewardmodel.batches import pad_prompts
from rewardmodel.decoding import SampledCompletion
from rewardmodel.grpo import GrpoLearner
from rewardmodel.learners import Position, UpdateSize
from rewardmodel.losses import clipped_sequence_loss, clipped_value_loss
from rewardmodel.models import Policy, load_policy
from rewardmodel.policy_forward import completion_figures, in_groups
from rewardmodel.ppo import SharedValues
from rewardmodel.ppo_figures import rollout_figures
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Rollouts
from rewardmodel.scoring import Reference, Scored, score_completions
from rewardmodel.unembedding import TokenFigures
from tests.rewardmodel.conftest import CPU, tiny_policy
from tests.rewardmodel.policy_gradients import (
    always,
    learner_of,
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


def test_the_clip_of_rloo_acts_on_ratios_of_whole_completions(policy_folder: Path) -> None:
    learner = learner_of("rloo", policy_folder, completions_per_prompt=2)
    scored = scored_by_hand()
    rollouts = Rollouts.of(scored, learner.judge(scored, 0.0))
    said = learner.forward(rollouts).log_probs.detach()
    # every token of the first completion became 1.2 times as likely, that of the second 0.9 times
    drawn = said - tensor([[math.log(1.2), math.log(1.2)], [math.log(0.9), 0.0]])
    _, ratios = learner.backward_on(
        replace(rollouts, log_probs=drawn), UpdateSize(3, 2), Position()
    )
    assert ratios.tokens.tolist() == pytest.approx([1.2, 1.2, 0.9])
    assert ratios.clipped.tolist() == pytest.approx([1.44, 0.9])


def test_an_iteration_has_the_largest_ratio_of_its_updates_and_the_mean_of_the_rest() -> None:
    position = Position()
    for largest, clipped in ((1.1, 0.0), (3.0, 0.2), (1.3, 0.4)):
        position.count({"ratio_max": largest, "policy_clip": clipped})
    assert position.means() == {"ratio_max": 3.0, "policy_clip": pytest.approx(0.2)}


def test_grpo_tells_its_policy_loss_from_the_kl_beside_it(policy_folder: Path) -> None:
    """Of advantages that are all 0 the policy loss is 0, whatever the KL."""
    settings = {"completions_per_prompt": 2, "divide_by_std": False}
    learner = learner_of("grpo", policy_folder, **settings)
    scored = replace(scored_by_hand(), penalized=tensor([1.0, 1.0]))
    rollouts = Rollouts.of(scored, learner.judge(scored, 0.5))
    said = learner.forward(rollouts).log_probs.detach()
    # k3 of a token that the reference finds twice as likely: 2 - 1 - ln 2
    rollouts = replace(rollouts, log_probs=said, reference=said + math.log(2))
    figures, _ = learner.backward_on(rollouts, UpdateSize(3, 2), Position(kl_coefficient=0.5))
    assert figures["policy_loss"] == pytest.approx(0, abs=1e-7)
    assert figures["kl_loss"] == pytest.approx(0.5 * (1 - math.log(2)))


def test_rollouts_tell_their_padding_their_spread_and_what_they_repeat(
    policy_folder: Path,
) -> None:
    batch = pad_prompts([[5], [5]], 0, CPU, [[6, 7, 6, 7, 6], [6, 7]])
    none = torch.zeros(2, 5)
    scored = Scored(
        batch=batch,
        log_probs=none,
        reference=none,
        scores=tensor([3.0, 1.0]),
        penalized=tensor([3.0, 1.0]),
        stopped=tensor([True, True]),
        disagreement=torch.zeros(2),
    )
    learner = learner_of("rloo", policy_folder, completions_per_prompt=2)
    figures = rollout_figures(Rollouts.of(scored, learner.judge(scored, 0.0)))
    assert figures["reward_std"] == pytest.approx(1.0)
    # two rows of six places, three of them empty
    assert figures["padding_share"] == pytest.approx(3 / 12)
    # pairs 67 76 67 76 and 67: two are unlike all others, and two came before in their completion
    assert figures["distinct_bigrams"] == pytest.approx(2 / 5)
    assert figures["repeat_rate"] == pytest.approx(2 / 5)


def test_the_spread_of_returns_is_that_of_single_tokens(policy_folder: Path) -> None:
    learner = learner_of("ppo", policy_folder, kl_coefficient=0, gae_lambda=1)
    scored = scored_by_hand()
    rollouts = Rollouts.of(scored, learner.judge(scored, 0.0))
    # returns 3, 3 and 1: mean 7/3, squares 4/9, 4/9 and 16/9
    assert learner.figures(rollouts)["return_std"] == pytest.approx(math.sqrt(8 / 9))


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
