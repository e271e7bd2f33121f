"""Win rates, ratings and intervals against figures that were published or worked out by hand."""

from __future__ import annotations

from itertools import combinations
from math import log, sqrt

import numpy as np
import pytest

from annotation.quality import contests
from annotation.quality.contests import (
    Verdicts,
    always_valid,
    davidson,
    judgments_left,
    leaning,
    outcomes,
    ratings_of,
    score_interval,
    wins_of,
)


def verdicts(*rows: tuple[int, int, int, float], times: int = 1) -> Verdicts:
    """Rows of prompt, first, second, score."""
    prompt, first, second, score = zip(*(rows * times), strict=True)
    ones = np.ones(len(prompt), dtype=np.int64)
    return Verdicts(*map(np.array, (prompt, first, second)), np.array(score), ones, ones)


def duels(wins: int, ties: int, losses: int) -> Verdicts:
    """Each on a prompt of its own, 0 against 1."""
    scores = [1.0] * wins + [0.5] * ties + [0.0] * losses
    return verdicts(*((at, 0, 1, score) for at, score in enumerate(scores)))


def test_a_tie_is_half_a_win_and_told_apart() -> None:
    told = wins_of(duels(wins=5, ties=2, losses=3))
    assert (told["wins"], told["ties"], told["losses"]) == (5, 2, 3)
    assert told["rate"] == 0.6  # (5 + 1) / 10


def test_which_one_was_named_first_does_not_matter() -> None:
    mixed = verdicts((0, 0, 1, 1.0), (1, 1, 0, 0.0), (2, 1, 0, 1.0), (3, 0, 2, 1.0))
    told = wins_of(mixed.between(0, 1))
    assert (told["judgments"], told["wins"], told["losses"]) == (3, 2, 1)
    assert wins_of(mixed.between(1, 0))["rate"] == pytest.approx(1 / 3)


def test_without_ties_and_with_a_prompt_each_the_interval_is_wilsons() -> None:
    # Wilson by hand, z² = 3.8415: (0.6 + 0.01921 ± sqrt(3.8415·(0.0024 + 0.0000096·10)))/1.03841
    low, high = wins_of(duels(wins=60, ties=0, losses=40))["interval"]
    assert (low, high) == (pytest.approx(0.502, abs=0.001), pytest.approx(0.691, abs=0.001))


def test_ties_make_the_interval_narrower_and_judging_one_prompt_again_does_not() -> None:
    plain = wins_of(duels(wins=60, ties=0, losses=40))["interval"]
    tied = wins_of(duels(wins=20, ties=80, losses=0))["interval"]  # the same rate
    assert tied[1] - tied[0] < 0.6 * (plain[1] - plain[0])
    again = score_interval(np.full(100, 5.0), np.array([5.0] * 60 + [0.0] * 40), 0)
    assert again == pytest.approx(plain, abs=0.002)


def test_785_judgments_tell_55_from_50_percent_and_196_tell_60() -> None:
    # ((1.959964 + 0.841621)² / 4) / 0.05² = 7.84888 / 4 / 0.0025 = 784.9; / 0.1² = 196.2
    nothing = duels(1, 0, 0).where(np.array([False]))
    assert judgments_left(nothing, 0.55) == 785
    assert judgments_left(nothing, 0.60) == 197
    assert judgments_left(duels(50, 0, 50), 0.55) == pytest.approx(785 - 100, abs=8)


def test_ten_straight_wins_break_one_half_whenever_one_looks_and_nine_do_not() -> None:
    # At m = 1/2 the bet is the most allowed, 1: capital 1.5 a win. 1.5^9 = 38.4 < 40 < 57.7 = 1.5^10.
    assert always_valid(np.ones(9))[0] < 0.5
    assert always_valid(np.ones(10))[0] >= 0.499
    assert always_valid(np.zeros(10))[1] <= 0.501
    assert always_valid(np.ones(0)) == (0.0, 1.0)


def test_the_interval_does_not_depend_on_how_many_scores_are_worked_on_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = np.random.default_rng(3).choice([0.0, 0.5, 1.0], size=600, p=[0.3, 0.1, 0.6])
    in_blocks = always_valid(scores)
    monkeypatch.setattr(contests, "BLOCK", 600)
    assert in_blocks == always_valid(scores)


