"""One's own judgments can be opened again at any age; the old one stands until the new one is in."""

from uuid import uuid4

import pytest

from annotation.corpus.models import Completion
from annotation.labeling.models import Demonstration, Draft, Ranking, Slot
from annotation.labeling.services import sweep_expired_leases
from annotation.projects.models import Project
from tests.annotation.labeling.test_taking_back import age
from tests.annotation.labeling.work import (
    Labeling,
    demonstration_item,
    drift,
    ids,
    ranking_item,
    run_out,
)
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def states() -> list[str]:
    return list(Ranking.objects.order_by("id").values_list("state", flat=True))


def test_an_old_ranking_is_opened_changed_and_replaced(first: Labeling) -> None:
    item = ranking_item(first.project)
    work, key = first.work(), uuid4()
    a, b, c = ids(work)
    old = first.submit(work, key, tiers=[[a], [b], [c]], grades={a: {"overall": 7}}).json()["id"]
    age(minutes=60 * 24 * 90)
    answer = first.reopen(key)
    assert answer.status_code == 200
    back = answer.json()
    assert (back["supersedes"], ids(back), back["screen"]) == (old, [a, b, c], work["screen"])
    assert back["draft"]["payload"]["tiers"] == [[a], [b], [c]]
    assert back["draft"]["payload"]["grades"] == {a: {"overall": 7}}
    assert (states(), drift()) == (["counted"], [])
    sent = first.submit(back, tiers=[[c], [a, b]], supersedes=back["supersedes"])
    assert (sent.status_code, sent.json()["state"]) == (201, "counted")
    assert states() == ["withdrawn", "counted"]
    assert Ranking.objects.get(state="counted").supersedes_id == Ranking.objects.get(pk=old).pk
    assert not Draft.objects.exists()
    item.refresh_from_db()
    assert (item.counted, item.state) == (1, "done")
    assert drift() == []


def test_it_takes_the_place_of_the_old_one_without_saying_so(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    assert first.submit(first.reopen(key).json()).json()["state"] == "counted"
    assert (states(), drift()) == (["withdrawn", "counted"], [])


def test_opening_twice_keeps_what_was_changed_meanwhile(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    back = first.reopen(key).json()
    kept = first.draft(back, back["draft"]["revision"], {"version": 2})
    assert kept.status_code == 200
    again = first.reopen(key).json()
    assert again["lease_token"] == back["lease_token"]
    assert again["draft"] == {"revision": kept.json()["revision"], "payload": {"version": 2}}
    path = f"/api/v1/slots/{back['slot_id']}"
    assert first.client.get(path).json()["supersedes"] == back["supersedes"]


def test_time_does_not_take_an_opened_judgment_away(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    back = first.reopen(key).json()
    assert first.heartbeat(back).status_code == 200
    run_out(back)
    assert sweep_expired_leases() == 0
    assert second.claim().status_code == 204
    assert first.draft(back, back["draft"]["revision"], {"version": 2}).status_code == 200
    assert first.submit(back).json()["state"] == "counted"
    assert (first.heartbeat(back).status_code, first.draft(back, 0, {}).status_code) == (409, 409)
    assert drift() == []


def test_of_two_tabs_the_faster_one_counts_and_the_other_is_kept(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    back = first.reopen(key).json()
    faster = first.submit(back, supersedes=back["supersedes"]).json()
    slower = first.submit(back, supersedes=back["supersedes"], note="slower")
    assert (faster["state"], slower.json()["state"]) == ("counted", "surplus")
    assert (states(), drift()) == (["withdrawn", "counted", "surplus"], [])


def test_a_replaced_judgment_points_on_to_its_successor(first: Labeling) -> None:
    ranking_item(first.project)
    keys = [uuid4(), uuid4()]
    first.submit(first.work(), keys[0])
    first.submit(first.reopen(keys[0]).json(), keys[1])
    path = f"/api/v1/projects/{first.project.id}/my-judgments"
    newer, older = first.client.get(path).json()["results"]
    assert (newer["can_undo"], newer["can_reopen"], newer["superseded_by"]) == (True, True, None)
    assert (older["can_undo"], older["can_reopen"]) == (False, False)
    assert older["superseded_by"] == str(keys[1])
    answer = first.reopen(keys[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")
    assert answer.json()["client_uuid"] == str(keys[1])
    assert first.reopen(keys[1]).status_code == 200


def test_only_the_author_opens_and_only_what_stands(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    assert second.reopen(key).status_code == 404
    first.undo(key)
    answer = first.reopen(key)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_counted")


def test_in_an_archived_project_everything_stays_as_it_is(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    Project.objects.filter(pk=first.project.pk).update(state="archived")
    answer = first.reopen(key)
    assert (answer.status_code, answer.json()["code"]) == (409, "archived")
    path = f"/api/v1/projects/{first.project.id}/my-judgments"
    assert first.client.get(path).json()["results"][0]["can_reopen"] is False


def test_what_a_reviewer_withdraws_meanwhile_goes_to_somebody_else(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project)
    key = uuid4()
    old = first.submit(first.work(), key).json()["id"]
    back = first.reopen(key).json()
    path = f"/api/v1/rankings/{old}/withdraw"
    client_for(cast.reviewer).post(path, {"reason": "not read"}, format="json")
    assert first.claim().status_code == 204
    assert second.submit(second.work()).json()["state"] == "counted"
    assert first.submit(back).json()["state"] == "surplus"
    assert drift() == []


def test_a_demonstration_is_opened_again_too(first: Labeling) -> None:
    demonstration_item(first.project)
    key = uuid4()
    first.write(first.work(), "Nearly right.", key)
    back = first.reopen(key).json()
    assert back["draft"]["payload"] == {"text": "Nearly right.", "note": ""}
    assert Demonstration.objects.get().state == "counted"
    assert first.write(back, "Right.").json()["state"] == "counted"
    stored = Demonstration.objects.order_by("id").values_list("text", "state")
    assert list(stored) == [("Nearly right.", "withdrawn"), ("Right.", "counted")]
    standing = Completion.objects.filter(origin="human", withdrawn_at=None)
    assert list(standing.values_list("text", flat=True)) == ["Right."]
    assert drift() == []


def test_an_opened_judgment_can_still_be_undone(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    opened = first.reopen(key).json()
    back = first.undo(key).json()
    assert (back["supersedes"], Slot.objects.get().state) == (None, "leased")
    assert back["draft"]["revision"] > opened["draft"]["revision"]
    assert first.submit(back).json()["state"] == "counted"
    assert drift() == []
