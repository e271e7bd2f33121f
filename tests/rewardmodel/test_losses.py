"""The arithmetic, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import tensor

from rewardmodel.losses import (
    adapted_kl_coefficient,
    clipped_policy_loss,
    clipped_value_loss,
    completion_log_probs,
    generalized_advantages,
    group_pairwise_loss,
    kl_k1,
    kl_k3,
    next_token_loss,
    token_rewards,
    whiten,
)

# softplus(-2), softplus(-1), softplus(1) to six places, from a table
SP_M2, SP_M1, SP_P1 = 0.126928, 0.313262, 1.313262


def matrix(size: int, entries: dict[tuple[int, int], float]) -> torch.Tensor:
    result = torch.zeros(size, size)
    for place, value in entries.items():
        result[place] = value
    return result


def test_group_loss_is_the_mean_over_the_pairs_of_a_ranking() -> None:
    # 0 beats 2 beats 1; differences 2 (0 over 1), 1 (0 over 2), 1 (2 over 1)
    preference = matrix(3, {(0, 1): 1, (0, 2): 1, (2, 1): 1})[None]
    loss, weight = group_pairwise_loss(
        tensor([[2.0, 0.0, 1.0]]), preference, torch.zeros(1, 3, 3), tensor([1.0])
    )
    assert float(loss / weight) == pytest.approx((SP_M2 + 2 * SP_M1) / 3, abs=1e-5)


def test_a_long_ranking_does_not_outvote_a_pair() -> None:
    scores = tensor([[2.0, 0.0, 1.0], [1.0, 0.0, 99.0]])
    preference = torch.stack([matrix(3, {(0, 1): 1, (0, 2): 1, (2, 1): 1}), matrix(3, {(0, 1): 1})])
    loss, weight = group_pairwise_loss(scores, preference, torch.zeros(2, 3, 3), torch.ones(2))
    expected = ((SP_M2 + 2 * SP_M1) / 3 + SP_M1) / 2
    assert float(loss / weight) == pytest.approx(expected, abs=1e-5)


def test_a_half_tie_pulls_scores_together() -> None:
    scores = tensor([[1.0, 0.0]], requires_grad=True)
    preference = matrix(2, {(0, 1): 0.5, (1, 0): 0.5})[None]
    loss, weight = group_pairwise_loss(scores, preference, torch.zeros(1, 2, 2), tensor([1.0]))
    assert (loss / weight).item() == pytest.approx((SP_M1 + SP_P1) / 2, abs=1e-5)
    loss.backward()
    assert scores.grad is not None
    assert scores.grad[0, 0] > 0 > scores.grad[0, 1]


def test_weights_count_and_a_ranking_without_pairs_does_not() -> None:
    scores = tensor([[1.0, 0.0], [2.0, 0.0], [5.0, 5.0]])
    pair, none = matrix(2, {(0, 1): 1}), torch.zeros(2, 2)
    loss, weight = group_pairwise_loss(
        scores, torch.stack([pair, pair, none]), torch.zeros(3, 2, 2), tensor([3.0, 1.0, 7.0])
    )
    assert float(weight) == 4.0
    assert float(loss) == pytest.approx(3 * SP_M1 + SP_M2, abs=1e-5)


def test_a_margin_asks_for_more_difference() -> None:
    preference, margins = matrix(2, {(0, 1): 1})[None], matrix(2, {(0, 1): 3})[None]
    loss, _ = group_pairwise_loss(tensor([[2.0, 0.0]]), preference, margins, tensor([1.0]))
    assert float(loss) == pytest.approx(SP_P1, abs=1e-5)


def test_swapping_chosen_and_rejected_turns_the_gradient_round() -> None:
    gradients = []
    for place in ((0, 1), (1, 0)):
        scores = torch.zeros(1, 2, requires_grad=True)
        loss, _ = group_pairwise_loss(
            scores, matrix(2, {place: 1})[None], torch.zeros(1, 2, 2), tensor([1.0])
        )
        loss.backward()
        gradients.append(scores.grad)
    assert torch.equal(gradients[0], -gradients[1])
    assert gradients[0].tolist() == [[-0.5, 0.5]]


def test_a_large_difference_neither_overflows_nor_vanishes() -> None:
    loss, _ = group_pairwise_loss(
        tensor([[0.0, 1e4]]), matrix(2, {(0, 1): 1})[None], torch.zeros(1, 2, 2), tensor([1.0])
    )
    assert float(loss) == pytest.approx(1e4)


def test_gae_by_hand() -> None:
    # deltas .1, .1, .3; lambda .5: .3 -> .1 + .5*.3 = .25 -> .1 + .5*.25 = .225
    advantages, returns = generalized_advantages(
        rewards=tensor([[0.0, 0.0, 1.0, 9.0]]),
        values=tensor([[0.5, 0.6, 0.7, 9.0]]),
        mask=tensor([[True, True, True, False]]),
        discount=1.0,
        gae_lambda=0.5,
    )
    assert advantages[0].tolist() == pytest.approx([0.225, 0.25, 0.3, 0.0])
    assert returns[0].tolist() == pytest.approx([0.725, 0.85, 1.0, 0.0])


def test_gae_discounts() -> None:
    # deltas: 0 + .5*1 - 0 = .5 and 2 - 1 = 1; lambda 1: 1 -> .5 + .5*1 = 1
    advantages, _ = generalized_advantages(
        tensor([[0.0, 2.0]]), tensor([[0.0, 1.0]]), torch.ones(1, 2, dtype=torch.bool), 0.5, 1.0
    )
    assert advantages[0].tolist() == pytest.approx([1.0, 1.0])


def test_whitening_looks_at_real_tokens_only_and_centres_them() -> None:
    whitened = whiten(tensor([[1.0, 2.0], [3.0, 100.0]]), tensor([[True, True], [True, False]]))
    root = math.sqrt(1.5)  # variance of 1, 2, 3 is 2/3
    assert whitened.flatten().tolist() == pytest.approx([-root, 0.0, root, 0.0], abs=1e-5)


def test_kl_estimators_by_hand() -> None:
    policy, reference = tensor(0.5).log(), tensor(0.25).log()
    assert float(kl_k1(policy, reference)) == pytest.approx(0.693147, abs=1e-5)
    assert float(kl_k3(policy, reference)) == pytest.approx(0.193147, abs=1e-5)  # .5 - 1 + ln 2
    assert float(kl_k3(reference, policy)) == pytest.approx(0.306853, abs=1e-5)  # 2 - 1 - ln 2
    assert float(kl_k3(policy, policy)) == 0.0


def test_the_score_lands_on_the_last_token_and_the_return_is_score_minus_penalty() -> None:
    rewards = token_rewards(
        scores=tensor([2.0, 2.0]),
        kl=tensor([[0.1, 0.2, 0.0], [0.1, 0.1, 0.1]]),
        mask=tensor([[True, True, False], [True, True, True]]),
        kl_coefficient=0.5,
    )
    assert rewards[0].tolist() == pytest.approx([-0.05, 1.9, 0.0])
    # same score, same total KL, other length: same return
    assert rewards.sum(dim=1).tolist() == pytest.approx([1.85, 1.85])


def test_policy_loss_clips_the_gain_but_not_the_loss() -> None:
    ratio = tensor([[1.5, 1.5, 0.5, 1.5]]).log()
    advantages = tensor([[1.0, -1.0, 1.0, 1.0]])
    mask = tensor([[True, True, True, False]])
    result = clipped_policy_loss(ratio, torch.zeros(1, 4), advantages, mask, clip=0.2)
    # -1.2 (clipped), 1.5 (not), -0.5 (not), padding
    assert float(result.loss) == pytest.approx(-1.2 + 1.5 - 0.5)
    assert result.clipped.tolist() == [[True, False, False, False]]


def test_value_loss_takes_the_larger_of_plain_and_clipped() -> None:
    # v 2, old 1, return 3: plain 1, clipped (1.2 - 3)^2 = 3.24
    result = clipped_value_loss(
        tensor([[2.0]]), tensor([[1.0]]), tensor([[3.0]]), tensor([[True]]), clip=0.2
    )
    assert float(result.loss) == pytest.approx(1.62)


def test_values_that_moved_less_than_the_clip_are_never_counted_as_clipped() -> None:
    draw = torch.Generator().manual_seed(0)
    values, old, returns = torch.randn(3, 1, 100_000, generator=draw) * 0.02
    mask = torch.ones(1, 100_000, dtype=torch.bool)
    # old + (values - old) is not always values, to the bit
    inside = clipped_value_loss(values, old, returns, mask, clip=0.2)
    assert int(inside.clipped.sum()) == 0
    beyond = clipped_value_loss(old + 0.3, old, old + 1, mask, clip=0.2)
    assert int(beyond.clipped.sum()) == 100_000


def test_the_adaptive_coefficient_moves_by_a_bounded_share() -> None:
    assert adapted_kl_coefficient(0.1, 12, 6, 100, 1000) == pytest.approx(0.102)
    assert adapted_kl_coefficient(0.1, 0, 6, 100, 1000) == pytest.approx(0.098)
    assert adapted_kl_coefficient(0.1, 6.6, 6, 100, 1000) == pytest.approx(0.101)


def test_log_probs_belong_to_the_distribution_at_the_temperature() -> None:
    # logits 0 and ln 9 at temperature 2 are 0 and ln 3: probabilities 1/4 and 3/4
    logits = tensor([[[0.0, math.log(9)]]])
    log_probs, entropy = completion_log_probs(logits, tensor([[1]]), temperature=2.0)
    assert float(log_probs.exp()) == pytest.approx(0.75)
    assert float(entropy) == pytest.approx(0.25 * math.log(4) + 0.75 * math.log(4 / 3))


def test_next_token_loss_ignores_padding() -> None:
    logits = torch.zeros(1, 2, 4)
    loss = next_token_loss(logits, tensor([[1, 3]]), tensor([[True, False]]))
    assert float(loss) == pytest.approx(math.log(4))
