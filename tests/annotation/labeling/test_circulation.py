"""What was taken out of circulation comes back by a decision only, whatever labelers do meanwhile."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from annotation.corpus.models import Completion
from annotation.labeling.models import Item, Ranking, Report, Slot
from annotation.labeling.services import create_ranking_items, void_item
from tests.annotation.labeling.chats import Talking, open_chat, worker_writes
from tests.annotation.labeling.test_reports import decide, report, slot_states
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


def withdraw(cast: Cast, ranking: Ranking) -> Any:
    path = f"/api/v1/rankings/{ranking.pk}/withdraw"
    return client_for(cast.reviewer).post(path, {"reason": "hasty"}, format="json")


def test_a_second_report_of_an_item_puts_it_back_into_nobodys_hands(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item = ranking_item(cast.project, needed=2)
    one, other = first.work(), second.work()
    target = ids(one)[0]
    elsewhere = next(key for key in ids(other) if key != target)
    assert report(first, one, completion=target).status_code == 201
    assert report(second, other, completion=elsewhere).status_code == 201
    assert slot_states(item) == ["void", "void"]
    assert first.claim().status_code == second.claim().status_code == 204


def test_skipping_an_item_that_was_reported_meanwhile_frees_no_slot(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item = ranking_item(cast.project, needed=2)
    mine, theirs = first.work(), second.work()
    report(first, mine)
    assert second.skip(theirs).status_code == 204
    assert slot_states(item) == ["void", "void"]


def test_skipping_an_item_whose_judgment_was_undone_after_it_was_voided_frees_no_slot(
    cast: Cast, first: Labeling
) -> None:
    item, key = ranking_item(cast.project), uuid4()
    first.submit(first.work(), key)
    void_item(actor=cast.admin, item=item)
    work = first.undo(key).json()
    assert first.skip(work).status_code == 204
    assert slot_states(item) == ["void"]


def test_undoing_a_judgment_of_a_reported_item_frees_it_for_nobody_else(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item, key = ranking_item(cast.project), uuid4()
    work = first.work()
    first.submit(work, key)
    reported = report(first, work).json()
    again = first.undo(key).json()
    run_out(again)
    assert second.claim().status_code == 204
    assert slot_states(item) == ["void"]
    assert drift() == []
    decide(cast.reviewer, reported["id"], "dismiss")
    assert second.work()["item"]["id"] == str(item.pk)


def test_a_ranking_withdrawn_by_review_hands_out_no_reported_answer(
    cast: Cast, first: Labeling, second: Labeling
) -> None:
    item = ranking_item(cast.project)
    work = first.work()
    first.submit(work)
    reported = report(first, work).json()
    assert withdraw(cast, Ranking.objects.get()).status_code == 200
    assert second.claim().status_code == 204
    item.refresh_from_db()
    assert (item.state, item.counted, slot_states(item)) == ("triage", 0, ["void"])
    decide(cast.reviewer, reported["id"], "dismiss")
    assert second.work()["item"]["id"] == str(item.pk)


def test_an_item_is_not_reopened_around_a_report(cast: Cast, first: Labeling) -> None:
    item = ranking_item(cast.project)
    reported = report(first, first.work()).json()
    path = f"/api/v1/items/{item.pk}/reopen"
    refused = client_for(cast.admin).post(path, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_reopenable")
    assert slot_states(item) == ["void"]
    decide(cast.reviewer, reported["id"], "dismiss")
    assert slot_states(item) == ["open"]


def test_a_report_sent_again_after_the_decision_takes_nothing_out_again(
    cast: Cast, first: Labeling
) -> None:
    item = ranking_item(cast.project)
    work = first.work()
    reported = report(first, work)
    decide(cast.reviewer, reported.json()["id"], "dismiss")
    again = report(first, work)
    assert (again.status_code, again.json()["id"]) == (200, reported.json()["id"])
    assert Report.objects.count() == 1
    assert slot_states(item) == ["open"]
    assert not Completion.objects.exclude(withdrawn_at=None).exists()
    anew = report(first, first.work())
    assert anew.status_code == 201, "shown once more, it can be reported once more"


def test_the_same_answer_reported_in_two_items_at_hand_leaves_both_hands(
    cast: Cast, first: Labeling
) -> None:
    prompt = add_prompt(cast.project, "?")
    texts = [add_completion(prompt, f"Answer {n}") for n in range(3)]
    for chosen in (texts[:2], [texts[0], texts[2]]):
        create_ranking_items(project=cast.project, groups={prompt.id: chosen})
    one = first.work()
    other = first.work(holding=[one["slot_id"]])
    for work, code in ((one, 201), (other, 200)):
        assert report(first, work, completion=str(texts[0].id)).status_code == code
    assert set(Slot.objects.values_list("state", flat=True)) == {"void"}
    assert first.claim().status_code == 204


def test_a_report_stays_as_it_was_made(cast: Cast, first: Labeling) -> None:
    ranking_item(cast.project)
    report(first, first.work())
    for change in ({"reason": "other"}, {"note": "else"}, {"withdrew": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.all().delete()


def test_a_dismissed_report_of_a_prompt_leaves_the_chats_of_others_alone(cast: Cast) -> None:
    open_chat(cast.project, cast.admin)
    talks = [Talking(person, cast.project) for person in (cast.labeler, cast.second_labeler)]
    for talk in talks:
        talk.start()
        talk.say("Hello")
        worker_writes("Hi.", "Good day.", "What?")
    mine, theirs = (talk.turn()["assignment"] for talk in talks)
    reporting = Labeling(cast.labeler, cast.project)
    reported = report(reporting, mine, completion=None).json()
    decide(cast.reviewer, reported["id"], "dismiss")
    states = {
        str(slot.pk): (slot.state, slot.item.state) for slot in Slot.objects.select_related("item")
    }
    assert states == {mine["slot_id"]: ("void", "void"), theirs["slot_id"]: ("leased", "open")}
    late = Labeling(cast.second_labeler, cast.project).submit(theirs)
    assert late.json()["state"] == "counted"
    assert Item.objects.get(pk=theirs["item"]["id"]).state == "done"
    assert drift() == []
