"""Live chat: whose it is, how it goes on, what it leaves behind, and what it never tells."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import prompt_hash
from annotation.labeling import services
from annotation.labeling.exports import export_rows
from annotation.labeling.models import ChatTurn, Item, Ranking, Report, Slot
from annotation.labeling.services import replying
from annotation.labeling.services.replying import Drawn, TurnLost
from annotation.lib.errors import Invalid
from annotation.projects.models import Membership, Project
from annotation.quality.overview import overview_of
from annotation.registry.models import ModelVersion
from annotation.registry.services import retire
from annotation.runs.services.creation import create_run
from tests.annotation.labeling.chats import (
    SECRET,
    Talking,
    open_chat,
    plan_of,
    policy_of,
    worker_writes,
)
from tests.annotation.labeling.work import Labeling, drift, ranking_item, run_out
from tests.cast import Cast, client_for


@pytest.fixture
def talking(cast: Cast) -> Talking:
    """The labeler in a conversation that has just begun."""
    open_chat(cast.project, cast.admin)
    talk = Talking(cast.labeler, cast.project)
    assert talk.start().status_code == 201
    return talk


def test_a_ranked_reply_carries_the_dialogue_on(talking: Talking) -> None:
    assert talking.say("Tell me a story.").status_code == 201
    assert talking.turn()["state"] == "waiting"
    worker_writes("Once there was a fox.", "No.", "A cat sat.")
    turn = talking.turn()
    assert turn["state"] == "ready"
    assert turn["replies"] == []
    work = turn["assignment"]
    assert [one["content"] for one in work["prompt"]["messages"]] == ["Tell me a story."]
    shown = [one["id"] for one in work["completions"]]
    assert Labeling(talking.user, talking.project).submit(work).status_code == 201
    turn = talking.turn()
    assert turn["state"] == "ranked"
    assert turn["assignment"] is None
    assert [one["id"] for one in turn["replies"]] == shown
    assert turn["tiers"] == [[one] for one in shown]
    assert talking.say("And then?", shown[1]).status_code == 201
    second = ChatTurn.objects.get(number=2)
    chosen = Completion.objects.get(pk=shown[1])
    assert second.prompt.messages == [
        {"role": "user", "content": "Tell me a story."},
        {"role": "assistant", "content": chosen.text},
        {"role": "user", "content": "And then?"},
    ]
    assert second.continues == chosen
    assert drift() == []


def test_judgments_go_to_training_like_any_other(talking: Talking) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Good day.", "What?")
    work = talking.turn()["assignment"]
    Labeling(talking.user, talking.project).submit(work)
    rows = list(export_rows("rankings", talking.project, None))
    assert len(rows) == 1
    assert sorted(rows[0]["completions"]) == ["Good day.", "Hi.", "What?"]
    prompt_set = PromptSet.objects.get(project=talking.project)
    assert prompt_set.purpose == "reward"
    origins = Completion.objects.values_list("origin", "policy_version__name").distinct()
    assert list(origins) == [("policy", SECRET)]


def test_a_turn_said_twice_is_stored_once(talking: Talking) -> None:
    once = uuid4()
    assert talking.say("Hello", client_uuid=once).status_code == 201
    assert talking.say("Hello", client_uuid=once).status_code == 200
    answer = talking.say("Something else", client_uuid=once)
    assert (answer.status_code, answer.json()["code"]) == (422, "different_content")
    assert ChatTurn.objects.count() == 1


def test_a_conversation_started_twice_is_one(cast: Cast) -> None:
    open_chat(cast.project, cast.admin)
    talk, once = Talking(cast.labeler, cast.project), uuid4()
    first = talk.start(once).json()["id"]
    again = talk.start(once)
    assert (again.status_code, again.json()["id"]) == (200, first)
    assert Talking(cast.second_labeler, cast.project).start(once).status_code == 422


def test_the_next_turn_waits_for_replies_and_for_their_ranking(talking: Talking) -> None:
    talking.say("Hello")
    answer = talking.say("Anybody there?")
    assert (answer.status_code, answer.json()["code"]) == (409, "still_waiting")
    worker_writes("Hi.", "Yes.", "No.")
    some = talking.turn()["assignment"]["completions"][0]["id"]
    answer = talking.say("Good.", some)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ranked")


def test_it_goes_on_with_an_answer_of_the_turn_before_only(talking: Talking) -> None:
    answer = talking.say("Hello", str(uuid4()))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "continue_with")
    talking.say("Hello")
    worker_writes("Hi.")
    for wrong in (None, str(uuid4())):
        answer = talking.say("More", wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "continue_with")


def test_equal_replies_are_one_and_need_no_ranking(talking: Talking) -> None:
    talking.say("Hello")
    worker_writes("Hi.", " Hi.\n", "Hi.")
    turn = talking.turn()
    assert (turn["state"], turn["assignment"], len(turn["replies"])) == ("single", None, 1)
    assert not Item.objects.exists()
    assert talking.say("More", turn["replies"][0]["id"]).status_code == 201


def test_nobody_else_sees_or_gets_it(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    work = talking.turn()["assignment"]
    for person in (cast.second_labeler, cast.admin, cast.ml, cast.reviewer, cast.outsider):
        client = client_for(person)
        assert client.get(f"/api/v1/conversations/{talking.id}").status_code in (403, 404)
        assert client.get(f"/api/v1/slots/{work['slot_id']}").status_code in (403, 404)
    run_out(work)
    assert services.sweep_expired_leases() == 0
    other = Labeling(cast.second_labeler, cast.project)
    assert other.claim().status_code == 204
    assert overview_of(cast.project)["items_open"] == 0


def test_it_is_no_work_of_the_labeling_page_and_fills_no_hands(
    talking: Talking, cast: Cast
) -> None:
    at_work = Labeling(cast.labeler, cast.project)
    for text in ("Hello", "Good morning"):
        talking.start()
        talking.say(text)
        worker_writes("Hi.", "Yes.", "No.")
    assert at_work.claim().status_code == 204
    items = [ranking_item(cast.project) for _ in range(3)]
    held: list[str] = []
    for _ in items:
        held.append(at_work.work(held)["slot_id"])
    assert at_work.claim(held).json()["code"] == "too_many_leases"


def test_what_people_said_in_a_chat_is_made_no_work_for_others(
    talking: Talking, cast: Cast
) -> None:
    talking.say("My own words")
    worker_writes("Hi.", "Good day.", "What?")
    assert Item.objects.count() == 1
    prompt_set = PromptSet.objects.get(project=cast.project)
    client = client_for(cast.admin)
    for kind in ("ranking", "demonstration"):
        body = {"prompt_set": str(prompt_set.pk), "kind": kind}
        refused = client.post(f"/api/v1/projects/{cast.project.pk}/items", body, format="json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == "prompt_set"
    with pytest.raises(Invalid) as told:
        create_run(
            project=cast.project,
            kind="sample",
            prompt_set=prompt_set,
            plan=plan_of(cast.project, "another"),
            policy_version=policy_of(cast.project, 2),
            make_items={},
        )
    assert told.value.details["errors"][0]["field"] == "make_items"
    assert Item.objects.count() == 1


def test_any_draft_that_can_be_stored_can_be_read_again(talking: Talking) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Good day.")
    payload: dict[str, object] = {}
    for _ in range(31):
        payload = {"a": payload}
    at = Labeling(talking.user, talking.project)
    assert at.draft(talking.turn()["assignment"], 0, payload).status_code == 200
    assert talking.turn()["assignment"]["draft"]["payload"] == payload


def test_reading_a_conversation_asks_the_database_a_fixed_number_of_times(
    talking: Talking, django_assert_max_num_queries: Any
) -> None:
    at, chosen = Labeling(talking.user, talking.project), None
    for number in range(5):
        talking.say(f"Question {number}", chosen)
        worker_writes("Hi.", "Good day.", "What?")
        work = talking.turn()["assignment"]
        at.submit(work)
        chosen = work["completions"][0]["id"]
    with django_assert_max_num_queries(14):
        talking.look()


def test_a_lease_that_ran_out_costs_no_work(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    work = talking.turn()["assignment"]
    run_out(work)
    at_work = Labeling(cast.labeler, cast.project)
    assert at_work.claim().status_code == 204  # claims sweep
    assert at_work.heartbeat(work).status_code == 200
    answer = at_work.submit(work)
    assert (answer.status_code, answer.json()["state"]) == (201, "counted")


def test_undoing_a_ranking_gives_the_turn_back(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    at_work, once = Labeling(cast.labeler, cast.project), uuid4()
    at_work.submit(talking.turn()["assignment"], once)
    mine = talking.client.get(f"/api/v1/projects/{cast.project.pk}/my-judgments").json()
    assert [one["conversation_id"] for one in mine["results"]] == [talking.id]
    assert at_work.undo(once).status_code == 200
    turn = talking.turn()
    assert turn["state"] == "ready"
    assert turn["assignment"]["draft"]["payload"]["tiers"]
    assert at_work.submit(turn["assignment"]).status_code == 201
    assert talking.turn()["state"] == "ranked"
    assert drift() == []


def test_a_skipped_turn_goes_on_with_any_answer(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    work = talking.turn()["assignment"]
    assert Labeling(cast.labeler, cast.project).skip(work, "harmful").status_code == 204
    turn = talking.turn()
    assert (turn["state"], len(turn["replies"])) == ("passed", 3)
    assert Labeling(cast.second_labeler, cast.project).claim().status_code == 204
    assert talking.say("Go on", turn["replies"][2]["id"]).status_code == 201


def test_a_ranking_withdrawn_by_review_opens_nothing_for_others(
    talking: Talking, cast: Cast
) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    Labeling(cast.labeler, cast.project).submit(talking.turn()["assignment"])
    services.withdraw_ranking(actor=cast.reviewer, ranking=Ranking.objects.get(), reason="odd")
    item = Item.objects.get()
    assert (item.state, item.slots.get().state) == ("void", "void")
    reviewing = client_for(cast.admin)
    answer = reviewing.post(f"/api/v1/items/{item.pk}/reopen", format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_reopenable")


def test_a_private_slot_cannot_be_open_whatever_the_code_does(talking: Talking) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    slot = Slot.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(
            state="open", labeler=None, lease_token=None, lease_until=None
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(is_private=False)


def test_people_who_open_alike_get_replies_of_their_own(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    other = Talking(cast.second_labeler, cast.project)
    other.start()
    other.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    assert Prompt.objects.count() == 1
    assert Completion.objects.count() == 6
    mine = {one["id"] for one in talking.turn()["assignment"]["completions"]}
    theirs = {one["id"] for one in other.turn()["assignment"]["completions"]}
    assert mine.isdisjoint(theirs)
    for talk in (talking, other):
        answer = Labeling(talk.user, cast.project).submit(talk.turn()["assignment"])
        assert answer.json()["state"] == "counted"


def test_what_a_labeler_gets_names_no_policy_plan_or_seed(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    client = talking.client
    door = f"/api/v1/projects/{cast.project.pk}"
    pages = [
        client.get(path).content.decode()
        for path in (
            f"/api/v1/conversations/{talking.id}",
            f"{door}/conversations",
            f"{door}/chat",
            "/api/v1/chats",
        )
    ]
    turn = ChatTurn.objects.get()
    hidden = [SECRET, "secret plan", "90210", str(turn.policy_version_id), str(turn.plan_id)]
    hidden += [
        "policy",
        "temperature",
        "answered_at",
        "seed",
        "sample_index",
        "epoch",
        "lease_owner",
    ]
    told = "".join(pages)
    assert [word for word in hidden if word in told] == []
    assert set(talking.turn()) == {
        *("number", "client_uuid", "text", "state", "asked_at", "error_code"),
        *("continues", "replies", "tiers", "assignment"),
    }


def test_a_turn_is_tried_three_times_and_then_says_so(talking: Talking) -> None:
    talking.say("Hello")
    turn = ChatTurn.objects.get()
    for _ in range(3):
        lease = replying.claim_turn(turn.pk, "worker")
        assert lease is not None
        replying.release_turn(lease, message=f"{SECRET} broke")
    assert replying.claim_turn(turn.pk, "worker") is None
    shown = talking.turn()
    assert (shown["state"], shown["error_code"]) == ("failed", "gave_up")
    assert SECRET not in talking.client.get(f"/api/v1/conversations/{talking.id}").content.decode()
    assert talking.retry(1).json()["turns"][0]["state"] == "waiting"
    assert talking.retry(1).json()["turns"][0]["state"] == "waiting"
    worker_writes("Hi.", "Yes.", "No.")
    assert talking.retry(1).json()["turns"][0]["state"] == "ready"


def test_a_worker_that_lost_its_lease_stores_nothing(talking: Talking) -> None:
    talking.say("Hello")
    turn = ChatTurn.objects.get()
    slow = replying.claim_turn(turn.pk, "slow")
    assert slow is not None
    assert replying.claim_turn(turn.pk, "too early") is None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE labeling_chatturn SET lease_until = now() - interval '1 s'")
    worker_writes("Hi.", "Yes.", "No.")
    with pytest.raises(TurnLost):
        replying.answer_turn(slow, [Drawn("Late.", 1, "stop"), Drawn("Later.", 1, "stop")])
    with pytest.raises(TurnLost):
        replying.fail_turn(slow, code="refused", message="late")
    assert Completion.objects.count() == 3
    assert Item.objects.count() == 1


def test_dead_leases_are_given_up_after_the_third(talking: Talking) -> None:
    talking.say("Hello")
    turn = ChatTurn.objects.get()
    for _ in range(3):
        assert replying.claim_turn(turn.pk, "dies") is not None
        with connection.cursor() as cursor:
            cursor.execute("UPDATE labeling_chatturn SET lease_until = now() - interval '1 s'")
    replying.reconcile_turns()
    assert talking.turn()["error_code"] == "gave_up"


def test_ending_asks_for_nothing_any_more(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    work = talking.turn()["assignment"]
    for _ in range(2):
        assert talking.end().json()["ended_at"] is not None
    assert Item.objects.get().state == "void"
    answer = talking.say("More", work["completions"][0]["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "conversation_ended")
    late = Labeling(cast.labeler, cast.project).submit(work)
    assert (late.status_code, late.json()["state"]) == (201, "surplus")
    assert drift() == []


def test_ending_while_replies_are_written_keeps_none(talking: Talking) -> None:
    talking.say("Hello")
    lease = replying.claim_turn(ChatTurn.objects.get().pk, "worker")
    assert lease is not None
    talking.end()
    with pytest.raises(TurnLost):
        replying.answer_turn(lease, [Drawn("Late.", 1, "stop")])
    assert talking.turn()["error_code"] == "ended"
    assert talking.retry(1).json()["code"] == "conversation_ended"


def test_there_are_bounds_on_turns_and_conversations(cast: Cast) -> None:
    open_chat(cast.project, cast.admin, most_turns=1, most_conversations=1)
    talk = Talking(cast.labeler, cast.project)
    talk.start()
    talk.say("Hello")
    worker_writes("Hi.")
    reply = talk.turn()["replies"][0]["id"]
    assert talk.say("More", reply).json()["code"] == "conversation_full"
    assert talk.start().json()["code"] == "no_conversations_left"
    assert Talking(cast.second_labeler, cast.project).start().status_code == 201


def test_nothing_is_asked_again_once_the_chat_is_closed(talking: Talking, cast: Cast) -> None:
    talking.say("Hello")
    ChatTurn.objects.update(state="failed", error_code="gave_up")
    services.change_chat_settings(
        actor=cast.admin,
        project=cast.project,
        enabled=False,
        policy_version=None,
        plan=None,
        replies=3,
        most_turns=5,
        most_conversations=3,
    )
    assert talking.retry(1).json()["code"] == "chat_closed"
    assert ChatTurn.objects.get().state == "failed"


def test_a_closed_chat_has_no_door(cast: Cast) -> None:
    labeler = client_for(cast.labeler)
    talk = Talking(cast.labeler, cast.project)
    assert talk.start().json()["code"] == "chat_closed"
    assert labeler.get("/api/v1/chats").json() == []
    open_chat(cast.project, cast.admin)
    assert labeler.get("/api/v1/chats").json() == [{"project_id": str(cast.project.pk)}]
    assert client_for(cast.ml).get("/api/v1/chats").json() == []
    assert talk.start().status_code == 201
    retire(version=ModelVersion.objects.get(), actor=cast.ml)
    assert labeler.get("/api/v1/chats").json() == []
    assert talk.say("Hello").json()["code"] == "chat_closed"


def test_settings_name_what_does_not_fit(cast: Cast) -> None:
    client = client_for(cast.ml)
    address = f"/api/v1/projects/{cast.project.pk}/chat-settings"
    good = client.get(address).json()
    assert good["enabled"] is False
    greedy = plan_of(cast.project, "greedy", strategy="greedy", n=1)
    plan = plan_of(cast.project)
    policy = policy_of(cast.project)
    reward = policy_of(cast.project, kind="reward", stage="reward")
    foreign = policy_of(cast.other_project)
    good |= {"enabled": True, "policy_version": str(policy.pk), "plan": str(plan.pk)}
    for field, value in (
        ("policy_version", None),
        ("policy_version", str(reward.pk)),
        ("policy_version", str(foreign.pk)),
        ("plan", None),
        ("plan", str(greedy.pk)),
        ("replies", 1),
        ("replies", 10),
        ("most_turns", 0),
    ):
        answer = client.put(address, good | {field: value}, format="json")
        assert answer.status_code == 400, (field, value, answer.content)
        assert answer.json()["errors"][0]["field"] == field
    assert client.put(address, good, format="json").json() == good
    assert client.put(address, good, format="json").json() == good
    assert PromptSet.objects.filter(project=cast.project).count() == 1
    assert client_for(cast.labeler).get(address).status_code == 403


def test_a_text_of_the_other_side_is_refused_with_words(talking: Talking, cast: Cast) -> None:
    other_side = PromptSet.objects.create(
        project=cast.project, name="RL", purpose="rl", language="en"
    )
    messages = [{"role": "user", "content": "Hello"}]
    Prompt.objects.create(prompt_set=other_side, messages=messages, text_hash=prompt_hash(messages))
    answer = talking.say("Hello")
    assert (answer.status_code, answer.json()["code"]) == (409, "prompt_on_one_side_only")
    assert talking.say("Hello, you").status_code == 201


def test_a_reported_answer_is_gone_and_the_dialogue_goes_on_with_another(
    talking: Talking, cast: Cast
) -> None:
    talking.say("Hello")
    worker_writes("Hi.", "Yes.", "No.")
    work = talking.turn()["assignment"]
    bad = work["completions"][0]["id"]
    body = {"lease_token": work["lease_token"], "completion": bad, "reason": "harmful", "note": ""}
    answer = talking.client.post(f"/api/v1/slots/{work['slot_id']}/reports", body, format="json")
    assert answer.status_code == 201, answer.content
    turn = talking.turn()
    assert turn["state"] == "passed"
    assert bad not in [one["id"] for one in turn["replies"]]
    assert talking.say("Go on", bad).status_code == 400
    report = Report.objects.get()
    services.dismiss_report(actor=cast.admin, report=report)
    item = Item.objects.get()
    assert (item.state, item.slots.get().state) == ("void", "void")
    assert talking.say("Go on", talking.turn()["replies"][0]["id"]).status_code == 201


def test_who_must_qualify_first_does_not_chat_yet(talking: Talking, cast: Cast) -> None:
    Project.objects.filter(pk=cast.project.pk).update(pass_mark=80)
    door = f"/api/v1/projects/{cast.project.pk}/chat"
    assert talking.client.get(door).json()["must_qualify"] is True
    assert talking.client.get("/api/v1/chats").json() == []
    assert talking.start().json()["code"] == "not_qualified"
    assert talking.say("Hello").json()["code"] == "not_qualified"
    Membership.objects.filter(user=cast.labeler).update(qualified_at=Now())
    assert talking.client.get(door).json()["must_qualify"] is False
    assert len(talking.client.get("/api/v1/chats").json()) == 1
    assert talking.say("Hello").status_code == 201


def test_a_policy_that_names_itself_is_masked_wherever_the_labeler_looks(talking: Talking) -> None:
    talking.say("Who are you?")
    worker_writes(
        "I am GPT-4, a model by OpenAI.", "I am GPT-4, a model by OpenAI! Hello.", "Nobody."
    )
    work = talking.turn()["assignment"]
    Labeling(talking.user, talking.project).submit(work)
    named = Completion.objects.filter(text__contains="Hello").get()
    assert talking.say("Really?", str(named.pk)).status_code == 201
    page = talking.client.get(f"/api/v1/conversations/{talking.id}").content.decode()
    assert "GPT-4" not in page + str(ChatTurn.objects.get(number=2).prompt.messages)
    assert "GPT-4" in named.text
