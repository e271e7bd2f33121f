"""A reported answer is shown to nobody from that moment on, until somebody decides."""

from typing import Any
from uuid import uuid4

import pytest

from annotation.accounts.models import AuditEvent, User
from annotation.corpus.models import Completion
from annotation.labeling.models import Draft, Item, Ranking, Report, Slot
from annotation.labeling.services import create_ranking_items, sweep_expired_leases, void_item
from tests.annotation.labeling.work import (
    Labeling,
    add_completion,
    add_prompt,
    drift,
    ids,
    ranking_item,
    run_out,
)
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def report(at: Labeling, work: dict[str, Any], **changes: Any) -> Any:
    """Report the first answer shown unless `completion` says otherwise."""
    body = {
        "lease_token": work["lease_token"],
        "completion": ids(work)[0],
        "reason": "harmful",
    } | changes
    return at.client.post(f"/api/v1/slots/{work['slot_id']}/reports", body, format="json")


def decide(person: User, report_id: str, verdict: str) -> Any:
    return client_for(person).post(f"/api/v1/reports/{report_id}/{verdict}", format="json")


def slot_states(item: Item) -> list[str]:
    return sorted(Slot.objects.filter(item=item).values_list("state", flat=True))


def test_a_reported_answer_leaves_circulation_at_once_and_its_items_wait_for_a_look(
    cast: Cast,
) -> None:
    prompt = add_prompt(cast.project, "?")
    texts = [add_completion(prompt, f"Answer {n}") for n in range(3)]
    for chosen in (texts[:2], [texts[0], texts[2]], texts[1:]):
        create_ranking_items(project=cast.project, groups={prompt.id: chosen}, needed=2)
    unaffected = Item.objects.exclude(item_completions__completion=texts[0]).get()
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    if str(texts[0].id) not in ids(work):
        work = at.work(holding=[work["slot_id"]])
    answer = report(at, work, completion=str(texts[0].id))
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "state", "created_at"}
    assert Completion.objects.get(pk=texts[0].id).withdrawn_at is not None
    for item in Item.objects.exclude(pk=unaffected.pk):
        assert item.state == "triage"
        assert slot_states(item) == ["void", "void"]
    unaffected.refresh_from_db()
    assert unaffected.state == "open"
    other = Labeling(cast.second_labeler, cast.project)
    assert other.work()["item"]["id"] == str(unaffected.id)
    assert drift() == []


def test_the_labeler_goes_on_with_the_next_item_and_keeps_the_draft(cast: Cast) -> None:
    ranking_item(cast.project, priority=2)
    following = ranking_item(cast.project, priority=1)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    at.draft(work, 0, {"places": {}})
    assert report(at, work).status_code == 201
    assert Draft.objects.filter(slot_id=work["slot_id"]).exists()
    assert at.work()["item"]["id"] == str(following.id)


def test_reporting_the_same_again_changes_nothing(cast: Cast) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    first = report(at, work)
    again = report(at, work, reason="other", note="pressed twice")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Report.objects.get().reason == "harmful"
    assert AuditEvent.objects.filter(action="report.made").count() == 1


def test_the_prompt_can_be_reported_and_all_its_items_wait(cast: Cast) -> None:
    item = ranking_item(cast.project, needed=2)
    at = Labeling(cast.labeler, cast.project)
    answer = report(at, at.work(), completion=None, reason="private_data", note="a phone number")
    assert answer.status_code == 201
    item.refresh_from_db()
    assert item.state == "triage"
    assert not Completion.objects.exclude(withdrawn_at=None).exists()
    assert at.claim().status_code == 204
    assert decide(cast.admin, answer.json()["id"], "uphold").status_code == 200
    item.refresh_from_db()
    assert item.state == "void"
    assert item.prompt.retired_at is not None


def test_dismissing_puts_everything_back_and_the_labeler_may_go_on(cast: Cast) -> None:
    item = ranking_item(cast.project, needed=2)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    at.draft(work, 0, {"places": {"a": 1}})
    reported = report(at, work).json()
    answer = decide(cast.reviewer, reported["id"], "dismiss")
    assert answer.json()["state"] == "dismissed"
    assert answer.json()["decided_by_name"] == "Reviewer"
    item.refresh_from_db()
    assert item.state == "open"
    assert slot_states(item) == ["open", "open"]
    assert not Completion.objects.exclude(withdrawn_at=None).exists()
    assert at.work()["draft"]["payload"] == {"places": {"a": 1}}
    actions = AuditEvent.objects.order_by("id").values_list("action", "actor__username")
    assert list(actions) == [("report.made", "labeler"), ("report.dismissed", "reviewer")]


