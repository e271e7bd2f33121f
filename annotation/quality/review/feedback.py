"""Notes on somebody's work: what the labeler is told, and what they answer. Names of other labelers
and of the reviewer never appear in what a labeler reads.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.labeling import selectors
from annotation.lib.errors import Conflict, Missing
from annotation.projects.models import Project
from annotation.quality.models import FeedbackNote


def notes_of(labeler: User, project: Project) -> QuerySet[FeedbackNote]:
    """What a labeler was told in a project."""
    found = FeedbackNote.objects.filter(project=project, labeler=labeler)
    return found.select_related("ranking", "adjudication", "ranking__item__prompt")


def notes_in(project: Project, answer: str | None = None) -> QuerySet[FeedbackNote]:
    """What was told in a project, for those who review."""
    found = FeedbackNote.objects.filter(project=project)
    if answer is not None:
        found = found.filter(answer=answer)
    return found.select_related("ranking__item__prompt", "labeler", "author", "adjudication")


def own_note(labeler: User, note_id: UUID) -> FeedbackNote:
    """The labeler's note; raises Missing for everybody else's."""
    found = FeedbackNote.objects.select_related("ranking__presentation", "adjudication")
    note = found.filter(pk=note_id, labeler=labeler).first()
    if note is None:
        raise Missing
    return note


def shown(note: FeedbackNote) -> dict[str, Any]:
    """The work as its author had it, what they said, and the order that review gave, if any."""
    made = note.adjudication
    given = made is not None and made.tiers is not None
    return {
        "note": note,
        **selectors.shown_with(note.ranking),
        "said": selectors.content_of(note.ranking),
        "state": note.ranking.state,
        "given": {
            "tiers": made.tiers,
            "unplaced": made.unplaced,
            "unacceptable_below": made.unacceptable_below,
        }
        if made is not None and given
        else None,
    }


def mark_read(note: FeedbackNote) -> None:
    """Said once; saying it again changes nothing."""
    FeedbackNote.objects.filter(pk=note.pk, read_at=None).update(read_at=Now())


@transaction.atomic
def answer(*, note: FeedbackNote, kind: str, text: str) -> FeedbackNote:
    """The labeler's one answer: a reply, or a dispute. The same again changes nothing."""
    note = FeedbackNote.objects.select_for_update(no_key=True).get(pk=note.pk)
    if note.answer:
        if (note.answer, note.answer_text) == (kind, text):
            return note
        raise Conflict("answered", "You have answered this note already.")
    FeedbackNote.objects.filter(pk=note.pk).update(answer=kind, answer_text=text, answered_at=Now())
    mark_read(note)
    note.refresh_from_db()
    return note
