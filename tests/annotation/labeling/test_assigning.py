"""Who labels what, and changing waiting work in bulk, through the API."""

from typing import Any

import pytest

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Item, Slot
from annotation.projects.models import Group, GroupMember, Membership
from tests.annotation.labeling.work import Labeling, drift, prompt_set, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def ask(cast: Cast, method: str, tail: str, body: Any = None) -> Any:
    act = getattr(client_for(cast.admin), method)
    return act(f"/api/v1/projects/{cast.project.id}/{tail}", body, format="json")


def change(cast: Cast, **body: Any) -> Any:
    answer = ask(cast, "post", "work", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def rows(cast: Cast) -> Any:
    return ask(cast, "get", "assignments").json()


def of_set(cast: Cast) -> str:
    return str(prompt_set(cast.project).id)


def test_the_work_is_counted_by_prompt_set_and_audience(cast: Cast) -> None:
    first = Labeling(cast.labeler, cast.project)
    for _ in range(3):
        ranking_item(cast.project, needed=2)
    first.submit(first.work())
    first.work()
    row = rows(cast)[0]
    counts = {name: row[name] for name in ("items", "open", "leased", "done", "eligible")}
    assert counts == {"items": 3, "open": 4, "leased": 1, "done": 1, "eligible": 2}
    assert (row["language"], row["groups"], row["warning"]) == ("en", [], "")
    assert (row["priority"], row["needed"]) == ([0, 0], [2, 2])


def test_work_that_nobody_may_do_is_pointed_out(cast: Cast) -> None:
    ranking_item(cast.project)
    Membership.objects.filter(role="labeler").update(languages=["zh-Hans"])
    assert (rows(cast)[0]["warning"], rows(cast)[0]["eligible"]) == ("nobody_reads", 0)
    Membership.objects.filter(user=cast.labeler).update(languages=["en"])
    assert rows(cast)[0]["warning"] == ""
    group = Group.objects.create(project=cast.project, name="Medicine")
    change(cast, prompt_set=of_set(cast), reserved_for=[str(group.id)])
    assert rows(cast)[0]["warning"] == "nobody_in_groups"
    assert rows(cast)[0]["groups"] == [{"id": str(group.id), "name": "Medicine"}]


def test_a_prompt_set_is_reserved_and_released_with_what_waits_and_what_comes(cast: Cast) -> None:
    group = Group.objects.create(project=cast.project, name="Medicine")
    held = Membership.objects.get(user=cast.labeler, project=cast.project)
    GroupMember.objects.create(group=group, membership=held)
    second = Labeling(cast.second_labeler, cast.project)
    ranking_item(cast.project, needed=2)
    change(cast, prompt_set=of_set(cast), reserved_for=[str(group.id)])
    ranking_item(cast.project)
    assert second.claim().status_code == 204
    assert Labeling(cast.labeler, cast.project).claim().status_code == 200
    change(cast, prompt_set=of_set(cast), reserved_for=[])
    assert second.claim().status_code == 200
    event = AuditEvent.objects.filter(action="work.changed").latest("id")
    assert (event.actor_id, event.after["reserved_for"]) == (cast.admin.id, [])


def test_priority_moves_a_prompt_set_and_keeps_the_shuffle(cast: Cast) -> None:
    items = [ranking_item(cast.project) for _ in range(2)]
    before = {item.pk: item.priority for item in items}
    change(cast, items=[str(items[0].pk)], priority=5)
    for item in Item.objects.all():
        raised = 5 if item.pk == items[0].pk else 0
        assert item.priority == pytest.approx(before[item.pk] + raised)
        assert Slot.objects.get(item=item).priority == item.priority


def slots(item: Item) -> list[str]:
    return list(Slot.objects.filter(item=item).order_by("number").values_list("state", flat=True))


def test_asking_more_people_adds_slots_and_asking_fewer_takes_open_ones_alone(cast: Cast) -> None:
    first = Labeling(cast.labeler, cast.project)
    item = ranking_item(cast.project, needed=3)
    assert change(cast, prompt_set=of_set(cast), needed=5, dry_run=True) == {
        "items": 1,
        "open_items": 1,
        "slots_added": 2,
        "slots_voided": 0,
    }
    assert slots(item) == ["open"] * 3
    assert change(cast, prompt_set=of_set(cast), needed=5)["slots_added"] == 2
    first.submit(first.work())
    Labeling(cast.second_labeler, cast.project).work()
    told = change(cast, items=[str(item.pk)], needed=1)
    assert (told["slots_added"], told["slots_voided"]) == (0, 3)
    item.refresh_from_db()
    assert (item.needed, item.counted, item.state) == (
        2,
        1,
        "open",
    )  # one is still in somebody's hands
    assert sorted(slots(item)[:2]) == ["done", "leased"]
    assert slots(item)[2:] == ["void"] * 3
    assert change(cast, items=[str(item.pk)], needed=4)["slots_added"] == 2
    assert slots(item)[2:] == ["open", "open", "void"]
    assert change(cast, items=[str(item.pk)], needed=4)["slots_added"] == 0
    assert drift() == []


def test_an_item_with_enough_judgments_is_done_when_fewer_are_wanted(cast: Cast) -> None:
    first = Labeling(cast.labeler, cast.project)
    item = ranking_item(cast.project, needed=2)
    first.submit(first.work())
    change(cast, prompt_set=of_set(cast), needed=1)
    item.refresh_from_db()
    assert (item.needed, item.state, slots(item)) == (1, "done", ["done", "void"])
    change(cast, prompt_set=of_set(cast), needed=3)  # done items stay as they are
    item.refresh_from_db()
    assert (item.needed, item.state) == (1, "done")
    assert drift() == []


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": [], "prompt_set": "x"}, {"items": ["x"], "needed": 1}]
)
def test_wishes_that_say_too_little_are_refused(cast: Cast, body: Any) -> None:
    assert ask(cast, "post", "work", body).status_code == 400