def test_upholding_keeps_it_out_for_good_and_leaves_judgments_alone(cast: Cast) -> None:
    item = ranking_item(cast.project, needed=2)
    second = Labeling(cast.second_labeler, cast.project)
    assert second.submit(second.work()).status_code == 201
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    reported = report(at, work).json()
    for _ in range(2):  # deciding the same twice changes nothing
        assert decide(cast.reviewer, reported["id"], "uphold").json()["state"] == "upheld"
    item.refresh_from_db()
    assert (item.state, item.counted) == ("void", 1)
    assert slot_states(item) == ["done", "void"]
    assert Ranking.objects.get().state == "counted"
    assert Completion.objects.get(pk=ids(work)[0]).withdrawn_at is not None
    refused = decide(cast.reviewer, reported["id"], "dismiss")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    assert AuditEvent.objects.filter(action="report.upheld").count() == 1


def test_one_of_two_reports_dismissed_restores_nothing_yet(cast: Cast) -> None:
    item = ranking_item(cast.project, needed=2)
    first, second = (
        Labeling(person, cast.project) for person in (cast.labeler, cast.second_labeler)
    )
    one, other = first.work(), second.work()
    target = ids(one)[0]
    reports = [
        report(first, one, completion=target).json()["id"],
        report(second, other, completion=target).json()["id"],
    ]
    decide(cast.reviewer, reports[0], "dismiss")
    item.refresh_from_db()
    assert item.state == "triage"
    assert Completion.objects.get(pk=target).withdrawn_at is not None
    decide(cast.reviewer, reports[1], "dismiss")
    item.refresh_from_db()
    assert item.state == "open"
    assert Completion.objects.get(pk=target).withdrawn_at is None


def test_work_that_others_have_in_hand_is_not_lost_and_not_handed_out_again(cast: Cast) -> None:
    item = ranking_item(cast.project, needed=3)
    first, second = (
        Labeling(person, cast.project) for person in (cast.labeler, cast.second_labeler)
    )
    mine, theirs = first.work(), second.work()
    report(first, mine)
    assert slot_states(item).count("leased") == 1
    run_out(theirs)
    assert sweep_expired_leases() == 1
    assert slot_states(item) == ["void", "void", "void"], "not back into the queue"
    late = second.submit(theirs)
    assert (late.status_code, late.json()["state"]) == (201, "surplus")


def test_what_was_withdrawn_before_is_not_restored_by_dismissing(cast: Cast) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    Completion.objects.filter(pk=ids(work)[0]).update(withdrawn_at="2026-01-01T00:00:00Z")
    reported = report(at, work).json()
    decide(cast.reviewer, reported["id"], "dismiss")
    assert Completion.objects.get(pk=ids(work)[0]).withdrawn_at is not None
    assert Item.objects.get().state == "triage", "its answer is still withdrawn"


def test_an_item_that_an_admin_withdrew_meanwhile_stays_withdrawn(cast: Cast) -> None:
    item = ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    reported = report(at, at.work()).json()
    void_item(actor=cast.admin, item=item)
    decide(cast.reviewer, reported["id"], "dismiss")
    item.refresh_from_db()
    assert item.state == "void"


def test_only_what_was_shown_can_be_reported_and_only_by_whom_it_was_shown(cast: Cast) -> None:
    ranking_item(cast.project, priority=1)
    elsewhere = add_completion(add_prompt(cast.project, "another"), "text")
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    refused = report(at, work, completion=str(elsewhere.id))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "completion"
    stranger = Labeling(cast.second_labeler, cast.project)
    assert report(stranger, work).json()["code"] == "unknown_lease"
    assert report(at, work, lease_token=str(uuid4())).status_code == 409
    assert report(at, work, reason="boring").status_code == 400
    assert not Report.objects.exists()


def test_the_list_tells_deciders_what_was_reported_by_whom_and_what_waits(cast: Cast) -> None:
    ranking_item(cast.project, name="How do planes fly?")
    at = Labeling(cast.labeler, cast.project)
    reported = report(at, at.work(), reason="names_itself", note="third line").json()
    client = client_for(cast.reviewer)
    path = f"/api/v1/projects/{cast.project.id}/reports"
    (row,) = client.get(f"{path}?state=open").json()["results"]
    assert row["id"] == reported["id"]
    assert row["prompt_preview"] == "How do planes fly?"
    assert row["completion_text"].startswith("Answer ")
    assert (row["labeler_name"], row["reason"], row["note"], row["waiting"]) == (
        "Labeler",
        "names_itself",
        "third line",
        1,
    )
    assert client.get(f"{path}?state=upheld").json()["results"] == []
    assert client.get(f"{path}?state=lost").status_code == 400
