"""Submitting judgments: idempotent by client_uuid and content, fenced by the lease's token.

Finished work is never refused for a timer: it counts while its slot is free, else it is surplus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from psycopg.types.json import Jsonb

from annotation.accounts.models import User
from annotation.corpus.models import Completion
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.models import Demonstration, Item
from annotation.labeling.services import rules
from annotation.labeling.services.content import BetterAnswer, RankingContent
from annotation.labeling.services.handing_out import lock_labeler, unknown_lease
from annotation.lib import json
from annotation.lib.errors import Invalid, Refused
from annotation.lib.ids import id_like, new_id
from annotation.lib.statements import fetch_one, retrying

SUBMIT = (
    "SELECT outcome, judgment, state, item, created, shown FROM labeling_submit_ranking("
    "%s::uuid, %s::uuid, %s::uuid, %s::uuid, %s::text, %s::uuid, %s::uuid, %s::smallint, "
    "%s::integer, %s::text, %s::uuid[], %s::jsonb, %s::jsonb, %s::text, %s::boolean, %s::jsonb)"
)
STORED = "SELECT outcome, judgment, state, item, created FROM labeling_stored(%s::uuid, %s::uuid, %s::text)"
SETTLE = (
    "SELECT outcome, presentation, guideline, item, project, prompt, supersedes "
    "FROM labeling_settle(%s::uuid, %s::uuid, %s::uuid, %s::text[], NULL, %s::uuid)"
)
SCREEN = (
    "SELECT screen::text FROM labeling_presentation "
    "WHERE lease_token = %s::uuid AND slot_id = %s::uuid AND labeler_id = %s::uuid"
)


@dataclass(frozen=True)
class Receipt:
    """What is stored; `is_new` is False when it had been stored before."""

    id: UUID
    client_uuid: UUID
    state: str
    item_id: UUID
    created_at: datetime
    is_new: bool


def submit_ranking(
    *,
    labeler: User,
    slot_id: UUID,
    token: UUID,
    client_uuid: UUID,
    content: RankingContent,
    active_ms: int | None = None,
    supersedes: UUID | None = None,
) -> Receipt:
    """Store a ranking. Raises Invalid, Refused (other content under this id) or Conflict."""
    if (screen := _screen(labeler, slot_id, token)) is not None:
        rules.check(content, screen)
    params = [
        labeler.pk,
        slot_id,
        token,
        client_uuid,
        content.hash(slot_id=slot_id, supersedes=supersedes),
        new_id(),
        supersedes,
        content.unacceptable_below,
        active_ms,
        content.note,
        content.completions(),
        Jsonb(content.placements()),
        Jsonb([_direct(one) for one in content.direct]) if content.direct else None,
        content.mode,
        content.unread_accepted,
        Jsonb(_better(content, content.better_answer, client_uuid))
        if content.better_answer
        else None,
    ]
    row = retrying(lambda: fetch_one(SUBMIT, params))
    if row is None:
        raise unknown_lease()
    outcome, judgment, state, item, created, shown = row
    if outcome == "wrong_completions":
        rules.check_shown(content, shown)
    _require(outcome)
    return Receipt(judgment, client_uuid, state, item, created, outcome == "new")


def submit_demonstration(
    *,
    labeler: User,
    slot_id: UUID,
    token: UUID,
    client_uuid: UUID,
    text: str,
    note: str = "",
    active_ms: int | None = None,
    supersedes: UUID | None = None,
) -> Receipt:
    """Store an ideal answer, and keep it as a completion of its prompt. Raises as submit_ranking."""
    if not text.strip():
        raise Invalid(("text", "blank", "Write an answer, or skip the item."))
    digest = hash_of([str(slot_id), str(supersedes or ""), text, note])
    return retrying(
        lambda: _submit_demonstration(
            labeler, slot_id, token, client_uuid, digest, text, note, active_ms, supersedes
        )
    )


@transaction.atomic
def _submit_demonstration(
    labeler: User,
    slot_id: UUID,
    token: UUID,
    client_uuid: UUID,
    digest: str,
    text: str,
    note: str,
    active_ms: int | None,
    supersedes: UUID | None,
) -> Receipt:
    lock_labeler(labeler)
    outcome, judgment, state, item, created = _row(STORED, [labeler.pk, client_uuid, digest])
    _require(outcome)
    if outcome == "same":
        return Receipt(judgment, client_uuid, state, item, created, False)
    outcome, presentation, guideline, item, project, prompt, superseded = _row(
        SETTLE, [labeler.pk, slot_id, token, [Item.Kind.DEMONSTRATION.value], supersedes]
    )
    if outcome not in ("counted", "surplus"):
        _require(outcome)
    completion = Completion.objects.create(
        pk=id_like(prompt),
        prompt_id=prompt,
        origin=Completion.Origin.HUMAN,
        author=labeler,
        text=text,
        text_hash=text_hash(text),
        finish_reason=Completion.FinishReason.STOP,
    )
    made = Demonstration.objects.create(
        slot_id=slot_id,
        item_id=item,
        project_id=project,
        labeler=labeler,
        client_uuid=client_uuid,
        content_hash=digest,
        presentation_id=presentation,
        guideline_version_id=guideline,
        state=outcome,
        supersedes_id=superseded,
        active_ms=active_ms,
        note=note,
        prompt_id=prompt,
        completion=completion,
        text=text,
    )
    made.refresh_from_db(fields=["created_at"])
    return Receipt(made.pk, client_uuid, outcome, item, made.created_at, True)


def _row(query: str, params: Sequence[Any]) -> tuple[Any, ...]:
    row = fetch_one(query, params)
    if row is None:
        raise unknown_lease()
    return row


def _direct(one: Any) -> dict[str, Any]:
    return {
        "better": str(one.better),
        "worse": str(one.worse),
        "is_tie": one.is_tie,
        "strength": one.strength,
    }


def _better(content: RankingContent, answer: BetterAnswer, client_uuid: UUID) -> dict[str, Any]:
    """The rows of a better answer, keyed by the ranking it is handed in with."""
    shown = next(iter(content.completions()))
    return {
        "demonstration": str(new_id()),
        "completion": str(id_like(shown)),
        "client_uuid": str(uuid5(client_uuid, "better answer")),
        "text": answer.text,
        "text_hash": text_hash(answer.text),
        "based_on": answer.based_on and str(answer.based_on),
    }


def _screen(labeler: User, slot_id: UUID, token: UUID) -> rules.Screen | None:
    """What this labeler was offered under this token; None when that never happened."""
    row = fetch_one(SCREEN, [token, slot_id, labeler.pk])
    return None if row is None else rules.Screen(**json.loads(row[0]))


def _require(outcome: str) -> None:
    if outcome in ("new", "same"):
        return
    if outcome == "different":
        raise Refused(
            "different_content", "Something else was already submitted under this client_uuid."
        )
    if outcome == "wrong_kind":
        raise Refused("wrong_kind", "This item wants another kind of judgment.")
    if outcome == "unknown_judgment":
        raise Refused(
            "unknown_judgment", "`supersedes` must name a judgment of this slot made by you."
        )
    raise unknown_lease()
