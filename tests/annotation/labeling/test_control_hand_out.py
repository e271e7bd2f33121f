"""Control items reach labelers by a schedule nobody can guess, once each, and look like other work."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from annotation.accounts.models import AuditEvent, User
from annotation.labeling import services
from annotation.labeling.models import ControlItem, Item, Presentation, Ranking, Slot
from annotation.labeling.services import TypedTexts
from annotation.projects.models import Membership, Project
from annotation.registry.models import Artifact, ModelVersion
from tests.annotation.labeling.work import (
    Labeling,
    add_completion,
    add_prompt,
    drift,
    ids,
    ranking_item,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def rates(cast: Cast, **changes: Any) -> None:
    services.change_control_settings(actor=cast.admin, project=cast.project, changes=changes)


def typed_gold(cast: Cast, name: str = "") -> ControlItem:
    content = TypedTexts([{"role": "user", "content": name or f"Typed {uuid4()}"}], ["good", "bad"])
    return services.create_gold(
        actor=cast.admin, project=cast.project, content=content, expected=[[0], [1]]
    )


def work_off(labeler: Labeling, count: int) -> list[Item]:
    """Judge so many items; what was handed out, in order."""
    seen = []
    for _ in range(count):
        work = labeler.work()
        assert labeler.submit(work).status_code == 201
        seen.append(Item.objects.get(pk=work["item"]["id"]))
    return seen


def long_ago(labeler: User, **age: int) -> None:
    """Let everything this labeler judged have been judged that much earlier."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE labeling_ranking DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE labeling_ranking SET created_at = created_at - %s WHERE labeler_id = %s",
            [timedelta(**age), labeler.pk],
        )
        cursor.execute("ALTER TABLE labeling_ranking ENABLE TRIGGER USER")