def test_looking_after_every_prompt_the_always_valid_interval_misses_the_truth_rarely() -> None:
    # Of 200 campaigns of 200 prompts looked at 200 times each, the fixed interval misses in far more
    # than 5 %; this one may miss in 5 % at the most.
    rng = np.random.default_rng(5)
    missed = fixed = 0
    for _ in range(200):
        scores = rng.choice([0.0, 0.5, 1.0], p=[0.4, 0.2, 0.4], size=200)
        low, high = always_valid(scores)  # it only ever shrinks: the last one tells of all looks
        missed += not low <= 0.5 <= high
        t = np.arange(1, 201)
        fixed += bool((np.abs(np.cumsum(scores - 0.5))[20:] > 1.96 * np.sqrt(0.2 * t)[20:]).any())
    assert missed <= 10
    assert fixed > 30


# Two contestants: the model has as many parameters as there are shares, so it fits them exactly:
# p1/p2 = 40/10 = 4, ν = 20/sqrt(40·10) = 1. On Elo's scale 400 log10(4) = 240.8.
def test_ratings_of_two_reproduce_the_shares() -> None:
    found = ratings_of(duels(40, 20, 10), 2, base=1)
    assert found.points == [pytest.approx(240.8, abs=1.0), 0.0]
    assert found.tie == pytest.approx(1.0, abs=0.01)
    ends = found.intervals[0]
    assert ends is not None
    # delta method: Var log(w/l) = (1/40 + 1/10) · 70/69; Student's t of 69 degrees of freedom has 97.5 %
    # below 1.995, so ± 1.995 · 0.3561 · 173.7 = ± 123.4
    assert ends == (pytest.approx(240.8 - 123.4, abs=1.5), pytest.approx(240.8 + 123.4, abs=1.5))
    assert found.intervals[1] is None


# American League 1987, eastern division, no ties (Agresti, Categorical Data Analysis, table 10.10);
# his estimates with Baltimore at 0.
TEAMS = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"]
WON = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
AGRESTI = [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0]


def test_ratings_of_the_american_league_1987_are_those_published() -> None:
    counts = [[WON[a][b], WON[b][a], 0] for a, b in combinations(range(7), 2)]
    found = davidson(np.array(counts, dtype=float), 7, base=6)
    assert found[:7] == pytest.approx(AGRESTI, abs=0.012)


def test_who_wins_everything_gets_a_finite_rating_and_who_was_never_judged_none() -> None:
    found = ratings_of(duels(30, 0, 0), 3, base=1)
    assert found.points[0] is not None
    assert 400 < found.points[0] < 4000
    assert (found.points[1], found.points[2]) == (0.0, None)


# 5 won, 3 tied, 13 lost: a win rate of 31.0 %, 16.2 % to 50.9 %. By hand, with 2.086 for Student's
# t of 20 degrees of freedom, -165.6 ± 2.086 · 173.7 · sqrt((1/5 + 1/13) · 21/20) = -166.0 ± 195.4.
def test_an_interval_of_ratings_ends_at_zero_by_no_accident_of_drawing_prompts_anew() -> None:
    said = duels(wins=5, ties=3, losses=13)
    assert wins_of(said)["interval"][1] == pytest.approx(0.509, abs=0.001)
    assert ratings_of(said, 2, base=1).intervals[0] == pytest.approx((-361.4, 29.4), abs=1.5)


# 400 log10(3/2) = 70.4. Student's t of 5 degrees of freedom has 97.5 % below 2.571 (any table), and
# (1/3 + 1/2) · 6/5 = 1: ± 2.571 · 173.7 = ± 446.6, where the normal's 1.96 has ± 340.5.
def test_six_prompts_have_an_interval_by_students_t_and_five_have_none() -> None:
    assert ratings_of(duels(3, 1, 2), 2, base=1).intervals[0] == pytest.approx(
        (70.4 - 446.6, 70.4 + 446.6), abs=6
    )
    assert ratings_of(duels(3, 0, 2), 2, base=1).intervals == [None, None]


