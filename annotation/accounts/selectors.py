"""Reads around people."""

from django.db.models import QuerySet

from annotation.accounts.models import ApiToken, User


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The person's tokens that were not revoked; expired ones are listed too, so that they are seen."""
    return ApiToken.objects.filter(user=user, revoked_at=None)
