"""Deleting a person: preview, the deletion itself, and the judgments that go with it, batch by batch.

What identifies the person goes in one transaction. Withdrawing comes after it in batches, each a
transaction of its own, so that a person with many thousands of judgments blocks nobody; whoever
calls again, or the upkeep, goes on where it stopped.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from annotation.accounts.erasing import (
    erase_account,
    keep_redactions,
    names_of,
    redaction_words,
    replaced,
)
from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.labeling.models import Demonstration, Draft, QueueMark, Ranking, Slot
from annotation.labeling.services import withdraw_demonstration, withdraw_ranking
from annotation.lib import locks
from annotation.lib.errors import Conflict, Refused
from annotation.projects.models import (
    GuidelineReading,
    ImportedLabeler,
    Invitation,
    InvitationUse,
    Membership,
    Project,
)
from annotation.projects.services import remove_member
from annotation.runs.lineage import Uses, uses_of
from annotation.runs.models import Erasure, ErasureMark

BATCH = 200
REASON = "the person was deleted"


def preview(person: User) -> dict[str, Any]:
    """What the deletion would do, in counts."""
    uses = uses_of(person)
    mine = {"labeler": person}
    return {
        "username": person.username,
        "projects": Membership.objects.filter(user=person).values("project").distinct().count(),
        "rankings": Ranking.objects.filter(state="counted", **mine).count(),
        "demonstrations": Demonstration.objects.filter(
            state="counted", ranking=None, **mine
        ).count(),
        "other_judgments": Ranking.objects.filter(**mine).exclude(state="counted").count(),
        "drafts": Draft.objects.filter(**mine).count(),
        "leases": Slot.objects.filter(state="leased", **mine).count(),
        "items_reopened": Slot.objects.filter(
            state="done", item__is_imported=False, is_private=False, **mine
        ).count(),
        "snapshots": len(uses.snapshots),
        "versions": len(uses.versions),
        "runs": len(uses.runs),
        "is_last_admin_of": _last_admin_of(person),
    }


def _last_admin_of(person: User) -> list[str]:
    """Projects that would be left without an admin."""
    led = Project.objects.filter(memberships__user=person, memberships__role="admin")
    others = Membership.objects.filter(role="admin", suspended_at=None, user__is_active=True)
    kept = others.exclude(user=person).values("project_id")
    return list(led.exclude(pk__in=kept).order_by("name").values_list("name", flat=True))


def erase(*, actor: User, person: User, judgments: str, confirm: str) -> Erasure:
    """Delete the person; again gives the same deletion. It cannot be undone.

    Raises Refused (`not_confirmed`) or Conflict (`last_admin`, `erased_otherwise`).
    """
    erasure = _erase_name(actor, person, judgments, confirm)
    withdraw_some(erasure)
    erasure.refresh_from_db()
    return erasure


@transaction.atomic
def _erase_name(actor: User, person: User, judgments: str, confirm: str) -> Erasure:
    locks.hold("erasure", person.pk)
    found = Erasure.objects.filter(person=person).first()
    if found is not None:
        if found.judgments != judgments:
            raise Conflict("erased_otherwise", "This person was deleted with the other choice.")
        return found
    person = User.objects.select_for_update().get(pk=person.pk)
    if confirm != person.username:
        raise Refused("not_confirmed", "Type the user name exactly to confirm.")
    if led := _last_admin_of(person):
        raise Conflict("last_admin", "A project keeps at least one admin.", projects=led)
    uses = uses_of(person) if judgments == Erasure.Judgments.WITHDRAW else Uses()
    erasure = Erasure.objects.create(person=person, requested_by=actor, judgments=judgments)
    _mark(erasure, uses)
    _leave(actor, person)
    names = names_of(person)
    erased = erase_account(person, with_judgments=judgments == Erasure.Judgments.WITHDRAW)
    _forget(person, names, person.username, erased.shown)
    deletion = record(
        actor=actor,
        action="person.deleted",
        thing=person,
        after={
            "judgments": judgments,
            "snapshots": len(uses.snapshots),
            "versions": len(uses.versions),
            "runs": len(uses.runs),
            **redaction_words(erased.redacted),
        },
    )
    keep_redactions(deletion, erased.redacted)
    return erasure


def _mark(erasure: Erasure, uses: Uses) -> None:
    marks = [
        ErasureMark(erasure=erasure, judgments=len(held), **{f"{kind}_id": pk})
        for kind, found in (
            ("snapshot", uses.snapshots),
            ("version", uses.versions),
            ("run", uses.runs),
        )
        for pk, held in found.items()
    ]
    ErasureMark.objects.bulk_create(marks)


def _leave(actor: User, person: User) -> None:
    """Out of every project; what was at hand goes back, and what was begun is gone."""
    for project in Project.objects.filter(memberships__user=person).distinct():
        remove_member(actor=actor, project=project, person=person)
    Draft.objects.filter(labeler=person).delete()
    QueueMark.objects.filter(labeler=person).delete()


def _forget(person: User, names: frozenset[str], username: str, shown: str) -> None:
    GuidelineReading.objects.filter(user=person).delete()
    InvitationUse.objects.filter(user=person).delete()
    ImportedLabeler.objects.filter(user=person).update(name=username)
    known = sorted(names, key=len, reverse=True)
    for name in known:
        Invitation.objects.filter(email__iexact=name).update(email="")
        for invitation in Invitation.objects.filter(label__icontains=name):
            invitation.label = replaced(invitation.label, known, shown)[:100]
            invitation.save(update_fields=["label"])


def withdraw_some(erasure: Erasure, most: int = 5 * BATCH) -> int:
    """Withdraw up to `most` of the judgments that still count; returns how many were left."""
    if erasure.finished_at is not None:
        return 0
    left = _still_counted(erasure) if erasure.judgments == Erasure.Judgments.WITHDRAW else []
    now = left[:most]
    for begin in range(0, len(now), BATCH):
        _withdraw(erasure, now[begin : begin + BATCH])
    if len(left) <= most:
        Erasure.objects.filter(pk=erasure.pk, finished_at=None).update(finished_at=Now())
    return max(0, len(left) - most)


def _still_counted(erasure: Erasure) -> list[tuple[type[Ranking] | type[Demonstration], UUID]]:
    standing = {"labeler_id": erasure.person_id, "state": "counted"}
    ranked = Ranking.objects.filter(**standing).order_by("id").values_list("pk", flat=True)
    written = Demonstration.objects.filter(ranking=None, **standing).order_by("id")
    return [(Ranking, pk) for pk in ranked] + [
        (Demonstration, pk) for pk in written.values_list("pk", flat=True)
    ]


@transaction.atomic
def _withdraw(
    erasure: Erasure, batch: list[tuple[type[Ranking] | type[Demonstration], UUID]]
) -> None:
    locks.hold("erasing", erasure.pk)
    done = 0
    for kind, pk in batch:
        judgment = kind._default_manager.get(pk=pk)
        if judgment.state != "counted":
            continue
        if isinstance(judgment, Ranking):
            withdraw_ranking(
                actor=erasure.requested_by, ranking=judgment, reason=REASON, act=erasure.pk
            )
        else:
            withdraw_demonstration(
                actor=erasure.requested_by, demonstration=judgment, reason=REASON, act=erasure.pk
            )
        done += 1
    Erasure.objects.filter(pk=erasure.pk).update(withdrawn=F("withdrawn") + done)


def go_on() -> None:
    """Finish deletions that stopped midway; part of the upkeep."""
    for erasure in Erasure.objects.filter(finished_at=None):
        withdraw_some(erasure)