def test_verdicts_on_other_versions_give_a_rating_no_interval() -> None:
    rows = [(at, 1, 2, float(at % 2)) for at in range(40)]
    rows += [(at, 0, 2, float(at % 2)) for at in range(40, 45) for _ in range(9)]
    found = ratings_of(verdicts(*rows), 3, base=2)
    assert found.intervals[0] is None
    assert found.intervals[1] is not None


@pytest.mark.parametrize("prompts", [6, 10])
def test_of_few_prompts_the_intervals_of_ratings_hold_the_truth_nineteen_times_in_twenty(
    prompts: int,
) -> None:
    rng = np.random.default_rng(5)
    ends = []
    for _ in range(400):  # prompts differ in how well 0 answers them; 12 verdicts of each
        better = rng.normal(0.4, 1.0, size=prompts)
        won = rng.random((prompts, 12)) < 1 / (1 + np.exp(-better))[:, None]
        rows = [(at, 0, 1, float(one)) for at, row in enumerate(won) for one in row]
        ends.append(ratings_of(verdicts(*rows), 2, base=1).intervals[0])
    draws = np.random.default_rng(6).normal(0.4, 1.0, size=400_000)
    share = float((1 / (1 + np.exp(-draws))).mean())
    truth = 400 / log(10) * log(share / (1 - share))
    given = [each for each in ends if each is not None]
    assert len(given) > 350
    assert sum(low <= truth <= high for low, high in given) >= 0.94 * len(given)


def test_a_rating_that_only_the_prior_holds_has_no_interval() -> None:
    # 0 beat 1 always; 1 and 2 beat each other: of 0 nothing says how far above it is
    rows = [(at, 0, 1, 1.0) for at in range(6)]
    rows += [(at, 1, 2, score) for at, score in enumerate([1.0, 0.0, 1.0, 0.0, 0.5, 0.5], start=6)]
    found = ratings_of(verdicts(*rows), 3, base=1)
    assert found.intervals[:2] == [None, None]
    assert found.intervals[2] is not None
    assert ratings_of(duels(0, 0, 1), 2, base=1).intervals == [None, None]
    assert ratings_of(duels(9, 1, 0), 2, base=1).intervals == [None, None]


def test_ratings_compare_by_way_of_others() -> None:
    scores = [1.0] * 20 + [0.0] * 10
    rows = [(at, 0, 1, score) for at, score in enumerate(scores)]
    rows += [(at, 1, 2, score) for at, score in enumerate(scores, start=len(scores))]
    found = ratings_of(verdicts(*rows), 3, base=2)
    # twice two to one: 400 log10(4)
    assert found.points[0] == pytest.approx(240.8, abs=3.0)
    assert found.intervals[0] is not None


def test_outcomes_are_counted_by_prompt_and_pair() -> None:
    counted = outcomes(verdicts((4, 2, 0, 1.0), (4, 0, 1, 0.5), (9, 1, 2, 0.0)), 3)
    # pairs (0,1), (0,2), (1,2); won, lost, tied by the lower one
    assert counted[0].tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert counted[1].tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_how_often_the_longer_answer_won_leaves_ties_and_equal_lengths_out() -> None:
    rows = duels(wins=3, ties=1, losses=1)
    told = leaning(rows, np.array([1, 1, 0, 1, -1]))
    assert (told["judgments"], told["rate"]) == (3, 1.0)


def test_the_interval_of_ratings_takes_prompts_as_clusters() -> None:
    once = ratings_of(duels(30, 10, 20), 2, base=1).intervals[0]
    rows = [(at, 0, 1, s) for at, s in enumerate([1.0] * 30 + [0.5] * 10 + [0.0] * 20)]
    again = ratings_of(verdicts(*rows, times=4), 2, base=1).intervals[0]
    assert once is not None
    assert again == pytest.approx(once, abs=5.0)
    assert once[1] - once[0] == pytest.approx(
        2 * 1.96 * sqrt(1 / 30 + 1 / 20) * 400 / log(10), rel=0.2
    )
