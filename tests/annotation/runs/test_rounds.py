"""Rounds that go on by themselves: each step once, gates hold, a person decides what a gate stops."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.accounts.models import AuditEvent
from annotation.delivery.models import WebhookEndpoint, WebhookMessage
from annotation.labeling.models import Ranking
from annotation.lib.errors import Conflict, Invalid
from annotation.registry import selectors as registry
from annotation.registry.services import promote
from annotation.runs import gates
from annotation.runs.models import Erasure, ErasureMark, Round, RoundEvent, RoundPlan, Run, Step
from annotation.runs.services import (
    automatic,
    create_run,
    lifecycle,
    mix_items,
    mixes,
    retry,
    round_answers,
    round_plans,
    rounds,
)
from annotation.runs.timetable import last_due
from tests.annotation.labeling.work import ranking_item
from tests.annotation.runs.loop import (
    GOOD,
    break_down,
    draw_and_judge,
    finish,
    go,
    interval,
    judge,
    only,
    start,
    story,
    wish,
)
from tests.annotation.runs.test_campaigns import evaluation_set
from tests.annotation.runs.test_mixes import sample, version
from tests.cast import Cast, assemble, client_for
from workers import picks

pytestmark = pytest.mark.django_db


def promoted(cast: Cast, kind: str) -> int | None:
    found = registry.promoted(project_id=cast.project.pk, kind=kind)
    return None if found is None else found.number


def by(run: Run | None) -> Run:
    """The run that must be there."""
    assert run is not None
    return run


def say(cast: Cast, decision: str, words: str = "because", **more: Any) -> Round:
    round = only(cast)
    asked = round.events.filter(kind="asked").order_by("-id").first()
    return round_answers.answer(
        round=round,
        actor=cast.ml,
        decision=decision,
        words=words,
        question=asked.pk if asked else None,
        **more,
    )


# --- the way of a round ---------------------------------------------------------------------------


def test_a_round_goes_from_sampling_to_promotion_and_the_next_begins_with_the_new_policy(
    cast: Cast,
) -> None:
    start(cast)
    first = go(cast)
    assert story(first) == [
        "opened sample",
        *("started sample", "passed sample", "skipped pick by_chance"),
        *("started collect", "passed collect"),
        *("started snapshot", "passed snapshot", "started reward", "passed reward"),
        "skipped check first",  # there was no reward model to hold it against
        *("started policy", "passed policy", "started evaluation", "passed evaluation"),
        "skipped judge gate_off",
        *("started promote", "passed promote", "closed promote promoted"),
    ]
    assert (first.outcome, promoted(cast, "reward"), promoted(cast, "policy")) == ("promoted", 1, 2)
    second = only(cast)
    assert (second.number, second.policy_version.number, second.step) == (2, 2, "sample")
    assert second.draw is not None
    assert second.draw.parts.get().policy_version == second.policy_version
    second = go(cast)
    assert "started check" in story(second)
    assert second.outcome == "promoted"
    check = by(second.check_run)
    in_use = by(first.reward_run).output_version_id
    assert check.config["baseline_reward_version"] == str(in_use)
    assert check.reward_version == by(second.reward_run).output_version
    assert by(second.ppo_run).policy_version == by(first.ppo_run).output_version
    kinds = list(Run.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == [
        *("sample", "export", "reward", "ppo", "evaluate"),
        *("sample", "export", "reward", "evaluate", "ppo", "evaluate"),
        "sample",
    ]


def test_the_judgments_behind_a_round_are_found_from_its_policy(cast: Cast) -> None:
    start(cast)
    round = go(cast)
    run = Run.objects.get(output_version=by(round.ppo_run).output_version)
    frozen = by(round.snapshot_run).output_snapshot
    assert frozen is not None
    assert run.reward_version is not None
    assert run.reward_version.made_by.snapshot == frozen
    told = client_for(cast.ml).get(f"/api/v1/runs/{run.pk}").json()
    assert told["judgments_in"] == [str(frozen.pk)]
    assert round.draw is not None
    items = round.draw.prompts.values_list("item_id", flat=True)
    judged = Ranking.objects.filter(project=cast.project, created_at__lte=frozen.cut_off)
    assert set(items) == set(judged.values_list("item_id", flat=True))


def test_it_waits_until_there_are_enough_new_judgments(cast: Cast) -> None:
    start(cast, judgments=3)
    automatic.advance_all()
    assert draw_and_judge(cast, only(cast), most=2) == 2
    assert automatic.advance_all() == 0
    assert only(cast).step == "collect"
    judge(cast, most=1)
    automatic.advance_all()
    assert only(cast).step == "snapshot"


def test_it_goes_on_when_all_that_was_sampled_is_judged_though_more_were_wanted(cast: Cast) -> None:
    start(cast, judgments=1000)
    automatic.advance_all()
    draw_and_judge(cast, only(cast), most=3)
    assert automatic.advance_all() == 0
    judge(cast)
    automatic.advance_all()
    assert only(cast).step == "snapshot"
    passed = only(cast).events.get(kind="passed", step="collect")
    assert passed.figures == {"new": 4, "wanted": 1000}


def test_a_policy_that_writes_what_was_judged_before_asks_until_somebody_judges_something(
    cast: Cast,
) -> None:
    start(cast)
    automatic.advance_all()
    round = only(cast)
    assert round.draw is not None
    lease = lifecycle.claim(round.draw.parts.get().run_id, "a test")
    assert lease is not None
    with transaction.atomic():
        lifecycle.succeed(lease, report={})  # it drew nothing that could be ranked
    mix_items.make(round.draw.pk)
    automatic.advance_all()
    assert only(cast).events.get(kind="asked").reason == "nothing_to_judge"
    ranking_item(cast.project)
    judge(cast)
    automatic.advance_all()
    assert only(cast).step == "snapshot"


def test_judgments_of_an_earlier_round_are_not_new(cast: Cast) -> None:
    start(cast, judgments=4)
    go(cast)
    automatic.advance_all()
    round = only(cast)
    draw_and_judge(cast, round, most=1)
    assert automatic.advance_all() == 0
    assert only(cast).step == "collect"


# Central European time: on 29 March 2026 the clock goes from 2:00 to 3:00, on 25 October from 3:00 to 2:00.
@pytest.mark.parametrize(
    ("now", "at", "weekdays", "zone", "due"),
    [
        ("2026-03-04T12:00", time(2), [], "UTC", "2026-03-04T02:00"),
        ("2026-03-04T01:59", time(2), [], "UTC", "2026-03-03T02:00"),
        ("2026-03-04T12:00", time(2), [4], "UTC", "2026-02-27T02:00"),  # a Wednesday; last Friday
        ("2026-03-04T01:00", time(2), [2], "UTC", "2026-02-25T02:00"),
        ("2026-03-04T12:00", time(9), [], "Asia/Shanghai", "2026-03-04T01:00"),
        ("2026-03-29T12:00", time(2, 30), [], "Europe/Berlin", "2026-03-29T01:30"),
        ("2026-10-25T12:00", time(2, 30), [], "Europe/Berlin", "2026-10-25T00:30"),
    ],
)
def test_a_calendar_follows_the_clock_of_its_time_zone(
    now: str, at: time, weekdays: list[int], zone: str, due: str
) -> None:
    moments = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, due)]
    assert last_due(moments[0], at, weekdays, zone) == moments[1]


def test_with_a_calendar_a_round_waits_for_its_time_however_many_judgments_there_are(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(cast, trigger="calendar", at=time(2), judgments=1)
    go(cast, until="snapshot")
    assert only(cast).step == "collect"
    begun = only(cast).events.get(kind="started", step="collect")
    moment = "annotation.runs.services.round_steps.last_due"
    monkeypatch.setattr(moment, lambda *_: begun.at)  # the last time was before it began
    assert automatic.advance_all() == 0
    monkeypatch.undo()
    later = datetime(2100, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(moment, lambda *_: later)
    automatic.advance_all()
    assert only(cast).step == "snapshot"


# --- once, whatever happens -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_five_workers_at_once_begin_every_step_once() -> None:
    cast = assemble()
    plan = start(cast)
    barrier = Barrier(5)

    def together() -> None:
        def worker() -> None:
            try:
                barrier.wait()
                for _ in range(3):
                    automatic.advance(plan.pk)
            finally:
                connection.close()

        threads = [Thread(target=worker) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together()
    round = only(cast)
    assert Run.objects.count() == 1
    draw_and_judge(cast, round)
    for place, step in (("snapshot_run", "snapshot"), ("reward_run", "reward")):
        together()
        finish(getattr(only(cast), place), GOOD.get(step))
    together()
    assert list(Run.objects.order_by("number").values_list("kind", flat=True)) == [
        *("sample", "export", "reward", "ppo"),
    ]
    started = RoundEvent.objects.filter(kind="started").values_list("step", flat=True)
    assert sorted(started) == ["collect", "policy", "reward", "sample", "snapshot"]


def test_a_crash_between_making_a_run_and_noting_it_leaves_neither(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(cast)
    go(cast, until="snapshot")
    finish(only(cast).snapshot_run)
    real = automatic.note

    def crash(round: Round, kind: str, **more: Any) -> RoundEvent:
        if kind == "started":
            raise ConnectionError
        return real(round, kind, **more)

    monkeypatch.setattr(automatic, "note", crash)
    with pytest.raises(ConnectionError):
        automatic.advance(RoundPlan.objects.get().pk)
    assert not Run.objects.filter(kind="reward").exists()
    assert only(cast).step == "reward"  # that the snapshot is done was noted before
    monkeypatch.undo()
    automatic.advance_all()
    assert Run.objects.filter(kind="reward").count() == 1


def test_the_database_refuses_a_second_beginning_and_a_second_open_round(cast: Cast) -> None:
    plan = start(cast)
    automatic.advance_all()
    round = only(cast)
    doubles = (
        lambda: RoundEvent.objects.create(round=round, kind="started", step="sample"),
        lambda: Round.objects.create(
            project=cast.project,
            number=2,
            plan=plan,
            step="sample",
            policy_version=round.policy_version,
        ),
        lambda: RoundEvent.objects.filter(round=round).update(reason="another"),
        lambda: Round.objects.filter(pk=round.pk).update(number=7),
    )
    for double in doubles:
        with pytest.raises(IntegrityError), transaction.atomic():
            double()


# --- gates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "report", "failed"),
    [
        ("reward", {"validation": {"accuracy": interval(0.6, 0.49, 0.7)}}, ["reward_accuracy"]),
        ("reward", {}, ["reward_accuracy"]),  # nothing was held out
        ("policy", {"evaluation": {"kl_after": 25.1, "stop_rate_after": 0.9}}, ["kl"]),
        ("policy", {"evaluation": {"kl_after": 1.0, "stop_rate_after": 0.79}}, ["stop_rate"]),
        # as DPO tells it
        ("policy", {"kl": {"nats_per_completion": interval(26, 20, 30), "stop_rate": 0.9}}, ["kl"]),
        (
            "policy",
            {"kl": {"nats_per_completion": interval(9, 8, 10), "stop_rate": 0.7}},
            ["stop_rate"],
        ),
        (
            "evaluation",
            {"policy": {"against_baseline": {"win_rate": interval(0.52, 0.48, 0.56)}}},
            ["win_rate"],
        ),
    ],
)
def test_a_gate_that_does_not_hold_promotes_nothing_and_asks(
    cast: Cast, step: str, report: dict[str, Any], failed: list[str]
) -> None:
    WebhookEndpoint.objects.create(
        project=cast.project, url="https://a.example/", events=["round.asked", "round.closed"]
    )
    start(cast)
    round = go(cast, **{step: report})
    assert (round.step, round.asked_at is not None) == (step, True)
    asked = round.events.get(kind="asked")
    assert asked.reason == "gate"
    assert [one["gate"] for one in asked.figures["gates"] if not one["passed"]] == failed
    assert automatic.advance_all() == 0
    assert (promoted(cast, "policy"), promoted(cast, "reward")) == (1, None)
    told = WebhookMessage.objects.get()
    assert told.event == "round.asked"
    assert told.data == {"round": str(round.pk), "number": 1, "step": step, "reason": "gate"}


def test_a_reward_model_that_is_not_better_with_confidence_asks_in_the_second_round(
    cast: Cast,
) -> None:
    start(cast)
    go(cast)
    difference = {"difference": interval(0.04, -0.01, 0.09)}
    round = go(cast, check={"reward_model": {"baseline_reward_model": difference}})
    assert (round.number, round.step) == (2, "check")
    (gate,) = round.events.get(kind="asked").figures["gates"]
    assert gate == {
        **{"gate": "reward_gain", "bound": 0.0, "passed": False, "over_length": None},
        **interval(0.04, -0.01, 0.09),
    }
    assert promoted(cast, "reward") == 1


def test_the_bounds_of_the_gates_are_meant_to_the_letter() -> None:
    accuracy = {"validation": {"accuracy": interval(0.55, 0.5, 0.6)}}
    assert not gates.reward_gates(accuracy, 0.5)[0].passed  # above, not at
    assert gates.reward_gates(accuracy, 0.49)[0].passed
    at_most = {"evaluation": {"kl_after": 25.0, "stop_rate_after": 0.8}}
    assert [one.passed for one in gates.policy_gates(at_most, 25.0, 0.8)] == [True, True]
    nothing = {"evaluation": {"kl_after": float("nan")}}
    assert [one.passed for one in gates.policy_gates(nothing, 25.0, 0.8)] == [False, False]
    assert [one.passed for one in gates.policy_gates(nothing, None, None)] == [True, True]


def test_a_gate_that_is_off_is_not_asked(cast: Cast) -> None:
    off = dict.fromkeys(
        ("reward_least_accuracy", "reward_least_gain", "kl_ceiling", "least_stop_rate")
    )
    start(cast, **off, evaluation_set=None)
    assert go(cast, reward={}, policy={}).outcome == "promoted"
    second = go(cast, reward={}, policy={})
    assert {"skipped check gate_off", "skipped evaluation no_prompts"} <= set(story(second))


# --- people -------------------------------------------------------------------------------------


BAD = {"policy": {"evaluation": {"kl_after": 30.0, "stop_rate_after": 0.9}}}


def test_a_person_may_let_it_go_on_and_the_record_says_who_and_why(cast: Cast) -> None:
    start(cast)
    go(cast, **BAD)
    say(cast, "continue", "30 nats are fine for this one")
    round = go(cast)
    assert (round.number, round.outcome) == (1, "promoted")
    said = round.events.get(kind="continued")
    assert (said.by, said.words, said.step) == (cast.ml, "30 nats are fine for this one", "policy")
    act = AuditEvent.objects.get(action="round.continue")
    assert act.after == {"decision": "continue", "step": "policy", "words": said.words}


def test_a_step_is_done_again_with_the_settings_of_now(cast: Cast) -> None:
    start(cast)
    go(cast, **BAD)
    first = only(cast).ppo_run
    plan = RoundPlan.objects.get()
    plan.policy_config = {**plan.policy_config, "kl_coefficient": 0.2}
    plan.save()
    say(cast, "retry")
    automatic.advance_all()
    again = by(only(cast).ppo_run)
    assert (again != first, again.config["kl_coefficient"]) == (True, 0.2)
    assert go(cast).outcome == "promoted"
    assert story(Round.objects.get(number=1))[-7:] == [
        *("passed policy 2", "started evaluation 2", "passed evaluation 2"),
        *("skipped judge gate_off 2", "started promote 2"),
        *("passed promote 2", "closed promote promoted 2"),
    ]


def test_a_round_may_be_taken_up_again_from_the_snapshot_but_not_from_what_is_to_come(
    cast: Cast,
) -> None:
    start(cast)
    go(cast, **BAD)
    for step in ("evaluation", "collect", "sample"):
        with pytest.raises(Invalid):
            say(cast, "retry", step=step)
    say(cast, "retry", step="snapshot")
    automatic.advance_all()
    round = only(cast)
    assert (round.step, round.reward_run, round.ppo_run) == ("snapshot", None, None)
    assert go(cast).outcome == "promoted"
    assert Run.objects.filter(kind="export").count() == 2


def test_a_closed_round_promotes_nothing_stops_its_runs_and_the_next_samples_what_is_left(
    cast: Cast,
) -> None:
    start(cast)
    round = go(cast, until="reward")
    with pytest.raises(Invalid):
        say(cast, "close", "  ")
    say(cast, "close", "the guidelines were wrong")
    round.refresh_from_db()
    assert (round.outcome, by(round.reward_run).status) == ("closed", "cancelled")
    assert round.events.get(kind="closed").words == "the guidelines were wrong"
    automatic.advance_all()
    following = only(cast)
    assert (following.number, following.policy_version.number) == (2, 1)
    assert story(following)[1] == "skipped sample nothing_new"
    assert promoted(cast, "policy") == 1
    automatic.advance_all()  # all of it was ranked in the round before: who should be waited for?
    assert only(cast).events.get(kind="asked").reason == "nothing_to_judge"


def test_an_answer_to_another_question_changes_nothing_and_the_same_twice_is_one(
    cast: Cast,
) -> None:
    start(cast)
    go(cast, **BAD)
    asked = only(cast).events.get(kind="asked").pk
    say(cast, "continue")
    say(cast, "continue")
    assert RoundEvent.objects.filter(kind="continued").count() == 1
    with pytest.raises(Conflict):
        round_answers.answer(round=only(cast), actor=cast.ml, decision="retry", question=asked)
    automatic.advance_all()
    go(cast, evaluation={})
    with pytest.raises(Conflict):
        round_answers.answer(
            round=only(cast), actor=cast.admin, decision="continue", question=asked, words="x"
        )
    assert only(cast).asked_at is not None


def test_a_run_that_failed_asks_and_its_retry_on_its_own_page_mends_the_round(cast: Cast) -> None:
    start(cast)
    go(cast, until="reward")
    break_down(only(cast).reward_run, "loss is not finite")
    automatic.advance_all()
    asked = only(cast).events.get(kind="asked")
    assert (asked.reason, asked.words) == ("run_failed", "loss is not finite")
    with pytest.raises(Conflict):
        say(cast, "continue")
    retry(run=by(only(cast).reward_run), actor=cast.ml)
    assert go(cast).outcome == "promoted"
    assert "resumed reward" in story(Round.objects.get(number=1))
    assert Run.objects.filter(kind="reward").count() == 1


def test_a_policy_run_that_ran_into_its_kl_ceiling_asks_a_person(cast: Cast) -> None:
    start(cast)
    alarm = {"code": "kl_ceiling", "stops": True, "message": "31 nats: it went back to update 12"}
    ended = {
        **GOOD["policy"],
        "ended": "kl_ceiling",
        "alarm": alarm,
    }  # what it kept passes every gate
    asked = go(cast, policy=ended).events.get(kind="asked")
    assert (asked.step, asked.reason) == ("policy", "stopped_by_alarm")
    assert asked.words == "31 nats: it went back to update 12"
    assert promoted(cast, "policy") == 1


def test_what_a_withdrawn_judgment_is_in_is_promoted_by_a_person_or_not_at_all(cast: Cast) -> None:
    start(cast)
    round = go(cast, until="evaluation")
    policy = by(round.ppo_run).output_version
    assert policy is not None
    gone = Erasure.objects.create(
        person=cast.second_labeler, requested_by=cast.admin, judgments="withdraw"
    )
    ErasureMark.objects.create(erasure=gone, version=policy, judgments=2)
    finish(round.evaluate_run, GOOD["evaluation"])
    automatic.advance_all()
    asked = only(cast).events.get(kind="asked")
    assert (asked.step, asked.reason) == ("promote", "refused")
    assert f"Judgments behind version {policy.number} (policy)" in asked.words
    assert (promoted(cast, "reward"), promoted(cast, "policy")) == (None, 1)
    promote(version=policy, actor=cast.ml)
    say(cast, "retry")
    automatic.advance_all()
    assert Round.objects.get(number=1).outcome == "promoted"
    assert (promoted(cast, "reward"), promoted(cast, "policy")) == (1, policy.number)


def test_sampling_for_a_campaign_that_stopped_may_also_be_answered_by_an_earlier_step(
    cast: Cast,
) -> None:
    start(cast, least_campaign_win_rate=0.5, evaluation_set=evaluation_set(cast, 14))
    round = go(cast, until="judge")
    assert round.campaign is not None
    for part in round.campaign.draw.parts.all():
        sample(part, end="failed")
    automatic.advance_all()
    assert only(cast).events.get(kind="asked").reason == "sampling_stopped"
    say(cast, "retry", step="reward")
    automatic.advance_all()
    assert (only(cast).step, Run.objects.filter(kind="reward").count()) == ("reward", 2)


def test_a_run_stopped_by_its_alarm_asks_a_person_who_may_go_on_with_what_it_kept(
    cast: Cast,
) -> None:
    endpoint = WebhookEndpoint.objects.create(
        project=cast.project, url="https://example.org/", events=["run.alarm", "round.asked"]
    )
    start(cast)
    run = by(go(cast, until="policy").ppo_run)
    alarm = {"code": "diverging", "stops": True, "since": 8, "step": 16, "message": "it diverges"}
    lease = lifecycle.claim(run.pk, "a test")
    assert lease is not None
    for raised in ([{**alarm, "code": "length", "stops": False}], [alarm]):
        known = Run.objects.get(pk=run.pk).alarms
        lifecycle.write(lease, alarms=[*known, *raised])
    Run.objects.filter(pk=run.pk).update(status="interrupted", lease_owner="", lease_until=None)
    Run.objects.filter(pk=run.pk).update(status="queued")
    finish(run, {**GOOD["policy"], "ended": "alarm", "alarm": alarm})
    automatic.advance_all()
    round = only(cast)
    assert story(round)[-1] == "asked policy stopped_by_alarm"
    asked = round.events.get(kind="asked")
    assert (asked.words, asked.figures["alarms"]) == ("it diverges", ["length", "diverging"])
    told = WebhookMessage.objects.filter(endpoint=endpoint).order_by("id")
    base = {"run": str(run.pk), "number": run.number, "kind": "ppo"}
    assert [(one.event, one.data) for one in told[:2]] == [
        ("run.alarm", {**base, "code": "length", "stops": False}),
        ("run.alarm", {**base, "code": "diverging", "stops": True}),
    ]
    assert [one.data["reason"] for one in told[2:]] == ["stopped_by_alarm"]
    assert promoted(cast, "policy") == 1
    say(cast, "continue", words="it kept a policy of before")
    automatic.advance_all()
    assert only(cast).step == "evaluation"


def test_sampling_that_stopped_is_taken_up_again(cast: Cast) -> None:
    start(cast)
    automatic.advance_all()
    draw = only(cast).draw
    assert draw is not None
    sample(draw.parts.get(), end="failed")
    automatic.advance_all()
    assert only(cast).events.get(kind="asked").reason == "sampling_stopped"
    say(cast, "retry")
    assert draw.parts.get().run.status == "queued"
    assert go(cast).outcome == "promoted"


def test_what_cannot_be_begun_asks_in_words(cast: Cast) -> None:
    start(cast)
    go(cast, until="policy")
    finish(only(cast).ppo_run, GOOD["policy"])
    plan = RoundPlan.objects.get()
    assert plan.evaluation_set is not None
    plan.evaluation_set.retired_at = datetime(2026, 1, 1, tzinfo=UTC)
    plan.evaluation_set.save()
    automatic.advance_all()
    asked = only(cast).events.get(kind="asked")
    assert (asked.reason, "retired" in asked.words) == ("refused", True)
    plan.evaluation_set.retired_at = None
    plan.evaluation_set.save()
    say(cast, "retry")
    assert go(cast).outcome == "promoted"


def test_a_paused_plan_or_project_begins_nothing_and_goes_on_where_it_was(cast: Cast) -> None:
    start(cast)
    go(cast, until="reward")
    round_plans.set_state(project=cast.project, actor=cast.ml, state="paused")
    finish(only(cast).reward_run, GOOD["reward"])
    assert automatic.advance_all() == 0
    round_plans.set_state(project=cast.project, actor=cast.ml, state="active")
    cast.project.state = "paused"
    cast.project.save()
    assert automatic.advance_all() == 0
    cast.project.state = "active"
    cast.project.save()
    assert go(cast).outcome == "promoted"
    acts = AuditEvent.objects.filter(object_type="RoundPlan").order_by("id")
    assert [act.action for act in acts] == [
        *("round_plan.created", "round_plan.resumed", "round_plan.paused", "round_plan.resumed"),
    ]


def test_without_a_promoted_policy_the_plan_is_not_resumed_and_pauses_itself(cast: Cast) -> None:
    round_plans.save_plan(project=cast.project, actor=cast.ml, **wish(cast))
    with pytest.raises(Conflict):
        round_plans.set_state(project=cast.project, actor=cast.ml, state="active")
    RoundPlan.objects.update(state="active")
    automatic.advance_all()
    assert RoundPlan.objects.get().state == "paused"
    assert not Round.objects.exists()


# --- over HTTP ----------------------------------------------------------------------------------


def body(cast: Cast, **change: Any) -> dict[str, Any]:
    plan = wish(cast)
    ids = {
        name: str(plan[name].pk)
        for name in ("mix", "prompt_set", "rl_prompt_set", "evaluation_set")
    }
    return {**ids, "judgments": 4, **change}


def test_a_plan_is_written_read_and_refused_by_field_and_rule(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    client, address = client_for(cast.ml), f"/api/v1/projects/{cast.project.id}/round-plan"
    assert client.get(address).json()["plan"] is None
    good = body(cast)
    made = client.put(address, good, format="json")
    assert made.status_code == 200, made.content
    assert (made.json()["state"], made.json()["kl_ceiling"]) == ("paused", 25.0)
    assert made.json()["policy_config"]["kl_coefficient"] == 0.05
    for change, field in (
        ({"reward_config": {"epochs": 0}}, "reward_config.epochs"),
        ({"policy_config": {"kl": 1}}, "policy_config.kl"),
        ({"snapshot_config": {"cut_off": "2026-01-01T00:00:00Z"}}, "snapshot_config.cut_off"),
        ({"trigger": "calendar"}, "at"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"judgments": 0}, "judgments"),
        ({"rl_prompt_set": good["prompt_set"]}, "rl_prompt_set"),
        ({"least_win_rate": 2}, "least_win_rate"),
        ({"evaluation_set": None, "least_win_rate": 0.5}, "evaluation_set"),
        ({"evaluation_set": good["rl_prompt_set"]}, "evaluation_set"),  # what it learnt by heart
        (
            {"pick_config": {"disagreement_share": 1, "reward_models": 1, "prompts": 2}},
            "pick_config.disagreement_share",
        ),
    ):
        answer = client.put(address, {**good, **change}, format="json")
        assert answer.status_code == 400, change
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert client.patch(address, {"state": "active"}, format="json").json()["state"] == "active"
    assert client.put(address, good, format="json").json()["state"] == "active"
    assert AuditEvent.objects.filter(action__startswith="round_plan.").count() == 2


def test_a_page_sees_every_step_with_its_figures_and_answers_what_is_asked(cast: Cast) -> None:
    start(cast)
    go(cast, **BAD)
    client = client_for(cast.ml)
    (row,) = client.get(f"/api/v1/projects/{cast.project.id}/rounds").json()["results"]
    assert (row["automatic"], row["state"], row["step"]) == (True, "asks", "policy")
    assert row["places"] == []
    steps = {step["step"]: step for step in row["steps"]}
    assert list(steps) == Step.values
    assert {name: step["state"] for name, step in steps.items()} == {
        **dict.fromkeys(("sample", "collect", "snapshot", "reward"), "passed"),
        **{"pick": "skipped", "check": "skipped", "policy": "asks"},
        **dict.fromkeys(("evaluation", "judge", "promote"), "waiting"),
    }
    assert steps["collect"]["counts"] == {"new": 4, "wanted": 4}
    assert steps["snapshot"]["snapshot"]["number"] == 1
    assert steps["reward"]["version"]["number"] == 1
    assert [gate["value"] for gate in steps["policy"]["gates"]] == [30.0, 0.9]
    address = f"/api/v1/rounds/{row['id']}"
    answer = {"decision": "continue", "question": row["question"]["id"], "words": "fine"}
    assert client.post(f"{address}/answer", answer, format="json").json()["state"] == "open"
    events = client.get(f"{address}/events").json()["results"]
    assert (events[0]["kind"], events[0]["by"]) == ("continued", "Ml")
    for path in ("close", ""):
        refused = client.post(f"{address}/{path}") if path else client.patch(address, {}, "json")
        assert refused.status_code == 409
        assert refused.json()["code"] == "automatic_round"


def test_a_round_by_hand_shows_the_same_figures(cast: Cast) -> None:
    policy = version(cast, 1, promoted=True)
    round = rounds.open_round(project=cast.project, policy_version=policy, actor=cast.ml)
    export = finish(create_run(project=cast.project, kind="export", requested_by=cast.ml))
    reward = create_run(
        project=cast.project, kind="reward", snapshot=export.output_snapshot, requested_by=cast.ml
    )
    lease = lifecycle.claim(reward.pk, "a test")
    assert lease is not None
    rounds.link_runs(
        round=round, runs={"snapshot_run": export, "reward_run": reward}, actor=cast.ml
    )
    with transaction.atomic():
        lifecycle.succeed(lease, report=GOOD["reward"])
    row = client_for(cast.admin).get(f"/api/v1/rounds/{round.pk}").json()
    assert row["automatic"] is False
    steps = {step["step"]: step for step in row["steps"]}
    assert list(steps) == ["sample", "snapshot", "reward", "policy", "evaluation"]
    assert steps["snapshot"]["counts"]["rankings"] == 4
    assert steps["reward"]["gates"][0]["low"] == 0.6


def test_a_round_by_hand_tells_which_runs_may_stand_where_and_once_closed_what_was_not_filled(
    cast: Cast,
) -> None:
    policy = version(cast, 1, promoted=True)
    round = rounds.open_round(project=cast.project, policy_version=policy, actor=cast.ml)
    runs = {
        kind: Run.objects.create(
            project=cast.project, number=number, kind=kind, config={}, idempotency_key=uuid4()
        )
        for number, kind in enumerate(Run.Kind.values, 1)
    }
    client, address = client_for(cast.ml), f"/api/v1/rounds/{round.pk}"
    places = client.get(address).json()["places"]
    assert [one["step"] for one in places] == [
        *("sample", "snapshot", "sft", "reward", "check", "policy", "evaluation"),
    ]
    for one in places:
        fits = []
        for kind, run in runs.items():
            if client.patch(address, {one["place"]: str(run.pk)}, "json").status_code == 200:
                fits.append(kind)
        assert sorted(fits) == sorted(one["kinds"])
        client.patch(address, {one["place"]: None}, "json")
    client.patch(address, {"reward_run": str(runs["reward"].pk)}, "json")
    closed = client.post(f"{address}/close").json()
    assert closed["places"] == []
    assert {step["step"]: step["state"] for step in closed["steps"]} == {
        **dict.fromkeys(("sample", "snapshot", "policy", "evaluation"), "unfilled"),
        "reward": "working",
    }


# --- rounds that choose what people judge ---------------------------------------------------------


def chosen_by_hand(cast: Cast, round: Round) -> list[str]:
    """What a worker does for a choice: the last prompt of the draw, its last two samples. Its candidates."""
    run = by(round.pick_run)
    lines = [json.loads(line) for line in picks.candidate_lines(run)]
    last = lines[-1]
    texts = [one["id"] for one in last["completions"][-2:]]
    pick = {"prompt_id": last["id"], "completion_ids": texts, "rule": "random", "uncertainty": 0.0}
    made = picks._make(run, [pick])
    assert (made.created, picks._make(run, [pick]).created) == (1, 0)
    finish(run, {"candidates": len(lines), "picked": 1, "items": {"created": 1}})
    automatic.advance_all()
    return [f"{line['id']} {len(line['completions'])}" for line in lines]


def test_a_round_that_chooses_makes_items_of_the_choice_alone(cast: Cast) -> None:
    plan = start(cast, pick_config={"prompts": 1, "completions": 2}, judgments=1)
    first = go(cast)
    # Nothing can choose before there is a reward model: as many prompts are drawn by chance.
    assert "skipped pick first" in story(first)
    assert first.draw is not None
    assert (first.draw.prompts.count(), first.draw.makes_items) == (1, True)
    assert first.outcome == "promoted"
    second = only(cast)
    assert second.draw is not None
    for part in second.draw.parts.all():
        sample(part)
    mix_items.make(second.draw.pk)
    automatic.advance_all()
    second = only(cast)
    assert (second.step, second.draw.prompts.filter(item=None).count()) == ("pick", 4)
    run = by(second.pick_run)
    judge_in_use = registry.promoted(project_id=cast.project.pk, kind="reward")
    assert (run.reward_version, run.config["draw"]) == (judge_in_use, str(second.draw.pk))
    assert run.config["random_share"] == 30
    # Four prompts were drawn, one of them was ranked in the first round; the plan draws four samples.
    candidates = chosen_by_hand(cast, second)
    assert [line.split()[1] for line in candidates] == ["4"] * 3
    second = only(cast)
    assert (second.step, story(second)[-2]) == ("collect", "passed pick")
    made = second.draw.prompts.exclude(item=None).get()
    assert made.item is not None
    assert made.item.meta["picked"]["rule"] == "random"
    assert judge(cast) == 1
    automatic.advance_all()
    assert only(cast).step == "snapshot"
    told = client_for(cast.ml).get(f"/api/v1/rounds/{second.pk}").json()
    (step,) = [one for one in told["steps"] if one["step"] == "pick"]
    assert step["counts"] == {"candidates": 3, "picked": 1, "items": 1}
    assert (step["runs"][0]["id"], told["pick_run"]) == (str(run.pk), str(run.pk))
    assert plan.pick_config is not None


def test_a_choice_that_cannot_be_is_refused_when_the_plan_is_written(cast: Cast) -> None:
    version(cast, 1, promoted=True)
    whole = wish(cast)
    for config, field in (
        ({"prompts": 5}, "pick_config.prompts"),
        ({"prompts": 4, "random_share": 0}, "pick_config.random_share"),
        ({"prompts": 4, "draw": str(cast.project.pk)}, "pick_config.draw"),
    ):
        asked = {**whole, "prompts_per_round": 4, "pick_config": config}
        with pytest.raises(Invalid) as refused:
            round_plans.save_plan(project=cast.project, actor=cast.ml, **asked)
        assert [one["field"] for one in refused.value.details["errors"]] == [field]


# --- sampling that stopped ------------------------------------------------------------------------


def test_a_round_goes_on_with_the_items_of_what_was_sampled(cast: Cast) -> None:
    start(cast, judgments=2)
    automatic.advance_all()
    draw = only(cast).draw
    assert draw is not None
    sample(draw.parts.get(), end="failed", only=2)
    automatic.advance_all()
    assert only(cast).events.get(kind="asked").reason == "sampling_stopped"
    mixes.make_of_what_is_there(actor=cast.ml, draw=draw)
    automatic.advance_all()
    assert (only(cast).step, only(cast).asked_at) == ("sample", None)
    assert mix_items.make(draw.pk) == 2
    automatic.advance_all()
    assert only(cast).step == "collect"
    assert only(cast).events.get(kind="passed").figures == {"prompts": 4, "items": 2}
    assert judge(cast) == 2
    assert go(cast).outcome == "promoted"


def drawn_of(round: Round) -> set[Any]:
    """The prompts of the round's draw."""
    assert round.draw is not None
    return set(round.draw.prompts.values_list("prompt_id", flat=True))


