"""What each mode of the labeling screen writes becomes the pairs that were meant, for training and in SQL."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from annotation.labeling.models import Comparison
from annotation.projects.models import Project
from rewardmodel.rankings import Pair, pairs
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.cast import Cast
from tests.workers.test_exporting import content, export

# (better, worse, tie, direct, strength) by the order shown: what a person would write down by hand.
HandPair = tuple[int, int, bool, bool, int]


@pytest.fixture
def labeler(people: Cast) -> Labeling:
    return Labeling(people.labeler, people.project)


def judged(labeler: Labeling, k: int, mode: str, **said: Any) -> list[str]:
    """Rank a new item of `k` in this mode; positions on the screen stand for completions."""
    Project.objects.filter(pk=labeler.project.pk).update(
        mode=mode, completions_per_item=2 if mode == "duel" else k
    )
    ranking_item(labeler.project, k=k)
    work = labeler.work()
    shown = ids(work)
    assert work["screen"]["mode"] == mode
    body: dict[str, Any] = {
        "mode": mode,
        "tiers": [[shown[n] for n in tier] for tier in said["tiers"]],
        "unplaced": [shown[n] for n in said.get("unplaced", ())],
        "cannot_judge": [shown[n] for n in said.get("cannot_judge", ())],
        "direct": [
            {"better": shown[a], "worse": shown[b], "is_tie": tie, "strength": strength}
            for a, b, tie, strength in said["direct"]
        ],
    }
    answer = labeler.submit(work, **body)
    assert answer.status_code == 201, answer.content
    return [one["text"] for one in work["completions"]]


def trained_on(people: Cast, texts: list[str]) -> set[HandPair]:
    """The pairs that training makes of the one ranking of the snapshot, by the order shown."""
    (ranking,) = content(export(people)).rankings
    place = [texts.index(text) for text in ranking.completions]
    return {_by_hand(pair, place) for pair in pairs(ranking)}


def _by_hand(pair: Pair, place: list[int]) -> HandPair:
    better, worse = place[pair.better], place[pair.worse]
    if pair.tie:
        better, worse = min(better, worse), max(better, worse)
    return better, worse, pair.tie, pair.direct, pair.strength


def in_sql() -> set[HandPair]:
    """The rows of the view `comparison`, by the order shown."""
    return {
        (
            row.chosen_shown_at - 1,
            row.rejected_shown_at - 1,
            row.is_tie,
            row.is_direct,
            row.strength or 1,
        )
        for row in Comparison.objects.all()
    }


def test_best_and_worst_of_five_make_the_pairs_that_name_either(
    people: Cast, labeler: Labeling
) -> None:
    """2 is best and 0 worst; 1 and 4 lie between, unordered; 3 could not be judged."""
    texts = judged(
        labeler,
        5,
        "best_worst",
        tiers=[[2], [0]],
        unplaced=[1, 4],
        cannot_judge=[3],
        direct=[
            (2, 1, False, None),
            (2, 4, False, None),
            (1, 0, False, None),
            (4, 0, False, None),
        ],
    )
    meant = {
        (2, 0, False, False, 1),
        (2, 1, False, True, 1),
        (2, 4, False, True, 1),
        (1, 0, False, True, 1),
        (4, 0, False, True, 1),
    }
    assert in_sql() == meant
    assert trained_on(people, texts) == meant


def test_guided_duels_keep_what_was_said_apart_from_what_follows(
    people: Cast, labeler: Labeling
) -> None:
    """Asked: 2 over 0 clearly, 0 and 1 alike, 1 over 3. The other three pairs follow."""
    texts = judged(
        labeler,
        4,
        "guided",
        tiers=[[2], [0, 1], [3]],
        direct=[(2, 0, False, 2), (0, 1, True, None), (1, 3, False, 1)],
    )
    meant = {
        (2, 0, False, True, 2),
        (2, 1, False, False, 1),
        (2, 3, False, False, 1),
        (0, 1, True, True, 1),
        (0, 3, False, False, 1),
        (1, 3, False, True, 1),
    }
    assert in_sql() == meant
    assert trained_on(people, texts) == meant


@pytest.mark.parametrize(
    ("tiers", "said", "meant"),
    [
        ([[1], [0]], (1, 0, False, 3), (1, 0, False, True, 3)),
        ([[0, 1]], (0, 1, True, None), (0, 1, True, True, 1)),
    ],
    ids=["won", "tied"],
)
def test_a_duel_is_one_pair(
    people: Cast, labeler: Labeling, tiers: Any, said: Any, meant: HandPair
) -> None:
    texts = judged(labeler, 2, "duel", tiers=tiers, direct=[said])
    assert in_sql() == {meant}
    assert trained_on(people, texts) == {meant}


def test_a_better_answer_is_a_demonstration_to_learn_from_until_it_is_undone(
    people: Cast, labeler: Labeling
) -> None:
    ranking_item(labeler.project)
    key = uuid4()
    labeler.submit(labeler.work(), key, better_answer={"text": "What I would say."})
    snapshot = export(people)
    (written,) = content(snapshot).demonstrations
    assert (written.completion, written.author) == ("What I would say.", str(people.labeler.id))
    assert labeler.undo(key).status_code == 200
    assert content(export(people)).demonstrations == ()
    again = export(people, cut_off=snapshot.cut_off.isoformat())
    assert again.sha256 == snapshot.sha256
