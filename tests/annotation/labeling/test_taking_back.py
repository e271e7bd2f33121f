"""Undo by the author and withdrawal by review: judgments stop counting, nothing is erased."""

from uuid import uuid4

import pytest
from django.db import connection

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Ranking, Slot
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


def age(minutes: int) -> None:
    """Let every ranking be older. The guard against rewriting is off for that moment."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE labeling_ranking DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE labeling_ranking SET created_at = created_at - make_interval(mins => %s)",
            [minutes],
        )
        cursor.execute("ALTER TABLE labeling_ranking ENABLE TRIGGER USER")


def test_undo_brings_the_work_back_as_it_was_sent_in_the_order_it_was_shown(
    first: Labeling,
) -> None:
    item = ranking_item(first.project)
    work, key = first.work(), uuid4()
    a, b, c = ids(work)
    first.submit(
        work,
        key,
        tiers=[[a, c]],
        cannot_judge=[b],
        unacceptable_below=0,
        grades={a: {"overall": 2}},
        notes={b: "what?"},
        note="well",
        direct=[{"better": a, "worse": c, "is_tie": True}],
    )
    answer = first.undo(key)
    assert answer.status_code == 200
    back = answer.json()
    assert ids(back) == ids(work)
    assert back["lease_token"] != work["lease_token"]
    assert back["draft"] == {
        "revision": 1,
        "payload": {
            "mode": "tiers",
            "tiers": [[a, c]],
            "unplaced": [],
            "cannot_judge": [b],
            "unacceptable_below": 0,
            "direct": [{"better": a, "worse": c, "is_tie": True, "strength": None}],
            "grades": {a: {"overall": 2}},
            "flags": {},
            "spans": {},
            "notes": {b: "what?"},
            "note": "well",
            "better_answer": None,
            "reading": {},
            "unread_accepted": False,
        },
    }
    item.refresh_from_db()
    assert (item.counted, item.state) == (0, "open")
    assert first.work()["slot_id"] == work["slot_id"]
    assert first.submit(back, tiers=[[c], [a], [b]]).json()["state"] == "counted"
    assert sorted(Ranking.objects.values_list("state", flat=True)) == ["counted", "withdrawn"]
    assert drift() == []


def test_undo_ends_after_ten_minutes(first: Labeling) -> None:
    ranking_item(first.project)
    keys = [uuid4()]
    first.submit(first.work(), keys[0])
    age(minutes=9)
    ranking_item(first.project)
    keys.append(uuid4())
    first.submit(first.work(), keys[1])
    assert first.undo(keys[0]).status_code == 200
    age(minutes=11)
    answer = first.undo(keys[1])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert drift() == []


def test_only_the_author_can_undo_and_only_once(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key)
    assert second.undo(key).status_code == 404
    assert second.undo(uuid4()).status_code == 404
    assert first.undo(key).status_code == 200
    answer = first.undo(key)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_counted")


def test_an_old_page_cannot_bring_an_undone_judgment_back(first: Labeling) -> None:
    """The first submission, sent again after the undo, answers with what is stored: withdrawn."""
    ranking_item(first.project)
    work, key = first.work(), uuid4()
    first.submit(work, key)
    first.undo(key)
    assert first.submit(work, key).json()["state"] == "withdrawn"
    assert drift() == []


def test_a_demonstration_can_be_undone_too(first: Labeling) -> None:
    demonstration_item(first.project)
    work, key = first.work(), uuid4()
    first.write(work, "Nearly right.", key)
    back = first.undo(key).json()
    assert back["draft"]["payload"] == {"text": "Nearly right.", "note": ""}
    assert first.write(back, "Right.").json()["state"] == "counted"
    assert drift() == []


def test_undone_work_that_ran_out_comes_back_to_its_author(first: Labeling) -> None:
    ranking_item(first.project)
    work, key = first.work(), uuid4()
    first.submit(work, key)
    back = first.undo(key).json()
    run_out(back)
    assert first.work()["draft"]["payload"]["tiers"] == [[one] for one in ids(work)]


def test_own_judgments_are_listed_newest_first_page_by_page(first: Labeling) -> None:
    for number in range(5):
        ranking_item(first.project, name=f"P{number}", priority=-number)
    demonstration_item(first.project)
    keys = []
    for _ in range(6):
        keys.append(uuid4())
        work = first.work()
        if work["completions"]:
            first.submit(work, keys[-1])
        else:
            first.write(work, "text", keys[-1])
    address: str | None = f"/api/v1/projects/{first.project.id}/my-judgments?page_size=4"
    seen = []
    pages = 0
    while address:
        page = first.client.get(address).json()
        seen += page["results"]
        address = page["next"]
        pages += 1
    assert pages == 2
    assert [row["client_uuid"] for row in seen] == [str(key) for key in reversed(keys)]
    assert {row["kind"] for row in seen} == {"ranking", "demonstration"}
    assert all(row["can_undo"] for row in seen)
    assert {row["prompt_preview"] for row in seen} >= {f"P{number}" for number in range(5)}
    for bad in ("cursor=x", "cursor=2020-01-01~x", "page_size=0", "page_size=9999"):
        path = f"/api/v1/projects/{first.project.id}/my-judgments?{bad}"
        assert first.client.get(path).status_code in (400, 404)


def test_own_judgments_are_listed_by_kind_and_state(first: Labeling) -> None:
    ranking_item(first.project)
    ranking_item(first.project)
    demonstration_item(first.project)
    kept, taken, written = uuid4(), uuid4(), uuid4()
    for _ in range(3):
        work = first.work()
        if not work["completions"]:
            first.write(work, "text", written)
        elif first.client.get(f"/api/v1/submissions/{kept}").status_code == 404:
            first.submit(work, kept)
        else:
            first.submit(work, taken)
    first.undo(taken)

    def listed(query: str) -> list[str]:
        path = f"/api/v1/projects/{first.project.id}/my-judgments?{query}"
        return [row["client_uuid"] for row in first.client.get(path).json()["results"]]

    assert set(listed("kind=ranking")) == {str(kept), str(taken)}
    assert listed("kind=demonstration") == [str(written)]
    assert listed("state=withdrawn") == [str(taken)]
    assert listed("kind=ranking&state=counted") == [str(kept)]
    path = f"/api/v1/projects/{first.project.id}/my-judgments?state=lost"
    answer = first.client.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "state")


def test_what_was_said_can_be_read_again_by_its_author_alone(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project, name="Why is the sky blue?")
    work, key = first.work(), uuid4()
    a, b, c = ids(work)
    first.submit(work, key, tiers=[[c], [a, b]], note="short")
    read = first.client.get(f"/api/v1/submissions/{key}").json()
    assert read["prompt"] == work["prompt"]
    assert read["completions"] == work["completions"]
    assert (read["said"]["tiers"], read["said"]["note"]) == ([[c], [a, b]], "short")
    assert (read["kind"], read["state"], read["active_ms"]) == ("ranking", "counted", 4000)
    assert second.client.get(f"/api/v1/submissions/{key}").status_code == 404


def test_progress_counts_what_stands(first: Labeling) -> None:
    for _ in range(3):
        ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), active_ms=1000)
    first.submit(first.work(), key, active_ms=5000)
    first.undo(key)
    path = f"/api/v1/projects/{first.project.id}/my-progress"
    told = first.client.get(path).json()
    assert sum(day["count"] for day in told.pop("days")) == 1
    assert told == {
        "done_today": 1,
        "done_total": 1,
        "open_for_me_estimate": 1,
        "median_active_ms": 1000,
        "drafts": 1,
        "project_done": 1,
        "project_total": 3,
        "closed": "",
        "tells_expected": False,
    }


def test_a_withdrawn_ranking_frees_its_slot_for_somebody_else_and_leaves_a_trace(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item = ranking_item(cast.project)
    ranking = first.submit(first.work()).json()["id"]
    path = f"/api/v1/rankings/{ranking}/withdraw"
    reviewer = client_for(cast.reviewer)
    assert reviewer.post(path, {}, format="json").status_code == 400
    answer = reviewer.post(path, {"reason": "not read"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["rankings"][0]["state"] == "withdrawn"
    item.refresh_from_db()
    assert (item.counted, item.state) == (0, "open")
    assert first.claim().status_code == 204
    assert second.submit(second.work()).json()["state"] == "counted"
    event = AuditEvent.objects.get(action="ranking.withdrawn")
    assert (event.actor, event.after) == (
        cast.reviewer,
        {"state": "withdrawn", "reason": "not read"},
    )
    assert reviewer.post(path, {"reason": "again"}, format="json").status_code == 409
    assert drift() == []


def test_a_void_item_is_handed_out_no_more_and_work_at_hand_is_kept_as_surplus(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item = ranking_item(cast.project, needed=3)
    first.submit(first.work())
    at_hand = second.work()
    admin = client_for(cast.admin)
    answer = admin.post(f"/api/v1/items/{item.id}/void", {}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "void")
    assert second.submit(at_hand).json()["state"] == "surplus"
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["done", "void", "void"]
    assert Ranking.objects.filter(state="counted").count() == 1
    body = {"withdraw_judgments": True}
    admin.post(f"/api/v1/items/{item.id}/void", body, format="json")
    assert not Ranking.objects.filter(state="counted").exists()
    admin.post(f"/api/v1/items/{item.id}/reopen", format="json")
    item.refresh_from_db()
    assert (item.counted, item.state) == (0, "open")
    assert Slot.objects.filter(state="open").count() == 3
    assert drift() == []
