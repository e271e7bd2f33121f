"""Rounds: which runs made up one turn of the loop."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion
from annotation.runs.kinds import invalid
from annotation.runs.models import Round, RoundPlan, Run
from annotation.runs.round_selectors import BY_HAND

FITTING = {one.place: one.kinds for one in BY_HAND}


@transaction.atomic
def open_round(
    *,
    project: Project,
    policy_version: ModelVersion,
    actor: User | None,
    plan: RoundPlan | None = None,
    step: str = "",
) -> Round:
    """The project's next round, starting from this policy; with a plan at this step. Raises Invalid."""
    if policy_version.project_id != project.pk or policy_version.kind != ModelVersion.Kind.POLICY:
        raise invalid("policy_version", "policy_version: there is no such policy in this project")
    locks.hold("rounds", project.pk)
    last = Round.objects.filter(project=project).aggregate(n=Max("number"))["n"]
    opened = Round.objects.create(
        project=project,
        number=(last or 0) + 1,
        policy_version=policy_version,
        plan=plan,
        step=step,
    )
    record(actor=actor, action="round.opened", thing=opened, after={"number": opened.number})
    return opened


@transaction.atomic
def link_runs(*, round: Round, runs: dict[str, Run | None], actor: User | None) -> Round:
    """Put runs in their places; None empties a place. Raises Invalid or Conflict."""
    round = Round.objects.select_for_update().get(id=round.id)
    _require_by_hand(round)
    if round.closed_at is not None:
        raise Conflict("round_closed", "This round is closed.")
    errors = []
    for place, run in runs.items():
        if run is None:
            continue
        if run.project_id != round.project_id:
            message = f"{place}: there is no such run in this project"
        elif run.kind not in FITTING[place]:
            allowed = " or ".join(FITTING[place])
            message = f"{place}: run {run.number} is of kind {run.kind}, not {allowed}"
        elif Round.objects.filter(**{place: run}).exclude(id=round.id).exists():
            message = f"{place}: run {run.number} belongs to another round"
        else:
            continue
        errors.append((place, "invalid", message))
    if errors:
        raise Invalid(*errors)
    for place, run in runs.items():
        setattr(round, place, run)
    round.save(update_fields=list(runs))
    after = {place: str(run.pk) if run else None for place, run in runs.items()}
    record(actor=actor, action="round.linked", thing=round, after=after)
    return round


@transaction.atomic
def close_round(*, round: Round, actor: User | None) -> Round:
    """Closing twice changes nothing. Raises Conflict for a round that a plan carries on."""
    _require_by_hand(round)
    if Round.objects.filter(id=round.id, closed_at=None).update(closed_at=Now()):
        record(actor=actor, action="round.closed", thing=round)
    round.refresh_from_db()
    return round


def _require_by_hand(round: Round) -> None:
    if round.plan_id is not None:
        words = "A plan carries this round on; answer it, or close it with a reason."
        raise Conflict("automatic_round", words)
