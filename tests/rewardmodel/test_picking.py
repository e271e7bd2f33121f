"""What is chosen to be judged next, by each rule, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rewardmodel.features import text_features
from rewardmodel.picking import (
    Candidate,
    by_disagreement,
    by_information,
    by_novelty,
    disagreement,
    pick,
    quotas,
    ranking_information,
    variance_told,
)


def differences(scores: np.ndarray) -> np.ndarray:
    """The log-odds of models that know no ties."""
    return scores[:, :, None] - scores[:, None, :]


def candidate(name: str, scores: list[list[float]], features: list[list[float]]) -> Candidate:
    return Candidate(name, np.array(scores), differences(np.array(scores)), np.array(features))


def rows(*candidates: Candidate) -> list[tuple[Candidate, np.ndarray]]:
    """As the rules get them, features as they are."""
    return [(one, one.features) for one in candidates]


OPEN = [[0.0, 0.0]]  # one member, order not known


def test_shares_are_kept_to_and_somebody_is_always_chosen_at_random() -> None:
    assert quotas({"information": 75, "random": 25}, 8) == {
        "information": 6,
        "disagreement": 0,
        "novelty": 0,
        "random": 2,
    }
    few = quotas({"information": 99, "random": 1}, 5)
    assert (few["information"], few["random"]) == (4, 1)
    with pytest.raises(ValueError, match="must be above 0"):
        quotas({"information": 1}, 5)


def test_members_who_contradict_each_other_disagree_by_a_coin_toss() -> None:
    apart = disagreement(differences(np.array([[60.0, 0.0], [-60.0, 0.0]])))
    assert apart[0, 1] == pytest.approx(math.log(2), abs=1e-9)
    # both unsure: the order would tell nothing about who is right
    assert disagreement(np.zeros((2, 2, 2)))[0, 1] == pytest.approx(0, abs=1e-12)
    assert disagreement(differences(np.array([[3.0, 0.0]])))[0, 1] == pytest.approx(0, abs=1e-12)


def test_a_ranking_of_three_equal_ones_tells_what_two_choices_tell() -> None:
    # first among three: diag 2/9, off -1/9; then among the last two: 1/4 and -1/4
    expected = np.array(
        [[2 / 9, -1 / 9, -1 / 9], [-1 / 9, 17 / 36, -13 / 36], [-1 / 9, -13 / 36, 17 / 36]]
    )
    np.testing.assert_allclose(ranking_information(np.zeros(3)), expected, atol=1e-12)


def test_one_open_pair_lowers_a_variance_of_one_to_four_fifths() -> None:
    # one weight of variance 1, samples at +1/2 and -1/2: information p(1-p) = 1/4 on top of 1
    unknown = np.array([[0.25, -0.25], [-0.25, 0.25]])
    assert float(variance_told(np.zeros(2), unknown, unknown)) == pytest.approx(0.2)


def test_information_takes_unlike_samples_in_an_open_order_and_asks_nothing_twice() -> None:
    settled = candidate("settled", [[9.0, 0.0]], [[0.0, 1.0], [0.0, -1.0]])
    alike = candidate("alike", OPEN, [[0.0, 0.1], [0.0, 0.0]])
    first = candidate("first", OPEN, [[1.0, 0.0], [-1.0, 0.0]])
    again = candidate("again", OPEN, [[1.0, 0.0], [-1.0, 0.0]])
    other = candidate("other", OPEN, [[0.0, 0.9], [0.0, -0.9]])
    pool = rows(settled, alike, first, again, other)
    made = list(by_information(pool, [], [], 2, 3))
    assert [pool[place][0].id for place, _, _ in made] == ["first", "other", "again"]
    # what was judged before counts as known
    after = list(by_information(pool, [first.features], [first], 2, 1))
    assert pool[after[0][0]][0].id == "other"


def test_disagreement_takes_the_samples_whose_order_is_disputed() -> None:
    agreed = candidate("agreed", [[5.0, 0.0], [5.0, 0.0]], [[0.0], [1.0]])
    # all put the second sample last; they dispute the order of the first and the third
    disputed = candidate("disputed", [[5.0, -9.0, 0.0], [0.0, -9.0, 5.0]], [[0.0], [1.0], [2.0]])
    [(place, samples, gain)] = by_disagreement(rows(agreed, disputed), [], [], 2, 1)
    assert (place, samples) == (1, (0, 2))
    assert 0 < gain < math.log(2)


def test_novelty_goes_farthest_first_from_what_was_judged() -> None:
    def at(place: float) -> Candidate:
        return candidate(str(place), OPEN, [[place - 0.1], [place + 0.1]])

    made = by_novelty(rows(at(1), at(3), at(10)), [at(0).features], [at(0)], 2, 3)
    assert [place for place, _, _ in made] == [2, 1, 0]


def test_what_is_random_depends_on_no_score() -> None:
    draw = np.random.default_rng(7)
    features = draw.normal(size=(30, 5, 4))

    def chosen(scores: np.ndarray) -> list[tuple[str, str, tuple[int, ...]]]:
        odds = [differences(scores[:, n]) for n in range(30)]
        pool = [Candidate(str(n), scores[:, n], odds[n], features[n]) for n in range(30)]
        shares = {"information": 2, "disagreement": 2, "novelty": 2, "random": 4}
        made = pick(pool, count=20, k=3, shares=shares, seed=1)
        assert len({one.id for one in made}) == 20
        assert all(len(one.samples) == 3 for one in made)
        assert [one.rule for one in made].count("random") == 8
        return [(one.rule, one.id, one.samples) for one in made]

    first, second = chosen(draw.normal(size=(3, 30, 5))), chosen(draw.normal(size=(3, 30, 5)))
    assert first[:8] == second[:8]
    assert first != second


def test_a_prompt_with_one_sample_is_no_choice() -> None:
    alone = candidate("alone", [[0.0]], [[0.0]])
    pair = candidate("pair", OPEN, [[0.0], [1.0]])
    made = pick([alone, pair], count=5, k=4, shares={"random": 1}, seed=0)
    assert [(one.id, one.samples) for one in made] == [("pair", (0, 1))]


def test_words_of_scripts_without_spaces_count_one_by_one() -> None:
    same, other = text_features(["Das Haus", "das haus"]), text_features(["猫在家", "家在猫"])
    np.testing.assert_array_equal(same[0], same[1])
    np.testing.assert_array_equal(other[0], other[1])  # the same three characters
    assert np.abs(text_features(["go go go go"])).sum() == pytest.approx(2)  # root of four
