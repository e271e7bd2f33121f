"""Judgments for snapshots, made the way people make them."""

from __future__ import annotations

from annotation.accounts.models import User
from annotation.labeling.models import Ranking
from tests.annotation.labeling.work import Labeling, demonstration_item, ids, ranking_item
from tests.cast import Cast


def add_rankings(
    cast: Cast, count: int, labeler: User | None = None, name: str = "Question"
) -> list[Ranking]:
    """`count` rankings of four completions in every shape: ties, unplaced, a cut, a comparison."""
    person = Labeling(labeler or cast.labeler, cast.project)
    known = set(Ranking.objects.values_list("id", flat=True))
    for number in range(count):
        ranking_item(cast.project, k=4, name=f"{name} {number} of {person.user.username}")
        work = person.work()
        a, b, c, d = ids(work)
        shape = (
            {"tiers": [[a], [b], [c], [d]]},
            {"tiers": [[a, b], [d]], "unplaced": [c], "unacceptable_below": 1},
            {"tiers": [[b]], "cannot_judge": [a], "unplaced": [c, d]},
            {
                "tiers": [[d, c, b, a]],
                "direct": [{"better": a, "worse": d, "is_tie": False, "strength": 3}],
            },
        )[number % 4]
        answer = person.submit(work, **shape)
        assert answer.status_code == 201, answer.content
    return list(Ranking.objects.exclude(id__in=known).order_by("id"))


def add_demonstration(cast: Cast, text: str, labeler: User | None = None) -> None:
    """One demonstration, written by the labeler."""
    person = Labeling(labeler or cast.labeler, cast.project)
    demonstration_item(cast.project)
    assert person.write(person.work(), text).status_code == 201
