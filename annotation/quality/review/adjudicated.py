"""Orders given in review as rows of the export format, and as a snapshot asks for them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from annotation.corpus.exports import in_order
from annotation.corpus.imports import OWN_SOURCE
from annotation.corpus.models import PromptSet
from annotation.corpus.texts import written_form
from annotation.labeling.exports import pseudonym
from annotation.labeling.models import ItemCompletion
from annotation.projects.models import Project
from annotation.quality.models import Adjudication

JUDGE = "adjudication"
Outcome = Adjudication.Outcome


def holding(
    project: Project, *, at: datetime | None = None, prompt_set: UUID | None = None
) -> QuerySet[Adjudication]:
    """The newest decision about each item, at a moment; those that say what is right."""
    until = Q() if at is None else Q(created_at__lte=at)
    newest = Adjudication.objects.filter(until, item=OuterRef("item")).order_by("-number")
    found = Adjudication.objects.filter(
        until,
        project=project,
        pk=Subquery(newest.values("pk")[:1]),
        outcome__in=[Outcome.ACCEPTED, Outcome.ORDERED],
    )
    if prompt_set is not None:
        found = found.filter(item__prompt__prompt_set=prompt_set)
    return found.order_by("id")


def export_adjudications(
    project: Project, prompt_set: PromptSet | None = None
) -> Iterator[dict[str, Any]]:
    """Rows in the form of rankings; `judge` tells them apart. The reviewer is a pseudonym."""
    key = prompt_set.pk if prompt_set else None
    rows = holding(project, prompt_set=key).filter(outcome=Outcome.ORDERED)
    rows = rows.select_related("item__prompt", "guideline_version")
    for one in rows.iterator(chunk_size=500):
        yield in_order(_row(one))


def _row(one: Adjudication) -> dict[str, Any]:
    frozen = ItemCompletion.objects.filter(item=one.item_id).select_related("completion")
    completions = [row.completion for row in frozen.order_by("position")]
    place = {str(completion.pk): number for number, completion in enumerate(completions)}
    row: dict[str, Any] = {
        "id": str(one.client_uuid),
        "source": OWN_SOURCE,
        "judge": JUDGE,
        "labeler": pseudonym(one.project_id, one.reviewer_id),
        "created_at": one.created_at.isoformat(),
        "prompt": written_form(one.item.prompt.messages, one.item.prompt.is_plain),
        "completions": [completion.text for completion in completions],
        "ranking": [sorted(place[key] for key in tier) for tier in one.tiers or []],
        "unacceptable_below": one.unacceptable_below,
        "note": one.reason or None,
        "lang": one.item.prompt.language or None,
        "guideline": one.guideline_version.number if one.guideline_version else None,
        "unranked": sorted(place[key] for key in one.unplaced) or None,
    }
    return {name: value for name, value in row.items() if value is not None}
