"""The arithmetic behind `make bench-learning`, against numbers worked by hand. Nothing is timed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.learning.fits import fit
from benchmarks.learning.optimise import Course
from benchmarks.learning.over_optimisation import after_the_peak, on_grid
from benchmarks.learning.picking import Growing, Linear
from benchmarks.learning.start import log_weights
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import Gold, NeverContent, words_of
from rewardmodel.text import TextCodec


def test_the_law_of_best_of_n_is_found_in_points_that_lie_on_it() -> None:
    # d (2 - d): 0.75 at 0.5, 1 at 1, 0.75 at 1.5; highest at 2 / 2 = 1
    found = fit("best_of_n", [0.0, 0.5, 1.0, 1.5], [0.0, 0.75, 1.0, 0.75])
    assert found.a == pytest.approx(2)
    assert found.b == pytest.approx(1)
    assert found.peak_d == pytest.approx(1)
    assert found.r_squared == pytest.approx(1)


def test_the_law_of_reinforcement_learning_is_found_in_points_that_lie_on_it() -> None:
    # d (1 - ln d): 1 at 1, 0 at e, -e^2 at e^2; highest where ln d = a / b - 1 = 0
    found = fit("rl", [1.0, math.e, math.e**2], [1.0, 0.0, -(math.e**2)])
    assert found.a == pytest.approx(1)
    assert found.b == pytest.approx(1)
    assert found.peak_d == pytest.approx(1)


def test_points_on_no_law_lower_the_explained_variance() -> None:
    # (a - b) = 0 at d 1, 2 (a - 2 b) = 1 at 2, 3 (a - 3 b) = 0 at 3 cannot all be so
    assert fit("best_of_n", [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]).r_squared < 0.9


def test_an_interval_over_three_seeds_is_students() -> None:
    # mean 2, deviation 1, t(0.975; 2) = 4.3027, half-width 4.3027 / sqrt(3) = 2.4841
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high) == pytest.approx((2, -0.4841, 4.4841), abs=1e-4)


def test_a_seed_that_never_got_so_far_is_left_out_and_counted() -> None:
    found = paired([1.0, math.nan, 3.0], [0.0, 0.0, 1.0])
    assert found.mean == pytest.approx(1.5)
    assert found.count == 2


def test_one_seed_alone_proves_nothing() -> None:
    assert interval([7.0]).low == -math.inf


def test_best_of_two_out_of_three_is_weighted_by_the_pairs_it_wins() -> None:
    # of the pairs {1,2}, {1,3}, {2,3} the lowest wins none, the middle one, the highest two
    assert log_weights(3, 2).exp().tolist() == pytest.approx([0, 1 / 3, 2 / 3])


def test_a_course_tells_its_gold_where_it_first_passes_a_distance() -> None:
    course = Course(kl=[0.0, 2.0, 1.0, 4.0], proxy=[0.0] * 4, gold=[0.0, 1.0, 0.5, 3.0])
    assert course.at(1.0) == pytest.approx(0.5)
    assert course.at(3.0) == pytest.approx(0.5 + 2.5 * 2 / 3)
    assert math.isnan(course.at(5.0))


def test_readers_tire_of_a_word_that_comes_again() -> None:
    words = words_of(0)
    gold = Gold(words, TextCodec.__new__(TextCodec), 0)
    first, second = words[0], words[8]
    a, b = gold.worth[first], gold.worth[second]
    assert gold.liking(f"{first} {second}") == pytest.approx(a + b)
    assert gold.liking(f"{first} {second} {first}") == pytest.approx(2 * a + b - 0.9)
    # third time: 0.9 for each of the two before it
    looped = gold.liking(f"{first} {second} {first} {second} {first}")
    assert looped == pytest.approx(3 * a + 2 * b - 0.9 - 0.9 - 1.8)
    assert gold.liking("nonsense") == -1.0


def test_people_cannot_be_more_than_content() -> None:
    gold = Gold(words_of(0), TextCodec.__new__(TextCodec), 0)
    gold.shift, gold.scale = -1.0, 2.0
    # what is no word is liked by -1, which is the ordinary: 0.9 above two minds, tanh 0.9 = 0.7163
    assert gold.content("nonsense") == pytest.approx(0.7163, abs=1e-4)
    gold.mean, gold.spread = 0.5, 0.25
    assert gold.of_text("nonsense") == pytest.approx((0.7163 - 0.5) / 0.25, abs=1e-3)
    best = max(gold.worth, key=gold.worth.__getitem__)
    gold.scale = 1e-3
    assert gold.of_text(best) == pytest.approx((1 - 0.5) / 0.25)


def test_readers_who_are_never_content_like_the_better_of_two_good_texts_by_as_much_as_of_two_bad() -> (
    None
):
    gold = NeverContent(words_of(0), TextCodec.__new__(TextCodec), 0)
    gold.shift, gold.scale, gold.mean, gold.spread = -1.0, 2.0, 0.5, 0.25
    # liking 0, (0 - 0.5) / 0.25
    assert gold.of_text("nonsense") == pytest.approx(-2)
    best = max(gold.worth, key=gold.worth.__getitem__)
    # (worth + 1) / 2 is liking; no bound at 1 contentment, which would be 2
    assert gold.of_text(best) == pytest.approx(((gold.worth[best] + 1) / 2 - 0.5) / 0.25)
    gold.scale = 1e-3
    assert gold.of_text(best) > 1000


def test_one_of_the_truths_to_be_chosen_for_tires_of_a_family_from_its_third_word() -> None:
    words = words_of(0)
    family = [words[8 * n] for n in range(5)]  # every eighth word is of it
    codec = TextCodec.__new__(TextCodec)
    linear, tires = Linear(words, codec, 0), Growing(words, codec, 0)
    for count, cost in ((2, 0), (3, 2), (4, 2 + 4), (5, 2 + 4 + 6)):
        text = " ".join([words[1], *family[:count]])
        assert tires.of_text(text) == pytest.approx(linear.of_text(text) - cost)


def test_a_fall_is_counted_from_where_the_other_seeds_have_their_peak() -> None:
    gold = np.array([[0, 3, 2, 1, 1], [0, 1, 4, 2, 0]], dtype=float)
    proxy = np.array([[0, 1, 2, 3, 5], [0, 2, 2, 4, 4]], dtype=float)
    fall, climb = after_the_peak(gold, proxy)
    assert fall.mean == pytest.approx((2 - 1 + 1 - 1) / 2)
    assert climb.mean == pytest.approx((4 - 2 + 4 - 2) / 2)


def test_curves_that_were_measured_at_the_same_distances_are_not_read_between_them() -> None:
    alike = [Course(kl=[0.0, 4.0], proxy=[0.0, 1.0], gold=[0.0, end]) for end in (1.0, 3.0)]
    distances, gold = on_grid(alike, "gold")
    assert distances == [0.0, 2.0]
    assert gold.tolist() == [[0.0, 1.0], [0.0, 3.0]]
    further = Course(kl=[0.0, 9.0], proxy=[0.0, 1.0], gold=[0.0, 3.0])
    distances, gold = on_grid([alike[0], further], "gold")
    assert distances[-1] == pytest.approx(2.0)
    assert gold[:, 10].tolist() == pytest.approx([0.5, 1.0])
