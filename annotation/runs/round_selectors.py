"""Reads of automatic rounds: what was judged for them, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Item, Ranking
from annotation.lib.errors import Missing
from annotation.registry.models import ModelVersion
from annotation.runs import gates
from annotation.runs.models import (
    DatasetSnapshot,
    MixPrompt,
    Round,
    RoundEvent,
    RoundPlan,
    Run,
    Step,
)

MOST_COUNTED = 100_000


def judged_since(round: Round) -> datetime | None:
    """The cut-off of the last snapshot before the round's: judgments after it are new to the round."""
    earlier = Round.objects.filter(
        project_id=round.project_id,
        number__lt=round.number,
        snapshot_run__output_snapshot__isnull=False,
    ).order_by("-number")
    return earlier.values_list("snapshot_run__output_snapshot__cut_off", flat=True).first()


def new_judgments(round: Round) -> int:
    """Rankings that count and are newer than the last snapshot of a round, counted up to a bound."""
    found = Ranking.objects.filter(
        project_id=round.project_id,
        state=Ranking.State.COUNTED,
        item__control="",
        item__is_held_out=False,
    )
    since = judged_since(round)
    if since is not None:
        found = found.filter(created_at__gt=since)
    return found.order_by()[:MOST_COUNTED].count()


def all_judged(round: Round) -> bool:
    """Whether nothing of what the round sampled waits for a labeler any more; where it sampled nothing,
    nothing of the whole project."""
    if round.draw_id is None:
        waiting = Item.objects.filter(
            project_id=round.project_id, state=Item.State.OPEN, control="", is_held_out=False
        )
        return not waiting.exclude(kind=Item.Kind.DEMONSTRATION).exists()
    sampled = MixPrompt.objects.filter(draw=round.draw_id, item__isnull=False)
    return not sampled.filter(item__state=Item.State.OPEN).exists()


# --- how a round looks --------------------------------------------------------------------------

LEFT = (RoundEvent.Kind.PASSED, RoundEvent.Kind.CONTINUED, RoundEvent.Kind.SKIPPED)


@dataclass(frozen=True)
class Place:
    """Where the run of a step stands in its round. `kinds`: of the runs that people may put there."""

    place: str
    step: str
    kinds: tuple[str, ...] = ()


# By hand, a round has these places; a plan does without demonstrations and alone has a choice made.
# Whatever updates the policy stands in PPO's.
PLACES = (
    Place("sample_run", "sample", ("sample",)),
    Place("pick_run", "pick"),
    Place("snapshot_run", "snapshot", ("export",)),
    Place("sft_run", "sft", ("sft",)),
    Place("reward_run", "reward", ("reward",)),
    Place("check_run", "check", ("evaluate",)),
    Place("ppo_run", "policy", ("ppo", "rloo", "grpo", "dpo")),
    Place("evaluate_run", "evaluation", ("evaluate",)),
)
BY_HAND = tuple(one for one in PLACES if one.kinds)
OF_STEPS = {one.step: one.place for one in PLACES}
OF_RUNS = {
    Run.Status.SUCCEEDED: "passed",
    Run.Status.FAILED: "failed",
    Run.Status.CANCELLED: "failed",
}


@dataclass(frozen=True)
class StepSeen:
    """A step as a page shows it. `state`: waiting, working, asks, failed, passed, continued, skipped,
    left (the round was closed there) or unfilled (it was closed, and nobody put a run there)."""

    step: str
    state: str
    runs: list[Run] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    gates: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def snapshot(self) -> DatasetSnapshot | None:
        return next((run.output_snapshot for run in self.runs if run.output_snapshot), None)

    @property
    def version(self) -> ModelVersion | None:
        return next((run.output_version for run in self.runs if run.output_version), None)


def rounds(project_id: UUID) -> QuerySet[Round]:
    """A project's rounds with all that their steps show."""
    return _seen().filter(project_id=project_id)


def round_(round_id: UUID) -> Round:
    """One round. Raises Missing."""
    found = _seen().filter(pk=round_id).first()
    if found is None:
        raise Missing
    return found


def _seen() -> QuerySet[Round]:
    runs = [
        f"{one.place}__{made}" for one in PLACES for made in ("output_version", "output_snapshot")
    ]
    return Round.objects.select_related(
        "policy_version", "plan", "campaign", *runs
    ).prefetch_related(
        Prefetch("events", RoundEvent.objects.select_related("by").order_by("id")),
        "draw__parts__run",
        "campaign__draw__parts__run",
    )


def state_of(round: Round) -> str:
    """open, asks or closed."""
    if round.closed_at is not None:
        return "closed"
    return "asks" if round.asked_at is not None else "open"


