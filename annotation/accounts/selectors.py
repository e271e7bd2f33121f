"""Reads around people."""

from functools import cache

from django.db.models import QuerySet

from annotation.accounts.models import ApiToken, Preferences, User
from annotation.lib.statements import built, columns_of, fetch_one


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The person's tokens that were not revoked; expired ones are listed too, so that they are seen."""
    return ApiToken.objects.filter(user=user, revoked_at=None)


def preferences_of(user: User) -> Preferences:
    """How the person wants their screen; the usual where nothing was chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


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
