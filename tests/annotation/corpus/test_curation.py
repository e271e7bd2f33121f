"""What an admin does to prompt sets and prompts, and that nothing is lost by it."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Prompt, PromptSet
from annotation.labeling.models import Item, Ranking, Report
from annotation.labeling.services.reporting import uphold_report
from tests.annotation.corpus.console import Console, standing
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(cast: Cast) -> Console:
    return Console(cast)


# --- editing ----------------------------------------------------------------------------------
def test_an_edit_supersedes_and_leaves_what_was_judged_as_it_was(
    cast: Cast, console: Console
) -> None:
    item = ranking_item(cast.project, name="Why is the sky bleu?")
    at_work = Labeling(cast.labeler, cast.project)
    assert at_work.submit(at_work.work()).status_code == 201
    old = str(item.prompt_id)
    new = console.edit(old, "Why is the sky blue?")
    assert new["supersedes"] == old
    assert new["messages"][0]["content"] == "Why is the sky blue?"
    assert new["completion_count"] == new["judgment_count"] == 0
    kept = console.get(f"prompts/{old}")
    assert kept["messages"][0]["content"] == "Why is the sky bleu?"
    assert kept["retired_at"] is not None
    assert (kept["completion_count"], kept["item_count"], kept["judgment_count"]) == (3, 1, 1)
    assert Ranking.objects.get().item.prompt_id == item.prompt_id
    assert [(one["kind"], one["actor"]) for one in new["history"]] == [
        ("edit", "Admin"),
        ("created", None),
    ]
    assert [one["id"] for one in new["wordings"]] == [old, new["id"]]


def test_the_text_of_a_prompt_cannot_change_in_place(console: Console) -> None:
    (key,) = console.add(console.make_set(), "a")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Prompt.objects.filter(pk=key).update(text_hash="b" * 64)


def test_an_edit_is_undone_and_done_again(console: Console) -> None:
    prompt_set = console.make_set()
    (old,) = console.add(prompt_set, "a")
    new = console.edit(old, "b")
    undone = console.undo({"id": new["history"][0]["act"]})
    assert standing(prompt_set) == {"a"}
    console.undo(undone)
    assert standing(prompt_set) == {"b"}
    again = console.edit(new["id"], "c")
    refused = console.undo({"id": new["history"][0]["act"]}, 200)  # its first undoing stands
    assert refused["id"] == undone["id"]
    assert standing(prompt_set) == {"c"}
    assert [one["messages"][0]["content"] for one in again["wordings"]] == ["a", "b", "c"]


def test_the_same_edit_sent_twice_is_one(console: Console) -> None:
    (old,) = console.add(console.make_set(), "a")
    key = uuid4()
    assert console.edit(old, "b", key=key)["id"] == console.edit(old, "b", key=key)["id"]
    assert console.edit(old, "c", 422, key)["code"] == "other_content"
    assert Prompt.objects.count() == 2


def test_an_edit_into_what_is_there_names_the_twin(console: Console) -> None:
    prompt_set = console.make_set()
    first, second = console.add(prompt_set, "a", "b")
    refused = console.edit(first, "b", 409)
    assert (refused["code"], refused["prompt"]) == ("prompt_once_per_set", second)
    assert console.edit(first, "a", 422)["code"] == "nothing_changed"
    console.act("retire", ids=[first])
    assert console.edit(first, "c", 409)["code"] == "prompt_retired"


# --- many at once -----------------------------------------------------------------------------
def test_retiring_many_is_counted_before_and_undone_after(console: Console) -> None:
    prompt_set = console.make_set()
    one, *_ = console.add(prompt_set, "rain in May", "rain in June", "snow")
    counted = console.get(f"prompt-sets/{prompt_set}/prompt-count", search="rain", kind="retire")
    assert counted == {"fitting": 2, "affected": 2, "open_items": 0}
    chosen = {"prompt_set": prompt_set, "filter": {"search": "rain"}}
    refused = console.act("retire", 409, **chosen, expected=3)
    assert (refused["code"], refused["count"]) == ("selection_changed", 2)
    assert standing(prompt_set) == {"rain in May", "rain in June", "snow"}
    act = console.act("retire", **chosen, expected=2)
    assert act["count"] == 2
    assert standing(prompt_set) == {"snow"}
    console.act("restore", ids=[one])
    assert console.undo(act)["count"] == 1  # the other stands again already
    assert standing(prompt_set) == {"rain in May", "rain in June", "snow"}
    assert AuditEvent.objects.filter(action__startswith="prompts.").count() == 3


def test_an_act_sent_twice_counts_once(console: Console) -> None:
    prompt_set = console.make_set()
    console.add(prompt_set, "a")
    key = uuid4()
    first = console.act("retire", key=key, prompt_set=prompt_set)
    console.add(prompt_set, "b")
    assert console.act("retire", key=key, prompt_set=prompt_set)["id"] == first["id"]
    assert standing(prompt_set) == {"b"}


def test_what_was_superseded_does_not_come_back_beside_its_successor(console: Console) -> None:
    prompt_set = console.make_set()
    (old,) = console.add(prompt_set, "a")
    console.edit(old, "b")
    assert console.act("restore", ids=[old])["count"] == 0
    assert standing(prompt_set) == {"b"}


def test_prompts_of_another_project_are_not_found(cast: Cast, console: Console) -> None:
    elsewhere = ranking_item(cast.other_project).prompt_id
    console.act("retire", 400, ids=[str(elsewhere)])
    assert Prompt.objects.get(pk=elsewhere).retired_at is None


def test_tags_are_added_removed_counted_and_put_back(console: Console) -> None:
    prompt_set = console.make_set()
    first, second = console.add(prompt_set, "a", "b")
    console.act("tag", ids=[first, second], tags=["医学"])
    act = console.act("tag", ids=[first], tags=["hard", "医学"])
    assert act["count"] == 1
    facets = console.get(f"prompt-sets/{prompt_set}/facets")
    assert facets["tags"] == [{"value": "医学", "count": 2}, {"value": "hard", "count": 1}]
    assert console.found(prompt_set, tag="hard") == ["a"]
    removed = console.act("untag", prompt_set=prompt_set, tags=["医学"])
    assert removed["count"] == 2
    assert console.found(prompt_set, tag="医学") == []
    console.undo(removed)
    assert console.found(prompt_set, tag="医学") == ["a", "b"]
    assert Prompt.objects.get(pk=first).tags == ["hard", "医学"]
    console.act("tag", 400, ids=[first], tags=["<b>"])
    console.act("tag", 400, ids=[first])


def test_prompts_are_filtered_by_what_hangs_on_them(cast: Cast, console: Console) -> None:
    item = ranking_item(cast.project, name="judged")
    at_work = Labeling(cast.labeler, cast.project)
    at_work.submit(at_work.work())
    ranking_item(cast.project, name="waiting")
    prompt_set = str(item.prompt.prompt_set_id)
    console.add(prompt_set, "bare")
    assert console.found(prompt_set, judged="true") == ["judged"]
    assert console.found(prompt_set, items="true", judged="false") == ["waiting"]
    assert console.found(prompt_set, completions="false") == ["bare"]
    console.act("retire", ids=[str(item.prompt_id)])
    assert console.found(prompt_set) == ["waiting", "bare"]
    assert console.found(prompt_set, state="retired") == ["judged"]
    assert len(console.found(prompt_set, state="any")) == 3
    counts = console.get(console.of_project("prompt-set-counts"))
    assert counts == [
        {"prompt_set": prompt_set, "retired": 1, "completions": 6, "items": 2, "judged": 1}
    ]
    console.get(f"prompt-sets/{prompt_set}/prompts", 400, state="lost")


# --- sets -------------------------------------------------------------------------------------
def test_a_new_version_is_a_copy_and_what_changed_is_told(console: Console) -> None:
    first = console.make_set()
    kept, typo, gone = console.add(first, "kept", "teh sky", "gone")
    console.act("tag", ids=[kept], tags=["core"])
    second = console.send("post", f"prompt-sets/{first}/versions", {"description": "cleaned"}, 201)
    assert (second["version"], second["based_on"], second["prompt_count"]) == (2, first, 3)
    assert console.found(second["id"], tag="core") == ["kept"]
    copies = {
        row.messages[0]["content"]: row for row in Prompt.objects.filter(prompt_set=second["id"])
    }
    console.edit(str(console.edit(str(copies["teh sky"].pk), "thé sky")["id"]), "the sky")
    console.act("retire", ids=[str(copies["gone"].pk)])
    console.add(second["id"], "new")
    told = console.get(f"prompt-sets/{second['id']}/changes")
    assert told["counts"] == {"added": 1, "removed": 1, "edited": 1}
    assert told["added"][0]["messages"][0]["content"] == "new"
    assert told["removed"][0]["id"] == gone
    assert [told["edited"][0][side]["messages"][0]["content"] for side in ("before", "after")] == [
        "teh sky",
        "the sky",
    ]
    assert told["edited"][0]["before"]["id"] == typo
    assert standing(first) == {"kept", "teh sky", "gone"}


def test_a_set_is_renamed_with_all_versions_described_and_retired(console: Console) -> None:
    first = console.make_set(name="pilot")
    console.send("post", f"prompt-sets/{first}/versions", {}, 201)
    console.make_set(name="other")
    taken = console.send("patch", f"prompt-sets/{first}", {"name": "other"}, 409)
    assert (taken["code"], taken["errors"][0]["field"]) == ("name_taken", "name")
    body = {"name": "questions", "description": "From the helpdesk", "retired": True}
    assert console.send("patch", f"prompt-sets/{first}", body)["retired_at"] is not None
    named = PromptSet.objects.filter(name="questions").order_by("version")
    assert [(one.version, one.description) for one in named] == [(1, "From the helpdesk"), (2, "")]
    refused = console.send("post", f"prompt-sets/{first}/prompts", {"text": "a"}, 409)
    assert refused["code"] == "prompt_set_retired"
    console.send("patch", f"prompt-sets/{first}", {"retired": False})
    console.add(first, "a")


@pytest.mark.parametrize(("first", "second"), [("reward", "rl"), ("rl", "reward")])
def test_an_overlap_of_ranking_and_policy_updates_names_the_other_set(
    console: Console, first: str, second: str
) -> None:
    there, here = console.make_set(first, "客服问题"), console.make_set(second, "for training")
    (key,) = console.add(there, "a")
    (mine,) = console.add(here, "b")
    path = f"prompt-sets/{here}/prompts"
    for refused in (
        console.send("post", path, {"text": "a"}, 409),
        console.edit(mine, "a", 409),
    ):
        assert refused["code"] == "prompt_on_one_side_only"
        assert "'客服问题' version 1" in refused["title"]
        assert (refused["prompt_set"], refused["prompt"]) == (there, key)


def test_open_work_on_a_retired_prompt_is_counted_before_and_rests_until_it_is_restored(
    cast: Cast, console: Console
) -> None:
    item, other = ranking_item(cast.project, needed=2), ranking_item(cast.project)
    done = ranking_item(cast.project, priority=9)
    at_work = Labeling(cast.labeler, cast.project)
    first, key = at_work.work(), uuid4()
    at_work.submit(first, key)
    assert Item.objects.get(pk=done.pk).state == "done"
    path = f"prompt-sets/{item.prompt.prompt_set_id}/prompt-count"
    assert console.get(path, kind="retire")["open_items"] == 2
    ids = [str(item.prompt_id), str(done.prompt_id)]
    told = console.send("post", path, {"kind": "retire", "ids": ids})
    assert told == {"fitting": 2, "affected": 2, "open_items": 1}
    act = console.act("retire", ids=ids)
    assert slots_of(item) == ["void", "void"]
    assert at_work.undo(key).status_code == 200  # back in their hands; given back, it opens no slot
    work = Labeling(cast.labeler, cast.project).work()
    at_work.skip(work)  # the labeler passes the item over
    states = Item.objects.in_bulk([item.pk, other.pk, done.pk])
    assert [states[one.pk].state for one in (item, other, done)] == ["void", "open", "void"]
    assert slots_of(done) == ["void"]
    back = console.send("post", path, {"kind": "restore", "ids": ids})
    assert back == {"fitting": 2, "affected": 2, "open_items": 2}
    console.undo(act)
    assert (slots_of(item), slots_of(done)) == (["open", "open"], ["open"])
    assert Item.objects.get(pk=item.pk).meta == {}
    edited = console.edit(str(item.prompt_id), "another wording")
    assert (slots_of(item), edited["items"]) == (["void", "void"], [])


def slots_of(item: Item) -> list[str]:
    return [slot.state for slot in item.slots.order_by("number")]


def test_a_reported_prompt_does_not_come_back_with_the_others(cast: Cast, console: Console) -> None:
    item = ranking_item(cast.project)
    common: dict[str, Any] = {"project": cast.project, "item": item, "labeler": cast.labeler}
    report = Report.objects.create(prompt=item.prompt, reason="harmful", **common)
    uphold_report(actor=cast.reviewer, report=report)
    assert (
        console.act("restore", prompt_set=str(item.prompt.prompt_set_id), filter={"state": "any"})[
            "count"
        ]
        == 0
    )
