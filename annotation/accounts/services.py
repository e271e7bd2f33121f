"""Writes around people: accounts, API tokens, the audit trail."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts import selectors
from annotation.accounts.models import ApiToken, AuditEvent, Preferences, Scope, User
from annotation.lib.errors import Refused
from annotation.lib.logs import current_request_id

TOKEN_DAYS_MAX = 90


def create_user(
    *, username: str, password: str, email: str = "", display_name: str = "", locale: str = "en"
) -> User:
    """A person who can sign in. The password must have passed the validators."""
    user = User(username=username, email=email, display_name=display_name, locale=locale)
    user.set_password(password)
    user.save()
    return user


def pseudonym_username(project_id: UUID, source: str, name: str) -> str:
    """The sign-in name (never usable) of the person behind a labeler name in imported data.

    Nobody may be called so: names that are chosen have no colon.
    """
    digest = hashlib.sha256(f"{project_id}\n{source}\n{name}".encode()).hexdigest()
    return f"imported:{digest[:32]}"


@transaction.atomic
def add_person(*, actor: User, person: User, password: str) -> User:
    """Save a person made by staff; the password must have passed the validators."""
    person.set_password(password)
    person.save(force_insert=True)
    record(actor=actor, action="person.created", thing=person)
    return person


@transaction.atomic
def change_person(*, actor: User, person: User, changes: dict[str, Any]) -> User:
    """Staff change how a person is named or whether they may sign in."""
    if person.is_pseudonymous:
        raise Refused("pseudonymous", "This stands for a labeler of imported data.")
    if actor.pk == person.pk and not changes.get("is_active", True):
        raise Refused("oneself", "Nobody ends their own access.")
    return _change(actor, person, changes, "person.changed")


@transaction.atomic
def end_sessions(*, actor: User, person: User, keys: Iterable[str] | None = None) -> int:
    """Sign the person out: everywhere, or of the sessions with these keys; returns of how many."""
    sessions = UserSession.objects.filter(user=person)
    if keys is not None:
        sessions = sessions.filter(session_key__in=list(keys))
    ended = list(sessions)
    for session in ended:
        session.end()
    if ended:
        record(actor=actor, action="sessions.ended", thing=person, after={"sessions": len(ended)})
    return len(ended)


def _close(actor: User, person: User) -> None:
    """Nothing of a person who may not sign in works any more."""
    end_sessions(actor=actor, person=person)
    for token in selectors.tokens_of(person):
        revoke_token(actor=actor, token=token)


@transaction.atomic
def change_profile(
    *, person: User, changes: dict[str, Any], preferences: dict[str, Any] | None = None
) -> User:
    """A person changes how they are named or addressed, or how they want their screen.

    Changing nothing writes nothing. Preferences are nobody else's matter and leave no audit event.
    """
    if preferences:
        Preferences.objects.update_or_create(user=person, defaults=preferences)
    return _change(person, person, changes, "profile.changed")


def _change(actor: User, person: User, changes: dict[str, Any], action: str) -> User:
    before = {field: getattr(person, field) for field in changes}
    changed = [field for field in changes if before[field] != changes[field]]
    for field in changed:
        setattr(person, field, changes[field])
    if changed:
        person.save(update_fields=changed)
        record(
            actor=actor,
            action=action,
            thing=person,
            before={field: before[field] for field in changed},
            after={field: changes[field] for field in changed},
        )
    if "is_active" in changed and not person.is_active:
        _close(actor, person)
    return person


@transaction.atomic
def issue_token(*, user: User, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
    """A new token and its secret; the secret is not stored and cannot be shown again."""
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        raise Refused("unknown_scope", f"Scopes must be some of {', '.join(Scope.values)}.")
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise Refused("token_lifetime", f"A token lives 1 to {TOKEN_DAYS_MAX} days.")
    prefix = secrets.token_hex(4)
    secret = f"tbk_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=chosen,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(actor=user, action="token.issued", thing=token, after={"scopes": chosen, "days": days})
    return token, secret


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> None:
    """Revoking twice changes nothing."""
    if ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=Now()):
        record(actor=actor, action="token.revoked", thing=token)


def token_for_secret(*, secret: str) -> ApiToken | None:
    """The usable token with this secret, or None; marks its use at most once a minute."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    token = selectors.usable_token(digest)
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(id=token.id).update(last_used_at=now)
    return token


def record(
    *,
    actor: User | None,
    action: str,
    thing: Any,
    project_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write the audit event of an act; call it in the act's own transaction."""
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        project_id=project_id or getattr(thing, "project_id", None),
        object_type=thing._meta.object_name,  # not of type(): request.user is a wrapper
        object_id=str(thing.pk),
        before=before,
        after=after,
        request_id=current_request_id.get(),
    )
