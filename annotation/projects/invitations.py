"""Invitations by link: made by an admin, opened by whoever holds it.

The token is 256 random bits, told once and stored as SHA-256. Unknown, ended, used up and revoked ones
get one and the same answer, so that the answer says nothing about which tokens there are.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict, Invalid, Missing, Refused
from annotation.projects.groups import check_groups, enter_groups
from annotation.projects.models import Group, Invitation, InvitationUse, Membership, Project, Role
from annotation.projects.services import join, new_person

DAYS_MAX = 90


class Unusable(Refused):
    """One answer for every link that opens nothing (any more)."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "invitation_unusable",
            "This invitation cannot be used. It may have ended, been used already or been taken "
            "back; ask the person who sent it for a new one.",
        )


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invitations_of(project: Project) -> QuerySet[Invitation]:
    """All invitations, with how often each was used."""
    return (
        Invitation.objects.filter(project=project)
        .select_related("created_by")
        .prefetch_related("groups")
        .annotate(uses=Count("used"))
    )


@transaction.atomic
def invite(
    *,
    actor: User,
    project: Project,
    roles: Iterable[str],
    days: int,
    uses_max: int = 1,
    email: str = "",
    label: str = "",
    groups: Sequence[UUID] = (),
) -> tuple[Invitation, str]:
    """A new link; returns it with its token, which is kept nowhere.

    Raises Refused (`one_person`) or Invalid for groups that are none, or without the labeler's role.
    """
    wanted = check_groups(project, groups, "groups")
    roles = list(roles)
    if wanted and Role.LABELER not in roles:
        raise Invalid(("groups", "no_labeler", "Groups are of labelers; invite as a labeler too."))
    if email and uses_max != 1:
        raise Refused("one_person", "An invitation for one address is used once.")
    token = f"tbi_{secrets.token_urlsafe(32)}"
    made = Invitation.objects.create(
        project=project,
        label=label,
        digest=digest_of(token),
        roles=sorted(set(roles)),
        email=email,
        uses_max=uses_max,
        expires_at=timezone.now() + timedelta(days=days),
        created_by=actor,
    )
    made.groups.set(Group.objects.filter(pk__in=wanted))
    made.refresh_from_db()
    record(
        actor=actor,
        action="invitation.made",
        thing=made,
        after={
            "roles": made.roles,
            "email": email,
            "uses_max": uses_max,
            "expires_at": made.expires_at.isoformat(),
            "label": label,
            "groups": sorted(made.groups.values_list("name", flat=True)),
        },
    )
    return made, token


@transaction.atomic
def revoke(*, actor: User, invitation: Invitation) -> None:
    """Nobody joins by it any more; who joined stays. Revoking twice changes nothing."""
    if Invitation.objects.filter(id=invitation.id, revoked_at=None).update(revoked_at=Now()):
        record(actor=actor, action="invitation.revoked", thing=invitation)


def send(*, invitation: Invitation, link: str) -> bool:
    """Mail the link to the address it is for, where this installation can send mail."""
    if not invitation.email or not settings.EMAIL_CONFIGURED:
        return False
    sent = send_mail(
        subject=f"Tiebreak: {invitation.project.name}",
        message=f"You are invited to join “{invitation.project.name}”.\n"
        f"邀请您加入“{invitation.project.name}”。\n\n{link}\n",
        from_email=None,
        recipient_list=[invitation.email],
        fail_silently=True,
    )
    return sent == 1


def opened(token: str, person: User | None = None) -> Invitation:
    """The invitation behind a token, if it lets (this) somebody in. Raises Unusable."""
    found = (
        Invitation.objects.select_related("project", "created_by")
        .annotate(uses=Count("used"))
        .filter(digest=digest_of(token))
        .first()
    )
    if found is None:
        raise Unusable
    if person is not None and _has_used(found, person):
        return found
    usable = Invitation.objects.filter(
        id=found.id, revoked_at=None, expires_at__gt=Now(), uses_max__gt=found.uses
    )
    if not usable.exclude(project__state=Project.State.ARCHIVED).exists():
        raise Unusable
    return found


def _has_used(invitation: Invitation, person: User) -> bool:
    """And is still a member: who was removed does not come back by the old link."""
    return (
        InvitationUse.objects.filter(invitation=invitation, user=person).exists()
        and Membership.objects.filter(project=invitation.project, user=person).exists()
    )


@transaction.atomic
def accept(*, token: str, person: User) -> Project:
    """The person joins; opening the link twice joins once. Raises Unusable, or Conflict."""
    invitation = _held(token, person)
    if invitation.email and invitation.email.casefold() != person.email.casefold():
        raise Conflict(
            "other_person",
            "This invitation is for somebody with another e-mail address. Sign in as that person, "
            "or ask for an invitation of your own.",
        )
    if _has_used(invitation, person):
        return invitation.project
    held = Membership.objects.filter(project=invitation.project, user=person)
    if held.filter(suspended_at__isnull=False).exists():
        raise Conflict("suspended", "Your work in this project is suspended; ask an admin of it.")
    if InvitationUse.objects.filter(invitation=invitation, user=person).exists():
        raise Unusable  # was a member by it and was removed
    groups = list(invitation.groups.exclude(members__membership__in=held.filter(role=Role.LABELER)))
    if groups or set(invitation.roles) - set(held.values_list("role", flat=True)):
        InvitationUse.objects.create(invitation=invitation, user=person)
        join(
            project=invitation.project,
            person=person,
            roles=invitation.roles,
            after={"invitation": str(invitation.id)},
        )
        if groups:
            enter_groups(person=person, project=invitation.project, groups=groups)
    return invitation.project


@transaction.atomic
def sign_up(
    *, token: str, username: str, password: str, display_name: str = "", locale: str = "en"
) -> tuple[User, Project]:
    """A new account for whoever holds the link, and joins. Raises Unusable, Conflict or Refused.

    The address of the account is the invitation's, never what somebody says of themselves.
    """
    invitation = _held(token, None)
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(
            "username_taken", "Somebody has this user name. Choose another, or sign in with it."
        )
    if invitation.email and User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict("has_account", "You have an account already; sign in with it.")
    person = new_person(username, password, invitation.email, display_name)
    if locale != person.locale:
        person.locale = locale
        person.save(update_fields=["locale"])
    record(
        actor=person,
        action="person.created",
        thing=person,
        project_id=invitation.project_id,
        after={"invitation": str(invitation.id)},
    )
    return person, accept(token=token, person=person)


def _held(token: str, person: User | None) -> Invitation:
    """The usable invitation, locked: as many people as it says get through, however they race."""
    locked = Invitation.objects.select_for_update(no_key=True).filter(digest=digest_of(token))
    if locked.first() is None:
        raise Unusable
    return opened(token, person)


def invitation_of(project: Project, invitation_id: UUID) -> Invitation:
    """One invitation of the project. Raises Missing."""
    found = invitations_of(project).filter(pk=invitation_id).first()
    if found is None:
        raise Missing
    return found
