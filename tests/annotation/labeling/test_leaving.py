"""Whoever is no labeler any more holds nothing, gets nothing, and loses nothing they finished."""

from typing import Any
from uuid import uuid4

import pytest

from annotation.labeling.models import Ranking, Slot
from annotation.projects.models import Membership
from tests.annotation.labeling.work import Labeling, demonstration_item, drift, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def leave(cast: Cast, person: Any, roles: list[str] | None = None) -> None:
    """An admin takes the person out, or leaves them these roles."""
    address = f"/api/v1/projects/{cast.project.id}/members/{person.id}"
    admin = client_for(cast.admin)
    if roles is None:
        assert admin.delete(address).status_code == 204
    else:
        assert admin.patch(address, {"roles": roles}, format="json").status_code == 200


@pytest.mark.parametrize("roles", [None, ["reviewer"]])
def test_what_was_at_hand_goes_to_the_others_at_once(cast: Cast, roles: list[str] | None) -> None:
    ranking_item(cast.project)
    work = Labeling(cast.labeler, cast.project).work()
    leave(cast, cast.labeler, roles)
    assert Slot.objects.get(id=work["slot_id"]).state == "open"
    assert Labeling(cast.second_labeler, cast.project).work()["slot_id"] == work["slot_id"]
    assert drift() == []


@pytest.mark.parametrize("roles", [None, ["reviewer"]])
def test_finished_work_of_who_left_is_kept_as_surplus(cast: Cast, roles: list[str] | None) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    leave(cast, cast.labeler, roles)
    key = uuid4()
    first = at_work.submit(work, key)
    again = at_work.submit(work, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["state"] == again.json()["state"] == "surplus"
    assert Slot.objects.get(id=work["slot_id"]).state == "open"
    assert at_work.claim().status_code == (404 if roles is None else 403)
    assert drift() == []


def test_an_ideal_answer_of_who_left_is_kept_as_surplus(cast: Cast) -> None:
    demonstration_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    leave(cast, cast.labeler)
    assert at_work.write(work, "An answer.").json()["state"] == "surplus"
    assert drift() == []


def test_a_judgment_that_counts_stays_when_who_left_hands_in_another(cast: Cast) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    key = uuid4()
    at_work.submit(at_work.work(), key)
    again = at_work.reopen(key).json()
    leave(cast, cast.labeler)
    assert at_work.submit(again).json()["state"] == "surplus"
    assert Ranking.objects.get(client_uuid=key).state == "counted"


def test_nobody_hands_in_what_was_never_handed_out_to_them(cast: Cast) -> None:
    ranking_item(cast.project)
    work = Labeling(cast.labeler, cast.project).work()
    leave(cast, cast.second_labeler)
    for stranger in (cast.second_labeler, cast.outsider):
        answer = Labeling(stranger, cast.project).submit(work)
        assert answer.status_code == 404
    assert not Ranking.objects.exists()


def test_who_comes_back_gets_work_and_what_was_kept_stays_surplus(cast: Cast) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    leave(cast, cast.labeler)
    at_work.submit(work)
    Membership.objects.create(project=cast.project, user=cast.labeler, role="labeler")
    other = ranking_item(cast.project)
    assert Slot.objects.get(id=at_work.work()["slot_id"]).item_id == other.id
    assert Ranking.objects.get().state == "surplus"
