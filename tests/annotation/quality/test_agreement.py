"""Agreement between labelers, against numbers worked out by hand."""

import random
from typing import Any

import pytest

from annotation.quality.selectors import agreement, interval
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.cast import Cast, client_for


def judge(cast: Cast, *orders: Any, k: int = 3) -> None:
    """One new item, judged by as many people as there are orders, over texts named 0, 1, 2…"""
    ranking_item(cast.project, k=k, needed=len(orders))
    for person, order in zip((cast.labeler, cast.second_labeler), orders, strict=False):
        labeling = Labeling(person, cast.project)
        work = labeling.work()
        by_text = {one["text"].removeprefix("Answer "): one["id"] for one in work["completions"]}
        tiers = [[by_text[one] for one in tier] for tier in order]
        rest = [one for one in by_text.values() if not any(one in tier for tier in tiers)]
        assert labeling.submit(work, tiers=tiers, unplaced=rest).status_code == 201


@pytest.mark.django_db
def test_agreement_counts_pairs_that_two_people_preferred_the_same_way(cast: Cast) -> None:
    judge(cast, ["0", "1", "2"], ["0", "2", "1"])  # 0>1 yes, 0>2 yes, 1>2 against: 2 of 3
    judge(cast, ["0", "1", "2"], ["0", "1", "2"])  # 3 of 3
    judge(cast, [["0", "1"], "2"], ["0", "1", "2"])  # 0-1 is a tie for one of them; 2 of 2
    judge(cast, ["0", "1"], ["1", "2"])  # only 1 is common: no pair at all
    judge(cast, ["0", "1", "2"])  # judged once: says nothing
    found = agreement(cast.project)
    assert (found["pairs"], found["agreeing"], found["ties_excluded"]) == (8, 7, 1)
    assert found["items"] == 3
    assert found["agreement"] == pytest.approx(0.875)
    # by hand: residuals a - 0.875 n are -0.625, 0.375, 0.25, their squares sum to 0.59375;
    # variance 3/2 * 0.59375 / 64 = 0.013916; 0.109375 / 0.013916 = 7.8596 effective pairs;
    # Wilson with 7.8596: middle 1.11938 / 1.48876 = 0.75189, reach 1.96 * 0.17165 / 1.48876 = 0.22598
    assert found["interval"] == pytest.approx((0.5259, 0.9779), abs=2e-4)
    assert [row["name"] for row in found["labelers"]] == ["Labeler", "Second_Labeler"]
    assert [row["pairs"] for row in found["labelers"]] == [8, 8]


@pytest.mark.django_db
def test_agreement_is_for_those_who_run_the_project(cast: Cast) -> None:
    judge(cast, ["0", "1"], ["1", "0"], k=2)
    path = f"/api/v1/projects/{cast.project.id}/agreement"
    for person in (cast.admin, cast.reviewer, cast.ml):
        answer = client_for(person).get(path)
        assert answer.status_code == 200
        assert answer.json()["agreement"] == 0.0
        assert answer.json()["interval"][0] == pytest.approx(0.0, abs=1e-12)
    assert client_for(cast.labeler).get(path).status_code == 403
    assert client_for(cast.outsider).get(path).status_code == 404


@pytest.mark.django_db
def test_without_common_judgments_there_is_no_number(cast: Cast) -> None:
    found = client_for(cast.admin).get(f"/api/v1/projects/{cast.project.id}/agreement").json()
    assert (found["pairs"], found["agreement"], found["interval"]) == (0, None, None)


def test_an_interval_from_one_item_or_from_full_agreement_is_wide_not_a_point() -> None:
    low, high = interval([(6, 6)]) or (1.0, 1.0)
    assert (low, high) == pytest.approx((0.2065, 1.0), abs=1e-4)  # Wilson, 1 of 1
    low, high = interval([(3, 3)] * 10) or (1.0, 1.0)
    assert (low, high) == pytest.approx((0.7225, 1.0), abs=1e-4)  # Wilson, 10 of 10


def test_items_whose_pairs_hang_together_widen_the_interval() -> None:
    together = [(10, 10), (10, 2)] * 10
    apart = [(10, 6)] * 20
    width = [high - low for low, high in (interval(together) or (0, 0), interval(apart) or (0, 0))]
    assert width[0] > 2 * width[1]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Items of six pairs with agreement drawn around 0.73: between 92 and 98 of 100."""
    rng = random.Random(5)
    held = 0
    for _ in range(600):
        items = []
        for _ in range(60):
            share = rng.betavariate(7.3, 2.7)
            items.append((6, sum(rng.random() < share for _ in range(6))))
        low, high = interval(items) or (0.0, 0.0)
        held += low <= 0.73 <= high
    assert 0.92 <= held / 600 <= 0.98
