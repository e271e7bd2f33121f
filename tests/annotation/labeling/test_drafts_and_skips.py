"""Unfinished work is kept, two tabs notice each other, and what is skipped stays away."""

import pytest

from annotation.accounts.models import User
from annotation.labeling.models import Draft, Skip, Slot
from annotation.labeling.services import sweep_expired_leases
from annotation.projects.models import Membership
from tests.annotation.labeling.work import Labeling, drift, ranking_item, run_out
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def crowd(cast: Cast, count: int) -> list[Labeling]:
    people = [User.objects.create(username=f"person{number}") for number in range(count)]
    for user in people:
        Membership.objects.create(project=cast.project, user=user, role="labeler")
    return [Labeling(user, cast.project) for user in people]


def test_a_draft_is_there_again_after_reloading(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    assert work["draft"] is None
    assert first.draft(work, 0, {"tiers": [["x"]], "文": "字"}).json()["revision"] == 1
    assert first.draft(work, 1, {"tiers": []}).json()["revision"] == 2
    assert first.work()["draft"] == {"revision": 2, "payload": {"tiers": []}}


def test_a_tab_that_missed_a_newer_draft_is_told_and_overwrites_nothing(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    first.draft(work, 0, {"from": "left"})
    for revision in (0, 7):
        stale = first.draft(work, revision, {"from": "right"})
        assert (stale.status_code, stale.json()["code"]) == (409, "stale_draft")
        assert stale.json()["draft"] == {"revision": 1, "payload": {"from": "left"}}
    assert Draft.objects.get().payload == {"from": "left"}


def test_drafts_and_heartbeats_renew_the_lease(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    assert first.heartbeat(work).json()["lease_until"] > work["server_time"]
    run_out(work)
    assert first.draft(work, 0, {}).json()["lease_until"] > work["server_time"]
    assert sweep_expired_leases() == 0


def test_waking_up_late_takes_a_free_slot_back_under_the_same_token(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    sweep_expired_leases()
    assert first.heartbeat(work).status_code == 200
    assert second.claim().status_code == 204
    assert first.submit(work).json()["state"] == "counted"


def test_a_lost_lease_is_told_but_the_draft_is_kept(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    second.work()
    lost = first.heartbeat(work)
    assert (lost.status_code, lost.json()["code"]) == (409, "lease_lost")
    answer = first.draft(work, 0, {"still": "here"})
    assert (answer.status_code, answer.json()["lease_until"]) == (200, None)
    assert Draft.objects.get(labeler=first.user).payload == {"still": "here"}


def test_a_draft_is_refused_after_the_judgment_and_when_it_is_huge(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    assert first.draft(work, 0, "x" * 300_000).status_code == 400
    first.submit(work)
    answer = first.draft(work, 0, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_submitted")


def test_a_skipped_item_never_comes_back_to_the_one_who_skipped_it(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project)
    work = first.work()
    first.draft(work, 0, {})
    assert first.skip(work, "knowledge").status_code == 204
    assert first.claim().status_code == 204
    assert first.heartbeat(work).status_code == 409
    assert not Draft.objects.exists()
    assert second.work()["slot_id"] == work["slot_id"]
    assert first.skip(work, "knowledge").status_code == 204  # sent twice: nothing changes
    assert Skip.objects.count() == 1
    assert Slot.objects.get().labeler_id == second.user.pk


def test_three_skips_for_one_reason_send_an_item_to_triage_other_reasons_do_not(
    cast: Cast,
) -> None:
    item = ranking_item(cast.project, needed=2)
    people = crowd(cast, 6)
    for labeling, reason in zip(
        people, ("unclear", "harmful", "unclear", "language"), strict=False
    ):
        assert labeling.skip(labeling.work(), reason).status_code == 204
        item.refresh_from_db()
        assert item.state == "open"
    working = people[4].work()
    people[5].skip(people[5].work(), "unclear")
    item.refresh_from_db()
    assert item.state == "triage"
    assert Labeling(cast.labeler, cast.project).claim().status_code == 204
    # what is already in somebody's hands may be finished
    assert people[4].submit(working).json()["state"] == "counted"
    assert drift() == []


def test_an_item_out_of_triage_is_handed_out_again_and_old_skips_count_no_more(
    cast: Cast,
) -> None:
    item = ranking_item(cast.project)
    people = crowd(cast, 5)
    for labeling in people[:3]:
        labeling.skip(labeling.work(), "unclear")
    admin = client_for(cast.admin)
    answer = admin.post(f"/api/v1/items/{item.id}/reopen", format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "open")
    people[3].skip(people[3].work(), "unclear")
    assert people[4].claim().status_code == 200
    assert admin.post(f"/api/v1/items/{item.id}/reopen", format="json").status_code == 409


def test_what_was_judged_cannot_be_skipped(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    first.submit(work)
    answer = first.skip(work)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_submitted")
