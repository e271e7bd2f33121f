"""What a reviewer decides about an item. Everything of one decision happens in one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.texts import hash_of
from annotation.labeling.models import Item, Ranking
from annotation.labeling.services import want_another, withdraw_ranking
from annotation.lib import locks
from annotation.lib.errors import FieldProblem, Invalid, Refused
from annotation.lib.statements import retrying
from annotation.projects.selectors import latest_guidelines
from annotation.quality.models import Adjudication, FeedbackNote, NamesSeen
from annotation.quality.review import queue

Outcome = Adjudication.Outcome


@dataclass(frozen=True)
class NoteContent:
    """What the labeler of one judgment is told."""

    ranking: UUID
    reason: str
    message: str = ""


@dataclass(frozen=True)
class Decision:
    """The content of an adjudication; `tiers` belong to `ordered` alone."""

    outcome: str
    accepted: Sequence[UUID] = ()
    withdraw: Sequence[UUID] = ()
    tiers: Sequence[Sequence[UUID]] | None = None
    unplaced: Sequence[UUID] = ()
    unacceptable_below: int | None = None
    reason: str = ""
    notes: Sequence[NoteContent] = field(default=())

    def hash(self, item: UUID) -> str:
        """Equal for decisions that say the same."""
        return hash_of(
            [
                str(item),
                self.outcome,
                sorted(map(str, self.accepted)),
                sorted(map(str, self.withdraw)),
                self.tiers and [sorted(map(str, tier)) for tier in self.tiers],
                sorted(map(str, self.unplaced)),
                self.unacceptable_below,
                self.reason,
                sorted([str(one.ranking), one.reason, one.message] for one in self.notes),
            ]
        )


def reveal_names(*, reviewer: User, item: Item) -> None:
    """Show the reviewer who judged, before they decide; that they asked is kept."""
    _, is_new = NamesSeen.objects.get_or_create(item=item, reviewer=reviewer)
    if is_new:
        record(actor=reviewer, action="review.names_shown", thing=item)


def adjudicate(
    *,
    reviewer: User,
    item: Item,
    client_uuid: UUID,
    decision: Decision,
    active_ms: int | None = None,
) -> tuple[Adjudication, bool]:
    """Store a decision and do what it says; whether it is new. Sending it again changes nothing.

    Raises Invalid, Refused (other content under this id) or Conflict (the item is out of
    circulation, a judgment is withdrawn already).
    """
    return retrying(lambda: _adjudicate(reviewer, item, client_uuid, decision, active_ms))


@transaction.atomic
def _adjudicate(
    reviewer: User, item: Item, client_uuid: UUID, decision: Decision, active_ms: int | None
) -> tuple[Adjudication, bool]:
    locks.hold("adjudicate", item.pk)
    digest = decision.hash(item.pk)
    stored = Adjudication.objects.filter(client_uuid=client_uuid).first()
    if stored is not None:
        if stored.content_hash != digest or stored.reviewer_id != reviewer.pk:
            raise Refused("different_content", "Something else was decided under this client_uuid.")
        return stored, False
    rankings = {one.pk: one for one in Ranking.objects.filter(item=item)}
    _check(decision, item, rankings)
    last = Adjudication.objects.filter(item=item).aggregate(n=Max("number"))["n"] or 0
    made = Adjudication.objects.create(
        project_id=item.project_id,
        item=item,
        number=last + 1,
        reviewer=reviewer,
        client_uuid=client_uuid,
        content_hash=digest,
        outcome=decision.outcome,
        accepted=list(decision.accepted),
        withdrew=list(decision.withdraw),
        tiers=decision.tiers and [[str(one) for one in tier] for tier in decision.tiers],
        unplaced=[str(one) for one in decision.unplaced],
        unacceptable_below=decision.unacceptable_below,
        reason=decision.reason,
        guideline_version=latest_guidelines(item.project),
        names_seen=queue.are_names_shown(reviewer, item, queue.adjudications(item)),
        active_ms=active_ms,
    )
    for key in sorted(decision.withdraw):
        withdraw_ranking(actor=reviewer, ranking=rankings[key], reason=decision.reason, act=made.pk)
    if decision.outcome == Outcome.ANOTHER_OPINION:
        want_another(item=item)
    for note in decision.notes:
        _tell(made, rankings[note.ranking], note)
    queue.let_go(reviewer=reviewer, item=item)
    record(
        actor=reviewer,
        action="item.adjudicated",
        thing=made,
        after={
            "item": str(item.pk),
            "outcome": decision.outcome,
            "withdrew": [str(one) for one in decision.withdraw],
            "names_seen": made.names_seen,
        },
    )
    made.refresh_from_db()
    return made, True


def _tell(made: Adjudication, ranking: Ranking, note: NoteContent) -> None:
    FeedbackNote.objects.create(
        project_id=made.project_id,
        labeler_id=ranking.labeler_id,
        ranking=ranking,
        adjudication=made,
        author_id=made.reviewer_id,
        reason=note.reason,
        message=note.message,
    )


def _check(decision: Decision, item: Item, rankings: dict[UUID, Ranking]) -> None:
    """Refuse what contradicts itself or names what is not there; raises Invalid."""
    errors: list[FieldProblem] = []
    named: list[tuple[str, Sequence[UUID]]] = [
        ("accepted", decision.accepted),
        ("withdraw", decision.withdraw),
        ("notes", [note.ranking for note in decision.notes]),
    ]
    for name, keys in named:
        if len(set(keys)) < len(keys):
            errors.append((name, "twice", "A judgment stands here once."))
        if not set(keys) <= set(rankings):
            errors.append((name, "unknown", "This is no judgment of the item."))
    withdrawn = {key for key, one in rankings.items() if one.state == Ranking.State.WITHDRAWN}
    if set(decision.withdraw) & withdrawn:
        errors.append(("withdraw", "withdrawn", "This judgment is withdrawn already."))
    if set(decision.accepted) & (withdrawn | set(decision.withdraw)):
        errors.append(("accepted", "withdrawn", "A judgment that is withdrawn cannot be right."))
    if decision.outcome == Outcome.ACCEPTED and not (decision.accepted or decision.withdraw):
        errors.append(("accepted", "empty", "Say which judgments are right, or withdraw some."))
    if decision.withdraw and not decision.reason.strip():
        errors.append(("reason", "blank", "Say why judgments are withdrawn."))
    if decision.outcome == Outcome.UNCLEAR_GUIDELINE and not decision.reason.strip():
        errors.append(("reason", "blank", "Say what the guidelines leave open."))
    for number, note in enumerate(decision.notes):
        if note.reason == FeedbackNote.Reason.OTHER and not note.message.strip():
            words = "Say in words what this note is about."
            errors.append((f"notes[{number}].message", "blank", words))
    errors += _order_errors(decision, item)
    if errors:
        raise Invalid(*errors)


def _order_errors(decision: Decision, item: Item) -> list[FieldProblem]:
    if decision.outcome != Outcome.ORDERED:
        given: list[tuple[str, Any]] = [
            ("tiers", decision.tiers),
            ("unplaced", decision.unplaced),
            ("unacceptable_below", decision.unacceptable_below),
        ]
        return [
            (name, "not_ordered", "Only the outcome `ordered` gives an order.")
            for name, value in given
            if value not in (None, (), [])
        ]
    tiers = decision.tiers or []
    placed = [one for tier in tiers for one in tier]
    errors = []
    if len(placed) < 1 or not all(tiers):
        errors.append(("tiers", "empty", "Place at least one answer; a tier holds at least one."))
    standing = Counter([*placed, *decision.unplaced])
    if any(times > 1 for times in standing.values()):
        errors.append(("tiers", "twice", "An answer stands in one place."))
    frozen = set(item.item_completions.values_list("completion_id", flat=True))
    if set(standing) != frozen:
        errors.append(("tiers", "not_shown", "Every answer of the item stands in one place."))
    cut = decision.unacceptable_below
    if cut is not None and not 0 <= cut <= len(tiers):
        errors.append(
            ("unacceptable_below", "out_of_range", f"The acceptable tiers are 0 to {len(tiers)}.")
        )
    return errors
