"""Sign-in policy: people are added by an admin; nobody signs up by themselves."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class InvitedOnly(DefaultAccountAdapter):
    """Closed registration."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
