"""What a round and a version are held against: the right comparison, and enough of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import PromptSet
from annotation.lib.api import Told
from annotation.lib.errors import Conflict, Invalid
from annotation.registry import selectors as registry
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote
from annotation.runs import gates, promotion_checks
from annotation.runs.api.round_serializers import RoundPlanRequestSerializer
from annotation.runs.models import DatasetSnapshot, Round, Run
from annotation.runs.round_selectors import MOST_COUNTED
from annotation.runs.services import automatic, lifecycle, retry, round_answers, round_plans
from tests.annotation.runs.loop import (
    GOOD,
    break_down,
    finish,
    go,
    interval,
    only,
    start,
    story,
    wish,
)
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def in_use(cast: Cast, kind: str) -> ModelVersion | None:
    return registry.promoted(project_id=cast.project.pk, kind=kind)


def made_by(run: Run | None) -> ModelVersion:
    """The version that a run of the round made."""
    assert run is not None
    assert run.output_version is not None
    return run.output_version


def say(cast: Cast, decision: str, words: str = "because") -> Round:
    round = only(cast)
    asked = round.events.filter(kind="asked").latest("id")
    return round_answers.answer(
        round=round, actor=cast.ml, decision=decision, words=words, question=asked.pk
    )


def moved_on(cast: Cast, kind: str) -> ModelVersion:
    """A person puts another version into use while the round evaluates; the round asks."""
    start(cast)
    round = go(cast, until="evaluation")
    other = ModelVersion.objects.create(
        project=cast.project,
        kind=kind,
        number=5,
        name="by hand",
        stage="reward" if kind == "reward" else "rl",
        artifact=round.policy_version.artifact,
    )
    promote(version=other, actor=cast.ml)
    finish(round.evaluate_run, GOOD["evaluation"])
    automatic.advance_all()
    assert story(only(cast))[-2:] == ["started promote", "asked promote moved_on"]
    assert f"Version 5 ({kind})" in only(cast).events.get(kind="asked").words
    assert automatic.advance_all() == 0
    return other


# --- what came into use meanwhile ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["policy", "reward"])
def test_what_a_person_promoted_meanwhile_is_replaced_by_a_person_with_a_reason(
    cast: Cast, kind: str
) -> None:
    other = moved_on(cast, kind)
    assert in_use(cast, kind) == other
    say(cast, "continue", "ours wins")
    round = Round.objects.get(number=1)
    assert (round.outcome, story(round)[-2:]) == (
        "promoted",
        ["continued promote", "closed promote promoted"],
    )
    for made in (made_by(round.reward_run), made_by(round.ppo_run)):
        assert made == in_use(cast, made.kind) != other
        event = AuditEvent.objects.get(action="version.promoted", object_id=str(made.pk))
        assert (event.actor, event.after["reason"]) == (cast.ml, "ours wins")


def test_where_the_version_of_before_is_back_in_use_a_retry_promotes(cast: Cast) -> None:
    moved_on(cast, "policy")
    promote(version=only(cast).policy_version, actor=cast.ml)
    say(cast, "retry")
    automatic.advance_all()
    round = Round.objects.get(number=1)
    assert (round.outcome, in_use(cast, "policy")) == ("promoted", made_by(round.ppo_run))


def test_a_round_that_is_closed_leaves_in_use_what_a_person_promoted(cast: Cast) -> None:
    other = moved_on(cast, "policy")
    say(cast, "close")
    assert (only(cast).outcome, in_use(cast, "policy")) == ("closed", other)


# --- which evaluation counts --------------------------------------------------------------------


def evaluated(
    version: ModelVersion, report: dict[str, Any], prompt_set: PromptSet | None = None
) -> Run:
    """An evaluation of a policy that has succeeded."""
    return Run.objects.create(
        project=version.project,
        number=Run.objects.count() + 1,
        kind="evaluate",
        status="succeeded",
        idempotency_key=uuid4(),
        policy_version=version,
        prompt_set=prompt_set,
        config={},
        report=report,
    )


def win_rate(version: ModelVersion) -> promotion_checks.Check:
    (check,) = [one for one in promotion_checks.checks_of(version) if one.gate == "win_rate"]
    return check


def test_an_evaluation_that_compared_with_no_parent_says_nothing_of_the_win_rate(
    cast: Cast,
) -> None:
    start(cast)
    round = go(cast, until="evaluation")
    won = finish(round.evaluate_run, GOOD["evaluation"])
    policy = made_by(round.ppo_run)
    evaluated(policy, {"demonstrations": {"perplexity": 9.0}})
    evaluated(policy, {"policy": {"prompts": 40}}, won.prompt_set)
    assert (win_rate(policy).passed, win_rate(policy).run) == (True, won)
    lost = {"policy": {"against_baseline": {"win_rate": interval(0.4, 0.3, 0.5)}}}
    evaluated(policy, lost, PromptSet.objects.get(project=cast.project, name="rl"))
    assert win_rate(policy).run == won  # not on the prompts of the plan
    again = evaluated(policy, lost, won.prompt_set)
    assert (win_rate(policy).passed, win_rate(policy).run) == (False, again)


def test_a_version_is_held_against_the_bounds_of_the_plan_and_against_no_others(cast: Cast) -> None:
    start(cast, least_stop_rate=None)
    policy = made_by(go(cast, until="evaluation").ppo_run)
    (kl,) = [one for one in promotion_checks.checks_of(policy) if one.gate == "kl"]
    assert (kl.passed, kl.value, kl.bound) == (True, 4.0, 25.0)
    assert "stop_rate" not in {one.gate for one in promotion_checks.checks_of(policy)}


def test_a_reward_model_that_nobody_compared_names_the_one_in_use_that_it_must_surpass(
    cast: Cast,
) -> None:
    other = moved_on(cast, "reward")
    newer = made_by(only(cast).reward_run)
    (gain,) = [one for one in promotion_checks.checks_of(newer) if one.gate == "reward_gain"]
    assert (gain.passed, gain.value, gain.baseline) == (False, None, other.pk)


def test_a_reward_model_gains_nothing_on_what_a_reward_model_chose(cast: Cast) -> None:
    other = moved_on(cast, "reward")
    newer = made_by(only(cast).reward_run)
    gained = {"baseline_reward_model": {"difference": interval(0.2, 0.1, 0.3)}}

    def measured_on(number: int, query: dict[str, Any]) -> Run:
        snapshot = DatasetSnapshot.objects.create(
            project=cast.project,
            number=number,
            query=query,
            cut_off="2026-01-01T00:00:00Z",
            counts={},
            sha256="0" * 64,
            artifact=newer.artifact,
        )
        return Run.objects.create(
            project=cast.project,
            number=Run.objects.count() + 1,
            kind="evaluate",
            status="succeeded",
            idempotency_key=uuid4(),
            reward_version=newer,
            snapshot=snapshot,
            config={"baseline_reward_version": str(other.pk)},
            report={"reward_model": gained},
        )

    def gain() -> promotion_checks.Check:
        (found,) = [one for one in promotion_checks.checks_of(newer) if one.gate == "reward_gain"]
        return found

    measured_on(90, {DatasetSnapshot.CHOSEN_BY: 3})
    assert (gain().passed, gain().run) == (False, None)
    judged = measured_on(91, {})
    measured_on(92, {DatasetSnapshot.CHOSEN_BY: 4})
    assert (gain().passed, gain().run) == (True, judged)


# --- enough of it -------------------------------------------------------------------------------


def held_out(clusters: int) -> dict[str, Any]:
    """What a reward run reports of held-out pairs that were all ordered rightly."""
    return {"validation": {"accuracy": interval(1.0, 1.0, 1.0, clusters)}}


def test_of_too_few_prompts_there_is_no_interval_that_could_pass() -> None:
    (gate,) = gates.reward_gates(held_out(5), 0.5)
    assert (gate.passed, gate.low, gate.high, gate.clusters) == (False, None, None, 5)
    assert gates.reward_gates(held_out(5), None)[0].passed  # not asked
    assert gates.reward_gates(held_out(6), 0.5)[0].passed
    assert (gates.too_few("reward", held_out(5)), gates.too_few("reward", held_out(6))) == (5, None)
    for clusters, passed in ((5, False), (6, True)):
        # the reward model alone was held against more pairs than both together
        compared = {"baseline_reward_model": {"difference": interval(0.1, 0.1, 0.1, clusters)}}
        check = {"reward_model": {**held_out(30)["validation"], **compared}}
        assert gates.check_gates(check, 0.0)[0].passed is passed
        won = {"against_baseline": {"win_rate": interval(0.9, 0.8, 1.0, clusters)}}
        assert gates.evaluation_gates({"policy": won}, 0.5)[0].passed is passed


def test_an_accuracy_brings_what_it_has_over_length_and_is_held_against_none_of_it() -> None:
    report = held_out(19)
    assert gates.reward_gates(report, 0.5)[0].over_length is None  # an older report
    report["validation"]["accuracy_minus_length"] = interval(0.0, -0.18, 0.18, 19)
    (gate,) = gates.reward_gates(report, 0.5)
    assert gate.passed
    assert gate.over_length == {"value": 0.0, "low": -0.18, "high": 0.18}
    # nothing to compare is no remark, and no fault
    report["validation"]["accuracy_minus_length"] = interval(float("nan"), 0.0, 0.0)
    assert gates.reward_gates(report, 0.5)[0].over_length is None


def test_a_figure_whose_report_names_no_number_of_prompts_passes_no_bound() -> None:
    def unsaid(value: float) -> dict[str, float]:
        found = interval(value, value, value)
        del found["clusters"]
        return found

    reward = {"validation": {"accuracy": unsaid(1.0)}}
    (gate,) = gates.reward_gates(reward, 0.5)
    assert (gate.passed, gate.value, gate.low, gate.clusters) == (False, 1.0, None, None)
    assert gates.reward_gates(reward, None)[0].passed  # not asked
    check = {"reward_model": {"baseline_reward_model": {"difference": unsaid(0.1)}}}
    assert not gates.check_gates(check, 0.0)[0].passed
    evaluation = {"policy": {"against_baseline": {"win_rate": unsaid(0.9)}}}
    assert not gates.evaluation_gates(evaluation, 0.5)[0].passed


def test_a_bound_below_all_that_can_be_asks_for_a_figure_alone() -> None:
    assert gates.reward_gates(held_out(2), 0.0)[0].passed
    assert not gates.reward_gates(held_out(2), 0.01)[0].passed
    assert not gates.reward_gates({}, 0.0)[0].passed


def test_a_round_whose_figure_rests_on_too_little_says_so(cast: Cast) -> None:
    start(cast)
    round = go(cast, reward=held_out(2))
    asked = round.events.get(kind="asked")
    assert (asked.step, asked.reason) == ("reward", "gate")
    assert asked.words.startswith("This figure rests on 2 held-out prompts")
    with translation.override("zh-hans"):
        assert Told().to_representation(asked.words).startswith("这项指标只基于 2 个")
    address = f"/api/v1/rounds/{round.pk}"
    steps = client_for(cast.ml).get(address).json()["steps"]
    (gate,) = next(step["gates"] for step in steps if step["step"] == "reward")
    assert (gate["value"], gate["low"], gate["clusters"]) == (1.0, None, 2)


def test_a_round_whose_report_names_no_number_of_prompts_says_so(cast: Cast) -> None:
    start(cast)
    unsaid = held_out(30)
    del unsaid["validation"]["accuracy"]["clusters"]
    round = go(cast, reward=unsaid)
    asked = round.events.get(kind="asked")
    assert (asked.step, asked.reason) == ("reward", "gate")
    assert asked.words.startswith("The report does not say how many held-out prompts")
    with translation.override("zh-hans"):
        assert Told().to_representation(asked.words).startswith("报告没有说明这项指标")


def test_a_version_whose_report_names_no_number_of_prompts_does_not_pass(cast: Cast) -> None:
    start(cast)
    round = go(cast, until="evaluation")
    policy = made_by(round.ppo_run)
    won = interval(0.9, 0.8, 1.0)
    del won["clusters"]
    unsaid = {"policy": {"against_baseline": {"win_rate": won}}}
    evaluated(policy, unsaid, round.evaluate_run.prompt_set if round.evaluate_run else None)
    assert (win_rate(policy).passed, win_rate(policy).low, win_rate(policy).clusters) == (
        False,
        None,
        None,
    )
    assert "win_rate" in promotion_checks.failed(promotion_checks.checks_of(policy))


def test_a_version_whose_figure_rests_on_too_little_says_so(cast: Cast) -> None:
    start(cast)
    round = go(cast, until="evaluation")
    policy = made_by(round.ppo_run)
    few = {"policy": {"against_baseline": {"win_rate": interval(1.0, 1.0, 1.0, 2)}}}
    evaluated(policy, few, round.evaluate_run.prompt_set if round.evaluate_run else None)
    card = client_for(cast.ml).get(f"/api/v1/versions/{policy.pk}/card").json()
    (check,) = [one for one in card["checks"] if one["gate"] == "win_rate"]
    assert (check["passed"], check["value"], check["low"], check["clusters"]) == (False, 1, None, 2)


def test_a_check_names_the_prompts_on_which_alone_an_evaluation_counts(cast: Cast) -> None:
    def asked(policy: ModelVersion) -> dict[str, Any]:
        card = client_for(cast.ml).get(f"/api/v1/versions/{policy.pk}/card").json()
        return next(one for one in card["checks"] if one["gate"] == "win_rate")

    start(cast)
    round = go(cast, until="evaluation")
    policy = made_by(round.ppo_run)
    assert round.evaluate_run is not None
    chosen = round.evaluate_run.prompt_set
    assert chosen is not None
    elsewhere = PromptSet.objects.create(project=cast.project, name="elsewhere")
    evaluated(
        policy, {"policy": {"against_baseline": {"win_rate": interval(0.9, 0.8, 1.0)}}}, elsewhere
    )
    check = asked(policy)
    assert (check["value"], check["prompt_set"]) == (None, str(chosen.pk))


# --- a step that is done again ------------------------------------------------------------------


def failed_and_queued_again(cast: Cast) -> Run:
    """The round asks about a run that failed, and somebody retries that run on its own page."""
    start(cast)
    run = go(cast, until="reward").reward_run
    assert run is not None
    break_down(run, "loss is not finite")
    automatic.advance_all()
    retry(run=run, actor=cast.ml)
    return run


def test_a_step_that_is_done_again_stops_the_run_that_stood_there(cast: Cast) -> None:
    run = failed_and_queued_again(cast)
    say(cast, "retry")
    automatic.advance_all()
    run.refresh_from_db()
    assert (run.status, only(cast).reward_run != run) == ("cancelled", True)
    assert Run.objects.filter(kind="reward", status__in=Run.ACTIVE).count() == 1


@pytest.mark.parametrize("decision", ["retry", "close"])
def test_a_run_that_ends_just_then_keeps_nobody_from_an_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, decision: str
) -> None:
    failed_and_queued_again(cast)

    def cancel(**_: object) -> None:
        raise Conflict("run_ended", "This run has ended already: it succeeded.")

    monkeypatch.setattr(lifecycle, "cancel", cancel)
    say(cast, decision)
    assert only(cast).events.latest("id").kind == ("retried" if decision == "retry" else "closed")


# --- what a plan could never reach ----------------------------------------------------------------


def test_a_plan_that_could_never_be_reached_is_refused(cast: Cast) -> None:
    whole = wish(cast)
    alone = {**whole, "evaluation_config": {"against_parent": False}}
    with pytest.raises(Invalid) as refused:
        round_plans.save_plan(project=cast.project, actor=cast.ml, **alone)
    (problem,) = refused.value.details["errors"]
    assert (problem["field"], problem["rule"]) == ("evaluation_config.against_parent", "required")
    round_plans.save_plan(project=cast.project, actor=cast.ml, **alone, least_win_rate=None)
    for judgments, told in ((MOST_COUNTED, False), (MOST_COUNTED + 1, True)):
        asked = RoundPlanRequestSerializer(data={"judgments": judgments})
        assert not asked.is_valid()
        assert ("judgments" in asked.errors) is told
