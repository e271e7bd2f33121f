"""One order out of several, with its doubts."""

import itertools

import numpy as np
import pytest

from annotation.labeling.services import withdraw_ranking
from annotation.quality.consensus import VERSION, consensus, fit
from tests.annotation.quality.review.orders import frozen_keys, twice
from tests.cast import Cast, client_for

CYCLE = [[[0], [1], [2]], [[1], [2], [0]], [[2], [0], [1]]]


def test_the_scores_are_the_mode_that_was_worked_out_by_hand() -> None:
    """Three wins to one over two: with a flat prior the difference is log 3 = 1.0986."""
    scores, _ = fit(np.array([[0.0, 3.0], [1.0, 0.0]]), spread=1e4)
    assert scores[0] - scores[1] == pytest.approx(1.0986123, abs=1e-5)


def test_a_cycle_and_a_draw_are_ties_not_an_accident_of_names() -> None:
    for votes in (CYCLE, [[[0], [1], [2]], [[2], [1], [0]]]):
        found = consensus(votes, 3)
        assert found.tiers == [[0, 1, 2]]
        assert found.scores == pytest.approx([0, 0, 0], abs=1e-9)


def test_renaming_the_completions_renames_the_result_and_nothing_else() -> None:
    votes = [[[0], [1, 2], [3]], [[1], [0], [2, 3]], [[0], [2], [1]]]
    plain = consensus(votes, 4, [1.0, 0.5, 2.0])
    for names in itertools.permutations(range(4)):
        renamed = [[[names[i] for i in tier] for tier in vote] for vote in votes]
        found = consensus(renamed, 4, [1.0, 0.5, 2.0])
        assert [found.scores[names[i]] for i in range(4)] == pytest.approx(plain.scores)
        assert found.tiers == [sorted(names[i] for i in tier) for tier in plain.tiers]


def test_more_agreement_makes_surer_and_an_unreliable_voice_counts_less() -> None:
    one, many = consensus([[[0], [1]]], 2), consensus([[[0], [1]]] * 12, 2)
    assert one.tiers == [[0, 1]]  # a single voice is no consensus
    assert many.tiers == [[0], [1]]
    width = [high - low for low, high in (one.intervals[0], many.intervals[0])]
    assert width[1] < width[0]
    against = consensus([[[0], [1]], [[1], [0]]], 2, [1.0, 0.1])
    assert against.better[0][1] > 0.5


def test_what_nobody_ranked_is_told_apart_and_nothing_at_all_is_no_crash() -> None:
    found = consensus([[[0], [1]]], 3)
    assert found.unranked == [2]
    assert all(2 not in tier for tier in found.tiers)
    assert consensus([], 2).tiers == []
    with pytest.raises(ValueError, match="weights"):
        consensus([[[0], [1]]], 2, [-1.0])


def test_the_stated_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Scores drawn from the prior, five independent duels of every pair: 92 to 98 of 100."""
    rng = np.random.default_rng(3)
    held = []
    for _ in range(200):
        truth = rng.normal(0, 1.0, 4)
        votes = []
        for a, b in itertools.combinations(range(4), 2):
            for _ in range(5):
                first = rng.random() < 1 / (1 + np.exp(truth[b] - truth[a]))
                votes.append([[a], [b]] if first else [[b], [a]])
        found = consensus(votes, 4)
        for i in range(4):
            low, high = found.intervals[i]
            held.append(low <= truth[i] - truth.mean() <= high)
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.django_db
def test_the_consensus_of_an_item_is_over_what_counts_and_labelers_do_not_see_it(
    cast: Cast,
) -> None:
    item, _, two = twice(cast, "a|b|c", "a|c|b")
    a, b, c = map(str, frozen_keys(item))
    address = f"/api/v1/items/{item.pk}/consensus"
    found = client_for(cast.reviewer).get(address).json()
    assert (found["judges"], found["judgments"], found["completions"]) == (2, 2, [a, b, c])
    first, second, third = found["logits"]
    assert first > second == pytest.approx(third)
    assert found["better"][1][2] == pytest.approx(0.5)
    assert [b, c] == sorted(found["tiers"][-1], key=[a, b, c].index)[-2:]
    withdraw_ranking(actor=cast.admin, ranking=two, reason="odd")
    found = client_for(cast.ml).get(address).json()
    assert (found["judges"], found["version"]) == (1, VERSION)
    assert found["logits"][1] > found["logits"][2]
    assert client_for(cast.labeler).get(address).status_code == 403