def test_prompts_of_a_round_closed_at_its_sampling_are_drawn_by_the_next(cast: Cast) -> None:
    start(cast)
    automatic.advance_all()
    first = only(cast)
    assert first.draw is not None
    sample(first.draw.parts.get(), end="failed", only=1)
    automatic.advance_all()
    assert only(cast).asked_at is not None
    say(cast, "close")
    second = go(cast)
    assert (second.number, second.outcome) == (2, "promoted")
    assert drawn_of(second) == drawn_of(first)
    assert second.policy_version == first.policy_version


def test_what_was_made_of_a_draw_that_failed_is_not_drawn_again(cast: Cast) -> None:
    start(cast)
    automatic.advance_all()
    first = only(cast)
    assert first.draw is not None
    sample(first.draw.parts.get(), end="failed", only=1)
    mixes.make_of_what_is_there(actor=cast.ml, draw=first.draw)
    assert mix_items.make(first.draw.pk) == 1
    made = set(first.draw.prompts.filter(state="made").values_list("prompt_id", flat=True))
    say(cast, "close")
    automatic.advance_all()
    assert drawn_of(only(cast)) == drawn_of(first) - made


def test_prompts_of_a_round_closed_before_its_choice_are_drawn_by_the_next(cast: Cast) -> None:
    start(cast, pick_config={"prompts": 1, "completions": 2}, judgments=1)
    assert go(cast).outcome == "promoted"
    second = only(cast)
    assert second.draw is not None
    for part in second.draw.parts.all():
        sample(part)
    automatic.advance_all()
    assert only(cast).step == "pick"
    say(cast, "close")
    automatic.advance_all()
    third = only(cast)
    assert (third.number, third.step, drawn_of(third)) == (3, "sample", drawn_of(second))