def test_items_and_groups_of_others_are_refused(cast: Cast) -> None:
    item = str(ranking_item(cast.other_project).pk)
    assert ask(cast, "post", "work", {"items": [item], "priority": 1}).status_code == 400
    group = Group.objects.create(project=cast.other_project, name="G")
    wish = {"prompt_set": of_set(cast), "reserved_for": [str(group.pk)]}
    assert ask(cast, "post", "work", wish).status_code == 400


def test_pasted_rows_become_items_and_pasting_twice_adds_nothing(cast: Cast) -> None:
    wish = {
        "name": "First",
        "kind": "ranking",
        "rows": [
            {"prompt": "Why is the sky blue?", "completions": ["Scattering.", "Paint."]},
            {"prompt": "Only one answer", "completions": ["One."]},
        ],
    }
    told = ask(cast, "post", "pasted-rows", wish).json()
    assert (told["created"], told["existing"], told["too_few"], told["issues"]) == (1, 0, 1, [])
    again = ask(cast, "post", "pasted-rows", wish).json()
    assert (again["created"], again["existing"]) == (0, 1)
    shown = Labeling(cast.labeler, cast.project).work()
    assert shown["prompt"]["messages"][0]["content"] == "Why is the sky blue?"
    written = {"name": "Write", "kind": "demonstration", "rows": [{"prompt": "A poem"}]}
    assert ask(cast, "post", "pasted-rows", written).json()["created"] == 1


def test_progress_tells_why_nothing_is_handed_out(cast: Cast) -> None:
    first = Labeling(cast.labeler, cast.project)
    for _ in range(3):
        ranking_item(cast.project)
    first.submit(first.work())
    ask(cast, "patch", "", None)
    address = f"/api/v1/projects/{cast.project.id}"
    client_for(cast.admin).patch(address, {"budget": 1}, format="json")
    told = ask(cast, "get", "progress").json()
    assert (told["closed"], told["counted"], told["left"]) == ("budget_reached", 1, 0)
    mine = client_for(cast.labeler).get(f"{address}/my-progress").json()
    assert (mine["closed"], mine["project_total"]) == ("budget_reached", 1)
    client_for(cast.admin).patch(address, {"budget": None, "state": "paused"}, format="json")
    assert ask(cast, "get", "progress").json()["closed"] == "paused"