def test_the_rate_of_gold_is_kept_within_one_wherever_one_looks(cast: Cast) -> None:
    for _ in range(60):
        ranking_item(cast.project, k=2, needed=2)
    for _ in range(12):
        typed_gold(cast)
    rates(cast, gold_percent=10)
    places = []
    for person in (cast.labeler, cast.second_labeler):
        seen = work_off(Labeling(person, cast.project), 40)
        served = [number for number, item in enumerate(seen) if item.control == "gold"]
        assert len(served) == 4, "10 % of 40"
        for stratum in range(4):  # one in every ten hand-outs
            assert sum(number // 10 == stratum for number in served) == 1
        places.append([number % 10 for number in served])
    assert len({tuple(one) for one in places}) == 2, "each labeler has places of their own"
    assert any(len(set(one)) > 1 for one in places), "not periodic"
    assert drift() == []


def test_nothing_is_injected_at_a_rate_of_zero_or_without_material(cast: Cast) -> None:
    for _ in range(12):
        ranking_item(cast.project, k=2)
    labeler = Labeling(cast.labeler, cast.project)
    typed_gold(cast)
    assert {item.control for item in work_off(labeler, 4)} == {""}
    rates(cast, gold_percent=0, repeat_percent=20, trap_percent=20)
    assert {item.control for item in work_off(labeler, 8)} == {""}, "no trap, no old judgment"
    assert labeler.claim().status_code == 204, "an empty queue is empty, whatever is due"


def test_no_labeler_gets_the_same_gold_twice(cast: Cast) -> None:
    for _ in range(30):
        ranking_item(cast.project, k=2)
    gold = [typed_gold(cast) for _ in range(2)]
    rates(cast, gold_percent=20)
    seen = work_off(Labeling(cast.labeler, cast.project), 30)
    copies = [item.control_of_id for item in seen if item.control]
    assert sorted(copies) == sorted(one.item_id for one in gold), "six were due, two there are"


def test_a_gold_item_that_was_skipped_does_not_come_back(cast: Cast) -> None:
    for _ in range(9):
        ranking_item(cast.project, k=2)
    typed_gold(cast)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    kinds = []
    for _ in range(9):
        work = labeler.work()
        item = Item.objects.get(pk=work["item"]["id"])
        kinds.append(item.control)
        # the labeler passes control items over
        done = labeler.skip(work) if item.control else labeler.submit(work)
        assert done.status_code in (201, 204)
    assert kinds.count("gold") == 1
    assert Slot.objects.get(item__control_of__isnull=False).state == "void"


def test_whoever_judged_an_item_does_not_get_it_as_gold_and_the_other_way_round(cast: Cast) -> None:
    item = ranking_item(cast.project, k=2, priority=5)
    first, second = (Labeling(one, cast.project) for one in (cast.labeler, cast.second_labeler))
    work_off(first, 1)
    item.refresh_from_db()
    services.create_gold(actor=cast.admin, project=cast.project, content=item, expected=[[0], [1]])
    for _ in range(14):
        ranking_item(cast.project, k=2)
    rates(cast, gold_percent=20)
    assert {one.control for one in work_off(first, 6)} == {""}
    assert [one.control_of_id for one in work_off(second, 6) if one.control] == [item.pk]
    services.withdraw_ranking(
        actor=cast.admin, ranking=Ranking.objects.get(item=item), reason="wants another one"
    )
    seen = work_off(second, 2)
    assert item.pk not in [one.pk for one in seen], "they had it as gold"


def test_gold_cannot_be_made_of_what_is_still_judged(cast: Cast) -> None:
    with pytest.raises(Exception, match="still being judged"):
        services.create_gold(
            actor=cast.admin,
            project=cast.project,
            content=ranking_item(cast.project),
            expected=[[0], [1], [2]],
        )


@pytest.mark.parametrize("end", ["retired", "expired", "stale", "withdrawn", "prompt retired"])
def test_gold_out_of_use_is_not_handed_out(cast: Cast, end: str) -> None:
    gold = typed_gold(cast)
    if end == "retired":
        services.change_control_item(actor=cast.admin, control_item=gold, changes={"retired": True})
    elif end == "expired":
        past = timezone.now() - timedelta(seconds=1)
        services.change_control_item(
            actor=cast.admin, control_item=gold, changes={"expires_at": past}
        )
    elif end == "stale":
        ControlItem.objects.update(stale_at=timezone.now())
    elif end == "withdrawn":
        gold.item.item_completions.first().completion.__class__.objects.update(
            withdrawn_at=timezone.now()
        )
    else:
        gold.item.prompt.__class__.objects.update(retired_at=timezone.now())
    for _ in range(6):
        ranking_item(cast.project, k=2)
    rates(cast, gold_percent=20)
    assert {one.control for one in work_off(Labeling(cast.labeler, cast.project), 6)} == {""}


def test_gold_is_stale_once_its_policy_is_of_the_past(cast: Cast) -> None:
    rates(cast, gold_policies=2)
    artifact = Artifact.objects.create(digest="cd" * 32, bytes=1, files={})
    versions = [
        ModelVersion.objects.create(
            project=cast.project, kind="policy", number=number, name="p", stage="base",
            artifact=artifact,
        )
        for number in (1, 2, 3)
    ]  # fmt: skip
    plan = cast.project.sampling_plans.create(name="plan", strategy="sample", n=2, max_new_tokens=8)
    prompt = add_prompt(cast.project, "Drawn")
    drawn = [
        add_completion(
            prompt, f"Answer {n}", origin="policy", policy_version=versions[0], plan=plan,
            sample_index=n, import_key=None,
        )
        for n in (0, 1)
    ]  # fmt: skip
    services.create_ranking_items(project=cast.project, groups={prompt.id: drawn}, k=2)
    work_off(Labeling(cast.labeler, cast.project), 1)
    item = Item.objects.get(prompt=prompt)
    gold = services.create_gold(
        actor=cast.admin, project=cast.project, content=item, expected=[[0], [1]]
    )
    typed = typed_gold(cast)
    from annotation.registry.services import promote
    from workers.tasks import upkeep

    stale = []
    for version in versions:
        promote(version=version, actor=cast.admin)
        upkeep.mark_stale()
        gold.refresh_from_db()
        stale.append(gold.stale_at is not None)
    assert stale == [False, False, True], "of the last two promoted it is in until the third"
    typed.refresh_from_db()
    assert typed.stale_at is None, "no policy wrote it"
    assert services.mark_stale() == 0, "doing it again changes nothing"
    assert AuditEvent.objects.filter(action="version.promoted").count() == 3


def test_a_repeat_comes_late_enough_once_and_in_another_order(cast: Cast) -> None:
    for _ in range(24):
        ranking_item(cast.project, k=3)
    rates(cast, repeat_percent=20, repeat_after_items=3, repeat_after_hours=1)
    labeler = Labeling(cast.labeler, cast.project)
    first_six = work_off(labeler, 6)
    assert {one.control for one in first_six} == {""}, "all of it is too fresh"
    old = {one.pk for one in first_six}
    long_ago(cast.labeler, hours=2)
    seen = work_off(labeler, 18)
    repeats = [one for one in seen if one.control == "repeat"]
    assert abs(len(repeats) - 24 * 0.2) <= 1
    assert {one.control_of_id for one in repeats} <= old, "the others are too fresh"
    assert len({one.control_of_id for one in repeats}) == len(repeats), "none comes twice"
    for copy in repeats:
        first, again = (
            Presentation.objects.get(slot__item=item).order for item in (copy.control_of, copy)
        )
        assert sorted(first) == sorted(again)
        assert first != again
    assert drift() == []


def test_a_trap_holds_one_answer_of_another_prompt_which_nobody_else_sees(cast: Cast) -> None:
    for number in range(3):
        prompt = add_prompt(cast.project, f"What about number {number}?")
        texts = [
            add_completion(prompt, f"{number}.{n} " + "quite long enough an answer " * 3)
            for n in range(3)
        ]
        services.create_ranking_items(project=cast.project, groups={prompt.id: texts}, k=3)
    labeler = Labeling(cast.labeler, cast.project)
    judged = work_off(labeler, 3)
    assert services.make_traps(actor=cast.admin, project=cast.project, count=5) == 3
    trap = ControlItem.objects.filter(kind="trap")[0]
    shown = [one.completion for one in trap.item.item_completions.order_by("position")]
    assert trap.trap in shown
    assert len(shown) == 3
    assert trap.trap is not None
    assert trap.source is not None
    assert trap.trap.text[0] not in trap.source.prompt.messages[0]["content"], "another prompt's"
    for _ in range(6):
        ranking_item(cast.project, k=2)
    rates(cast, trap_percent=20)
    assert {one.control for one in work_off(labeler, 4)} == {""}, "they judged all the sources"
    second = Labeling(cast.second_labeler, cast.project)
    ranking_item(cast.project, k=2, needed=4)
    served = []
    for _ in range(3):
        if second.claim().status_code == 200:
            served += work_off(second, 1)
    assert {one.pk for one in judged}.isdisjoint({one.control_of_id for one in served})


def test_a_held_control_item_is_shown_again_like_any_other(cast: Cast) -> None:
    for _ in range(6):
        ranking_item(cast.project, k=2)
    typed_gold(cast)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    while True:
        work = labeler.work()
        item = Item.objects.get(pk=work["item"]["id"])
        if item.control:
            break
        labeler.submit(work)
    assert labeler.work()["slot_id"] == work["slot_id"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_slot SET lease_until = now() - interval '1 day' WHERE state = 'leased'"
        )
    services.sweep_expired_leases()
    assert labeler.work()["slot_id"] == work["slot_id"]
    other = labeler.work([work["slot_id"]])
    assert other["slot_id"] != work["slot_id"]
    key = uuid4()
    assert labeler.submit(work, key).json()["state"] == "counted"
    undone = labeler.undo(key).json()
    assert ids(undone) == ids(work)
    assert labeler.submit(undone).json()["state"] == "counted"
    assert drift() == []


@pytest.mark.django_db(transaction=True)
def test_twenty_labelers_in_two_tabs_each_get_their_share_and_nobody_too_much() -> None:
    from tests.cast import assemble

    cast = assemble()
    people = [User.objects.create(username=f"crew {n}") for n in range(20)]
    for one in people:
        Membership.objects.create(project=cast.project, user=one, role="labeler")
    for _ in range(12):
        ranking_item(cast.project, k=2, needed=20)
    for _ in range(4):
        typed_gold(cast)
    rates(cast, gold_percent=20)

    def tab(person: User) -> None:
        labeler = Labeling(person, Project.objects.get(pk=cast.project.pk))
        for _ in range(5):
            answer = labeler.claim()
            if answer.status_code == 200:
                labeler.submit(answer.json())
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tab, [one for one in people for _ in range(2)]))
    for person in people:
        copies = Item.objects.filter(control_for=person)
        gold: list[UUID | None] = [one.control_of_id for one in copies]
        handed = Presentation.objects.filter(labeler=person).count()
        assert len(set(gold)) == len(gold)
        assert abs(len(gold) - handed * 0.2) <= 1, (person, handed, gold)
    assert drift() == []
