"""Reads around practice: what is next for a labeler, how they stand, and what was expected of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.projects.models import Membership, Project, Role
from annotation.quality.models import PracticeAnswer, PracticeItem, QualificationAttempt
from annotation.quality.practice import compare

# Twice in a row as one likes; from the third time on with a night in between. Nobody is shut out.
TRIES_AT_ONCE = 2
PAUSE = timedelta(hours=12)


@dataclass(frozen=True)
class Qualification:
    """Where a labeler stands: off (not asked for) | empty (asked for, nothing prepared) | open |
    wait (until retry_at) | passed.
    """

    state: str
    items: list[UUID]
    """Of the attempt under way, else of the next one."""
    attempt: QualificationAttempt | None = None
    last: QualificationAttempt | None = None
    tries: int = 0
    retry_at: datetime | None = None
    qualified_at: datetime | None = None


def practice_items(project: Project) -> QuerySet[PracticeItem]:
    """All of them with the number of answers, in the order in which they come."""
    found = PracticeItem.objects.filter(project=project).annotate(answered=Count("answers"))
    return found.select_related("created_by").order_by("kind", "position", "id")


def in_use(project: Project, kind: str) -> QuerySet[PracticeItem]:
    """What a labeler may be given, in order."""
    found = PracticeItem.objects.filter(project=project, kind=kind, retired_at=None)
    return found.order_by("position", "id")


def qualification_of(labeler: User, project: Project) -> Qualification:
    """Where the labeler stands with the qualification of the project."""
    tries = list(
        QualificationAttempt.objects.filter(project=project, labeler=labeler).order_by("number")
    )
    last = next((one for one in reversed(tries) if one.finished_at is not None), None)
    held = Membership.objects.filter(user=labeler, project=project, role=Role.LABELER).first()
    qualified_at = held.qualified_at if held else None
    ids = list(in_use(project, PracticeItem.Kind.QUALIFICATION).values_list("id", flat=True))
    more: dict[str, Any] = {"last": last, "tries": len(tries), "qualified_at": qualified_at}
    if qualified_at is not None:
        return Qualification("passed", [], **more)
    if project.pass_mark is None:
        return Qualification("off", [], **more)
    if tries and tries[-1].finished_at is None:
        return Qualification("open", list(tries[-1].items), attempt=tries[-1], **more)
    if not ids:
        return Qualification("empty", [], **more)
    if last is not None and last.finished_at is not None and len(tries) >= TRIES_AT_ONCE:
        retry_at = last.finished_at + PAUSE
        rested = QualificationAttempt.objects.filter(pk=last.pk, finished_at__lte=Now() - PAUSE)
        if not rested.exists():
            return Qualification("wait", ids, retry_at=retry_at, **more)
    return Qualification("open", ids, **more)


def overview(labeler: User, project: Project) -> dict[str, Any]:
    """What is next, and one's own results, as the labeler sees them."""
    return {
        "practice": _practice(labeler, project),
        "qualification": _qualification(labeler, project),
    }


def _practice(labeler: User, project: Project) -> dict[str, Any]:
    items = list(in_use(project, PracticeItem.Kind.PRACTICE))
    answers = PracticeAnswer.objects.filter(labeler=labeler, attempt=None, item__in=items)
    by_item = {answer.item_id: answer for answer in answers.select_related("item")}
    following = next((item for item in items if item.pk not in by_item), None)
    return {
        "total": len(items),
        "done": len(by_item),
        "agreement": _share(list(by_item.values())),
        "next": None if following is None else shown(following, labeler),
    }


def _qualification(labeler: User, project: Project) -> dict[str, Any]:
    found = qualification_of(labeler, project)
    answered: set[UUID] = set()
    if found.attempt is not None:
        answers = PracticeAnswer.objects.filter(attempt=found.attempt)
        answered = set(answers.values_list("item_id", flat=True))
    following = next((key for key in found.items if key not in answered), None)
    upcoming = None
    if found.state == "open" and following is not None:
        upcoming = shown(PracticeItem.objects.get(pk=following), labeler)
    return {
        "state": found.state,
        "pass_mark": project.pass_mark,
        "total": len(found.items),
        "done": len(answered),
        "tries": found.tries,
        "retry_at": found.retry_at,
        "qualified_at": found.qualified_at,
        "next": upcoming,
        "last": None if found.last is None else result(found.last),
    }


