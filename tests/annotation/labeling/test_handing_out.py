"""What labelers may rely on when they ask for work."""

import hashlib
import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from annotation.corpus.models import Completion
from annotation.labeling import services
from annotation.labeling.models import Presentation, QueueMark, Slot
from annotation.projects.models import Membership, Project
from tests.annotation.labeling.work import (
    Labeling,
    add_completion,
    add_prompt,
    demonstration_item,
    drift,
    ids,
    ranking_item,
    run_out,
)

pytestmark = pytest.mark.django_db


def test_a_labeler_gets_an_item_ranks_it_and_gets_the_next_one(first: Labeling) -> None:
    ranking_item(first.project)
    ranking_item(first.project)
    work = first.work()
    answer = first.submit(work)
    assert (answer.status_code, answer.json()["state"]) == (201, "counted")
    following = first.work()
    assert following["item"]["id"] != work["item"]["id"]
    first.submit(following)
    assert first.claim().status_code == 204
    assert drift() == []


def test_higher_priority_is_handed_out_first(first: Labeling) -> None:
    for priority in (0, 2, 1):
        ranking_item(first.project, name=f"priority {priority}", priority=priority)
    order = []
    for _ in range(3):
        work = first.work()
        order.append(work["prompt"]["messages"][0]["content"])
        first.submit(work)
    assert order == ["priority 2", "priority 1", "priority 0"]


def test_an_item_wants_its_opinions_from_different_people(
    first: Labeling, second: Labeling
) -> None:
    item = ranking_item(first.project, needed=3)
    first.submit(first.work())
    assert first.claim().status_code == 204
    assert second.work()["item"]["id"] == str(item.id)


def test_reloading_the_page_brings_the_same_work_back(first: Labeling) -> None:
    ranking_item(first.project)
    ranking_item(first.project)
    work, again = first.work(), first.work()
    for name in ("slot_id", "lease_token", "presentation_id", "completions"):
        assert work[name] == again[name]


def test_after_a_reload_the_work_begun_comes_first_and_not_the_item_fetched_ahead(
    first: Labeling,
) -> None:
    ranking_item(first.project)
    ranking_item(first.project)
    work = first.work()
    ahead = first.work(holding=[work["slot_id"]])
    first.draft(work, 0, {"tiers": []})  # it renews the lease, which ends last from now on
    for _ in range(3):
        assert first.work()["slot_id"] == work["slot_id"]
    assert first.work(holding=[work["slot_id"]])["slot_id"] == ahead["slot_id"]


def test_after_a_reload_a_judgment_taken_back_comes_before_what_waits_behind_it(
    first: Labeling,
) -> None:
    for _ in range(3):
        ranking_item(first.project)
    work, client_uuid = first.work(), uuid4()
    ahead = first.work(holding=[work["slot_id"]])
    first.submit(work, client_uuid)
    first.draft(ahead, 0, {"tiers": []})
    first.work(holding=[ahead["slot_id"]])
    assert first.undo(client_uuid).status_code == 200
    assert first.work()["slot_id"] == work["slot_id"]
    assert first.work(holding=[work["slot_id"]])["slot_id"] == ahead["slot_id"]


def test_the_next_item_can_be_fetched_ahead_up_to_three_at_once(first: Labeling) -> None:
    for _ in range(4):
        ranking_item(first.project)
    held = []
    for _ in range(3):
        held.append(first.work(holding=held)["slot_id"])
    assert len(set(held)) == 3
    answer = first.claim(holding=held)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_leases")


def test_what_is_at_hand_in_one_project_does_not_block_another(first: Labeling) -> None:
    for _ in range(3):
        ranking_item(first.project)
    held: list[str] = []
    for _ in range(3):
        held.append(first.work(holding=held)["slot_id"])
    elsewhere = Project.objects.create(name="elsewhere", language="en")
    Membership.objects.create(project=elsewhere, user=first.user, role="labeler")
    ranking_item(elsewhere)
    assert Labeling(first.user, elsewhere).work(holding=held)["project_id"] == str(elsewhere.id)


def test_a_paused_project_hands_out_nothing_new_but_leases_run_on(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project, needed=2)
    work = first.work()
    Project.objects.filter(pk=first.project.pk).update(state="paused")
    assert second.claim().status_code == 204
    assert first.work()["slot_id"] == work["slot_id"]
    assert first.heartbeat(work).status_code == 200
    assert first.submit(work).json()["state"] == "counted"


def test_a_lease_that_ran_out_is_free_for_others_without_waiting_for_a_sweeper(
    first: Labeling, second: Labeling
) -> None:
    ranking_item(first.project)
    work = first.work()
    assert second.claim().status_code == 204
    run_out(work)
    taken = second.work()
    assert taken["slot_id"] == work["slot_id"]
    assert taken["lease_token"] != work["lease_token"]


