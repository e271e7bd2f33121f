"""Any weak order goes in through the API and comes out of the tables and the pairs unchanged."""

from itertools import combinations
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.labeling.models import Comparison, Ranking
from annotation.labeling.selectors import content_of
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@st.composite
def said(draw: st.DrawFn) -> dict[str, Any]:
    """Where each of K completions goes: a tier number, or nowhere (0), or "cannot judge" (-1)."""
    k = draw(st.integers(2, 9))
    places = draw(st.lists(st.integers(-1, k), min_size=k, max_size=k))
    if max(places) < 1:
        places[draw(st.integers(0, k - 1))] = 1
    judged = [number for number, place in enumerate(places) if place >= 0]
    direct = []
    for a, b in combinations(judged, 2):
        how = draw(st.sampled_from(["", "", "", "first", "second", "tie"]))
        strength = draw(st.sampled_from([None, 1, 2, 3])) if how != "tie" else None
        if how:
            direct.append(
                (b, a, False, strength) if how == "second" else (a, b, how == "tie", strength)
            )
    cut = draw(st.one_of(st.none(), st.integers(0, len({p for p in places if p > 0}))))
    return {"places": places, "direct": direct, "cut": cut}


def pairs_by_hand(what: dict[str, Any]) -> dict[tuple[int, int], tuple[int | None, bool, Any]]:
    """For each pair (by position on the screen) that something was said about: who won (None: a
    tie), whether it was compared directly, and how strongly. Written without tiers or SQL in mind:
    a direct word decides, otherwise both must be placed and the smaller number wins.
    """
    found: dict[tuple[int, int], tuple[int | None, bool, Any]] = {}
    for a, b in combinations(range(len(what["places"])), 2):
        for better, worse, is_tie, strength in what["direct"]:
            if {better, worse} == {a, b}:
                found[a, b] = (None if is_tie else better, True, strength)
        if (a, b) not in found and what["places"][a] > 0 and what["places"][b] > 0:
            difference = what["places"][a] - what["places"][b]
            winner = None if difference == 0 else (a if difference < 0 else b)
            found[a, b] = (winner, False, None)
    return found


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(what=said())
def test_every_weak_order_comes_back_as_it_went_in(cast: Cast, what: dict[str, Any]) -> None:
    with transaction.atomic():  # each example on a clean table
        _check(Labeling(cast.labeler, cast.project), what)
        transaction.set_rollback(True)


def _check(labeler: Labeling, what: dict[str, Any]) -> None:
    ranking_item(labeler.project, k=len(what["places"]))
    work = labeler.work()
    shown = ids(work)
    levels = sorted({place for place in what["places"] if place > 0})
    at = {
        place: [shown[n] for n, p in enumerate(what["places"]) if p == place] for place in (0, -1)
    }
    sent = {
        "tiers": [
            [shown[n] for n, p in enumerate(what["places"]) if p == level] for level in levels
        ],
        "unplaced": at[0],
        "cannot_judge": at[-1],
        "unacceptable_below": what["cut"],
        "direct": [
            {"better": shown[a], "worse": shown[b], "is_tie": tie, "strength": strength}
            for a, b, tie, strength in what["direct"]
        ],
    }
    answer = labeler.submit(work, **sent)
    assert answer.status_code == 201, answer.content
    ranking = Ranking.objects.get(pk=answer.json()["id"])
    stored = content_of(ranking)
    assert {name: stored[name] for name in sent} == sent

    seen = {}
    for row in Comparison.objects.filter(ranking=ranking):
        chosen, rejected = shown.index(str(row.chosen_id)), shown.index(str(row.rejected_id))
        assert (row.chosen_shown_at, row.rejected_shown_at) == (chosen + 1, rejected + 1)
        winner = None if row.is_tie else chosen
        pair = (min(chosen, rejected), max(chosen, rejected))
        assert pair not in seen
        seen[pair] = (winner, row.is_direct, row.strength)
    assert seen == pairs_by_hand(what)


def test_only_judgments_that_count_make_pairs(cast: Cast) -> None:
    ranking_item(cast.project, k=4)
    labeler = Labeling(cast.labeler, cast.project)
    answer = labeler.submit(labeler.work())
    assert Comparison.objects.count() == 6
    labeler.undo(answer.json()["client_uuid"])
    assert Comparison.objects.count() == 0