def result(attempt: QualificationAttempt) -> dict[str, Any]:
    """The outcome of a finished round. What was expected is told, item by item, once it was passed:
    whoever did not pass gets the same items again.
    """
    answers = PracticeAnswer.objects.filter(attempt=attempt).select_related("item", "labeler")
    by_item = {answer.item_id: answer for answer in answers}
    return {
        "number": attempt.number,
        "agreement": attempt.agreement,
        "pass_mark": attempt.pass_mark,
        "passed": attempt.passed,
        "finished_at": attempt.finished_at,
        "feedback": [feedback(by_item[key]) for key in attempt.items if key in by_item]
        if attempt.passed
        else [],
    }


def shown(item: PracticeItem, labeler: User) -> dict[str, Any]:
    """An item as a labeler gets it: without what is expected, in an order of their own."""
    return {
        "id": item.pk,
        "kind": item.kind,
        "prompt": {"messages": item.messages},
        "completions": _shuffled(item, labeler),
    }


def feedback(answer: PracticeAnswer) -> dict[str, Any]:
    """What was said, what was expected, and where the two differ."""
    item = answer.item
    return {
        "item_id": item.pk,
        "prompt": {"messages": item.messages},
        "completions": _shuffled(item, answer.labeler),
        "given": answer.tiers,
        "expected": item.expected,
        "pairs": [
            {"better": pair.better, "worse": pair.worse, "said": pair.said}
            for pair in compare(item.expected, answer.tiers)
        ],
        "agreement": answer.points / answer.pairs,
        "explanation": item.explanation,
    }


def _shuffled(item: PracticeItem, labeler: User) -> list[dict[str, str]]:
    """The same order whenever this labeler sees it, another one for others."""

    def place(one: dict[str, str]) -> str:
        return md5(f"{labeler.pk}{one['id']}".encode(), usedforsecurity=False).hexdigest()

    return sorted(item.completions, key=place)


def _share(answers: list[PracticeAnswer]) -> float | None:
    pairs = sum(answer.pairs for answer in answers)
    return sum(answer.points for answer in answers) / pairs if pairs else None


def standings(project: Project) -> list[dict[str, Any]]:
    """Every labeler of the project with practice done and the state of the qualification."""
    held = (
        Membership.objects.filter(project=project, role=Role.LABELER, user__is_pseudonymous=False)
        .select_related("user")
        .order_by("user__username")
    )
    sums = (
        PracticeAnswer.objects.filter(item__project=project, attempt=None)
        .values("labeler_id")
        .annotate(done=Count("id"), points=Sum("points"), pairs=Sum("pairs"))
    )
    practised: dict[UUID, dict[str, Any]] = {row["labeler_id"]: dict(row) for row in sums}
    tries: dict[UUID, list[QualificationAttempt]] = {}
    for attempt in QualificationAttempt.objects.filter(project=project).order_by("number"):
        tries.setdefault(attempt.labeler_id, []).append(attempt)
    return [_standing(one, practised.get(one.user_id), tries.get(one.user_id, [])) for one in held]


def _standing(
    held: Membership, practised: dict[str, Any] | None, tries: list[QualificationAttempt]
) -> dict[str, Any]:
    done = [one.agreement for one in tries if one.agreement is not None]
    return {
        "user_id": held.user_id,
        "name": held.user.display_name or held.user.username,
        "practised": practised["done"] if practised else 0,
        "practice_agreement": practised["points"] / practised["pairs"] if practised else None,
        "tries": len(tries),
        "best_agreement": max(done, default=None),
        "qualified_at": held.qualified_at,
    }
