"""What each step of an automatic round begins, and how one sees that it is done. Moves no round.

`begin` is called once for each attempt of a step, in the transaction that notes the beginning; what it
makes carries a key of its own, so that even a second call would find the same run. `look` only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models.functions import Now

from annotation.accounts.models import AuditEvent, User
from annotation.lib import locks
from annotation.lib.errors import Invalid, Refused
from annotation.quality.coefficients import FEWEST_CLUSTERS
from annotation.registry import selectors as registry
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote as promote_version
from annotation.runs import (
    campaign_report,
    campaign_selectors,
    gates,
    mix_selectors,
    promotion_checks,
    round_selectors,
)
from annotation.runs.gates import Gate
from annotation.runs.models import MixDraw, MixPrompt, Round, RoundEvent, RoundPlan, Run, Step
from annotation.runs.services import campaigns, mixes
from annotation.runs.services.creation import create_run
from annotation.runs.timetable import last_due

# Where the run of a step stands in its round.
PLACE = {
    Step.PICK: "pick_run",
    Step.SNAPSHOT: "snapshot_run",
    Step.REWARD: "reward_run",
    Step.CHECK: "check_run",
    Step.POLICY: "ppo_run",
    Step.EVALUATION: "evaluate_run",
}


@dataclass(frozen=True)
class Begun:
    """What beginning a step changed in its round; `skipped` says why there was nothing to do."""

    changes: dict[str, Any] = field(default_factory=dict)
    run: Run | None = None
    skipped: str = ""


@dataclass(frozen=True)
class Verdict:
    """How a step ended. `reason` is a code: gate, run_failed, run_cancelled, sampling_stopped,
    nothing_to_judge, stopped_by_alarm, moved_on."""

    passed: bool
    reason: str = ""
    words: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


# --- beginning ----------------------------------------------------------------------------------


def begin(plan: RoundPlan, round: Round) -> Begun:
    """Begin the step at which the round stands. Raises Refused where that is not possible."""
    return _BEGIN[Step(round.step)](plan, round)


def _key(round: Round) -> UUID:
    return uuid5(round.pk, f"{round.step} {round.attempt}")


def _run(plan: RoundPlan, round: Round, kind: str, config: dict[str, Any], **inputs: Any) -> Begun:
    run = create_run(
        project=round.project,
        kind=kind,
        config=config,
        requested_by=plan.changed_by,
        idempotency_key=_key(round),
        **inputs,
    )
    return Begun({PLACE[Step(round.step)]: run}, run)


def _sample(plan: RoundPlan, round: Round) -> Begun:
    """Draw by the mix. Where the plan chooses and a reward model can, the choice makes the items; before
    the first reward model as many prompts as it would choose are drawn, and chance takes its place."""
    judge = registry.promoted(project_id=round.project_id, kind="reward")
    chooses = plan.pick_config is not None and judge is not None
    limit = plan.prompts_per_round
    if plan.pick_config is not None and not chooses:
        limit = min(limit or plan.pick_config["prompts"], plan.pick_config["prompts"])
    try:
        draw = mixes.draw(
            actor=plan.changed_by,
            mix=plan.mix,
            prompt_set=plan.prompt_set,
            only_new=True,
            limit=limit,
            makes_items=not chooses,
            idempotency_key=_key(round),
        )
    except Invalid as error:
        # The round before was closed without a new policy: what it sampled still waits for people.
        if all(one["rule"] == "empty" for one in error.details["errors"]):
            return Begun(skipped="nothing_new")
        raise
    return Begun({"draw": draw})


def _pick(plan: RoundPlan, round: Round) -> Begun:
    """Choose what people judge of what was drawn, by the reward model in use."""
    if round.draw is None:
        return Begun(skipped="nothing_new")
    if round.draw.makes_items:
        return Begun(skipped="by_chance" if plan.pick_config is None else "first")
    # a plan that chose when the round sampled and does no longer leaves it to the lot
    chance = {"information_share": 0, "novelty_share": 0, "random_share": 1}
    config = {**(plan.pick_config or chance), "draw": str(round.draw.pk)}
    judge = registry.promoted(project_id=round.project_id, kind="reward")
    return _run(plan, round, "pick", config, reward_version=judge, prompt_set=round.draw.prompt_set)


def _collect(plan: RoundPlan, round: Round) -> Begun:
    return Begun()


def _snapshot(plan: RoundPlan, round: Round) -> Begun:
    return _run(plan, round, "export", plan.snapshot_config)


def _reward(plan: RoundPlan, round: Round) -> Begun:
    return _run(
        plan,
        round,
        "reward",
        plan.reward_config,
        policy_version=round.policy_version,
        snapshot=_made(round.snapshot_run).output_snapshot,
    )


def _check(plan: RoundPlan, round: Round) -> Begun:
    previous = registry.promoted(project_id=round.project_id, kind="reward")
    if plan.reward_least_gain is None or previous is None:
        return Begun(skipped="first" if previous is None else "gate_off")
    return _run(
        plan,
        round,
        "evaluate",
        {"baseline_reward_version": str(previous.pk)},
        reward_version=_made(round.reward_run).output_version,
        snapshot=_made(round.snapshot_run).output_snapshot,
    )


def _policy(plan: RoundPlan, round: Round) -> Begun:
    return _run(
        plan,
        round,
        plan.policy_kind,
        plan.policy_config,
        policy_version=round.policy_version,
        reward_version=_made(round.reward_run).output_version,
        prompt_set=plan.rl_prompt_set,
    )


def _evaluation(plan: RoundPlan, round: Round) -> Begun:
    if plan.evaluation_set is None:
        return Begun(skipped="no_prompts")
    return _run(
        plan,
        round,
        "evaluate",
        plan.evaluation_config,
        policy_version=_made(round.ppo_run).output_version,
        reward_version=_made(round.reward_run).output_version,
        prompt_set=plan.evaluation_set,
    )


def _judge(plan: RoundPlan, round: Round) -> Begun:
    """A campaign between the new policy and the one in use."""
    in_use = registry.promoted(project_id=round.project_id, kind="policy")
    if plan.least_campaign_win_rate is None or in_use is None:
        return Begun(skipped="gate_off")
    assert plan.evaluation_set is not None  # a plan with this gate has one
    new = _made(round.ppo_run).output_version
    row = plan.mix.rows.order_by("position").first()
    assert new is not None
    assert row is not None
    attempt = f", {round.attempt}" if round.attempt > 1 else ""
    begun = campaigns.begin(
        actor=plan.changed_by,
        project=round.project,
        name=f"Round {round.number}{attempt}",
        versions=[new, in_use],
        base=in_use,
        prompt_set=plan.evaluation_set,
        plan=row.plan,
        prompts=plan.campaign_prompts,
        judgments=plan.campaign_judgments,
        idempotency_key=_key(round),
    )
    return Begun({"campaign": begun})


def _promote(plan: RoundPlan, round: Round) -> Begun:
    """Put what was made into use, unless a person put something else there meanwhile: `look` asks then."""
    if round.campaign is not None:  # it may have been decided before all was judged
        campaigns.end(actor=plan.changed_by, campaign=round.campaign)
    for kind in ModelVersion.Kind.values:
        locks.hold("versions", round.project_id, kind)
    if not _unmet(round):
        put_into_use(round)
    return Begun()


def put_into_use(
    round: Round, *, actor: User | None = None, note: dict[str, Any] | None = None
) -> None:
    """Promote the reward model and the policy that the round made. Raises Refused."""
    versions = _versions(round)
    for version in versions:
        in_use = version.status == ModelVersion.Status.PROMOTED
        if not in_use and not promotion_checks.judgments_stand(version):
            words = (
                f"Judgments behind version {version.number} ({version.kind}) were withdrawn since. Promote "
                "it by hand with a reason and try again, or close the round."
            )
            raise Refused("judgments_withdrawn", words)
    for version in versions:
        promote_version(version=version, actor=actor, note=note)


def _versions(round: Round) -> list[ModelVersion]:
    """The reward model and the policy of the round, as they are now."""
    made = []
    for run in (round.reward_run, round.ppo_run):
        version_id = _made(run).output_version_id
        assert version_id is not None
        made.append(registry.version(version_id))
    return made


def _unmet(round: Round) -> list[ModelVersion]:
    """What came into use meanwhile and was compared with nothing that the round made."""
    own = {version.pk for version in _versions(round)}
    in_use = [registry.promoted(project_id=round.project_id, kind=kind) for kind in _MET]
    return [
        version
        for version in in_use
        if version is not None and version.pk not in own and not _MET[version.kind](round, version)
    ]


def _policy_met(round: Round, in_use: ModelVersion) -> bool:
    base = round.campaign.base_id if round.campaign is not None else None
    return in_use.pk in (round.policy_version_id, base)


def _reward_met(round: Round, in_use: ModelVersion) -> bool:
    """Whether Check compared with it; where nothing was to be compared, whether the round found it there."""
    if round.check_run is not None:
        compared: object = round.check_run.config.get("baseline_reward_version")
        return compared == str(in_use.pk)
    since = AuditEvent.objects.filter(
        object_type=type(in_use).__name__,
        object_id=str(in_use.pk),
        action="version.promoted",
        at__gt=round.created_at,
    )
    return not since.exists()


_MET: dict[str, Callable[[Round, ModelVersion], bool]] = {
    ModelVersion.Kind.REWARD: _reward_met,
    ModelVersion.Kind.POLICY: _policy_met,
}


def _made(run: Run | None) -> Run:
    assert run is not None  # an earlier step of the round left it
    return run


_BEGIN: dict[Step, Callable[[RoundPlan, Round], Begun]] = {
    Step.SAMPLE: _sample,
    Step.PICK: _pick,
    Step.COLLECT: _collect,
    Step.SNAPSHOT: _snapshot,
    Step.REWARD: _reward,
    Step.CHECK: _check,
    Step.POLICY: _policy,
    Step.EVALUATION: _evaluation,
    Step.JUDGE: _judge,
    Step.PROMOTE: _promote,
}


# --- looking ------------------------------------------------------------------------------------


def look(plan: RoundPlan, round: Round, begun: RoundEvent) -> Verdict | None:
    """How the step of the round ended; None while it is under way."""
    if round.step == Step.SAMPLE:
        return _drawn(round.draw)
    if round.step == Step.COLLECT:
        return _enough(plan, round, begun.at)
    if round.step == Step.JUDGE:
        return _judged(plan, round)
    if round.step == Step.PROMOTE:
        return _in_use(round)
    return _ended(plan, round, _made(getattr(round, PLACE[Step(round.step)])))


def _drawn(draw: MixDraw | None) -> Verdict | None:
    assert draw is not None
    state = mix_selectors.state_of(draw)
    if state == "stopped":
        return Verdict(False, "sampling_stopped")
    if state != "done":
        return None
    rows = MixPrompt.objects.filter(draw=draw)
    made = rows.filter(state=MixPrompt.State.MADE).count()
    return Verdict(True, figures={"prompts": rows.count(), "items": made})


def _enough(plan: RoundPlan, round: Round, since: datetime) -> Verdict | None:
    """Whether the plan's time has come: enough judgments, or all there are to be had."""
    new = round_selectors.new_judgments(round)
    if new < plan.judgments and not round_selectors.all_judged(round):
        return None
    if (
        new == 0
    ):  # the new policy wrote what had been judged before, or nothing that could be ranked
        return Verdict(False, "nothing_to_judge")
    if plan.trigger == RoundPlan.Trigger.CALENDAR:
        assert plan.at is not None
        now = RoundPlan.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=plan.pk)
        if last_due(now, plan.at, plan.weekdays, plan.time_zone) <= since:
            return None
    return Verdict(True, figures={"new": new, "wanted": plan.judgments})


