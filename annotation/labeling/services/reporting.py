"""Reports: a labeler takes an answer or a prompt out of circulation; a reviewer decides what becomes
of it. Judgments that exist already stay as they are.

Lock order, as everywhere: the labeler, slots, items; completions and prompts come last.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Completion, Prompt
from annotation.labeling import selectors
from annotation.labeling.models import Item, Report, Slot
from annotation.labeling.services.handing_out import lock_labeler, require_presentation
from annotation.labeling.services.taking_back import REPORTED
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.statements import retrying


@dataclass(frozen=True)
class Reported:
    """The report that stands; `is_new` is False when this labeler had made it before."""

    report: Report
    is_new: bool


def report_problem(
    *,
    labeler: User,
    slot_id: UUID,
    token: UUID,
    completion_id: UUID | None,
    reason: str,
    note: str = "",
) -> Reported:
    """Take a completion (None: the prompt) out of circulation, and the slot out of one's hands.

    The labeler's draft stays: if the report is dismissed they may go on with it. Reporting the same
    thing again changes nothing. Raises Conflict for a lease never had, Invalid for what was not shown.
    """
    return retrying(lambda: _report(labeler, slot_id, token, completion_id, reason, note))


@transaction.atomic
def _report(
    labeler: User,
    slot_id: UUID,
    token: UUID,
    completion_id: UUID | None,
    reason: str,
    note: str,
) -> Reported:
    lock_labeler(labeler)
    shown = require_presentation(labeler, slot_id, token)
    if completion_id is not None and completion_id not in shown.order:
        raise Invalid(("completion", "not_shown", "This completion is not part of the item."))
    slot = Slot.objects.select_related("item").get(pk=slot_id)
    # A report that comes late a second time is no second report, whatever was decided meanwhile.
    mine = Report.objects.filter(
        Q(state=Report.State.OPEN) | Q(created_at__gte=shown.created_at), labeler=labeler
    )
    known = mine.filter(_about(slot.item.prompt_id, completion_id)).first()
    if known is not None:
        _put_down(slot, labeler, lease_token=token)
        return Reported(known, is_new=False)
    items = _hold_items(_concerned(slot.item.prompt_id, completion_id), Item.State.OPEN)
    _put_down(slot, labeler)
    Slot.objects.filter(item__in=items, state=Slot.State.OPEN).update(state=Slot.State.VOID)
    for item in items:
        meta = {**item.meta, "triage_reason": REPORTED}
        Item.objects.filter(pk=item.pk).update(state=Item.State.TRIAGE, meta=meta)
    withdrew = completion_id is not None and bool(
        Completion.objects.filter(pk=completion_id, withdrawn_at=None).update(withdrawn_at=Now())
    )
    report = Report.objects.create(
        project_id=slot.project_id,
        item_id=slot.item_id,
        prompt_id=slot.item.prompt_id,
        completion_id=completion_id,
        labeler=labeler,
        reason=reason,
        note=note,
        withdrew=withdrew,
    )
    record(
        actor=labeler,
        action="report.made",
        thing=report,
        after={"reason": reason, "items": [str(item.pk) for item in items]},
    )
    return Reported(report, is_new=True)


def uphold_report(*, actor: User, report: Report) -> Report:
    """What was reported stays out of circulation, and its waiting items with it."""
    return retrying(lambda: _uphold(actor, report))


@transaction.atomic
def _uphold(actor: User, report: Report) -> Report:
    items = _hold_items(_concerned(report.prompt_id, report.completion_id), Item.State.TRIAGE)
    if not _decide(actor, report, Report.State.UPHELD):
        return report
    reported = [item.pk for item in items if item.meta.get("triage_reason") == REPORTED]
    Slot.objects.filter(item__in=reported, state__in=[Slot.State.OPEN, Slot.State.LEASED]).update(
        state=Slot.State.VOID, labeler=None, lease_token=None, lease_until=None
    )
    Item.objects.filter(pk__in=reported).update(state=Item.State.VOID)
    if report.completion_id is None:
        Prompt.objects.filter(pk=report.prompt_id, retired_at=None).update(retired_at=Now())
    return report


def dismiss_report(*, actor: User, report: Report) -> Report:
    """What was reported goes back into circulation, unless another report keeps it out."""
    return retrying(lambda: _dismiss(actor, report))


@transaction.atomic
def _dismiss(actor: User, report: Report) -> Report:
    items = _hold_items(_concerned(report.prompt_id, report.completion_id), Item.State.TRIAGE)
    if not _decide(actor, report, Report.State.DISMISSED):
        return report
    _restore_completion(report)
    for item in items:
        if item.meta.get("triage_reason") == REPORTED and not selectors.is_kept_out(item):
            given_up = Slot.objects.filter(item=item, state=Slot.State.VOID)
            if given_up.filter(is_private=True).exists():
                # its labeler has gone on with another answer
                Item.objects.filter(pk=item.pk).update(state=Item.State.VOID)
                continue
            meta = {name: value for name, value in item.meta.items() if name != "triage_reason"}
            full = item.counted >= item.needed
            Item.objects.filter(pk=item.pk).update(
                state=Item.State.DONE if full else Item.State.OPEN, meta=meta
            )
            given_up.update(state=Slot.State.OPEN)
    return report


def _restore_completion(report: Report) -> None:
    """Nobody but the reports themselves may have taken it out, and none of them may stand."""
    if report.completion_id is None:
        return
    of_it = Report.objects.filter(_about(report.prompt_id, report.completion_id))
    standing = of_it.exclude(state=Report.State.DISMISSED)
    if of_it.filter(withdrew=True).exists() and not standing.exists():
        Completion.objects.filter(pk=report.completion_id).update(withdrawn_at=None)


def _put_down(slot: Slot, labeler: User, **held: UUID) -> None:
    """Take the slot out of the labeler's hands."""
    Slot.objects.filter(pk=slot.pk, state=Slot.State.LEASED, labeler=labeler, **held).update(
        state=Slot.State.VOID if slot.is_private else Slot.State.OPEN,
        labeler=None,
        lease_token=None,
        lease_until=None,
    )


