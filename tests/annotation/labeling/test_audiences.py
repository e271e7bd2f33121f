"""Nobody is handed what is not theirs: groups, languages, own writing, caps, budgets and ends."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from annotation.corpus.models import Prompt
from annotation.corpus.texts import messages_of, prompt_hash
from annotation.labeling import services
from annotation.labeling.models import Audience, Item, QueueMark, Ranking, Slot, Tally
from annotation.projects.models import Group, GroupMember, Membership, Project
from tests.annotation.labeling.work import (
    Labeling,
    add_completion,
    add_prompt,
    demonstration_item,
    prompt_set,
    ranking_item,
    run_out,
)

pytestmark = pytest.mark.django_db


def group_of(at_work: Labeling, name: str = "Medicine") -> Group:
    group = Group.objects.get_or_create(project=at_work.project, name=name)[0]
    held = Membership.objects.get(project=at_work.project, user=at_work.user, role="labeler")
    GroupMember.objects.create(group=group, membership=held)
    return group


def item_in(project: Project, language: str, reserved_for: list[UUID] | None = None) -> Item:
    """An item over a prompt in a language, reserved for these groups."""
    messages = messages_of(f"{language} {uuid4()}")
    prompt = Prompt.objects.create(
        prompt_set=prompt_set(project),
        messages=messages,
        text_hash=prompt_hash(messages),
        language=language,
    )
    texts = [add_completion(prompt, "A"), add_completion(prompt, "B")]
    services.create_ranking_items(project=project, groups={prompt.id: texts})
    item = Item.objects.get(prompt=prompt)
    if reserved_for:
        Item.objects.filter(pk=item.pk).update(reserved_for=reserved_for)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE labeling_slot SET audience_id = labeling_audience_of(item_id)")
    return item


def reading(at_work: Labeling, *languages: str) -> None:
    Membership.objects.filter(user=at_work.user, project=at_work.project).update(
        languages=list(languages)
    )


def test_work_reserved_for_a_group_is_handed_to_its_members_alone(
    first: Labeling, second: Labeling
) -> None:
    group = group_of(first)
    prompts = prompt_set(first.project)
    prompts.reserved_for = [group.pk]
    prompts.save()
    item = ranking_item(first.project, needed=2)
    assert second.claim().status_code == 204
    assert first.work()["item"]["id"] == str(item.pk)
    group_of(second)
    assert second.work()["item"]["id"] == str(item.pk)


def test_the_groups_of_an_item_stand_in_place_of_its_prompt_sets(
    first: Labeling, second: Labeling
) -> None:
    theirs, mine = group_of(first, "A"), group_of(second, "B")
    prompts = prompt_set(first.project)
    prompts.reserved_for = [theirs.pk]
    prompts.save()
    item = item_in(first.project, "en", [mine.pk])
    assert first.claim().status_code == 204
    assert second.work()["item"]["id"] == str(item.pk)


def test_one_of_several_groups_is_enough(first: Labeling, second: Labeling) -> None:
    groups = [group_of(first, "A").pk, group_of(second, "B").pk]
    for _ in range(2):
        item_in(first.project, "en", groups)
    assert (first.claim().status_code, second.claim().status_code) == (200, 200)


@pytest.mark.parametrize(
    ("reads", "language", "gets"),
    [
        ((), "zh-Hans", True),
        (("en",), "zh-Hans", False),
        (("zh-Hans",), "zh-Hans", True),
        (("en", "zh-Hans"), "zh-Hans", True),
        (("zh",), "zh-Hans", True),
        (("zh-Hans",), "zh", True),
        (("zh-Hant",), "zh-Hans", False),
        (("EN",), "en", True),
    ],
)
def test_an_item_goes_to_those_who_read_its_language(
    first: Labeling, reads: tuple[str, ...], language: str, gets: bool
) -> None:
    item_in(first.project, language)
    reading(first, *reads)
    assert (first.claim().status_code == 200) is gets


def test_the_queues_of_several_audiences_are_walked_as_one_by_priority(first: Labeling) -> None:
    group = group_of(first)
    order = []
    for priority, reserved in enumerate(([], [group.pk], [], [group.pk])):
        item = item_in(first.project, "en", reserved)
        Slot.objects.filter(item=item).update(priority=priority)
        order.insert(0, str(item.pk))
    got = []
    for _ in order:
        work = first.work()
        got.append(work["item"]["id"])
        first.submit(work)
    assert got == order


def test_begun_work_does_not_come_back_to_whoever_may_not_have_it_any_more(
    first: Labeling, second: Labeling
) -> None:
    group_of(second)
    ranking_item(first.project)
    work = first.work()
    first.draft(work, 0, {"tiers": []})
    run_out(work)
    services.sweep_expired_leases()
    group = Group.objects.get()
    Slot.objects.filter(pk=work["slot_id"]).update(audience=_audience(first.project, [group.pk]))
    assert first.claim().status_code == 204
    assert second.work()["slot_id"] == work["slot_id"]


def _audience(project: Project, groups: list[UUID]) -> int:
    return Audience.objects.get_or_create(project=project, groups=groups, language="en")[0].pk


def test_nobody_ranks_an_answer_of_their_own(first: Labeling, second: Labeling) -> None:
    demonstration_item(first.project)
    work = first.work()
    assert first.write(work, "My own answer.").status_code == 201
    prompt = add_prompt(first.project, "Judge what was written")
    mine = add_completion(prompt, "Mine", origin="human", author=first.user, import_key=None)
    services.create_ranking_items(
        project=first.project, groups={prompt.id: [mine, add_completion(prompt, "Other")]}
    )
    assert first.claim().status_code == 204
    assert second.claim().status_code == 200


def test_whoever_joins_a_group_sees_its_work_at_once(first: Labeling) -> None:
    group = Group.objects.create(project=first.project, name="Medicine")
    item_in(first.project, "en", [group.pk])
    QueueMark.objects.create(
        labeler=first.user,
        project=first.project,
        priority=-1,
        slot_id=uuid4(),
        claims_left=9,
        look_again_at=timezone.now() + timedelta(minutes=1),
    )
    assert first.claim().status_code == 204
    group_of(first)
    assert first.claim().status_code == 200


def test_a_day_holds_as_many_judgments_as_the_cap_allows(first: Labeling) -> None:
    for _ in range(4):
        ranking_item(first.project)
    Project.objects.filter(pk=first.project.pk).update(daily_cap=2)
    first.submit(first.work())
    first.submit(first.work())
    assert first.claim().status_code == 204
    Membership.objects.filter(user=first.user).update(daily_cap=3)  # theirs stands in its place
    assert first.claim().status_code == 200


def test_the_cap_counts_what_is_at_hand_and_forgets_after_24_hours(first: Labeling) -> None:
    items = [ranking_item(first.project) for _ in range(3)]
    Project.objects.filter(pk=first.project.pk).update(daily_cap=1)
    Ranking.objects.create(
        slot=Slot.objects.get(item=items[0]),
        item=items[0],
        project=first.project,
        labeler=first.user,
        client_uuid=uuid4(),
        content_hash="",
        state=Ranking.State.SURPLUS,
        created_at=timezone.now() - timedelta(hours=25),
    )
    work = first.work()
    assert first.claim([work["slot_id"]]).status_code == 204
    first.submit(work)
    assert first.claim().status_code == 204


def settings(project: Project, **changes: Any) -> None:
    Project.objects.filter(pk=project.pk).update(**changes)


def test_a_spent_budget_stops_the_hand_out_and_a_raised_one_opens_it_again(
    first: Labeling, second: Labeling
) -> None:
    for _ in range(4):
        ranking_item(first.project)
    settings(first.project, budget=2)
    first.submit(first.work())
    work = first.work()  # the second of two is at hand: there is nothing for others
    assert second.claim().status_code == 204
    assert first.heartbeat(work).status_code == 200
    assert first.submit(work).json()["state"] == "counted"
    assert first.claim().status_code == 204
    settings(first.project, budget=3)
    assert first.claim().status_code == 200


def test_what_is_taken_back_may_be_asked_for_again_within_the_budget(first: Labeling) -> None:
    for _ in range(2):
        ranking_item(first.project)
    settings(first.project, budget=1)
    key = uuid4()
    first.submit(first.work(), key)
    assert first.claim().status_code == 204
    first.undo(key)
    assert sum(Tally.objects.values_list("counted", flat=True)) == 0
    assert first.claim().status_code == 200


def test_after_the_end_nothing_new_is_handed_out_and_what_is_at_hand_counts(
    first: Labeling, second: Labeling
) -> None:
    for _ in range(2):
        ranking_item(first.project)
    work = first.work()
    settings(first.project, ends_at=timezone.now() - timedelta(seconds=1))
    assert second.claim().status_code == 204
    assert first.work()["slot_id"] == work["slot_id"]
    assert first.submit(work).json()["state"] == "counted"
    settings(first.project, ends_at=timezone.now() + timedelta(days=1))
    assert second.claim().status_code == 200
