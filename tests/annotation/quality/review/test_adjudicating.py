"""Decisions of reviewers: stored once, done whole, told to the labeler without names."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Item, Ranking
from annotation.quality.models import Adjudication, FeedbackNote
from tests.annotation.labeling.work import drift
from tests.annotation.quality.review.orders import frozen_keys, twice
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def decide(cast: Cast, item: Item, key: UUID | None = None, **body: Any) -> Any:
    address = f"/api/v1/items/{item.pk}/adjudications/{key or uuid4()}"
    return client_for(cast.reviewer).put(address, body, format="json")


def own_order(item: Item) -> list[list[str]]:
    a, b, c = map(str, frozen_keys(item))
    return [[b], [a, c]]


def test_names_are_hidden_until_one_has_decided(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    client = client_for(cast.reviewer)
    sheet = client.get(f"/api/v1/items/{item.pk}/review").json()
    assert not sheet["names_shown"]
    assert [row["number"] for row in sheet["judgments"]] == [1, 2]
    told = json.dumps(sheet)
    for person in (cast.labeler, cast.second_labeler):
        assert str(person.pk) not in told
        assert person.display_name not in told
    assert "secret-system" not in told
    after = decide(cast, item, outcome="accepted", accepted=[str(one.pk)]).json()
    assert after["names_shown"]
    assert [row["labeler_name"] for row in after["judgments"]] == ["Labeler", "Second_Labeler"]
    assert Adjudication.objects.get().names_seen is False


def test_asking_for_the_names_is_kept_with_the_decision(cast: Cast) -> None:
    item, one, _ = twice(cast, "a|b|c", "c|b|a")
    client = client_for(cast.reviewer)
    for _ in range(2):
        shown = client.post(f"/api/v1/items/{item.pk}/review/names").json()
    assert shown["judgments"][0]["labeler_name"] == "Labeler"
    assert not client_for(cast.admin).get(f"/api/v1/items/{item.pk}/review").json()["names_shown"]
    decide(cast, item, outcome="accepted", accepted=[str(one.pk)])
    assert Adjudication.objects.get().names_seen is True
    assert AuditEvent.objects.filter(action="review.names_shown").count() == 1


def test_an_own_order_is_stored_beside_the_judgments_and_changes_none(cast: Cast) -> None:
    item, *_ = twice(cast, "a|b|c", "c|b|a")
    key = uuid4()
    body = {"outcome": "ordered", "tiers": own_order(item), "unacceptable_below": 1}
    assert decide(cast, item, key, **body).status_code == 201
    assert decide(cast, item, key, **body).status_code == 200
    other = decide(cast, item, key, outcome="another_opinion")
    assert (other.status_code, other.json()["code"]) == (422, "different_content")
    made = Adjudication.objects.get()
    assert (made.number, made.tiers, made.unacceptable_below) == (1, own_order(item), 1)
    assert made.guideline_version is not None
    assert made.guideline_version.number == 1
    assert set(Ranking.objects.values_list("state", flat=True)) == {"counted"}
    assert (
        decide(cast, item, **body | {"reason": "second thoughts"}).json()["adjudications"][0][
            "number"
        ]
        == 2
    )


def test_what_contradicts_itself_is_refused_with_the_field(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    order = own_order(item)
    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"outcome": "ordered", "tiers": order[:1]}, ("tiers", "not_shown")),
        ({"outcome": "ordered", "tiers": [*order, order[0]]}, ("tiers", "twice")),
        ({"outcome": "ordered", "tiers": order, "unacceptable_below": 3},
         ("unacceptable_below", "out_of_range")),
        ({"outcome": "accepted"}, ("accepted", "empty")),
        ({"outcome": "accepted", "accepted": [str(uuid4())]}, ("accepted", "unknown")),
        ({"outcome": "accepted", "withdraw": [str(one.pk)]}, ("reason", "blank")),
        ({"outcome": "accepted", "accepted": [str(one.pk)], "tiers": order},
         ("tiers", "not_ordered")),
        ({"outcome": "unclear_guideline"}, ("reason", "blank")),
    ]  # fmt: skip
    for body, expected in cases:
        answer = decide(cast, item, **body)
        assert answer.status_code == 400, body
        found = [(one["field"], one["rule"]) for one in answer.json()["errors"]]
        assert expected in found, (body, found)
    assert Adjudication.objects.count() == 0


def test_withdrawing_while_deciding_gives_the_slot_to_somebody_else(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    answer = decide(
        cast, item, outcome="accepted", accepted=[str(one.pk)], withdraw=[str(two.pk)],
        reason="upside down",
        notes=[{"ranking": str(two.pk), "reason": "misread", "message": "Read b again."}],
    )  # fmt: skip
    assert answer.status_code == 201
    item.refresh_from_db()
    two.refresh_from_db()
    assert (item.state, item.counted, two.state) == ("open", 1, "withdrawn")
    assert drift() == []
    taken = answer.json()["judgments"][1]
    assert taken["withdrawals"][0]["reason"] == "upside down"
    assert taken["can_restore"]


def test_a_decision_that_cannot_be_done_whole_is_not_done_at_all(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    Item.objects.filter(pk=item.pk).update(state="void")
    answer = decide(cast, item, outcome="another_opinion", withdraw=[str(one.pk)], reason="odd")
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_circulation")
    assert Adjudication.objects.count() == 0
    one.refresh_from_db()
    assert one.state == "counted"


def test_items_that_the_guidelines_leave_open_are_listed(cast: Cast) -> None:
    item, *_ = twice(cast, "a|b|c", "c|b|a")
    decide(cast, item, outcome="unclear_guideline", reason="Is brevity a virtue?")
    address = f"/api/v1/projects/{cast.project.pk}/unclear-cases"
    (row,) = client_for(cast.admin).get(address).json()["results"]
    assert (row["item"], row["reason"], row["version"]) == (
        str(item.pk),
        "Is brevity a virtue?",
        1,
    )


def test_a_note_about_something_else_says_what(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    said = {"ranking": str(one.pk), "reason": "line"}  # says enough
    empty = {"ranking": str(two.pk), "reason": "other", "message": " \n"}
    order = {"outcome": "ordered", "tiers": own_order(item)}
    answer = decide(cast, item, **order, notes=[said, empty])
    assert answer.status_code == 400
    found = [(one["field"], one["rule"]) for one in answer.json()["errors"]]
    assert found == [("notes[1].message", "blank")]
    full = empty | {"message": "Look at b again."}
    assert decide(cast, item, **order, notes=[said, full]).status_code == 201


# --- notes on one's work ------------------------------------------------------------------------
def noted(cast: Cast) -> tuple[Item, FeedbackNote]:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    answer = decide(
        cast, item, outcome="ordered", tiers=own_order(item),
        notes=[{"ranking": str(one.pk), "reason": "guideline", "message": "See ties."}],
    )  # fmt: skip
    assert answer.status_code == 201
    return item, FeedbackNote.objects.get()


def test_a_labeler_reads_both_orders_and_no_name(cast: Cast) -> None:
    item, note = noted(cast)
    client = client_for(cast.labeler)
    listed = client.get(f"/api/v1/projects/{cast.project.pk}/my-notes")
    (row,) = listed.json()["results"]
    assert (row["reason"], row["message"], row["read_at"]) == ("guideline", "See ties.", None)
    shown = client.get(f"/api/v1/notes/{note.pk}")
    body = shown.json()
    a, b, c = map(str, frozen_keys(item))
    assert body["said"]["tiers"] == [[a], [b], [c]]
    assert body["given"]["tiers"] == [[b], [a, c]]
    for answer in (listed, shown):
        text = answer.content.decode()
        for person in (cast.second_labeler, cast.reviewer):
            assert str(person.pk) not in text
            assert person.username not in text
            assert person.display_name not in text
        assert "secret-system" not in text


def test_a_labeler_answers_once_and_nobody_else_can(cast: Cast) -> None:
    _, note = noted(cast)
    address = f"/api/v1/notes/{note.pk}"
    client = client_for(cast.labeler)
    assert client.post(f"{address}/read").status_code == 204
    body = {"answer": "dispute", "text": "The guidelines say the opposite."}
    for _ in range(2):
        assert client.put(f"{address}/answer", body, format="json").status_code == 200
    again = client.put(f"{address}/answer", body | {"text": "And more."}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "answered")
    assert client_for(cast.second_labeler).get(address).status_code == 404
    found = client_for(cast.reviewer).get(
        f"/api/v1/projects/{cast.project.pk}/notes?answer=dispute"
    )
    (row,) = found.json()["results"]
    assert row["answer_text"] == "The guidelines say the opposite."
    assert row["read_at"] is not None