def _about(prompt_id: UUID, completion_id: UUID | None) -> Q:
    """Reports of the same thing."""
    if completion_id is None:
        return Q(prompt_id=prompt_id, completion__isnull=True)
    return Q(completion_id=completion_id)


def _concerned(prompt_id: UUID, completion_id: UUID | None) -> QuerySet[Item]:
    """The items that show what is reported."""
    items = Item.objects.filter(prompt_id=prompt_id, is_imported=False)
    if completion_id is None:
        return items
    return items.filter(Q(item_completions__completion_id=completion_id))


def _hold_items(items: QuerySet[Item], state: str) -> list[Item]:
    """Lock these items with their slots, slots first; those that are (still) in this state."""
    ids = list(items.values_list("pk", flat=True))
    slots = Slot.objects.filter(item_id__in=ids).order_by("item_id", "number")
    list(slots.select_for_update(no_key=True))
    held = Item.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return [item for item in held if item.state == state]


def _decide(actor: User, report: Report, state: str) -> bool:
    """Write the decision; False when it was made before. Another one is a Conflict."""
    report.refresh_from_db(from_queryset=Report.objects.select_for_update(no_key=True))
    if report.state == state:
        return False
    if report.state != Report.State.OPEN:
        raise Conflict("already_decided", f"This report is {report.state} already.")
    Report.objects.filter(pk=report.pk).update(state=state, decided_by=actor, decided_at=Now())
    report.refresh_from_db()
    record(
        actor=actor,
        action=f"report.{state}",
        thing=report,
        before={"state": Report.State.OPEN},
        after={"state": state},
    )
    return True
