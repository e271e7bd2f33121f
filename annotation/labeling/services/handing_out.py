"""Leases: claim, renew, keep a draft, skip. The database's clock and locks decide; see sql/handing_out.sql."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.labeling.models import (
    Demonstration,
    Draft,
    Item,
    Presentation,
    Ranking,
    Skip,
    Slot,
)
from annotation.lib import json
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.ids import new_id
from annotation.lib.statements import fetch_one, retrying
from annotation.projects.models import Project

SKIPS_TO_TRIAGE = 3
DRAFT_BYTES_MAX = 256 * 1024
CLAIM = (
    "SELECT outcome, assignment::text FROM labeling_claim(%s::uuid, %s::uuid, %s::uuid[], "
    "%s::uuid, %s::uuid, %s::bigint, %s::text, %s::text)"
)


def claim(
    *,
    labeler: User,
    project: Project,
    holding: Sequence[UUID] = (),
    locale: str = "",
    device: str = "",
) -> str | None:
    """An assignment as JSON text: one the labeler has and is not `holding`, else a new one.

    None when there is nothing to do for them, or the project hands out nothing new (`my_progress` says
    why). Raises Conflict at three leases in it,
    and for somebody who must pass the project's qualification first.
    """

    def act() -> tuple[Any, ...] | None:
        seed = secrets.randbits(53)  # exact in every JSON reader
        return fetch_one(
            CLAIM,
            [labeler.pk, project.pk, list(holding), uuid4(), new_id(), seed, locale, device],
        )

    row = retrying(act)
    outcome, assignment = row if row is not None else ("nothing", None)
    if outcome == "too_many_leases":
        raise Conflict(
            "too_many_leases",
            "You have three items of this project at hand; finish or skip one first.",
        )
    if outcome == "not_qualified":
        raise Conflict(
            "not_qualified",
            "This project asks for a short qualification round before the first item.",
        )
    return str(assignment) if assignment is not None else None


def heartbeat(*, labeler: User, slot_id: UUID, token: UUID) -> datetime:
    """Renew the lease and return when it ends now; raises Conflict when the slot is taken."""
    until = extend(labeler, slot_id, token)
    if until is None:
        raise Conflict(
            "lease_lost",
            "This item is no longer reserved for you. Finished work can still be sent in.",
        )
    return until


def extend(labeler: User, slot_id: UUID, token: UUID) -> datetime | None:
    """The new end of the lease, or None where it is lost."""
    row = retrying(
        lambda: fetch_one(
            "SELECT labeling_extend(%s::uuid, %s::uuid, %s::uuid)", [labeler.pk, slot_id, token]
        )
    )
    until: datetime | None = row[0] if row else None
    return until


def save_draft(
    *, labeler: User, slot_id: UUID, token: UUID, revision: int, payload: Any
) -> tuple[int, datetime | None]:
    """Keep unfinished work; returns its new revision and the renewed end of the lease (None: lost).

    `revision` is the one last seen, 0 at first. Raises Conflict with the stored draft when another
    tab was faster. A lost lease does not lose the draft.
    """
    if len(json.canonical(payload)) > DRAFT_BYTES_MAX:
        raise Invalid(("payload", "too_long", "A draft holds at most 256 KiB."))
    return retrying(lambda: _save_draft(labeler, slot_id, token, revision, payload))


@transaction.atomic
def _save_draft(
    labeler: User, slot_id: UUID, token: UUID, revision: int, payload: Any
) -> tuple[int, datetime | None]:
    lock_labeler(labeler)
    slot = Slot.objects.get(pk=slot_id)
    shown = require_presentation(labeler, slot_id, token)
    if slot.state == Slot.State.DONE and slot.labeler_id == labeler.pk and not _is_open(shown):
        raise Conflict("already_submitted", "This item is already judged by you.")
    stored = Draft.objects.filter(slot_id=slot_id, labeler=labeler).first()
    if revision != (stored.revision if stored else 0):
        raise Conflict(
            "stale_draft",
            "A newer draft was saved elsewhere.",
            draft={"revision": stored.revision, "payload": stored.payload} if stored else None,
        )
    if stored is None:
        Draft.objects.create(slot_id=slot_id, labeler=labeler, payload=payload)
    else:
        Draft.objects.filter(pk=stored.pk).update(
            revision=revision + 1, payload=payload, updated_at=Now()
        )
    return revision + 1, extend(labeler, slot_id, token)


def skip(*, labeler: User, slot_id: UUID, token: UUID, reason: str, note: str = "") -> None:
    """Pass on an item: it never comes back to this labeler, and the slot is free for others.

    Three skips for the same reason send the item to triage. Skipping twice changes nothing.
    """
    retrying(lambda: _skip(labeler, slot_id, token, reason, note))


@transaction.atomic
def _skip(labeler: User, slot_id: UUID, token: UUID, reason: str, note: str) -> None:
    lock_labeler(labeler)
    slot = Slot.objects.select_for_update(no_key=True).get(pk=slot_id)
    require_presentation(labeler, slot_id, token)
    if slot.state == Slot.State.DONE and slot.labeler_id == labeler.pk:
        raise Conflict("already_submitted", "This item is already judged by you; undo it first.")
    Skip.objects.get_or_create(
        item_id=slot.item_id, labeler=labeler, defaults={"reason": reason, "note": note}
    )
    Draft.objects.filter(slot__item_id=slot.item_id, labeler=labeler).delete()
    Slot.objects.filter(item_id=slot.item_id, state=Slot.State.LEASED, labeler=labeler).update(
        state=Slot.State.VOID if slot.is_private else Slot.State.OPEN,
        labeler=None,
        lease_token=None,
        lease_until=None,
    )
    if slot.is_private:
        Item.objects.filter(pk=slot.item_id).update(state=Item.State.VOID)
    else:
        _triage(slot.item_id, reason)


def _triage(item_id: UUID, reason: str) -> None:
    item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
    skips = Skip.objects.filter(item_id=item_id, reason=reason)
    if since := item.meta.get("reopened_at"):
        skips = skips.filter(created_at__gt=datetime.fromisoformat(since))
    if item.state == Item.State.OPEN and skips.count() >= SKIPS_TO_TRIAGE:
        Slot.objects.filter(item_id=item_id, state=Slot.State.OPEN).update(state=Slot.State.VOID)
        meta = {**item.meta, "triage_reason": reason}
        Item.objects.filter(pk=item_id).update(state=Item.State.TRIAGE, meta=meta)


def sweep_expired_leases(*, limit: int = 1000) -> int:
    """Reopen slots whose lease ran out; returns how many. Claims do this for their own project."""
    row = fetch_one("SELECT labeling_sweep(NULL, %s::integer)", [limit])
    return int(row[0]) if row else 0


def lock_labeler(labeler: User) -> None:
    """One act at a time per labeler; until the end of the transaction."""
    fetch_one("SELECT labeling_lock_labeler(%s::uuid)::text", [labeler.pk])


def require_presentation(labeler: User, slot_id: UUID, token: UUID) -> Presentation:
    """What this labeler was shown under this token; raises Conflict when that never happened."""
    found = Presentation.objects.filter(lease_token=token, slot_id=slot_id, labeler=labeler).first()
    if found is None:
        raise unknown_lease()
    return found


def _is_open(shown: Presentation) -> bool:
    """Whether this is a judgment opened again for which nothing was handed in yet."""
    return shown.reopens is not None and not (
        Ranking.objects.filter(presentation=shown).exists()
        or Demonstration.objects.filter(presentation=shown).exists()
    )


def unknown_lease() -> Conflict:
    return Conflict("unknown_lease", "This item was not handed to you under this lease token.")
