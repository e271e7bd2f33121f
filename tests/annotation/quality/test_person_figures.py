"""A labeler in figures: hand-worked values, the others beside them, and only oneself for a labeler."""

from typing import Any

import pytest

from annotation.labeling.models import Ranking
from annotation.quality.people import percentiles
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def judge(cast: Cast, person: Any, **changes: Any) -> None:
    """One ranking of three answers of eight characters each."""
    ranking_item(cast.project)
    at_work = Labeling(person, cast.project)
    work = at_work.work()
    one, two, three = (each["id"] for each in work["completions"])
    body = {"tiers": [[one, two], [three]], "active_ms": 6000} | changes
    assert at_work.submit(work, **body).status_code == 201


def figures(answer: Any) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in answer.json()["figures"]}


def address(cast: Cast, person: Any) -> str:
    return f"/api/v1/projects/{cast.project.pk}/members/{person.pk}/figures"


def test_the_figures_are_what_one_counts_by_hand(cast: Cast) -> None:
    judge(cast, cast.labeler)
    judge(cast, cast.labeler, active_ms=12000, unread_accepted=True)
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    at_work.skip(at_work.work(), "language")  # the labeler passes it over
    answer = client_for(cast.reviewer).get(address(cast, cast.labeler))
    assert answer.status_code == 200, answer.content
    found = figures(answer)
    assert found["active_ms"]["value"] == 9000  # between 6 s and 12 s
    assert found["ties"]["value"] == pytest.approx(1 / 3)  # one of three pairs, twice
    assert (found["ties"]["count"], found["skips"]["count"]) == (6, 3)
    assert found["skips"]["value"] == pytest.approx(1 / 3)
    assert found["unread"]["value"] == 0.5
    assert found["ties"]["others"] is None  # nobody has ten yet
    told = answer.json()
    assert told["skips"] == [{"name": "language", "count": 1}]
    assert told["days"][-1]["count"] == 2
    assert len(told["days"]) == 56
    assert told["judgments"] == {"counted": 2, "surplus": 0, "withdrawn": 0}
    assert told["person"]["email"] == ""  # told to admins only


def test_the_others_are_those_with_enough_to_go_by(cast: Cast) -> None:
    for person, times in ((cast.labeler, 10), (cast.second_labeler, 10), (cast.outsider, 0)):
        for _ in range(times):
            judge(cast, person, active_ms=6000 if person == cast.labeler else 16000)
    found = figures(client_for(cast.admin).get(address(cast, cast.labeler)))["active_ms"]
    assert (found["value"], found["people"]) == (6000, 2)
    assert found["others"] == [7000, 8500, 11000, 13500, 15000]


def test_what_a_reviewer_did_is_told_and_the_audit_trail_to_admins_only(cast: Cast) -> None:
    judge(cast, cast.labeler)
    ranking = Ranking.objects.get()
    reviewer = client_for(cast.reviewer)
    reason = {"reason": "too fast"}
    taken = reviewer.post(f"/api/v1/rankings/{ranking.pk}/withdraw", reason, format="json")
    assert taken.status_code in (200, 204), taken.content
    for reader, acts in (
        (cast.admin, [{"name": "ranking.withdrawn", "count": 1}]),
        (cast.reviewer, []),
    ):
        told = client_for(reader).get(address(cast, cast.reviewer)).json()
        assert (told["judgments_withdrawn"], told["decisions"]) == (1, [])
        assert told["acts"] == acts
    assert client_for(cast.admin).get(address(cast, cast.labeler)).json()["acts"] == []


def test_percentiles_of_a_row_of_numbers() -> None:
    assert percentiles([float(one) for one in range(101)]) == [10, 25, 50, 75, 90]
    assert percentiles([1.0]) is None


def test_a_labeler_sees_themself_and_nothing_of_the_others(cast: Cast) -> None:
    judge(cast, cast.labeler)
    for _ in range(10):
        judge(cast, cast.second_labeler)
    mine = client_for(cast.labeler).get(f"/api/v1/projects/{cast.project.pk}/my-figures")
    found = figures(mine)
    assert found["active_ms"]["count"] == 1
    assert {(one["others"], one["people"]) for one in found.values()} == {(None, 0)}
    assert "person" not in mine.json()
    assert client_for(cast.labeler).get(address(cast, cast.labeler)).status_code == 403


def test_who_left_is_still_found_and_a_stranger_is_not(cast: Cast) -> None:
    judge(cast, cast.labeler)
    cast.labeler.memberships.all().delete()
    answer = client_for(cast.admin).get(address(cast, cast.labeler)).json()
    assert (answer["is_member"], answer["person"]["roles"]) == (False, [])
    assert answer["judgments"]["counted"] == Ranking.objects.count() == 1
    assert client_for(cast.admin).get(address(cast, cast.outsider)).status_code == 404
