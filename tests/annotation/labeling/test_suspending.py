"""A suspended member gets nothing new, and loses nothing they did."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Draft, Ranking, Slot
from annotation.projects.models import Membership
from tests.annotation.labeling.work import Labeling, drift, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def suspension(cast: Cast, person: Any, method: str = "put", **body: Any) -> Any:
    address = f"/api/v1/projects/{cast.project.id}/members/{person.id}/suspension"
    return getattr(client_for(cast.admin), method)(address, body, format="json")


def test_leases_go_back_and_nothing_new_is_handed_out(cast: Cast) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    assert at_work.draft(work, 0, {"tiers": []}).status_code == 200
    assert suspension(cast, cast.labeler, reason="too fast").json() == {"given_back": 1}
    assert Slot.objects.get(id=work["slot_id"]).state == "open"
    assert Draft.objects.count() == 1
    passed_over = at_work.skip(work)  # the labeler's own act of that name: no test is passed over
    for answer in (at_work.claim(), at_work.heartbeat(work), passed_over):
        assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
    assert Labeling(cast.second_labeler, cast.project).work()["slot_id"] == work["slot_id"]
    event = AuditEvent.objects.get(action="member.suspended")
    assert (event.before["suspended"], event.after["suspended"]) == (False, True)
    assert event.after["reason"] == "too fast"


def test_finished_work_is_kept_as_surplus_and_sign_in_stays(cast: Cast) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    work = at_work.work()
    suspension(cast, cast.labeler)
    key = uuid4()
    first = at_work.submit(work, key)
    again = at_work.submit(work, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["state"] == again.json()["state"] == "surplus"
    me = at_work.client.get("/api/v1/me").json()
    assert me["memberships"][0]["suspended"] is True
    mine = at_work.client.get(f"/api/v1/projects/{cast.project.id}/my-judgments")
    assert mine.status_code == 200
    assert Slot.objects.get(id=work["slot_id"]).state == "open"
    assert drift() == []


def test_a_judgment_opened_again_before_stays_as_it_was(cast: Cast) -> None:
    ranking_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    key = uuid4()
    at_work.submit(at_work.work(), key)
    again = at_work.reopen(key).json()
    suspension(cast, cast.labeler)
    assert at_work.submit(again).json()["state"] == "surplus"
    assert Ranking.objects.get(client_uuid=key).state == "counted"
    assert drift() == []


def test_the_database_gives_no_lease_to_who_is_suspended(cast: Cast) -> None:
    item = ranking_item(cast.project)
    suspension(cast, cast.labeler)
    with pytest.raises(IntegrityError, match="suspended"), transaction.atomic():
        Slot.objects.filter(item=item).update(
            state="leased", labeler=cast.labeler, lease_token=uuid4(), lease_until=timezone.now()
        )


def test_waking_up_again_and_doing_it_twice(cast: Cast) -> None:
    ranking_item(cast.project)
    for _ in range(2):
        assert suspension(cast, cast.labeler).status_code == 200
    for _ in range(2):
        assert suspension(cast, cast.labeler, "delete").status_code == 204
    acts = AuditEvent.objects.filter(action__contains="suspended").order_by("id")
    assert [one.action for one in acts] == ["member.suspended", "member.unsuspended"]
    assert Labeling(cast.labeler, cast.project).claim().status_code == 200


def test_all_roles_rest_together_and_new_ones_too(cast: Cast) -> None:
    suspension(cast, cast.reviewer)
    reading = client_for(cast.reviewer).get(f"/api/v1/projects/{cast.project.id}/members")
    assert reading.json()["code"] == "suspended"
    address = f"/api/v1/projects/{cast.project.id}/members/{cast.reviewer.id}"
    roles = {"roles": ["labeler", "reviewer"]}
    answer = client_for(cast.admin).patch(address, roles, format="json").json()
    assert answer["suspended_at"] is not None
    assert not Membership.objects.filter(user=cast.reviewer, suspended_at=None).exists()


def test_the_last_admin_is_neither_suspended_nor_removed(cast: Cast) -> None:
    assert suspension(cast, cast.admin).json()["code"] == "last_admin"
    Membership.objects.create(project=cast.project, user=cast.ml, role="admin")
    assert suspension(cast, cast.ml).status_code == 200
    assert suspension(cast, cast.admin).json()["code"] == "last_admin"  # the other one rests
    address = f"/api/v1/projects/{cast.project.id}/members/{cast.admin.id}"
    assert client_for(cast.admin).delete(address).json()["code"] == "last_admin"
