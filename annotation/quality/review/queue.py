"""Reads for review: the queue, and one item with its judgments, names hidden until it is decided."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.corpus.texts import preview
from annotation.labeling import selectors
from annotation.labeling.models import Item, Ranking, Withdrawal
from annotation.labeling.withdrawals import can_be_put_back
from annotation.lib.errors import Conflict, Missing
from annotation.projects.models import Project
from annotation.quality.models import Adjudication, NamesSeen, ReviewEntry

LEASE_MINUTES = 10
Position = tuple[float, UUID]


@dataclass(frozen=True)
class QueueFilter:
    """What to look at; None is no restriction."""

    reason: str | None = None
    labeler: UUID | None = None
    language: str | None = None
    tag: str | None = None
    prompt_set: UUID | None = None
    guideline: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: str = ReviewEntry.State.OPEN
    without: Collection[UUID] = field(default=())

    def entries(self, project: Project) -> QuerySet[ReviewEntry]:
        """Entries in the order of the queue."""
        found = ReviewEntry.objects.filter(project=project, state=self.state, weight__gt=0)
        if self.reason is not None:
            found = found.filter(reasons__contains=[self.reason])
        if self.labeler is not None:
            found = found.filter(labelers__contains=[self.labeler])
        if self.guideline is not None:
            found = found.filter(guidelines__contains=[self.guideline])
        if self.tag is not None:
            found = found.filter(item__prompt__tags__contains=[self.tag])
        plain = {
            "language": self.language,
            "prompt_set_id": self.prompt_set,
            "last_at__gte": self.since,
            "last_at__lt": self.until,
        }
        found = found.filter(**{name: value for name, value in plain.items() if value is not None})
        if self.without:
            found = found.exclude(item__in=self.without)
        return found.order_by("-weight", "-item")


def page(
    project: Project, wanted: QueueFilter, after: Position | None, size: int
) -> tuple[list[ReviewEntry], Position | None]:
    """Up to `size` entries below `after`, and where the next page begins."""
    found = wanted.entries(project).select_related("item__prompt", "reviewer")
    if after is not None:
        weight, item = after
        # the first condition is what the index is walked by
        found = found.filter(
            Q(weight__lte=weight), Q(weight__lt=weight) | Q(weight=weight, item__lt=item)
        )
    rows: list[ReviewEntry] = list(found.annotate(now=Now())[: size + 1])
    following = (rows[size - 1].weight, rows[size - 1].item_id) if len(rows) > size else None
    return rows[:size], following


def claim(
    *, reviewer: User, project: Project, wanted: QueueFilter, item: UUID | None = None
) -> ReviewEntry | None:
    """Take an item for review, so that nobody else does it meanwhile: `item`, or the next of the
    queue that nobody has. None: there is none. Raises Missing, or Conflict (`being_reviewed`).
    """
    with transaction.atomic():
        if item is None:
            found = wanted.entries(project).filter(free_for(reviewer))
            entry = found.select_for_update(skip_locked=True, of=("self",)).first()
            if entry is None:
                return None
        else:
            entry = _named(reviewer, project, item)
        _lease(entry, reviewer)
    return entry


def free_for(reviewer: User) -> Q:
    """Entries that nobody else has in hand."""
    return Q(reviewing_until=None) | Q(reviewing_until__lte=Now()) | Q(reviewer=reviewer)


def _named(reviewer: User, project: Project, item: UUID) -> ReviewEntry:
    rows = ReviewEntry.objects.filter(project=project, item=item)
    entry = rows.select_for_update(no_key=True, of=("self",)).select_related("reviewer").first()
    if entry is None:
        raise Missing("Nobody has judged this item yet.")
    other = entry.reviewer_id not in (None, reviewer.pk)
    if other and rows.filter(reviewing_until__gt=Now()).exists() and entry.reviewer is not None:
        name = entry.reviewer.display_name or entry.reviewer.username
        raise Conflict("being_reviewed", f"{name} is reviewing this item.", reviewer=name)
    return entry


def _lease(entry: ReviewEntry, reviewer: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quality_reviewentry SET reviewer_id = %s, "
            "reviewing_until = now() + make_interval(mins => %s) WHERE item_id = %s",
            [reviewer.pk, LEASE_MINUTES, entry.item_id],
        )
    entry.refresh_from_db()


def let_go(*, reviewer: User, item: Item) -> None:
    """The reviewer turns to something else."""
    held = ReviewEntry.objects.filter(item=item, reviewer=reviewer)
    held.update(reviewer=None, reviewing_until=None)


def adjudications(item: Item) -> list[Adjudication]:
    """What reviewers decided about the item, newest first."""
    found = Adjudication.objects.filter(item=item).select_related("reviewer", "guideline_version")
    return list(found.order_by("-number"))


def are_names_shown(reviewer: User, item: Item, decided: list[Adjudication]) -> bool:
    """Names are hidden until the reviewer has decided, or asked for them."""
    return (
        any(one.reviewer_id == reviewer.pk for one in decided)
        or NamesSeen.objects.filter(item=item, reviewer=reviewer).exists()
    )


def sheet(reviewer: User, item_id: UUID) -> dict[str, Any]:
    """An item as a reviewer sees it: answers without their origin, judgments without names."""
    item = selectors.item_detail(item_id)
    decided = adjudications(item)
    named = are_names_shown(reviewer, item, decided)
    entry = ReviewEntry.objects.filter(item=item).select_related("reviewer").first()
    return {
        "id": item.pk,
        "state": item.state,
        "needed": item.needed,
        "counted": item.counted,
        "prompt": {"messages": selectors.shown_messages(item.prompt)},
        "completions": [
            {"id": frozen.completion_id, "text": frozen.completion.text}
            for frozen in item.item_completions.all()
        ],
        "names_shown": named,
        "entry": entry,
        "judgments": _judgments(item, named),
        "adjudications": decided,
    }


def _judgments(item: Item, named: bool) -> list[dict[str, Any]]:
    """Judgments by time; without names people are told apart by a number."""
    rankings: list[Ranking] = list(item.rankings.all())
    replaced = {one.supersedes_id for one in rankings}
    numbers: dict[UUID, int] = {}
    rows = []
    for ranking in rankings:
        number = numbers.setdefault(ranking.labeler_id, len(numbers) + 1)
        person = ranking.labeler
        history: list[Withdrawal] = list(ranking.withdrawals.all())
        rows.append(
            {
                "id": ranking.pk,
                "number": number,
                "labeler_id": person.pk if named else None,
                "labeler_name": (person.display_name or person.username) if named else "",
                "state": ranking.state,
                "replaced": ranking.pk in replaced,
                "can_restore": can_be_put_back(ranking) and ranking.pk not in replaced,
                "content": selectors.content_of(ranking),
                "guideline_number": getattr(ranking.guideline_version, "number", None),
                "active_ms": ranking.active_ms,
                "created_at": ranking.created_at,
                "withdrawn_at": ranking.withdrawn_at,
                "withdrawals": history,
            }
        )
    return rows


def unclear_cases(project: Project) -> QuerySet[Adjudication]:
    """Items for which the guidelines said nothing, newest first."""
    found = Adjudication.objects.filter(
        project=project, outcome=Adjudication.Outcome.UNCLEAR_GUIDELINE
    )
    return found.select_related("item__prompt", "guideline_version", "reviewer").annotate(
        version=F("guideline_version__number")
    )


def preview_of(entry: ReviewEntry) -> str:
    """The beginning of the prompt."""
    return preview(entry.item.prompt.messages)
