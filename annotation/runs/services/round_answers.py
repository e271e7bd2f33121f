"""What a person says to a round that asks: go on all the same, do it again, or close it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict, Invalid
from annotation.runs import dispatch
from annotation.runs.models import Round, RoundEvent, RoundPlan, Run, Step
from annotation.runs.services import campaigns, lifecycle, mixes
from annotation.runs.services.automatic import ORDER, close, go_on, note
from annotation.runs.services.round_steps import PLACE, put_into_use

Kind = RoundEvent.Kind
MADE_SOMETHING = ("gate", "stopped_by_alarm", "moved_on")
DECISIONS = ("continue", "retry", "close")
_ANSWERED = {"continue": Kind.CONTINUED, "retry": Kind.RETRIED, "close": Kind.CLOSED}


@transaction.atomic
def answer(
    *,
    round: Round,
    actor: User,
    decision: str,
    question: int | None = None,
    words: str = "",
    step: str = "",
) -> Round:
    """Decide for a round. `question` is the event that asked; closing needs none.

    `step`, for a retry: from which step on, at most as far as the round is. The same answer to the same
    question again changes nothing. Raises Invalid or Conflict.
    """
    words = words.strip()
    if decision != "retry" and not words:
        raise Invalid(("words", "required", "Say why, for those who look at this round later."))
    if round.plan_id is None:
        raise Conflict("by_hand", "This round is run by hand; it asks nothing.")
    RoundPlan.objects.select_for_update(no_key=True).get(pk=round.plan_id)
    round = (
        Round.objects.select_for_update(of=("self",))
        .select_related("draw", "campaign__draw")
        .get(pk=round.pk)
    )
    if _said_already(round, actor, decision, question):
        return round
    if round.closed_at is not None:
        raise Conflict("round_closed", "This round is closed.")
    asked = round.events.filter(kind=Kind.ASKED).order_by("-id").first()
    if decision == "close":
        _cancel_runs(round, actor)
        close(round, Round.Outcome.CLOSED, by=actor, words=words)
    elif asked is None or round.asked_at is None or asked.pk != question:
        raise Conflict("not_asked", "The round does not ask this (any more); look again.")
    elif decision == "continue":
        _continue(round, actor, asked, words)
    else:
        _retry(round, actor, asked, words, Step(step or round.step))
    after = {"decision": decision, "step": round.step, "words": words}
    record(actor=actor, action=f"round.{decision}", thing=round, after=after)
    dispatch.hint_rounds()
    return Round.objects.get(pk=round.pk)


def _said_already(round: Round, actor: User, decision: str, question: int | None) -> bool:
    said = round.events.filter(kind=_ANSWERED[decision], by=actor, id__gt=question or 0)
    later = round.events.filter(kind=Kind.ASKED, id__gt=question or 0)
    if question is None:
        return round.closed_at is not None and said.exists()
    return said.exists() and not later.exists()


def _continue(round: Round, actor: User, asked: RoundEvent, words: str) -> None:
    if asked.reason not in MADE_SOMETHING:
        raise Conflict("nothing_to_go_on_with", "This step made nothing that one could go on with.")
    if asked.reason == "moved_on":
        put_into_use(round, actor=actor, note={"reason": words})
    note(round, Kind.CONTINUED, by=actor, words=words, figures=asked.figures)
    go_on(round)


def _retry(round: Round, actor: User, asked: RoundEvent, words: str, step: Step) -> None:
    if step != round.step and not _may_go_back(round, step):
        raise Invalid(("step", "order", f"A round at {round.step} cannot be taken up at {step}."))
    draw = round.campaign.draw if round.step == Step.JUDGE and round.campaign else round.draw
    if asked.reason == "sampling_stopped" and step == round.step and draw is not None:
        mixes.retry(actor=actor, draw=draw)
        note(round, Kind.RETRIED, by=actor, words=words)
        Round.objects.filter(pk=round.pk).update(asked_at=None)
        return
    anew = ORDER[ORDER.index(step) :]
    round.step, round.attempt, round.asked_at = step, round.attempt + 1, None
    emptied = [place for at, place in PLACE.items() if at in anew]
    if Step.JUDGE in anew:
        if round.campaign is not None:
            campaigns.end(actor=actor, campaign=round.campaign)
        emptied.append("campaign")
    _stop([getattr(round, f"{place}_id") for at, place in PLACE.items() if at in anew], actor)
    for place in emptied:
        setattr(round, place, None)
    round.save(update_fields=["step", "attempt", "asked_at", *emptied])
    note(round, Kind.RETRIED, by=actor, words=words)


def _may_go_back(round: Round, step: Step) -> bool:
    now, wanted = ORDER.index(Step(round.step)), ORDER.index(step)
    return ORDER.index(Step.SNAPSHOT) <= wanted <= now


def _cancel_runs(round: Round, actor: User) -> None:
    """Stop what is under way for a round that is closed."""
    if round.campaign is not None:
        campaigns.end(actor=actor, campaign=round.campaign)
    places: list[UUID | None] = [getattr(round, f"{place}_id") for place in PLACE.values()]
    parts = round.draw.parts.values_list("run_id", flat=True) if round.draw is not None else ()
    _stop([*places, *parts], actor)


def _stop(runs: Iterable[UUID | None], actor: User) -> None:
    """Cancel those of the runs that are under way; one that ends in between has ended."""
    there = [run for run in runs if run is not None]
    for run in Run.objects.filter(pk__in=there, status__in=Run.ACTIVE):
        try:
            lifecycle.cancel(run=run, actor=actor)
        except Conflict as error:
            if error.code != "run_ended":
                raise
