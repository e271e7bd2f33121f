"""Sign-in policy: people are added or invited by an admin; nobody signs up by themselves."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from annotation.accounts.models import User
from annotation.accounts.selectors import has_second_factor, only_person_at


class InvitedOnly(DefaultAccountAdapter):
    """Closed registration."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whoever comes by single sign-on alone has nothing yet that could be asked for again."""
        person = self.request.user
        if isinstance(person, User) and not person.has_usable_password():
            return has_second_factor(person)
        return bool(super().is_reauthentication_required(app=app))


class SealedFactors(DefaultMFAAdapter):
    """The secrets of second factors are sealed with the signing key: a copy of the database alone
    makes no codes.
    """

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(b"second factor\n" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class KnownIdentitiesOnly(DefaultSocialAccountAdapter):
    """Single sign-on opens accounts that exist; it makes none, and joins no project."""

    def is_open_for_signup(self, request: Any, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: Any, sociallogin: Any) -> None:
        """Under OIDC_LINK_BY_EMAIL a new identity is tied to the one account with its address, if
        the provider says that it has verified it. Never to staff: they link by hand.
        """
        if sociallogin.is_existing or not settings.OIDC_LINK_BY_EMAIL:
            return
        if sociallogin.state.get("process") != "login":
            return
        for address in sociallogin.email_addresses:
            person = only_person_at(address.email) if address.verified else None
            if isinstance(person, User) and not person.is_staff:
                sociallogin.connect(request, person)
                return
