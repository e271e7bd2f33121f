"""Any weak order goes in through the API and comes out of the tables and the pairs unchanged."""

from itertools import combinations
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.labeling.models import Comparison, Ranking
from annotation.labeling.selectors import content_of
from annotation.projects.models import Project
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.cast import Cast

pytestmark = pytest.mark.django_db
AXES = ["overall", "truthful", "有用"]
FLAGS = ["harmful", "off_topic"]


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
    return {
        "places": places,
        "direct": direct,
        "cut": cut,
        "mode": draw(st.sampled_from(["tiers", "guided", "drag_list"])),
        "beside": [draw(beside()) for _ in places],
        "better": draw(st.none() | st.tuples(TEXTS, st.none() | st.integers(0, k - 1))),
        "unread_accepted": draw(st.booleans()),
    }


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


@st.composite
def beside(draw: st.DrawFn) -> dict[str, Any]:
    """What is said about one completion beside its place; empty where nothing is."""
    spans = []
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, 10_000))
        spans.append(
            {
                "start": start,
                "end": start + draw(st.integers(1, 500)),
                "quote": draw(TEXTS),
                "flag": draw(st.sampled_from([None, *FLAGS])),
                "note": draw(st.sampled_from(["", "why?"])),
            }
        )
    return {
        "grades": draw(st.dictionaries(st.sampled_from(AXES), st.integers(1, 7))),
        "flags": draw(st.lists(st.sampled_from(FLAGS), unique=True)),
        "spans": spans,
        "notes": draw(st.sampled_from(["", "half an answer", "  \n"])),
        "reading": draw(
            st.none()
            | st.fixed_dictionaries(
                {"visible_ms": st.integers(0, 86_400_000), "read_percent": st.integers(0, 100)}
            )
        ),
    }


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
    Project.objects.filter(pk=labeler.project.pk).update(axes=AXES, flags=FLAGS)
    ranking_item(labeler.project, k=len(what["places"]))
    work = labeler.work()
    shown = ids(work)
    levels = sorted({place for place in what["places"] if place > 0})
    at = {
        place: [shown[n] for n, p in enumerate(what["places"]) if p == place] for place in (0, -1)
    }
    sent: dict[str, Any] = {
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
        "mode": what["mode"],
        "unread_accepted": what["unread_accepted"],
    }
    for name in ("grades", "flags", "spans", "notes", "reading"):
        said = zip(shown, what["beside"], strict=True)
        sent[name] = {one: about[name] for one, about in said if about[name]}
    if what["better"] is not None and what["better"][0].strip():
        text, start = what["better"]
        sent["better_answer"] = {"text": text, "based_on": None if start is None else shown[start]}
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