def test_a_lease_that_ran_out_is_still_mine_while_nobody_took_it(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    again = first.work()
    assert again["lease_token"] == work["lease_token"]
    assert again["lease_until"] > work["lease_until"]


def test_work_on_screen_is_not_handed_out_twice_after_its_lease_was_lost(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    run_out(work)
    assert services.sweep_expired_leases() == 1
    assert first.claim(holding=[work["slot_id"]]).status_code == 204


def test_work_begun_and_lost_to_the_clock_comes_back_first_with_its_draft(
    first: Labeling,
) -> None:
    ranking_item(first.project, name="begun", priority=0)
    work = first.work()
    assert first.draft(work, 0, {"tiers": []}).status_code == 200
    run_out(work)
    services.sweep_expired_leases()
    ranking_item(first.project, name="urgent", priority=9)
    again = first.work()
    assert again["slot_id"] == work["slot_id"]
    assert again["draft"] == {"revision": 1, "payload": {"tiers": []}}


def test_a_lease_lasts_three_times_the_usual_time_within_the_bounds(first: Labeling) -> None:
    lengths = []
    for active_ms in (1_000, 401_000, 401_000, 9_000_000, 9_000_000, 9_000_000):
        ranking_item(first.project)
        work = first.work()
        until, now = (datetime.fromisoformat(work[name]) for name in ("lease_until", "server_time"))
        lengths.append(round((until - now).total_seconds()))
        first.submit(work, active_ms=active_ms)
    # medians: none, 1 s, 201 s, 401 s, 401 s, 401 s, with 600 and 3600 as bounds
    # a busy machine may take a second between the lease and the answer
    assert lengths == [pytest.approx(s, abs=2) for s in (600, 600, 603, 1203, 1203, 1203)]
    ranking_item(first.project)
    assert first.work()["lease_seconds"] == pytest.approx(3600, abs=2)


def test_the_order_shown_is_shuffled_by_a_stored_seed_that_anybody_can_repeat(
    first: Labeling,
) -> None:
    orders = set()
    for number in range(12):
        ranking_item(first.project, k=4, name=f"P{number}")
        work = first.work()
        shown = Presentation.objects.get(pk=work["presentation_id"])
        assert [str(one) for one in shown.order] == ids(work)
        expected = sorted(
            ids(work), key=lambda one: hashlib.md5(f"{shown.seed}{one}".encode()).hexdigest()
        )
        assert ids(work) == expected
        texts = [completion["text"] for completion in work["completions"]]
        orders.add(tuple(texts))
        first.submit(work)
    assert len(orders) > 4


def test_a_labeler_is_told_nothing_that_could_sway_them(first: Labeling) -> None:
    ranking_item(first.project)
    demonstration_item(first.project)
    work = [first.work()]
    work.append(first.work(holding=[work[0]["slot_id"]]))
    assert {one["item"]["kind"] for one in work} == {"ranking", "demonstration"}
    assert all(set(one) == ASSIGNMENT for one in work)
    for one in work:
        text = json.dumps({**one, "lease_token": "", "lease_until": ""})
        for word in ("secret-system", "origin", "version", "system", "source", "plan", "length"):
            assert word not in text
        assert all(set(completion) == {"id", "text"} for completion in one["completions"])
        assert all(set(message) == {"role", "content"} for message in one["prompt"]["messages"])


ASSIGNMENT = {
    "slot_id",
    "lease_token",
    "lease_until",
    "lease_seconds",
    "project_id",
    "item",
    "prompt",
    "completions",
    "screen",
    "supersedes",
    "guideline",
    "draft",
    "presentation_id",
    "server_time",
}


def test_nobody_is_asked_to_judge_an_answer_they_wrote(first: Labeling, second: Labeling) -> None:
    prompt = add_prompt(first.project, "Who wrote this?")
    mine = add_completion(prompt, "I did", origin="human", author=first.user, import_key=None)
    groups = {prompt.id: [mine, add_completion(prompt, "Somebody else")]}
    services.create_ranking_items(project=first.project, groups=groups)
    assert first.claim().status_code == 204
    assert second.claim().status_code == 200
    assert Completion.objects.filter(author=first.user).count() == 1


def test_only_the_holder_sees_a_slot(first: Labeling, second: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    address = f"/api/v1/slots/{work['slot_id']}"
    assert first.client.get(address).json()["presentation_id"] == work["presentation_id"]
    assert second.client.get(address).status_code == 404


def test_a_long_walk_through_the_queue_is_not_repeated_at_every_claim(first: Labeling) -> None:
    """Three hundred judged items that still want a second opinion stand before the one left."""
    judged = 300
    prompt = add_prompt(first.project, "last", name="Last")
    groups = {prompt.id: [add_completion(prompt, text) for text in ("a", "b")]}
    _judge_many(first, judged)
    for _ in range(2):
        services.create_ranking_items(project=first.project, groups=groups, priority=-5)
    work = first.work()
    assert work["prompt"]["messages"][0]["content"] == "last"
    mark = QueueMark.objects.get(labeler=first.user, project=first.project)
    assert (mark.claims_left, str(mark.slot_id)) == (judged // 100, work["slot_id"])
    first.submit(work)
    later = timezone.now() + timedelta(hours=1)  # it holds for seconds, and a machine may be slow
    QueueMark.objects.update(look_again_at=later)
    # Below the mark there is nothing; what comes in above it is seen when the walk is paid off.
    ranking_item(first.project, name="new", priority=5)
    answers = [first.claim() for _ in range(judged // 100 + 1)]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 200]
    assert answers[-1].json()["prompt"]["messages"][0]["content"] == "new"


def _judge_many(labeling: Labeling, count: int) -> None:
    for number in range(count):
        prompt = add_prompt(labeling.project, f"judged {number}", name="Judged")
        groups = {prompt.id: [add_completion(prompt, text) for text in ("a", "b")]}
        services.create_ranking_items(project=labeling.project, groups=groups, needed=2)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO labeling_ranking (id, slot_id, item_id, project_id, labeler_id, client_uuid,
              content_hash, state, note, source_id, mode, unread_accepted, meta)
            SELECT gen_random_uuid(), id, item_id, project_id, %s, gen_random_uuid(), '', 'counted',
              '', '', '', false, '{}' FROM labeling_slot WHERE number = 1
            """,
            [labeling.user.pk],
        )
        cursor.execute(
            "UPDATE labeling_slot SET state = 'done', labeler_id = %s WHERE number = 1",
            [labeling.user.pk],
        )
    assert Slot.objects.filter(state="open").count() == count