def question_of(round: Round) -> RoundEvent | None:
    """What an open round asks."""
    if round.asked_at is None:
        return None
    return _last(_in_order(round), (RoundEvent.Kind.ASKED,))


def steps_of(round: Round) -> list[StepSeen]:
    """Every step of a round, in order."""
    if round.plan_id is None:
        return [_by_hand(round, one) for one in PLACES if _is_shown(round, one.place)]
    return [_of_plan(round, Step(step)) for step in Step]


def _is_shown(round: Round, place: str) -> bool:
    return place not in ("pick_run", "sft_run", "check_run") or getattr(round, place) is not None


def places_of(round: Round) -> tuple[Place, ...]:
    """Where people may put runs: nowhere in a round that a plan carries on, or that is closed."""
    return BY_HAND if round.plan_id is None and round.closed_at is None else ()


def _by_hand(round: Round, place: Place) -> StepSeen:
    run: Run | None = getattr(round, place.place)
    if run is None:
        return StepSeen(place.step, "waiting" if round.closed_at is None else "unfilled")
    ended = run.status == Run.Status.SUCCEEDED
    return StepSeen(
        place.step,
        OF_RUNS.get(Run.Status(run.status), "working"),
        [run],
        counts=_counts(run),
        gates=[one.as_json() for one in gates.figures_of(place.step, run.report)] if ended else [],
        started_at=run.created_at,
        ended_at=run.finished_at,
    )


def _counts(run: Run) -> dict[str, int]:
    return _whole(run.output_snapshot.counts) if run.output_snapshot is not None else {}


def _whole(figures: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in figures.items() if isinstance(value, int)}


def _of_plan(round: Round, step: Step) -> StepSeen:
    events = [one for one in _in_order(round) if one.step == step]
    begun = _last(events, (RoundEvent.Kind.STARTED,))
    left = _last(events, LEFT)
    here = round.closed_at is None and step == round.step
    order = list(Step)
    is_ahead = order.index(step) > order.index(Step(round.step))
    if is_ahead or (here and begun is not None and begun.attempt < round.attempt):
        return StepSeen(step, "waiting" if round.closed_at is None else "left")
    figures = left.figures if left is not None else {}
    if here:
        asked = _last(events, (RoundEvent.Kind.ASKED,)) if round.asked_at is not None else None
        figures = asked.figures if asked is not None else {}
        state = "asks" if asked is not None else "working" if begun is not None else "waiting"
        left = None
    else:
        state = left.kind if left is not None else "left"
    counts = _whole(figures.get("counts", figures))
    if here and step == Step.COLLECT and round.plan is not None:
        counts = {"new": new_judgments(round), "wanted": round.plan.judgments}
    return StepSeen(
        step,
        state,
        _runs(round, step),
        counts=counts,
        gates=figures.get("gates", []),
        reason=left.reason if left is not None else "",
        started_at=begun.at if begun is not None else None,
        ended_at=left.at if left is not None else None,
    )


def _in_order(round: Round) -> list[RoundEvent]:
    return sorted(round.events.all(), key=lambda one: one.pk)


def _last(events: list[RoundEvent], kinds: Sequence[str]) -> RoundEvent | None:
    return next((one for one in reversed(events) if one.kind in kinds), None)


def _runs(round: Round, step: Step) -> list[Run]:
    if step == Step.SAMPLE:
        return [part.run for part in round.draw.parts.all()] if round.draw is not None else []
    if step == Step.JUDGE:
        parts = round.campaign.draw.parts.all() if round.campaign is not None else []
        return [part.run for part in parts]
    if step == Step.PROMOTE:
        made = (round.reward_run, round.ppo_run) if round.outcome == "promoted" else ()
        return [run for run in made if run is not None]
    run = getattr(round, OF_STEPS[step]) if step in OF_STEPS else None
    return [run] if run is not None else []


def events_of(round_id: UUID) -> QuerySet[RoundEvent]:
    """What happened in a round."""
    return RoundEvent.objects.filter(round_id=round_id).select_related("by", "run")


def plan_of(project_id: UUID) -> RoundPlan | None:
    """The plan of a project's automatic rounds."""
    return RoundPlan.objects.select_related("changed_by").filter(project_id=project_id).first()


def why_paused(plan: RoundPlan) -> str:
    """Why the plan paused by itself; empty where it goes on, or a person paused it."""
    if plan.state != RoundPlan.State.PAUSED:
        return ""
    moves = AuditEvent.objects.filter(
        object_type=type(plan).__name__,
        object_id=str(plan.pk),
        action__in=("round_plan.paused", "round_plan.resumed"),
    )
    last = moves.order_by("-id").first()
    return str((last.after or {}).get("reason", "")) if last is not None else ""
