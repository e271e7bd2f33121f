"""Suspending a member: nothing new is handed out, what they hold goes back, what they finished is kept."""

from django.db import transaction

from annotation.accounts.models import User
from annotation.labeling.models import Slot
from annotation.labeling.services.handing_out import lock_labeler
from annotation.lib.statements import retrying
from annotation.projects.models import Project
from annotation.projects.services import set_suspended


def suspend(*, actor: User, project: Project, person: User, reason: str = "") -> int:
    """Put a member's roles at rest; returns how many leases went back. Again changes nothing.

    Drafts stay. Work that was finished meanwhile is accepted as surplus (sql/submitting.sql).
    """
    return retrying(lambda: _suspend(actor, project, person, reason))


@transaction.atomic
def _suspend(actor: User, project: Project, person: User, reason: str) -> int:
    set_suspended(actor=actor, project=project, person=person, suspended=True, reason=reason)
    return give_back_leases(person, project)


def give_back_leases(person: User, project: Project) -> int:
    """Free what somebody holds in a project, in the caller's transaction."""
    lock_labeler(person)
    return Slot.objects.filter(
        project=project, labeler=person, state=Slot.State.LEASED, is_private=False
    ).update(state=Slot.State.OPEN, labeler=None, lease_token=None, lease_until=None)


def unsuspend(*, actor: User, project: Project, person: User) -> None:
    """Wake a member's roles; what was kept as surplus stays surplus."""
    set_suspended(actor=actor, project=project, person=person, suspended=False)
