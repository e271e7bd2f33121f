"""Writes around practice and qualification. Nothing here touches a judgment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.masking import shown
from annotation.corpus.texts import hash_of
from annotation.labeling.models import Item
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid, Missing, Refused
from annotation.lib.ids import id_like, new_id
from annotation.projects.models import Membership, Project, Role
from annotation.quality import standing
from annotation.quality.models import PracticeAnswer, PracticeItem, QualificationAttempt
from annotation.quality.practice import compare, points_of

IN_CIRCULATION = (Item.State.OPEN, Item.State.TRIAGE)


@dataclass(frozen=True)
class Answered:
    """What is stored; `attempt` is set for qualification items."""

    answer: PracticeAnswer
    is_new: bool


@transaction.atomic
def create_practice_item(
    *,
    actor: User,
    project: Project,
    kind: str,
    messages: Sequence[dict[str, str]],
    completions: Sequence[str],
    expected: Sequence[Sequence[int]],
    explanation: str = "",
    position: int = 0,
    source: Item | None = None,
) -> PracticeItem:
    """An item with a known order: `expected` holds tiers of indices into `completions`.

    Somebody who practised on an item has seen what is expected of it, so an item that is still being
    judged cannot be a `source`.
    """
    if source is not None and source.state in IN_CIRCULATION:
        raise Conflict(
            "in_circulation",
            "This item is still being judged; take one that is done or withdrawn.",
        )
    _check_expected(expected, len(completions))
    age = new_id()
    texts = [{"id": str(id_like(age)), "text": shown(text)} for text in completions]
    made = PracticeItem.objects.create(
        project=project,
        kind=kind,
        position=position,
        messages=list(messages),
        completions=texts,
        expected=[[texts[index]["id"] for index in tier] for tier in expected],
        explanation=explanation,
        source=source,
        created_by=actor,
    )
    record(actor=actor, action="practice.created", thing=made, after={"kind": kind})
    return made


def _check_expected(expected: Sequence[Sequence[int]], count: int) -> None:
    placed = [index for tier in expected for index in tier]
    if sorted(placed) != list(range(count)):
        raise Invalid(("expected", "incomplete", "Every answer stands in exactly one tier."))
    if not all(expected):
        raise Invalid(("expected", "empty", "A tier holds at least one answer."))
    if len(expected) < 2:
        raise Invalid(("expected", "no_order", "At least one answer must be better than another."))


@transaction.atomic
def change_practice_item(*, actor: User, item: PracticeItem, changes: dict[str, Any]) -> None:
    """Change the explanation or the position, retire the item or take it back into use."""
    wish = dict(changes)
    if "retired" in wish:
        retired = wish.pop("retired")
        if retired != (item.retired_at is not None):
            wish["retired_at"] = timezone.now() if retired else None
    changed = {name: value for name, value in wish.items() if getattr(item, name) != value}
    if not changed:
        return
    PracticeItem.objects.filter(pk=item.pk).update(**changed)
    item.refresh_from_db()
    record(
        actor=actor,
        action="practice.changed",
        thing=item,
        after={name: value if value is None else str(value) for name, value in changed.items()},
    )


@transaction.atomic
def answer_practice(
    *,
    labeler: User,
    item: PracticeItem,
    client_uuid: UUID,
    tiers: Sequence[Sequence[UUID]],
    active_ms: int | None = None,
) -> Answered:
    """Store what a labeler says about a practice item. Sending it again changes nothing.

    Raises Invalid, Refused (other content under this id) or Conflict (answered before, not open).
    """
    locks.hold("practice", labeler.pk, item.project_id)
    given = [[str(one) for one in tier] for tier in tiers]
    digest = hash_of([str(item.pk), [sorted(tier) for tier in given]])
    stored = PracticeAnswer.objects.filter(client_uuid=client_uuid).first()
    if stored is not None:
        if stored.labeler_id != labeler.pk:
            raise Missing
        if stored.content_hash != digest:
            raise Refused(
                "different_content", "Something else was already submitted under this client_uuid."
            )
        return Answered(stored, is_new=False)
    _check_given(item, given)
    attempt = _attempt_for(labeler, item)
    if PracticeAnswer.objects.filter(item=item, labeler=labeler, attempt=attempt).exists():
        raise Conflict("already_answered", "You have answered this one already.")
    pairs = compare(item.expected, given)
    answer = PracticeAnswer.objects.create(
        item=item,
        labeler=labeler,
        attempt=attempt,
        client_uuid=client_uuid,
        content_hash=digest,
        tiers=given,
        points=points_of(pairs),
        pairs=len(pairs),
        active_ms=active_ms,
    )
    if attempt is not None:
        _finish(attempt, labeler)
    return Answered(answer, is_new=True)


def _check_given(item: PracticeItem, given: Sequence[Sequence[str]]) -> None:
    known = {one["id"] for one in item.completions}
    placed = [one for tier in given for one in tier]
    if not placed or not all(given):
        raise Invalid(("tiers", "empty", "Place at least one answer; a tier holds at least one."))
    if len(set(placed)) < len(placed):
        raise Invalid(("tiers", "twice", "An answer stands in one tier."))
    if not set(placed) <= known:
        raise Invalid(("tiers", "not_shown", "These are not the answers of this item."))


def _attempt_for(labeler: User, item: PracticeItem) -> QualificationAttempt | None:
    """The attempt that this answer belongs to, begun now if need be; None for practice."""
    if item.kind == PracticeItem.Kind.PRACTICE:
        if item.retired_at is not None:
            raise Conflict("retired", "This practice item is no longer in use.")
        return None
    found = standing.qualification_of(labeler, item.project)
    if found.attempt is not None:
        if item.pk not in found.attempt.items:
            raise Conflict("not_in_attempt", "This item is not part of your round.")
        return found.attempt
    if found.state == "passed":
        raise Conflict("already_qualified", "You are qualified already.")
    if found.state == "wait":
        raise Conflict("too_early", "The next attempt is not open yet.", retry_at=found.retry_at)
    if found.state != "open" or item.pk not in found.items or item.project.pass_mark is None:
        raise Conflict("not_open", "There is no qualification round for you here.")
    return QualificationAttempt.objects.create(
        project=item.project,
        labeler=labeler,
        number=found.tries + 1,
        items=found.items,
        pass_mark=item.project.pass_mark,
    )


def _finish(attempt: QualificationAttempt, labeler: User) -> None:
    """With the last answer the round has a result; who reaches the mark may begin."""
    answers = PracticeAnswer.objects.filter(attempt=attempt)
    if answers.count() < len(attempt.items):
        return
    sums = answers.aggregate(points=Sum("points"), pairs=Sum("pairs"))
    agreement = sums["points"] / sums["pairs"]
    passed = sums["points"] * 100 >= sums["pairs"] * attempt.pass_mark  # exact: points are halves
    QualificationAttempt.objects.filter(pk=attempt.pk).update(
        finished_at=Now(), agreement=agreement, passed=passed
    )
    if passed:
        _labelership(labeler, attempt.project).update(qualified_at=Now())
        record(
            actor=labeler,
            action="labeler.qualified",
            thing=attempt,
            after={"agreement": round(agreement, 4), "attempt": attempt.number},
        )


@transaction.atomic
def set_qualified(*, actor: User, project: Project, person: User, qualified: bool) -> None:
    """An admin lets somebody begin without the round, or asks them to take it (again)."""
    held = _labelership(person, project).select_for_update(no_key=True).first()
    if held is None:
        raise Missing("This person is not a labeler here.")
    if (held.qualified_at is not None) == qualified:
        return
    Membership.objects.filter(pk=held.pk).update(qualified_at=Now() if qualified else None)
    record(
        actor=actor,
        action="labeler.qualified" if qualified else "labeler.disqualified",
        thing=person,
        project_id=project.pk,
        after={"qualified": qualified},
    )


def _labelership(person: User, project: Project) -> Any:
    return Membership.objects.filter(user=person, project=project, role=Role.LABELER)
