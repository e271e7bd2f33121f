"""Losses of ties, lists and the cut against numbers worked by hand.

Everything rests on three exponentials: e^(ln 2) = 2, e^(ln 3) = 3, e^(ln 4) = 4.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, tensor

from rewardmodel.losses import group_pairwise_loss
from rewardmodel.reward_losses import (
    cut_loss,
    outcome_log_probs,
    plackett_luce_loss,
    probability_of_tie,
    tie_aware_loss,
    win_log_odds,
)

LN2, LN3, LN4 = math.log(2), math.log(3), math.log(4)
ONE = torch.ones(1)


def matrix(size: int, *entries: tuple[int, int], value: float = 1.0) -> Tensor:
    found = torch.zeros(1, size, size)
    for first, second in entries:
        found[0, first, second] = value
    return found


def plackett_luce(
    scores: Tensor, tiers: Tensor, weights: Tensor, *, ties_compete: bool
) -> tuple[Tensor, Tensor]:
    """The loss where no two texts are identical."""
    texts = torch.arange(scores.shape[1]).expand_as(tiers)
    return plackett_luce_loss(scores, tiers, texts, weights, ties_compete=ties_compete)


@pytest.mark.parametrize("kind", ["rao_kupper", "davidson"])
def test_untrained_tie_models_give_equal_scores_one_third_each(kind: str) -> None:
    win, tie = outcome_log_probs(torch.zeros(1), torch.zeros(()), kind)
    assert win.exp().item() == pytest.approx(1 / 3)
    assert tie.exp().item() == pytest.approx(1 / 3)
    assert probability_of_tie(0.0, kind) == pytest.approx(1 / 3)


def test_rao_kupper_by_hand() -> None:
    # t = 0: eta = ln 2. d = ln 4: P(win) = 4/(4+2) = 2/3, P(loss) = 1/(1+2*4) = 1/9, tie 2/9.
    win, tie = outcome_log_probs(tensor([LN4, -LN4]), torch.zeros(()), "rao_kupper")
    assert win.exp().tolist() == pytest.approx([2 / 3, 1 / 9])
    assert tie.exp().tolist() == pytest.approx([2 / 9, 2 / 9])


def test_davidson_by_hand() -> None:
    # nu = 1, d = ln 4: 2, 1/2 and 1 over 3.5: 4/7, 1/7, 2/7. nu = 2 at d = 0: 1/4, 1/4, 1/2.
    win, tie = outcome_log_probs(tensor([LN4, -LN4]), torch.zeros(()), "davidson")
    assert win.exp().tolist() == pytest.approx([4 / 7, 1 / 7])
    assert tie.exp().tolist() == pytest.approx([2 / 7, 2 / 7])
    assert probability_of_tie(LN2, "davidson") == pytest.approx(1 / 2)


@pytest.mark.parametrize(("kind", "odds"), [("rao_kupper", 6.0), ("davidson", 4.0)])
def test_the_odds_of_a_win_are_those_among_wins_and_losses(kind: str, odds: float) -> None:
    # by hand above, at d = ln 4: 2/3 to 1/9 and 4/7 to 1/7
    found = win_log_odds(tensor([LN4, -LN4, 0.0]), torch.zeros(()), kind)
    assert found.exp().tolist() == pytest.approx([odds, 1 / odds, 1.0])


@pytest.mark.parametrize(
    ("kind", "won", "tied"), [("rao_kupper", 2 / 3, 2 / 9), ("davidson", 4 / 7, 2 / 7)]
)
def test_tie_aware_loss_is_the_mean_over_wins_and_ties(kind: str, won: float, tied: float) -> None:
    # scores ln 4, 0, 0: "0 beats 1" and "0 ties with 2", both of difference ln 4
    loss, weight = tie_aware_loss(
        tensor([[LN4, 0.0, 0.0]]),
        matrix(3, (0, 1)),
        matrix(3, (0, 2)).bool(),
        torch.zeros(1, 3, 3),
        tensor([2.0]),
        torch.zeros(()),
        kind,
    )
    assert loss.item() == pytest.approx(2 * -(math.log(won) + math.log(tied)) / 2)
    assert weight.item() == 2.0


def test_a_margin_is_added_to_what_a_win_needs() -> None:
    # d = ln 4 with a margin of ln 4 is a win at d = 0: one third
    loss, _ = tie_aware_loss(
        tensor([[LN4, 0.0]]),
        matrix(2, (0, 1)),
        torch.zeros(1, 2, 2, dtype=torch.bool),
        matrix(2, (0, 1), value=LN4),
        ONE,
        torch.zeros(()),
        "davidson",
    )
    assert loss.item() == pytest.approx(LN3)


@pytest.mark.parametrize("kind", ["rao_kupper", "davidson"])
def test_many_ties_between_equal_scores_teach_that_ties_are_likely(kind: str) -> None:
    parameter = torch.zeros((), requires_grad=True)
    loss, _ = tie_aware_loss(
        torch.zeros(1, 2),
        torch.zeros(1, 2, 2),
        matrix(2, (0, 1)).bool(),
        torch.zeros(1, 2, 2),
        ONE,
        parameter,
        kind,
    )
    (gradient,) = torch.autograd.grad(loss, parameter)
    assert gradient.item() < 0
    assert probability_of_tie(1.0, kind) > 1 / 3


def test_plackett_luce_by_hand() -> None:
    # Worths 4, 2, 1 in this order: 4/7 then 2/3; the last choice has no alternative.
    # Mean of -log over 2 choices = -log(8/21)/2.
    scores = tensor([[0.0, LN4, LN2]])
    loss, weight = plackett_luce(scores, tensor([[2, 0, 1]]), ONE, ties_compete=False)
    assert loss.item() == pytest.approx(-math.log(8 / 21) / 2)
    assert weight.item() == 1


def test_plackett_luce_of_two_is_the_pair_loss() -> None:
    scores = tensor([[LN3, 0.0]])  # 3 against 1
    loss, _ = plackett_luce(scores, tensor([[0, 1]]), ONE, ties_compete=False)
    pair, _ = group_pairwise_loss(scores, matrix(2, (0, 1)), torch.zeros(1, 2, 2), ONE)
    assert loss.item() == pytest.approx(-math.log(3 / 4)) == pytest.approx(pair.item())


def test_tied_completions_that_do_not_compete_meet_the_lower_tiers_alone() -> None:
    # Worths 4 and 2 tied above 1: 4/5 and 2/3, two choices.
    scores = tensor([[LN4, LN2, 0.0]])
    loss, _ = plackett_luce(scores, tensor([[0, 0, 1]]), ONE, ties_compete=False)
    assert loss.item() == pytest.approx(-(math.log(4 / 5) + math.log(2 / 3)) / 2)


def test_tied_completions_that_compete_follow_efron() -> None:
    # Worths 4 and 2 tied above 1. l=0: among 4+2+1 = 7; l=1: among 7 - 6/2 = 4.
    # -log(4 * 2 / (7 * 4)) over two choices that have an alternative.
    scores = tensor([[LN4, LN2, 0.0]])
    loss, _ = plackett_luce(scores, tensor([[0, 0, 1]]), ONE, ties_compete=True)
    assert loss.item() == pytest.approx(-math.log(8 / 28) / 2)


def test_a_tie_at_the_bottom_pulls_together() -> None:
    # Worths 4 above 2 and 1: 4/7, then 2 and 1 of 3, and of 3 - 3/2; two choices have alternatives.
    scores = tensor([[LN4, LN2, 0.0]])
    loss, _ = plackett_luce(scores, tensor([[0, 1, 1]]), ONE, ties_compete=True)
    assert loss.item() == pytest.approx(-math.log(4 / 7 * 2 / 3 * 1 / 1.5) / 2)
    values = tensor([[0.0, 1.0]], requires_grad=True)
    loss, _ = plackett_luce(values, tensor([[0, 0]]), ONE, ties_compete=True)
    (gradient,) = torch.autograd.grad(loss, values)
    assert gradient[0, 0] < 0 < gradient[0, 1]


@pytest.mark.parametrize("ties_compete", [False, True])
def test_one_text_in_two_tiers_is_no_alternative_to_itself(ties_compete: bool) -> None:
    # Worths 4, 2, 4 in this order, the last text the first again. 4 of 4+2, without itself; then
    # 2 of 2+4. Two choices.
    scores = tensor([[LN4, LN2, LN4]])
    loss, _ = plackett_luce_loss(
        scores, tensor([[0, 1, 2]]), tensor([[0, 1, 0]]), ONE, ties_compete=ties_compete
    )
    assert loss.item() == pytest.approx(-math.log(4 / 6 * 2 / 6) / 2)


@pytest.mark.parametrize("ties_compete", [False, True])
def test_a_ranking_of_one_text_alone_says_nothing(ties_compete: bool) -> None:
    scores = tensor([[LN4, LN4, LN4]], requires_grad=True)
    loss, weight = plackett_luce_loss(
        scores, tensor([[0, 1, 1]]), tensor([[0, 0, 0]]), ONE, ties_compete=ties_compete
    )
    (gradient,) = torch.autograd.grad(loss, scores)
    assert loss.item() == weight.item() == 0
    assert not gradient.any()


def test_one_text_twice_in_a_tie_that_competes_meets_the_others_alone() -> None:
    # Worths 4, 4, 2 in one tie, the first two one text. Each 4 ties with the 2: among 6, then among
    # 6/2; the 2 ties with both: among 10, 10*2/3, 10/3. Each costs its mean, and that makes
    # 1/2 + 1/2 + 2/3 choices with an alternative.
    scores = tensor([[LN4, LN4, LN2]])
    loss, _ = plackett_luce_loss(
        scores, tensor([[0, 0, 0]]), tensor([[0, 0, 2]]), ONE, ties_compete=True
    )
    four = (math.log(6) + math.log(3)) / 2 - math.log(4)
    two = (math.log(10) + math.log(20 / 3) + math.log(10 / 3)) / 3 - math.log(2)
    assert loss.item() == pytest.approx((2 * four + two) / (1 / 2 + 1 / 2 + 2 / 3))


def test_unranked_completions_padding_and_empty_rankings_are_left_out() -> None:
    scores = tensor([[LN4, 50.0, 0.0], [7.0, 8.0, 9.0]])
    tiers = tensor([[0, -1, 1], [-1, 0, 0]])
    loss, weight = plackett_luce(scores, tiers, tensor([1.0, 5.0]), ties_compete=False)
    assert loss.item() == pytest.approx(-math.log(4 / 5))
    assert weight.item() == 1.0


def test_plackett_luce_has_finite_gradients_everywhere() -> None:
    scores = torch.randn(2, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    tiers = tensor([[0, 1, 1, -1], [-1, -1, 0, 0]])
    for compete in (True, False):
        loss, _ = plackett_luce(scores, tiers, torch.ones(2), ties_compete=compete)
        (gradient,) = torch.autograd.grad(loss, scores)
        assert torch.isfinite(gradient).all()
        assert float(gradient[0, 3]) == 0.0


def test_the_cut_by_hand() -> None:
    # ln 3 acceptable: 3/4; ln 3 not: 1/4; nothing said of the third. Weights 1 and 2.
    scores = tensor([[LN3, LN3, 9.0], [LN3, 9.0, 9.0]])
    acceptable = tensor([[1, -1, 0], [1, 0, 0]])
    loss = cut_loss(scores, acceptable, tensor([1.0, 2.0]))
    first = -(math.log(3 / 4) + math.log(1 / 4)) / 2
    assert loss.item() == pytest.approx(first + 2 * -math.log(3 / 4))