def _judged(plan: RoundPlan, round: Round) -> Verdict | None:
    """Won as soon as the win is sure; asked about when it can no longer be, or nothing is left to judge."""
    assert round.campaign is not None
    campaign = campaign_selectors.campaign(round.campaign.pk)
    state = campaign_selectors.state_of(campaign)
    if state == "stopped":
        return Verdict(False, "sampling_stopped")
    if state in ("sampling", "making"):
        return None
    said = campaign_report.said_in(campaign)
    new, in_use = 0, said.place(campaign.base_id)
    found = campaign_report.head_to_head(said, new, in_use)
    held = gates.campaign_gate(found["rate"], found["always"], plan.least_campaign_win_rate)
    figures = {"gates": [held.as_json()], "counts": {"judgments": found["judgments"]}}
    if held.passed:
        return Verdict(True, figures=figures)
    lost = held.bound is not None and held.high is not None and held.high <= held.bound
    if state == "judging" and not lost:
        return None
    return Verdict(False, "gate", figures=figures)


def _in_use(round: Round) -> Verdict:
    """Done, unless something else came into use while the round was at work: a person decides then."""
    words = [
        f"Version {version.number} ({version.kind}) came into use while this round was at work, and what "
        "the round made was not compared with it. Going on puts the round's version in its place."
        for version in _unmet(round)
    ]
    return Verdict(False, "moved_on", "\n".join(words)) if words else Verdict(True)


