"""Figures of agreement, against small cases counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from rewardmodel.groups import Group
from rewardmodel.metrics import (
    DIFFERENCE,
    SHARE,
    clustered_ratio,
    expected_calibration_error,
    pair_figures,
    score_differences,
)
from rewardmodel.rankings import Pair

LN3 = math.log(3)


def group(tiers: list[int | None], lengths: list[int], prompt: str = "p") -> Group:
    pairs = [
        Pair(a, b, tiers[a] == tiers[b], False, 1, abs(tiers[a] - tiers[b]), False)
        if tiers[a] <= tiers[b]
        else Pair(b, a, False, False, 1, tiers[a] - tiers[b], False)
        for a in range(len(tiers))
        for b in range(a + 1, len(tiers))
        if tiers[a] is not None and tiers[b] is not None
    ]
    return Group(prompt, [1], [[n] for n in range(len(tiers))], lengths, pairs, tiers, 1.0)


def test_accuracy_counts_strict_pairs_and_half_for_equal_scores() -> None:
    # tiers 0 < 1 = 1: strict pairs (0,1) right and (0,2) undecided; the tie is no pair
    figures = pair_figures([group([0, 1, 1], [9, 5, 9])], [[2.0, 1.0, 2.0]])
    assert figures["pairs"] == 2
    assert figures["accuracy"]["value"] == 0.75
    assert figures["length_baseline"]["value"] == 0.75  # 9 > 5 right, 9 = 9 undecided
    assert figures["shorter_baseline"]["value"] == 0.25


def test_ties_stand_beside_strict_pairs() -> None:
    # strict pairs differ by 1 and 0.5; ties by 1.5 (nearer than none), 0.75 (than one of two) and
    # 1 (than none, as far as one): (0 + 1/2 + 1/4) / 3
    groups = [
        group([0, 1, 1], [1, 1, 1], "a"),
        group([0, 0], [1, 1], "b"),
        group([0, 0], [1, 1], "c"),
    ]
    odds = score_differences([[2.0, 1.0, 2.5], [0.75, 0.0], [4.0, 5.0]])
    scores = [[0.0, 0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    ties = pair_figures(groups, scores, log_odds=odds)["ties"]
    assert ties == {
        "pairs": 3,
        "share": 0.6,
        "mean_difference": pytest.approx(13 / 12),
        "mean_difference_strict": 0.75,
        "told_from_strict": pytest.approx(0.25),
    }
    assert pair_figures([group([0, 1], [1, 1])], [[1.0, 0.0]])["ties"] == {
        "pairs": 0,
        "share": 0.0,
        "mean_difference": None,
        "mean_difference_strict": 1.0,
        "told_from_strict": None,
    }


def test_micro_weighs_pairs_and_macro_weighs_prompts() -> None:
    groups = [group([0, 1, 2], [1, 1, 1], "a"), group([0, 1], [1, 1], "b")]
    figures = pair_figures(groups, [[3.0, 2.0, 1.0], [0.0, 1.0]])
    assert figures["accuracy"]["value"] == 0.75  # 3 of 4
    assert figures["accuracy_per_prompt"] == 0.5  # 1 and 0
    assert figures["top_1"] == 0.5
    assert figures["kendall_tau_b"] == 0.0  # 1 and -1


def test_unranked_completions_count_nowhere() -> None:
    figures = pair_figures([group([None, 1, 0], [1, 1, 1])], [[9.0, 1.0, 2.0]])
    assert (figures["pairs"], figures["top_1"], figures["kendall_tau_b"]) == (1, 1.0, 1.0)


def test_tau_b_allows_for_ties() -> None:
    # one tied pair of three: tau-b = 2 / sqrt(2 * 3)
    figures = pair_figures([group([0, 1, 1], [1, 1, 1])], [[3.0, 2.0, 1.0]])
    assert figures["kendall_tau_b"] == pytest.approx(2 / math.sqrt(6))


@pytest.mark.parametrize("tiers", [[0, 1, 2, 2], [2, 1, 0, 2], [2, 2, 1, 0]])
def test_where_the_best_stands_does_not_help_a_scorer_that_knows_nothing(
    tiers: list[int | None],
) -> None:
    # all four score best, one of them is
    figures = pair_figures([group(tiers, [1, 1, 1, 1])], [[0.5, 0.5, 0.5, 0.5]])
    assert figures["top_1"] == 0.25


def test_a_shared_best_score_counts_the_share_that_is_best() -> None:
    groups = [group([0, 0, 1], [1, 1, 1]), group([0, 1, 2], [1, 1, 1], "b")]
    # of three best-scored two are best; of two none is
    figures = pair_figures(groups, [[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    assert figures["top_1"] == pytest.approx(1 / 3)


def test_rankings_that_a_scorer_cannot_order_count_0_and_single_ties_not_at_all() -> None:
    ordered, tied = group([0, 1, 2], [1, 1, 1]), group([0, 0, 0], [1, 1, 1])
    scores = [[3.0, 2.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    figures = pair_figures([ordered] * 3, scores)
    assert figures["kendall_tau_b"] == pytest.approx(1 / 3)
    figures = pair_figures([ordered, tied, tied], [scores[0], scores[0], scores[1]])
    assert figures["kendall_tau_b"] == 1.0


def test_nll_of_knowing_nothing_is_ln_2() -> None:
    figures = pair_figures([group([0, 1], [1, 1])], [[0.0, 0.0]])
    assert figures["nll"] == pytest.approx(math.log(2))
    assert figures["brier"] == 0.25


def test_calibration_error_is_0_where_three_in_four_come_true_and_a_quarter_where_all_do() -> None:
    assert expected_calibration_error(np.array([LN3, LN3, LN3, -LN3])) == pytest.approx(0, abs=1e-9)
    assert expected_calibration_error(np.array([LN3] * 4)) == pytest.approx(0.25)


def test_the_interval_resamples_prompts_not_pairs() -> None:
    # 20 prompts of 100 pairs each, all right or all wrong: the interval is that of 20 coins
    right = [100.0] * 10 + [0.0] * 10
    interval = clustered_ratio(right, [100.0] * 20, 2000, 0)
    assert interval.value == 0.5
    assert interval.high - interval.low == pytest.approx(4 * math.sqrt(0.25 / 20), abs=0.08)
    assert clustered_ratio([1.0] * 5, [1.0] * 5, 100, 0).low == 1.0  # scores: of any size


def test_all_right_or_all_wrong_still_has_an_interval() -> None:
    # Clopper and Pearson: all of 19 are right 1 time in 40 where each is with chance 0.025^(1/19)
    right = clustered_ratio([3.0] * 19, [3.0] * 19, 100, 0, SHARE)
    assert (right.value, right.high, right.clusters) == (1.0, 1.0, 19)
    assert right.low == pytest.approx(0.824, abs=5e-4)
    assert right.low**19 == pytest.approx(0.025)
    wrong = clustered_ratio([0.0] * 19, [3.0] * 19, 100, 0, SHARE)
    assert (wrong.low, wrong.high) == (0.0, pytest.approx(1 - right.low))


def test_one_wrong_of_many_is_less_sure_than_none() -> None:
    # 18 or 19 of 19 are right 1 time in 40; resampled the lower end would be 16/19, above that of 19 of 19
    one = clustered_ratio([1.0] * 18 + [0.0], [1.0] * 19, 1000, 0, SHARE)
    low = one.low
    assert 19 * low**18 * (1 - low) + low**19 == pytest.approx(0.025)
    assert low == pytest.approx(0.740, abs=5e-4)
    assert one.high == 1.0
    many = clustered_ratio([1.0] * 10 + [0.0] * 10, [1.0] * 20, 1000, 0, SHARE)
    # far from the edges: resampled. Of 20 prompts 2.093 * sqrt(20 / 19) = 2.147 standard errors, beyond
    # which 1.6 % lie; of 20 coins 4 or fewer fall heads 0.6 % of the time, 5 or fewer 2.1 %
    assert (many.low, many.high) == (0.25, 0.75)


def test_two_scorers_that_agree_everywhere_may_differ_elsewhere() -> None:
    # of 19 prompts none differs, so at most 1 - 0.025^(1/19) = 17.6 % of all do, by at most 1
    same = clustered_ratio([0.0] * 19, [2.0] * 19, 100, 0, DIFFERENCE)
    assert (same.low, same.high) == (
        pytest.approx(-0.176, abs=5e-4),
        pytest.approx(0.176, abs=5e-4),
    )


def test_figures_of_all_right_prompts_are_not_certain() -> None:
    groups = [group([0, 1], [2, 1], f"prompt {n}") for n in range(20)]
    figures = pair_figures(groups, [[1.0, 0.0]] * 20)
    least = pytest.approx(0.025 ** (1 / 20))  # 0.832
    for name in ("accuracy", "accuracy_macro", "length_baseline"):
        assert (figures[name]["low"], figures[name]["high"]) == (least, 1.0)
    assert figures["accuracy_minus_length"]["low"] == pytest.approx(-0.168, abs=5e-4)
    assert figures["accuracy_minus_length"]["high"] == pytest.approx(0.168, abs=5e-4)


def test_rankings_of_one_prompt_are_resampled_by_their_completions() -> None:
    scores = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    groups = [replace(group([0, 1], [1, 1]), completion_ids=[[n], [9]]) for n in range(4)]
    figures = pair_figures(groups, scores)
    assert figures["prompts"] == 1
    assert figures["interval"].endswith("4 sets of completions")
    assert figures["accuracy"]["low"] < 0.5 < figures["accuracy"]["high"]
    judged_twice = pair_figures([groups[0], groups[0]], [[1.0, 0.0], [0.0, 1.0]])
    # of one set nothing is known: it may be one in 40 of all
    assert judged_twice["accuracy"] == pytest.approx(
        {"value": 0.5, "low": 0.0125, "high": 0.9875, "clusters": 1}
    )
    assert figures["accuracy"]["clusters"] == 4


def test_human_agreement_compares_people_who_ranked_the_same_completions() -> None:
    first, second = group([0, 1, 2], [1, 1, 1]), group([0, 2, 1], [1, 1, 1])
    tied, other = group([0, 0, 1], [1, 1, 1]), group([2, 1, 0], [1, 1, 1], "another prompt")
    figures = pair_figures([first, second, tied, other], [[0.0, 1.0, 2.0]] * 4)
    # orders: 0>1 0>2 1>2, then 0>1 0>2 2>1, then 0>2 1>2 (and a tie)
    # first and second: 2 of 3 alike; first and tied: 2 of 2; second and tied: 1 of 2
    # of one prompt nothing is known: between 2.5 % of it and all but 2.5 % of what is missing
    assert figures["human_agreement"] == pytest.approx(
        {"value": 5 / 7, "low": 1 / 56, "high": 139 / 140, "clusters": 1, "pairs": 7}
    )
    assert pair_figures([other], [[0.0, 1.0, 2.0]])["human_agreement"]["value"] is None


def test_people_who_saw_the_completions_in_another_order_are_compared_too() -> None:
    first = group([0, 1, 2], [1, 1, 1])
    # the same three texts the other way round, and the same opinion of them
    turned = replace(group([2, 1, 0], [1, 1, 1]), completion_ids=first.completion_ids[::-1])
    figures = pair_figures([first, turned], [[0.0, 1.0, 2.0]] * 2)
    assert figures["human_agreement"]["value"] == 1.0
    assert figures["human_agreement"]["pairs"] == 3


def test_human_agreement_comes_with_an_interval_over_prompts() -> None:
    """Pairs of one prompt are no independent witnesses: 20 prompts with three pairs each."""
    groups = []
    for n in range(20):
        other = [0, 1, 2] if n < 10 else [2, 1, 0]
        groups += [group([0, 1, 2], [1, 1, 1], f"q{n}"), group(other, [1, 1, 1], f"q{n}")]
    found = pair_figures(groups, [[0.0, 1.0, 2.0]] * 40)["human_agreement"]
    # alike throughout in half of the prompts: as 20 coins, 5 to 15 heads
    assert found == {"value": 0.5, "low": 0.25, "high": 0.75, "clusters": 20, "pairs": 60}


def test_one_person_judging_twice_is_not_two_people() -> None:
    first = replace(group([0, 1], [1, 1]), labeler="labeler")
    again = replace(group([1, 0], [1, 1]), labeler="labeler")
    other = replace(group([0, 1], [1, 1]), labeler="second labeler")
    scores = [[0.0, 1.0]] * 3
    assert pair_figures([first, again], scores[:2])["human_agreement"]["pairs"] == 0
    found = pair_figures([first, again, other], scores)["human_agreement"]
    assert found == {
        "value": 1.0,
        "low": pytest.approx(0.025),
        "high": 1.0,
        "clusters": 1,
        "pairs": 1,
    }


def test_a_text_that_stands_twice_in_a_ranking_makes_no_second_person() -> None:
    first = group([0, 1, 2], [1, 1, 1])
    twice = replace(first, completion_ids=[first.completion_ids[n] for n in (0, 0, 2)])
    other = replace(first, completion_ids=[first.completion_ids[n] for n in (0, 1, 2)])
    scores = [[0.0, 1.0, 2.0]] * 2
    assert pair_figures([twice], scores[:1])["human_agreement"]["pairs"] == 0
    # the pair of the first and the last text, once
    for rankings in ([twice, other], [twice, twice]):
        found = pair_figures(rankings, scores)["human_agreement"]
        assert found == {
            "value": 1.0,
            "low": pytest.approx(0.025),
            "high": 1.0,
            "clusters": 1,
            "pairs": 1,
        }


def test_nothing_to_compare_gives_no_figures() -> None:
    assert pair_figures([], []) == {"pairs": 0, "rankings": 0}
