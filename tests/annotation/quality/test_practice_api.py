"""Practice teaches, qualification opens the door, and neither is ever a judgment."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.accounts.models import AuditEvent, User
from annotation.labeling.models import Comparison, Item, Ranking
from annotation.labeling.services import void_item
from annotation.projects.models import Membership, Project
from annotation.quality.models import PracticeAnswer, PracticeItem, QualificationAttempt
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def make(cast: Cast, kind: str = "practice", **changes: Any) -> Any:
    """An item in which Good > Fair > Bad is expected."""
    body = {
        "kind": kind,
        "messages": [{"role": "user", "content": "Which?"}],
        "completions": ["Fair", "Good", "Bad"],
        "expected": [[1], [0], [2]],
        "explanation": "Good is good.",
    } | changes
    path = f"/api/v1/projects/{cast.project.id}/practice-items"
    return client_for(cast.admin).post(path, body, format="json")


def mine(cast: Cast, person: User) -> Any:
    answer = client_for(person).get(f"/api/v1/projects/{cast.project.id}/practice")
    assert answer.status_code == 200, answer.content
    return answer.json()


def texts(work: dict[str, Any]) -> dict[str, str]:
    return {one["text"]: one["id"] for one in work["completions"]}


def answer(person: User, work: dict[str, Any], order: str, key: UUID | None = None) -> Any:
    """Give an order like "Good>Fair=Bad"."""
    known = texts(work)
    tiers = [[known[name] for name in tier.split("=")] for tier in order.split(">")]
    path = f"/api/v1/practice-items/{work['id']}/answers/{key or uuid4()}"
    return client_for(person).put(path, {"tiers": tiers, "active_ms": 900}, format="json")


def ask_for(cast: Cast, pass_mark: int | None) -> None:
    Project.objects.filter(pk=cast.project.pk).update(pass_mark=pass_mark)


def take(cast: Cast, person: User, *orders: str) -> Any:
    """Go through the round, one order for each item; the last answer."""
    found = None
    for order in orders:
        work = mine(cast, person)["qualification"]["next"]
        assert work is not None
        found = answer(person, work, order)
        assert found.status_code == 201, found.content
    assert found is not None
    return found.json()


def rest(hours: float) -> None:
    """Let all rounds have ended that long ago, past the guard that keeps them as they are."""
    with connection.cursor() as cursor:
        table = "quality_qualificationattempt"
        cursor.execute(f"UPDATE {table} SET finished_at = now() - %s", [timedelta(hours=hours)])


# --- practice ---------------------------------------------------------------------------------
def test_no_answer_to_practise_on_says_which_system_wrote_it(cast: Cast) -> None:
    make(cast, completions=["I am ChatGPT, made by OpenAI.", "Good", "Bad"])
    work = mine(cast, cast.labeler)["practice"]["next"]
    assert sorted(texts(work))[2].startswith("I am [name]")
    assert "ChatGPT" not in str(work)
    assert "OpenAI" not in str(work)


def test_after_each_practice_answer_the_labeler_learns_what_was_expected_and_why(
    cast: Cast,
) -> None:
    make(cast)
    work = mine(cast, cast.labeler)["practice"]["next"]
    assert set(work) == {"id", "kind", "prompt", "completions"}, "nothing tells the order"
    outcome = answer(cast.labeler, work, "Good>Bad>Fair").json()
    feedback = outcome["feedback"]
    known = texts(work)
    assert feedback["agreement"] == pytest.approx(2 / 3)
    assert feedback["expected"] == [[known["Good"]], [known["Fair"]], [known["Bad"]]]
    assert feedback["explanation"] == "Good is good."
    assert {(p["better"], p["worse"]): p["said"] for p in feedback["pairs"]} == {
        (known["Good"], known["Fair"]): "same",
        (known["Good"], known["Bad"]): "same",
        (known["Fair"], known["Bad"]): "reversed",
    }
    progress = mine(cast, cast.labeler)["practice"]
    assert (progress["done"], progress["total"], progress["next"]) == (1, 1, None)
    assert progress["agreement"] == pytest.approx(2 / 3)
    assert mine(cast, cast.second_labeler)["practice"]["done"] == 0


def test_practice_comes_in_its_order_and_shows_each_labeler_one_order(cast: Cast) -> None:
    second = make(cast, position=2).json()["id"]
    first = make(cast, position=1).json()["id"]
    work = mine(cast, cast.labeler)["practice"]["next"]
    assert work["id"] == first
    assert mine(cast, cast.labeler)["practice"]["next"] == work
    answer(cast.labeler, work, "Good>Fair>Bad")
    assert mine(cast, cast.labeler)["practice"]["next"]["id"] == second


def test_an_answer_sent_again_is_one_answer(cast: Cast) -> None:
    make(cast)
    work = mine(cast, cast.labeler)["practice"]["next"]
    key = uuid4()
    first = answer(cast.labeler, work, "Good>Fair=Bad", key)
    again = answer(cast.labeler, work, "Good>Bad=Fair", key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = answer(cast.labeler, work, "Bad>Good>Fair", key)
    assert (other.status_code, other.json()["code"]) == (422, "different_content")
    late = answer(cast.labeler, work, "Bad>Good>Fair")
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    stolen = answer(cast.second_labeler, work, "Good>Fair=Bad", key)
    assert stolen.status_code == 404
    assert PracticeAnswer.objects.count() == 1


def test_what_is_practised_never_becomes_a_judgment(cast: Cast) -> None:
    make(cast)
    answer(cast.labeler, mine(cast, cast.labeler)["practice"]["next"], "Good>Fair>Bad")
    assert not Ranking.objects.exists()
    assert not Comparison.objects.exists()
    path = f"/api/v1/projects/{cast.project.id}"
    assert client_for(cast.labeler).get(f"{path}/my-progress").json()["done_total"] == 0
    exported = client_for(cast.ml).get(f"{path}/exports/rankings.jsonl")
    assert b"".join(exported.streaming_content) == b""
    with pytest.raises(IntegrityError), transaction.atomic():
        PracticeAnswer.objects.update(points=0)


@pytest.mark.parametrize(
    ("tiers", "rule"),
    [([], "empty"), ([[]], "empty"), ([["x"], ["x"]], "twice"), ([["other"]], "not_shown")],
)
def test_an_answer_that_is_no_order_is_refused(
    cast: Cast, tiers: list[list[str]], rule: str
) -> None:
    make(cast)
    work = mine(cast, cast.labeler)["practice"]["next"]
    names = {"x": work["completions"][0]["id"], "other": str(uuid4())}
    body = {"tiers": [[names[one] for one in tier] for tier in tiers]}
    path = f"/api/v1/practice-items/{work['id']}/answers/{uuid4()}"
    refused = client_for(cast.labeler).put(path, body, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["rule"] == rule


# --- qualification ----------------------------------------------------------------------------
def test_nobody_begins_before_passing_where_a_pass_mark_is_set(cast: Cast) -> None:
    ranking_item(cast.project)
    make(cast, "qualification")
    make(cast, "qualification", position=1)
    ask_for(cast, 75)
    at = Labeling(cast.labeler, cast.project)
    refused = at.claim()
    assert (refused.status_code, refused.json()["code"]) == (409, "not_qualified")
    first = take(cast, cast.labeler, "Good>Fair>Bad")
    assert first == {"kind": "qualification", "feedback": None, "result": None}
    assert mine(cast, cast.labeler)["qualification"]["done"] == 1
    outcome = take(cast, cast.labeler, "Good>Fair=Bad")
    result = outcome["result"]
    assert result["agreement"] == pytest.approx(5.5 / 6)  # 3 of 3 and 2.5 of 3
    assert result["passed"] is True
    assert [one["agreement"] for one in result["feedback"]] == [1.0, pytest.approx(2.5 / 3)]
    assert mine(cast, cast.labeler)["qualification"]["state"] == "passed"
    assert at.work()["completions"]
    assert Labeling(cast.second_labeler, cast.project).claim().status_code == 409
    assert AuditEvent.objects.filter(action="labeler.qualified").count() == 1


def test_the_mark_itself_is_enough_and_a_hair_below_is_not(cast: Cast) -> None:
    make(cast, "qualification", completions=["Good", "Bad"], expected=[[0], [1]])
    make(cast, "qualification", completions=["Good", "Bad"], expected=[[0], [1]])
    ask_for(cast, 75)
    assert take(cast, cast.labeler, "Good>Bad", "Good=Bad")["result"]["passed"] is True
    assert take(cast, cast.second_labeler, "Good>Bad", "Bad>Good")["result"]["passed"] is False


def test_who_fails_may_try_again_at_once_and_after_that_with_a_night_in_between(
    cast: Cast,
) -> None:
    make(cast, "qualification")
    ask_for(cast, 90)
    work = mine(cast, cast.labeler)["qualification"]["next"]
    for number in (1, 2):
        outcome = take(cast, cast.labeler, "Bad>Fair>Good")
        assert (outcome["result"]["number"], outcome["result"]["passed"]) == (number, False)
        assert outcome["result"]["feedback"] == []  # the same items come again
    waiting = mine(cast, cast.labeler)["qualification"]
    assert (waiting["state"], waiting["next"], waiting["tries"]) == ("wait", None, 2)
    assert waiting["retry_at"] is not None
    assert waiting["last"]["feedback"] == []
    early = answer(cast.labeler, work, "Good>Fair>Bad")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    rest(hours=12.1)
    assert take(cast, cast.labeler, "Good>Fair>Bad")["result"]["passed"] is True
    assert QualificationAttempt.objects.count() == 3


def test_a_round_that_has_begun_keeps_its_items_whatever_admins_change(cast: Cast) -> None:
    make(cast, "qualification")
    second = make(cast, "qualification", position=1).json()["id"]
    ask_for(cast, 60)
    take(cast, cast.labeler, "Good>Fair>Bad")
    make(cast, "qualification", position=2)
    path = f"/api/v1/practice-items/{second}"
    client_for(cast.admin).patch(path, {"retired": True}, format="json")
    ask_for(cast, 100)
    result = take(cast, cast.labeler, "Good>Fair=Bad")["result"]
    assert (result["pass_mark"], result["passed"]) == (60, True)


def test_a_project_that_asks_for_nothing_or_prepared_nothing_says_so(cast: Cast) -> None:
    assert mine(cast, cast.labeler)["qualification"]["state"] == "off"
    ask_for(cast, 75)
    assert mine(cast, cast.labeler)["qualification"]["state"] == "empty"
    item = make(cast, "qualification").json()
    ask_for(cast, None)
    closed = answer(cast.labeler, item, "Good>Fair>Bad")
    assert (closed.status_code, closed.json()["code"]) == (409, "not_open")


def test_work_in_hand_is_finished_even_if_a_qualification_is_asked_for_meanwhile(
    cast: Cast,
) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    ask_for(cast, 75)
    assert at.work()["slot_id"] == work["slot_id"]
    assert at.submit(work).status_code == 201


def test_an_admin_lets_somebody_begin_and_can_ask_again(cast: Cast) -> None:
    ranking_item(cast.project)
    ask_for(cast, 75)
    path = f"/api/v1/projects/{cast.project.id}/practice-standings"
    admin = client_for(cast.admin)
    at = Labeling(cast.labeler, cast.project)
    for qualified, status in ((True, 200), (True, 200), (False, 200)):
        answered = admin.put(f"{path}/{cast.labeler.id}", {"qualified": qualified}, format="json")
        assert answered.status_code == 204
        assert at.claim().status_code == status, "what is in hand stays in hand"
    rows = {row["name"]: row for row in admin.get(path).json()}
    assert set(rows) == {"Labeler", "Second_Labeler"}
    assert rows["Labeler"]["qualified_at"] is None
    missing = admin.put(f"{path}/{cast.reviewer.id}", {"qualified": True}, format="json")
    assert missing.status_code == 404
    assert AuditEvent.objects.filter(action__startswith="labeler.").count() == 2
    assert not Membership.objects.exclude(qualified_at=None).exists()


# --- making items -----------------------------------------------------------------------------
def test_an_item_still_being_judged_cannot_be_practised_on(cast: Cast) -> None:
    source = ranking_item(cast.project)
    refused = make(cast, item=str(source.id))
    assert (refused.status_code, refused.json()["code"]) == (409, "in_circulation")
    void_item(actor=cast.admin, item=source)
    made = make(cast, item=str(source.id))
    assert (made.status_code, made.json()["source"]) == (201, str(source.id))
    assert Item.objects.get().state == "void"
    assert make(cast, item=str(uuid4())).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expected": [[0, 1, 2]]}, "expected"),
        ({"expected": [[0], [1]]}, "expected"),
        ({"expected": [[0], [1], [1, 2]]}, "expected"),
        ({"expected": [[0], [], [1, 2]]}, "expected"),
        ({"expected": [[0], [1, 2, 3]]}, "expected"),
        ({"completions": ["one"], "expected": [[0]]}, "completions"),
        ({"messages": []}, "messages"),
        ({"kind": "gold"}, "kind"),
    ],
)
def test_an_item_without_a_clear_order_is_refused(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    refused = make(cast, **change)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"].startswith(field)
    assert not PracticeItem.objects.exists()


def test_a_practice_item_keeps_its_texts_and_can_be_retired(cast: Cast) -> None:
    item = make(cast).json()
    path = f"/api/v1/practice-items/{item['id']}"
    changed = client_for(cast.admin).patch(
        path, {"explanation": "Because.", "retired": True}, format="json"
    )
    assert changed.json()["explanation"] == "Because."
    assert changed.json()["retired_at"] is not None
    assert mine(cast, cast.labeler)["practice"]["total"] == 0
    assert client_for(cast.admin).patch(path, {"expected": []}, format="json").status_code == 400
    with pytest.raises(IntegrityError), transaction.atomic():
        PracticeItem.objects.update(expected=[])
