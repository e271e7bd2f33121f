"""The plan of a project's automatic rounds: written down, checked at once, paused and resumed by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet
from annotation.labeling.chat_selectors import is_of_chat
from annotation.lib.errors import Conflict, FieldProblem, Invalid, Missing
from annotation.projects.models import Mode, Project
from annotation.registry import selectors as registry
from annotation.runs import dispatch
from annotation.runs.kinds import checked_config
from annotation.runs.models import RoundPlan
from annotation.runs.services.campaigns import MOST_JUDGMENTS
from annotation.runs.timetable import is_time_zone

State = RoundPlan.State
# Which settings belong to which kind of run; None: the kind of policy run that the plan names.
CONFIGS = {
    "snapshot_config": "export",
    "reward_config": "reward",
    "policy_config": None,
    "evaluation_config": "evaluate",
}
# Of a plan whose rounds choose what people judge.
CHOICE = "pick_config"
# What a plan says where nothing else is asked for.
DEFAULTS: dict[str, Any] = {
    "trigger": RoundPlan.Trigger.JUDGMENTS.value,
    "judgments": 200,
    "weekdays": [],
    "at": None,
    "time_zone": "UTC",
    "prompts_per_round": None,
    CHOICE: None,
    **{name: {} for name in CONFIGS},
    "policy_kind": RoundPlan.PolicyKind.PPO.value,
    "evaluation_set": None,
    "reward_least_accuracy": 0.5,
    "reward_least_gain": 0.0,
    "kl_ceiling": 25.0,
    "least_stop_rate": 0.8,
    "least_win_rate": 0.5,
    "least_campaign_win_rate": None,
    "campaign_prompts": 200,
    "campaign_judgments": 1,
}
SETS = ("prompt_set", "rl_prompt_set", "evaluation_set")
# A round decides these itself.
ROUNDS_OWN = {
    "snapshot_config": ("cut_off",),
    "evaluation_config": ("baseline_reward_version",),
    CHOICE: ("draw",),
}


@transaction.atomic
def save_plan(*, project: Project, actor: User | None, **wish: Any) -> RoundPlan:
    """Write the plan down, paused at first; steps that begin from now on follow it.

    `wish` names every field; what DEFAULTS has may be left out.
    Settings are checked now, not in the night. Raises Invalid naming field and rule.
    """
    asks = DEFAULTS | ({} if wish.get("evaluation_set") else {"least_win_rate": None})
    wish = {**asks, **wish}
    settled = {**wish, **_checked_configs(wish)}
    if errors := _problems(project, settled):
        raise Invalid(*errors)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # one plan a project
    before = RoundPlan.objects.select_for_update(no_key=True).filter(project=project).first()
    told = _told(before)
    plan = before or RoundPlan(project=project)
    for name, value in settled.items():
        setattr(plan, name, value)
    if before is not None and _told(plan) == told:
        return plan
    plan.changed_by, plan.changed_at = actor, timezone.now()
    plan.save()
    action = "round_plan.changed" if told else "round_plan.created"
    record(actor=actor, action=action, thing=plan, before=told, after=_told(plan))
    return plan


@transaction.atomic
def set_state(*, project: Project, actor: User | None, state: str) -> RoundPlan:
    """Pause the plan or let it go on. Doing it twice changes nothing. Raises Missing or Conflict."""
    plan = RoundPlan.objects.select_for_update(no_key=True).filter(project=project).first()
    if plan is None:
        raise Missing("This project has no plan of rounds.")
    if state == State.ACTIVE and registry.promoted(project_id=project.pk, kind="policy") is None:
        raise Conflict("no_policy", "Promote a policy first: rounds begin with the one in use.")
    move(plan, state, actor)
    dispatch.hint_rounds()
    return plan


def move(plan: RoundPlan, state: str, actor: User | None, **why: str) -> None:
    """Change the state of a locked plan, with its audit event."""
    if plan.state == state:
        return
    before, plan.state = plan.state, state
    plan.save(update_fields=["state"])
    action = "round_plan.resumed" if state == State.ACTIVE else "round_plan.paused"
    after = {"state": state, **why}
    record(actor=actor, action=action, thing=plan, before={"state": before}, after=after)


def _checked_configs(wish: dict[str, Any]) -> dict[str, Any]:
    """The settings of each run with defaults; errors name the plan's own field."""
    errors: list[FieldProblem] = []
    settled = {}
    kinds = {**CONFIGS, **({CHOICE: "pick"} if wish[CHOICE] is not None else {})}
    for field, kind in kinds.items():
        try:
            settled[field] = checked_config(kind or wish["policy_kind"], wish.get(field) or {})
        except Invalid as error:
            for one in error.details["errors"]:
                name = one["field"].replace("config", field, 1)
                errors.append((name, one["rule"], one["message"]))
        for own in ROUNDS_OWN.get(field, ()):
            if settled.get(field, {}).get(own) is not None:
                errors.append((f"{field}.{own}", "round", f"{own}: each round sets it by itself"))
    if errors:
        raise Invalid(*errors)
    return settled


