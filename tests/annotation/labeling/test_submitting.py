"""Finished work is kept: once, whole, and whatever the clock said."""

from typing import Any
from uuid import uuid4

import pytest

from annotation.corpus.models import Completion
from annotation.labeling.models import Demonstration, Draft, Placement, Ranking, Slot
from annotation.labeling.services import sweep_expired_leases
from annotation.projects.models import Project
from tests.annotation.labeling.work import (
    Labeling,
    demonstration_item,
    drift,
    ids,
    ranking_item,
    run_out,
)

pytestmark = pytest.mark.django_db


def rules(answer: Any) -> set[tuple[str, str]]:
    """(field, rule) of every complaint in a problem document."""
    assert answer.status_code == 400, (answer.status_code, answer.content)
    assert all(error["message"] for error in answer.json()["errors"])
    return {(error["field"], error["rule"]) for error in answer.json()["errors"]}


def test_sending_the_same_ranking_ten_times_stores_it_once(first: Labeling) -> None:
    ranking_item(first.project)
    work, key = first.work(), uuid4()
    answers = [first.submit(work, key) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [201] + [200] * 9
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({str(answer.json()) for answer in answers}) == 1
    assert (Ranking.objects.count(), Placement.objects.count()) == (1, 3)
    assert drift() == []


def test_the_same_judgment_written_differently_is_the_same(first: Labeling) -> None:
    ranking_item(first.project)
    work, key = first.work(), uuid4()
    a, b, c = ids(work)
    assert first.submit(work, key, tiers=[[a, b], [c]]).status_code == 201
    again = first.submit(work, key, tiers=[[b, a], [c.upper()]], unplaced=[], active_ms=9)
    assert again.status_code == 200


def test_other_content_under_the_same_id_is_refused(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project, needed=2)
    work, key = first.work(), uuid4()
    a, b, c = ids(work)
    first.submit(work, key, tiers=[[a], [b], [c]])
    for changes in ({"tiers": [[b], [a], [c]]}, {"note": "x"}, {"unacceptable_below": 1}):
        answer = first.submit(work, key, **({"tiers": [[a], [b], [c]]} | changes))
        assert (answer.status_code, answer.json()["code"]) == (422, "different_content")
    other = second.submit(second.work(), key)
    assert (other.status_code, other.json()["code"]) == (422, "different_content")


def test_late_work_counts_while_the_slot_is_free(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    assert first.submit(work).json()["state"] == "counted"
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    assert sweep_expired_leases() == 1
    assert first.submit(work).json()["state"] == "counted"
    assert drift() == []


def test_late_work_is_kept_as_surplus_when_somebody_else_took_the_slot(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    taken = second.work()
    late = first.submit(work)
    assert (late.status_code, late.json()["state"]) == (201, "surplus")
    assert second.submit(taken).json()["state"] == "counted"
    assert Placement.objects.filter(ranking_id=late.json()["id"]).count() == 3
    assert drift() == []


def test_two_tabs_that_both_submit_leave_one_judgment_that_counts(first: Labeling) -> None:
    ranking_item(first.project, needed=2)
    left, right = first.work(), first.work()
    assert left["slot_id"] == right["slot_id"]
    assert first.submit(left).json()["state"] == "counted"
    assert first.submit(right).json()["state"] == "surplus"
    assert drift() == []


def test_late_work_on_a_slot_counts_once_even_if_a_sibling_slot_was_handed_to_the_same_person(
    first: Labeling, second: Labeling
) -> None:
    item = ranking_item(first.project, needed=2)
    work = first.work()
    run_out(work)
    assert second.work()["slot_id"] == work["slot_id"]  # takes over the slot that ran out
    again = first.work()
    assert again["slot_id"] != work["slot_id"]
    assert first.submit(work).json()["state"] == "surplus"
    assert first.submit(again).json()["state"] == "counted"
    item.refresh_from_db()
    assert item.counted == 1
    assert drift() == []


def test_a_token_of_another_slot_or_person_opens_nothing(first: Labeling, second: Labeling) -> None:
    for _ in range(2):
        ranking_item(first.project, needed=2)
    mine, theirs = first.work(), second.work()
    other = first.work(holding=[mine["slot_id"]])
    for token in (str(uuid4()), theirs["lease_token"], other["lease_token"]):
        answer = first.submit(mine, lease_token=token)
        assert (answer.status_code, answer.json()["code"]) == (409, "unknown_lease")
    assert Ranking.objects.count() == 0


def test_counters_and_slots_move_with_the_judgment(first: Labeling, second: Labeling) -> None:
    item = ranking_item(first.project, needed=2)
    first.draft(work := first.work(), 0, {"tiers": []})
    first.submit(work)
    item.refresh_from_db()
    assert (item.counted, item.state) == (1, "open")
    assert not Draft.objects.exists()
    second.submit(second.work())
    item.refresh_from_db()
    assert (item.counted, item.state) == (2, "done")
    assert set(Slot.objects.values_list("state", flat=True)) == {"done"}


def test_a_ranking_keeps_what_was_said_beside_the_order(first: Labeling) -> None:
    Project.objects.filter(pk=first.project.pk).update(flags=["false", "rude"])
    ranking_item(first.project, k=4)
    work = first.work()
    a, b, c, d = ids(work)
    answer = first.submit(
        work,
        tiers=[[b], [a]],
        unplaced=[c],
        cannot_judge=[d],
        unacceptable_below=1,
        direct=[
            {"better": b, "worse": c, "strength": 3},
            {"better": a, "worse": c, "is_tie": True},
        ],
        grades={a: {"overall": 4}, b: {"overall": 7}},
        flags={d: ["false", "rude"]},
        notes={c: "half an answer"},
        note="hard",
    )
    assert answer.status_code == 201
    ranking = Ranking.objects.get()
    rows = {str(row.completion_id): row for row in ranking.placements.all()}
    assert [rows[one].tier for one in (a, b, c, d)] == [2, 1, None, None]
    assert [rows[one].shown_at for one in (a, b, c, d)] == [1, 2, 3, 4]
    assert [rows[one].grades for one in (a, b, c, d)] == [{"overall": 4}, {"overall": 7}, {}, {}]
    assert (rows[d].cannot_judge, rows[d].flags) == (True, ["false", "rude"])
    assert (rows[c].note, ranking.note, ranking.unacceptable_below) == ("half an answer", "hard", 1)
    direct = ranking.direct_comparisons.order_by("id").values_list("is_tie", "strength")
    assert list(direct) == [(False, 3), (True, None)]
    assert ranking.guideline_version is not None
    assert ranking.guideline_version.number == 1
    assert ranking.active_ms == 4000


def test_a_ranking_that_makes_no_sense_is_refused_with_the_field_and_the_rule(
    first: Labeling,
) -> None:
    ranking_item(first.project)
    work = first.work()
    a, b, c = ids(work)
    stranger = str(uuid4())
    refused: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
        ({"tiers": [[a], [b]]}, {("tiers", "missing")}),
        ({"tiers": [[a], [b], [c], [stranger]]}, {("tiers", "not_shown")}),
        ({"tiers": [[a], [b], [stranger]]}, {("tiers", "not_shown"), ("tiers", "missing")}),
        ({"tiers": [[a], [b], [c], [a]]}, {("tiers", "twice")}),
        ({"tiers": [[a], [b]], "unplaced": [c], "cannot_judge": [c]}, {("tiers", "twice")}),
        ({"tiers": [], "unplaced": [a, b, c]}, {("tiers", "empty")}),
        ({"tiers": [[], [a, b, c]]}, {("tiers[0]", "empty")}),
        ({"unacceptable_below": 4}, {("unacceptable_below", "out_of_range")}),
        ({"unacceptable_below": -1}, {("unacceptable_below", "min_value")}),
        ({"tiers": "abc"}, {("tiers", "not_a_list")}),
        ({"tiers": [["x"], [b], [c]]}, {("tiers.0.0", "invalid")}),
        ({"grades": {a: {"overall": 8}}}, {(f"grades.{a}.overall", "max_value")}),
        ({"grades": {a: {"taste": 3}}}, {(f"grades.{a}", "unknown")}),
        ({"grades": {a: 3}}, {(f"grades.{a}", "not_a_dict")}),
        ({"grades": {stranger: {"overall": 3}}}, {(f"grades.{stranger}", "not_shown")}),
        ({"flags": {a: ["rude"]}}, {(f"flags.{a}", "unknown")}),
        ({"direct": [{"better": a, "worse": a}]}, {("direct[0]", "same")}),
        ({"direct": [{"better": a, "worse": stranger}]}, {("direct[0]", "not_judged")}),
        (
            {"direct": [{"better": a, "worse": b}, {"better": b, "worse": a}]},
            {("direct[1]", "twice")},
        ),
        (
            {"direct": [{"better": a, "worse": b, "is_tie": True, "strength": 1}]},
            {("direct[0].strength", "tie")},
        ),
        ({"active_ms": -1}, {("active_ms", "min_value")}),
        ({"order": []}, {("order", "unknown")}),
        ({"lease_token": "x"}, {("lease_token", "invalid")}),
    ]
    for changes, expected in refused:
        assert rules(first.submit(work, **changes)) == expected, changes
    assert Ranking.objects.count() == 0
    assert first.submit(work).status_code == 201


def test_ties_are_refused_where_the_project_does_not_want_them(first: Labeling) -> None:
    Project.objects.filter(pk=first.project.pk).update(allow_ties=False)
    ranking_item(first.project)
    work = first.work()
    a, b, c = ids(work)
    assert work["screen"]["allow_ties"] is False
    assert rules(first.submit(work, tiers=[[a, b], [c]])) == {("tiers[0]", "tie")}
    assert first.submit(work, tiers=[[a], [c], [b]]).status_code == 201


def test_a_judgment_of_the_wrong_kind_is_refused(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    answer = first.write(work, "an answer")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_kind")


def test_a_demonstration_is_stored_once_and_becomes_a_completion_of_its_prompt(
    first: Labeling,
) -> None:
    item = demonstration_item(first.project)
    work, key = first.work(), uuid4()
    assert (work["item"]["kind"], work["completions"]) == ("demonstration", [])
    assert rules(first.write(work, "  \n ")) == {("text", "blank")}
    text = "  An answer,\nkept as it was written. \n"
    answers = [first.write(work, text, key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert first.write(work, text + "!", key).status_code == 422
    made = Demonstration.objects.get()
    assert (made.text, made.prompt_id, made.state) == (text, item.prompt_id, "counted")
    kept = Completion.objects.get(prompt_id=item.prompt_id)
    assert (kept.origin, kept.author_id, kept.text) == ("human", first.user.pk, text)
    item.refresh_from_db()
    assert item.state == "done"
    assert drift() == []


def test_a_later_revision_stands_in_the_place_of_the_first(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    old = first.submit(work).json()["id"]
    a, b, c = ids(work)
    answer = first.submit(work, tiers=[[c], [b], [a]], supersedes=old)
    assert (answer.status_code, answer.json()["state"]) == (201, "counted")
    assert Ranking.objects.get(pk=old).state == "withdrawn"
    stale = first.submit(work, tiers=[[b], [c], [a]], supersedes=old)
    assert (stale.status_code, stale.json()["state"]) == (201, "surplus")
    assert drift() == []


def test_nobody_can_replace_somebody_elses_ranking(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project, needed=2)
    old = first.submit(first.work()).json()["id"]
    answer = second.submit(second.work(), supersedes=old)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_judgment")
    assert Ranking.objects.get(pk=old).state == "counted"
