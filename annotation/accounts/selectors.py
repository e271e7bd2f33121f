"""Reads around people."""

from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from annotation.accounts.models import ApiToken, Preferences, User
from annotation.lib.statements import built, columns_of, fetch_one


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The person's tokens that were not revoked; expired ones are listed too, so that they are seen."""
    return ApiToken.objects.filter(user=user, revoked_at=None)


def preferences_of(user: User) -> Preferences:
    """How the person wants their screen; the usual where nothing was chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def has_second_factor(person: User) -> bool:
    """Whether the person signs in with a code besides the password."""
    return bool(Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists())


def sessions_of(person: User) -> list[Any]:
    """Where the person is signed in, last seen first. Those that ended are forgotten on the way."""
    alive = UserSession.objects.purge_and_list(person)
    return sorted(alive, key=lambda one: one.last_seen_at, reverse=True)


def last_seen_at(person: User) -> Any:
    """When a session or a token of the person was last used; null where neither ever was."""
    seen = [
        UserSession.objects.filter(user=person)
        .order_by("-last_seen_at")
        .values_list("last_seen_at"),
        ApiToken.objects.filter(user=person, last_used_at__isnull=False)
        .order_by("-last_used_at")
        .values_list("last_used_at"),
    ]
    times = [row[0] for row in (rows.first() for rows in seen) if row is not None]
    if person.last_login is not None:
        times.append(person.last_login)
    return max(times, default=None)


def only_person_at(email: str) -> User | None:
    """The one person who may sign in and has this address; None where there are none, or several."""
    if not email:
        return None
    found = list(User.objects.filter(email__iexact=email, is_active=True)[:2])
    return found[0] if len(found) == 1 else None


@cache
def _token_query() -> str:
    return (
        f"SELECT {columns_of(ApiToken, 't')}, {columns_of(User, 'u')} "
        "FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id "
        "WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active"
    )


def usable_token(digest: str) -> ApiToken | None:
    """The token with this digest, with its owner, if both may still be used. One prepared read,
    because every request of a script begins with it.
    """
    row = fetch_one(_token_query(), [digest])
    if row is None:
        return None
    width = len(ApiToken._meta.concrete_fields)
    token = built(ApiToken, row[:width])
    token.user = built(User, row[width:])
    return token