def _problems(project: Project, wish: dict[str, Any]) -> list[FieldProblem]:
    errors: list[FieldProblem] = []
    if not is_time_zone(wish["time_zone"]):
        words = f"{wish['time_zone'][:60]!r} is no time zone; write it like Europe/Berlin."
        errors.append(("time_zone", "unknown", words))
    if wish["trigger"] == RoundPlan.Trigger.CALENDAR and wish["at"] is None:
        errors.append(("at", "required", "A calendar needs a time of day."))
    if wish["mix"].project_id != project.pk:
        errors.append(("mix", "missing", "There is no such mix in this project."))
    for field in SETS:
        chosen: PromptSet | None = wish[field]
        if chosen is not None and (fault := _fault_of(project, field, chosen)):
            errors.append((field, *fault))
    if wish["evaluation_set"] is not None and wish["evaluation_set"] == wish["rl_prompt_set"]:
        words = "The policy learns on these prompts; evaluate it on others, which it has not seen."
        errors.append(("evaluation_set", "learnt_from", words))
    if wish[CHOICE] is not None:
        errors += _choice_problems(project, wish)
    if wish["least_win_rate"] is not None:
        errors += _win_rate_problems(wish)
    if wish["least_campaign_win_rate"] is not None:
        errors += _campaign_problems(wish)
    return errors


def _choice_problems(project: Project, wish: dict[str, Any]) -> list[FieldProblem]:
    """What a choice of the plan could never be: more than is drawn, or no duel."""
    asked, drawn = wish[CHOICE], wish["prompts_per_round"]
    errors: list[FieldProblem] = []
    if drawn is not None and asked["prompts"] > drawn:
        words = f"A round samples {drawn} prompts; choose at most that many of them."
        errors.append((f"{CHOICE}.prompts", "at_most", words))
    if project.mode == Mode.DUEL and asked["completions"] != 2:
        words = "A duel is between exactly two completions."
        errors.append((f"{CHOICE}.completions", "duel", words))
    return errors


def _win_rate_problems(wish: dict[str, Any]) -> list[FieldProblem]:
    errors: list[FieldProblem] = []
    if wish["evaluation_set"] is None:
        words = (
            "A win rate is measured on a prompt set of its own: choose one, or ask for no win rate."
        )
        errors.append(("evaluation_set", "required", words))
    if not wish["evaluation_config"]["against_parent"]:
        words = "A win rate is over the policy's parent: compare with it, or ask for no win rate."
        errors.append(("evaluation_config.against_parent", "required", words))
    return errors


def _campaign_problems(wish: dict[str, Any]) -> list[FieldProblem]:
    chosen: PromptSet | None = wish["evaluation_set"]
    if chosen is None or chosen.purpose != PromptSet.Purpose.EVALUATION:
        words = "A campaign needs a prompt set of purpose evaluation."
        return [("evaluation_set", "purpose", words)]
    if wish["campaign_prompts"] * wish["campaign_judgments"] > MOST_JUDGMENTS:
        words = f"Prompts times judgments may be {MOST_JUDGMENTS} at most."
        return [("campaign_prompts", "at_most", words)]
    return []


def _fault_of(project: Project, field: str, chosen: PromptSet) -> tuple[str, str] | None:
    if chosen.project_id != project.pk:
        return "missing", "There is no such prompt set in this project."
    if chosen.retired_at is not None:
        return "retired", "This prompt set is retired."
    if field == "rl_prompt_set" and chosen.purpose != PromptSet.Purpose.RL:
        return "purpose", "The policy learns on prompts of purpose RL."
    if chosen.purpose == PromptSet.Purpose.CONTROL:
        return "purpose", "These texts are for control items only."
    if field == "prompt_set" and is_of_chat(chosen):
        return "live_chat", "What was said in the live chat stays there."
    return None


UNTOLD = {"id", "created_at", "project", "state", "changed_by", "changed_at"}


def _told(plan: RoundPlan | None) -> dict[str, Any] | None:
    """The settings of a plan for the audit trail, as JSON."""
    if plan is None:
        return None
    told = {}
    for field in plan._meta.concrete_fields:
        if field.name not in UNTOLD:
            value = getattr(plan, field.attname)
            plain = value is None or isinstance(value, str | int | float | list | dict)
            told[field.name] = value if plain and not isinstance(value, UUID) else str(value)
    return told
