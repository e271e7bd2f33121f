"""Rounds that go on by themselves. Any number of workers may call it at any moment.

Each move is one transaction under the lock of the plan: read where the round stands, do one thing, note
it. What a step makes and the note that it began commit together, so a crash leaves either both or neither,
and the next call goes on from there. Constraints on the notes (`RoundEvent`) hold even without the lock.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from annotation.lib.errors import Refused
from annotation.projects.models import Project
from annotation.registry import selectors as registry
from annotation.runs.models import Round, RoundEvent, RoundPlan, Run, Step
from annotation.runs.services import round_plans, rounds
from annotation.runs.services.round_steps import Verdict, begin, look

logger = logging.getLogger(__name__)
Kind = RoundEvent.Kind
MOVES_AT_ONCE = 30  # more than a round has
ORDER = list(Step)
# What may mend itself: somebody retried the run or the draw on its own page, or judged other items.
MENDABLE = ("run_failed", "run_cancelled", "sampling_stopped", "nothing_to_judge")


def advance_all() -> int:
    """Move every active plan on as far as it goes now; how many moves were made."""
    plans = RoundPlan.objects.filter(
        state=RoundPlan.State.ACTIVE, project__state=Project.State.ACTIVE
    )
    return sum(_safely(plan_id) for plan_id in plans.values_list("pk", flat=True))


def _safely(plan_id: UUID) -> int:
    """One project's trouble is not another's."""
    try:
        return advance(plan_id)
    except Exception:
        logger.exception("round plan %s", plan_id)
        return 0


def advance(plan_id: UUID) -> int:
    """Move one plan on as far as it goes now; how many moves were made here."""
    moves = 0
    while moves < MOVES_AT_ONCE and _move(plan_id):
        moves += 1
    return moves


@transaction.atomic
def _move(plan_id: UUID) -> bool:
    """One move; False where there is none to make, or somebody else is at it."""
    plan = (
        RoundPlan.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("project", "mix", "prompt_set", "rl_prompt_set", "evaluation_set")
        .filter(pk=plan_id, state=RoundPlan.State.ACTIVE, project__state=Project.State.ACTIVE)
        .first()
    )
    if plan is None:
        return False
    round = open_round_of(plan)
    if round is None:
        return _open(plan)
    begun = beginning_of(round)
    if begun is None:
        return round.asked_at is None and _begin(plan, round)
    verdict = look(plan, round, begun)
    if round.asked_at is not None:
        return _mended(round, verdict)
    if verdict is None:
        return False
    if not verdict.passed:
        ask(round, verdict)
        return True
    note(round, Kind.PASSED, figures=verdict.figures)
    go_on(round)
    return True


def open_round_of(plan: RoundPlan) -> Round | None:
    """The open round of a locked plan, locked too."""
    return (
        Round.objects.select_for_update(of=("self",))
        .select_related("project", "policy_version")
        .filter(plan=plan, closed_at=None)
        .first()
    )


def beginning_of(round: Round) -> RoundEvent | None:
    """The note that this attempt of the round's step began."""
    found = round.events.filter(kind=Kind.STARTED, step=round.step, attempt=round.attempt)
    return found.first()


def note(round: Round, kind: str, **more: Any) -> RoundEvent:
    """What happened to a locked round at its step."""
    return RoundEvent.objects.create(
        round=round, kind=kind, step=round.step, attempt=round.attempt, **more
    )


def _open(plan: RoundPlan) -> bool:
    policy = registry.promoted(project_id=plan.project_id, kind="policy")
    if policy is None:
        words = "No policy is promoted any more."
        round_plans.move(plan, RoundPlan.State.PAUSED, None, reason=words)
        return True
    opened = rounds.open_round(
        project=plan.project, policy_version=policy, actor=None, plan=plan, step=ORDER[0]
    )
    note(opened, Kind.OPENED)
    return True


def _begin(plan: RoundPlan, round: Round) -> bool:
    try:
        with transaction.atomic():
            begun = begin(plan, round)
    except Refused as error:
        errors = error.details.get("errors", [])
        words = "\n".join(one["message"] for one in errors) or error.message
        ask(round, Verdict(False, "refused", words))
        return True
    for name, value in begun.changes.items():
        setattr(round, name, value)
    if begun.changes:
        round.save(update_fields=list(begun.changes))
    if begun.skipped:
        note(round, Kind.SKIPPED, reason=begun.skipped)
        go_on(round)
    else:
        note(round, Kind.STARTED, run=begun.run)
    return True


def ask(round: Round, verdict: Verdict) -> None:
    """Stop and wait for a person."""
    run = _run_of(round)
    note(
        round,
        Kind.ASKED,
        run=run,
        reason=verdict.reason,
        words=verdict.words[:2000],
        figures=verdict.figures,
    )
    Round.objects.filter(pk=round.pk).update(asked_at=Now())


def _run_of(round: Round) -> Run | None:
    begun = beginning_of(round)
    return begun.run if begun is not None else None


def _mended(round: Round, verdict: Verdict | None) -> bool:
    asked = round.events.filter(kind=Kind.ASKED).latest("id")
    if asked.reason not in MENDABLE or (verdict is not None and verdict.reason in MENDABLE):
        return False
    note(round, Kind.RESUMED)
    Round.objects.filter(pk=round.pk).update(asked_at=None)
    return True


def go_on(round: Round) -> None:
    """To the step after this one; after the last, the round is over."""
    following = ORDER[ORDER.index(Step(round.step)) + 1 :]
    if following:
        Round.objects.filter(pk=round.pk).update(step=following[0], asked_at=None)
    else:
        close(round, Round.Outcome.PROMOTED)


def close(round: Round, outcome: str, **more: Any) -> None:
    """The end of a round, with its note."""
    note(round, Kind.CLOSED, reason=outcome, **more)
    Round.objects.filter(pk=round.pk).update(outcome=outcome, closed_at=Now(), asked_at=None)
