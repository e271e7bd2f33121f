"""Undo and reopening by the author, withdrawal by review. Judgments stay stored; they stop counting."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.labeling import selectors, withdrawals
from annotation.labeling.models import (
    Demonstration,
    Draft,
    Item,
    Presentation,
    Ranking,
    Slot,
    Withdrawal,
)
from annotation.labeling.services.handing_out import extend, lock_labeler
from annotation.lib.errors import Conflict, Missing
from annotation.lib.statements import fetch_one, retrying
from annotation.projects.models import Project

UNDO_WINDOW = timedelta(minutes=10)
REPORTED = "reported"
Judged = Ranking | Demonstration


def undo(*, labeler: User, client_uuid: UUID) -> str:
    """Take back one's own judgment within ten minutes; returns the assignment with it as a draft.

    Raises Missing, or Conflict (`too_late`, `not_counted`).
    """
    return retrying(lambda: _undo(labeler, client_uuid))


@transaction.atomic
def _undo(labeler: User, client_uuid: UUID) -> str:
    lock_labeler(labeler)
    judgment = selectors.own_judgment(labeler, client_uuid)
    if judgment is None:
        raise Missing
    if judgment.state != Ranking.State.COUNTED:
        raise Conflict("not_counted", "This judgment does not count (any more); nothing to undo.")
    if not selectors.is_younger_than(judgment, UNDO_WINDOW):
        raise Conflict("too_late", "A judgment can be undone for ten minutes.")
    slot = Slot.objects.select_for_update(no_key=True).get(pk=judgment.slot_id)
    _withdraw(judgment)
    return _show_again(slot, judgment, state=Slot.State.LEASED)


def reopen(*, labeler: User, client_uuid: UUID) -> str:
    """Open one's own judgment of any age again; returns the assignment with it as a draft.

    It stands until its successor is handed in. Opening it twice gives the same assignment, with the
    draft as it is by now. Raises Missing, or Conflict (`superseded`, `not_counted`, `archived`).
    """
    return retrying(lambda: _reopen(labeler, client_uuid))


@transaction.atomic
def _reopen(labeler: User, client_uuid: UUID) -> str:
    lock_labeler(labeler)
    judgment = selectors.own_judgment(labeler, client_uuid)
    if judgment is None:
        raise Missing
    newer = type(judgment).objects.filter(supersedes=judgment.pk).first()
    if newer is not None:
        raise Conflict(
            "superseded",
            "A newer version of this judgment was handed in; open that one.",
            client_uuid=str(newer.client_uuid),
        )
    if judgment.state != Ranking.State.COUNTED:
        raise Conflict("not_counted", "This judgment does not count (any more).")
    if judgment.project.state == Project.State.ARCHIVED:
        raise Conflict("archived", "This project is archived: what was said in it stays as it is.")
    slot = Slot.objects.select_for_update(no_key=True).get(pk=judgment.slot_id)
    at_hand = Presentation.objects.filter(slot=slot, reopens=judgment.pk).order_by("id").last()
    if at_hand is not None and at_hand.lease_token == slot.lease_token:
        extend(labeler, slot.pk, at_hand.lease_token)
        return _assignment(slot)
    return _show_again(slot, judgment, state=Slot.State.DONE, reopens=judgment.pk)


def _show_again(
    slot: Slot, judgment: Judged, *, state: Slot.State, reopens: UUID | None = None
) -> str:
    """Put the judgment before its author again, as a draft, in the order and on the screen it had."""
    shown = judgment.presentation
    if shown is None:
        raise Missing
    token = uuid4()
    fetch_one(
        "UPDATE labeling_slot SET state = %s::text, lease_token = %s::uuid, lease_until = "
        "clock_timestamp() + labeling_lease_length(labeler_id, project_id) "
        "WHERE id = %s::uuid RETURNING id",
        [state.value, token, slot.pk],
    )
    Presentation.objects.create(
        slot=slot,
        labeler_id=judgment.labeler_id,
        lease_token=token,
        guideline_version_id=judgment.guideline_version_id,
        order=shown.order,
        seed=shown.seed,
        locale=shown.locale,
        device=shown.device,
        screen=shown.screen,
        reopens=reopens,
    )
    content = selectors.content_of(judgment)
    Draft.objects.update_or_create(
        slot=slot,
        labeler_id=judgment.labeler_id,
        defaults={"payload": content, "revision": F("revision") + 1, "updated_at": Now()},
        create_defaults={"payload": content, "revision": 1},
    )
    return _assignment(slot)


def _assignment(slot: Slot) -> str:
    assignment = selectors.assignment(slot.pk)
    if assignment is None:
        raise Missing
    return assignment


def withdraw_ranking(
    *,
    actor: User | None,
    ranking: Ranking,
    reason: str,
    act: UUID | None = None,
    reopen: bool = True,
) -> None:
    """A reviewer takes a ranking out; its slot is handed out anew, to somebody else, if `reopen`.

    `act`: the bulk act, adjudication or plan that it is part of; that one leaves the audit event.
    Raises Conflict (`already_withdrawn`).
    """
    retrying(lambda: _withdraw_by_review(actor, ranking, reason, act, reopen))


def withdraw_demonstration(
    *, actor: User | None, demonstration: Demonstration, reason: str, act: UUID | None = None
) -> None:
    """The same for a demonstration that was written by itself. Raises Conflict (`already_withdrawn`)."""
    retrying(lambda: _withdraw_by_review(actor, demonstration, reason, act, True))


@transaction.atomic
def _withdraw_by_review(
    actor: User | None, judgment: Judged, reason: str, act: UUID | None, reopen: bool
) -> None:
    slot = Slot.objects.select_for_update(no_key=True).get(pk=judgment.slot_id)
    judgment = _locked(judgment)
    if judgment.state == Ranking.State.WITHDRAWN:
        raise Conflict("already_withdrawn", "This judgment is already withdrawn.")
    before = judgment.state
    if before == Ranking.State.COUNTED:
        item = Item.objects.get(pk=slot.item_id)
        in_circulation = (
            item.state in (Item.State.OPEN, Item.State.DONE)
            and not item.is_imported
            and not slot.is_private
        )
        opens = in_circulation and reopen
        take_back(judgment, next_state=Slot.State.OPEN if opens else Slot.State.VOID)
        if slot.is_private:
            Item.objects.filter(pk=item.pk).update(state=Item.State.VOID)
    else:
        type(judgment).objects.filter(pk=judgment.pk).update(
            state=Ranking.State.WITHDRAWN, withdrawn_at=Now()
        )
    Withdrawal.objects.create(
        **withdrawals.of(judgment),
        project_id=judgment.project_id,
        actor=actor,
        reason=reason,
        before=before,
        act=act,
    )
    if act is None:
        record(
            actor=actor,
            action=f"{judgment._meta.model_name}.withdrawn",
            thing=judgment,
            before={"state": before},
            after={"state": Ranking.State.WITHDRAWN, "reason": reason},
        )


def _locked(judgment: Judged) -> Judged:
    return type(judgment).objects.select_for_update(no_key=True).get(pk=judgment.pk)


def restore_ranking(
    *, actor: User | None, ranking: Ranking, reason: str, act: UUID | None = None
) -> str:
    """Put back what review took out; returns what it is now: counted, or surplus where its slot was
    filled or handed to somebody meanwhile. Surplus stays surplus.

    Raises Conflict: `not_withdrawn`, `superseded` (a newer version of it exists),
    `withdrawn_by_author` or `person_deleted` (with all judgments; the database refuses it too).
    """
    return retrying(lambda: _restore(actor, ranking, reason, act))


def restore_demonstration(
    *, actor: User | None, demonstration: Demonstration, reason: str, act: UUID | None = None
) -> str:
    """The same for a demonstration that was written by itself."""
    return retrying(lambda: _restore(actor, demonstration, reason, act))


@transaction.atomic
def _restore(actor: User | None, judgment: Judged, reason: str, act: UUID | None) -> str:
    slots = Slot.objects.filter(item=judgment.item_id).order_by("number")
    held = {slot.pk: slot for slot in slots.select_for_update(no_key=True)}
    judgment = _locked(judgment)
    if judgment.state != Ranking.State.WITHDRAWN:
        raise Conflict("not_withdrawn", "This judgment is not withdrawn.")
    if type(judgment).objects.filter(supersedes=judgment.pk).exists():
        raise Conflict("superseded", "Its author handed in a newer version of it.")
    if judgment.labeler.judgments_withdrawn:
        raise Conflict(
            "person_deleted",
            "Its author was deleted with all judgments; none of them can be put back.",
        )
    standing = Withdrawal.objects.filter(**withdrawals.of(judgment), restored_at=None).first()
    if standing is None:
        raise Conflict("withdrawn_by_author", "Its author took this back; only they may redo it.")
    free = standing.before == Ranking.State.COUNTED and _is_free_for(judgment, held)
    state = Ranking.State.COUNTED if free else Ranking.State.SURPLUS
    type(judgment).objects.filter(pk=judgment.pk).update(state=state, withdrawn_at=None)
    if free:
        _fill(held[judgment.slot_id], judgment)
    Withdrawal.objects.filter(pk=standing.pk).update(
        restored_at=Now(), restored_by=actor, restored_as=state
    )
    if act is None:
        record(
            actor=actor,
            action=f"{judgment._meta.model_name}.restored",
            thing=judgment,
            before={"state": Ranking.State.WITHDRAWN},
            after={"state": state, "reason": reason},
        )
    return str(state)


def _is_free_for(judgment: Judged, held: dict[UUID, Slot]) -> bool:
    """Whether the judgment may stand for its slot again: nobody has it, its author no other one."""
    taken = (Slot.State.LEASED, Slot.State.DONE)
    return held[judgment.slot_id].state not in taken and not any(
        slot.state in taken and slot.labeler_id == judgment.labeler_id for slot in held.values()
    )


def _fill(slot: Slot, judgment: Judged) -> None:
    """The reverse of `take_back`: slot, counter and state of the item as they were."""
    Slot.objects.filter(pk=slot.pk).update(state=Slot.State.DONE, labeler_id=judgment.labeler_id)
    item = Item.objects.select_for_update(no_key=True).get(pk=slot.item_id)
    state, meta = item.state, item.meta
    full = item.counted + 1 >= item.needed
    if slot.is_private or (full and state == Item.State.OPEN):
        state = Item.State.DONE
    elif full and state == Item.State.TRIAGE and meta.get("triage_reason") == REPORTED:
        # what is done stays done when something of it is reported
        state = Item.State.DONE
        meta = {name: value for name, value in meta.items() if name != "triage_reason"}
    Item.objects.filter(pk=item.pk).update(counted=F("counted") + 1, state=state, meta=meta)


def take_back(judgment: Judged, *, next_state: str) -> None:
    """Withdraw a counted judgment and give its slot `next_state`, in the caller's transaction."""
    Draft.objects.filter(slot_id=judgment.slot_id, labeler_id=judgment.labeler_id).delete()
    _withdraw(judgment)  # first: it says whether the slot may open
    Slot.objects.filter(pk=judgment.slot_id).update(
        state=next_state, labeler=None, lease_token=None, lease_until=None
    )


def _withdraw(judgment: Judged) -> None:
    """The item wants another judgment now, unless something of it was reported since it was done."""
    type(judgment).objects.filter(pk=judgment.pk).update(
        state=Ranking.State.WITHDRAWN, withdrawn_at=Now()
    )
    item = Item.objects.select_for_update(no_key=True).get(pk=judgment.item_id)
    state, meta = item.state, item.meta
    if state == Item.State.DONE and not item.is_imported:
        state = Item.State.OPEN
        if selectors.is_kept_out(item):
            state, meta = Item.State.TRIAGE, {**meta, "triage_reason": REPORTED}
        elif selectors.is_retired(item):
            state, meta = Item.State.VOID, {**meta, "void_reason": "prompt_retired"}
    Item.objects.filter(pk=item.pk).update(counted=F("counted") - 1, state=state, meta=meta)