def _ended(plan: RoundPlan, round: Round, run: Run) -> Verdict | None:
    figures: dict[str, Any] = {"alarms": [alarm["code"] for alarm in run.alarms]}
    if run.status == Run.Status.FAILED:
        return Verdict(False, "run_failed", run.error_message, figures)
    if run.status == Run.Status.CANCELLED:
        return Verdict(False, "run_cancelled", figures=figures)
    if run.status != Run.Status.SUCCEEDED:
        return None
    if run.kind == Run.Kind.PICK:
        return Verdict(True, figures=picked_of(run.report))
    if run.output_snapshot is not None:
        return Verdict(True, figures={"counts": run.output_snapshot.counts})
    held = _gates(plan, Step(round.step), run.report)
    figures["gates"] = [one.as_json() for one in held]
    if alarm := run.report.get("alarm"):  # one of its alarms, or its own ceiling of KL
        words = str(alarm.get("message", ""))
        return Verdict(False, "stopped_by_alarm", words, figures)
    passed = all(one.passed for one in held)
    if passed:
        return Verdict(True, figures=figures)
    return Verdict(False, "gate", _why_no_interval(Step(round.step), run.report), figures)


def _why_no_interval(step: Step, report: dict[str, Any]) -> str:
    """Words on a figure that rests on too little to be held against a bound."""
    if gates.rests_on_unknown(step, report):
        return (
            "The report does not say how many held-out prompts or sets of answers this figure rests on, so "
            "nobody can tell whether chance alone brought it above the bound: a person decides."
        )
    few = gates.too_few(step, report)
    if few is None:
        return ""
    return (
        f"This figure rests on {few} held-out prompts or sets of answers. With fewer than "
        f"{FEWEST_CLUSTERS} chance alone often brings it above the bound, so a person decides."
    )


def picked_of(report: dict[str, Any]) -> dict[str, int]:
    """Counts of a choice: prompts to choose from, chosen, and the items made of them."""
    items = report.get("items")
    made = items.get("created") if isinstance(items, dict) else None
    found = {"candidates": report.get("candidates"), "picked": report.get("picked"), "items": made}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _gates(plan: RoundPlan, step: Step, report: dict[str, Any]) -> list[Gate]:
    if step == Step.REWARD:
        return gates.reward_gates(report, plan.reward_least_accuracy)
    if step == Step.CHECK:
        return gates.check_gates(report, plan.reward_least_gain)
    if step == Step.POLICY:
        return gates.policy_gates(report, plan.kl_ceiling, plan.least_stop_rate)
    return gates.evaluation_gates(report, plan.least_win_rate)
