"""Single sign-on against a real provider: known identities come in, unknown ones do not, deny by default."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.test import Client, override_settings

from annotation.accounts.models import User
from annotation.projects.models import Membership
from tests.annotation.accounts.oidc import CLIENT, SECRET, Provider
from tests.annotation.accounts.test_second_factor import AUTH, code_of, send, signed_in
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        app = {
            "provider_id": "sso",
            "name": "Example",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": running.issuer},
        }
        settings = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=settings):
            yield running


def come(client: Client, process: str = "login") -> str:
    """Follow the redirects as a browser would; where they end."""
    begun = client.post(
        f"{AUTH}/provider/redirect",
        {"provider": "sso", "process": process, "callback_url": "/arrived"},
    )
    assert begun.status_code == 302, begun.content
    there = requests.get(begun["Location"], allow_redirects=False, timeout=10)
    assert there.status_code == 302, there.text
    back = client.get(there.headers["Location"])
    assert back.status_code == 302, back.content
    return str(back["Location"])


def is_in(client: Client) -> str | None:
    answer = client.get("/api/v1/me")
    return answer.json()["username"] if answer.status_code == 200 else None


def known_as(provider: Provider, **claims: Any) -> None:
    provider.claims = {"sub": "4711", "name": "Nora"} | claims


def test_the_button_is_there_only_where_it_was_set_up(provider: Provider) -> None:
    path = "/_allauth/browser/v1/config"
    found = Client().get(path).json()["data"]["socialaccount"]["providers"]
    assert [(one["id"], one["name"]) for one in found] == [("sso", "Example")]
    with override_settings(SOCIALACCOUNT_PROVIDERS={}):
        assert Client().get(path).json()["data"]["socialaccount"]["providers"] == []


def test_an_unknown_identity_makes_no_account_and_joins_nothing(
    cast: Cast, provider: Provider
) -> None:
    User.objects.filter(pk=cast.labeler.pk).update(email="labeler@example.com")
    known_as(provider, email="labeler@example.com", email_verified=True)
    people, memberships = User.objects.count(), Membership.objects.count()
    client = Client()
    assert "error=" in come(client)
    assert is_in(client) is None
    assert (User.objects.count(), Membership.objects.count()) == (people, memberships)
    assert not SocialAccount.objects.exists()


def test_a_person_links_their_identity_and_comes_in_by_it(cast: Cast, provider: Provider) -> None:
    known_as(provider)
    here = signed_in("labeler")
    assert come(here, "connect") == "/arrived"
    assert SocialAccount.objects.get().user == cast.labeler
    later = Client()
    assert come(later) == "/arrived"
    assert is_in(later) == "labeler"
    known_as(provider, sub="4712")
    assert "error=" in come(Client())


def test_a_verified_address_links_only_under_the_setting_and_never_staff(
    cast: Cast, provider: Provider
) -> None:
    User.objects.filter(pk=cast.labeler.pk).update(email="labeler@example.com")
    User.objects.filter(pk=cast.ml.pk).update(email="ml@example.com", is_staff=True)
    with override_settings(OIDC_LINK_BY_EMAIL=True):
        for sub, email, verified, expected in (
            ("1", "labeler@example.com", False, None),
            ("2", "nobody@example.com", True, None),
            ("3", "ml@example.com", True, None),
            ("4", "Labeler@example.com", True, "labeler"),
        ):
            known_as(provider, sub=sub, email=email, email_verified=verified)
            client = Client()
            come(client)
            assert is_in(client) == expected, email


def test_the_second_factor_is_asked_for_after_single_sign_on_too(
    cast: Cast, provider: Provider
) -> None:
    known_as(provider)
    come(signed_in("labeler"), "connect")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(cast.labeler, secret)
    client = Client()
    assert come(client) == "/arrived"
    assert is_in(client) is None
    assert send(client, f"{AUTH}/2fa/authenticate", code=code_of(secret)).status_code == 200
    assert is_in(client) == "labeler"
    assert Authenticator.objects.count() == 1


def test_whose_account_is_closed_does_not_come_in_by_it(cast: Cast, provider: Provider) -> None:
    known_as(provider)
    come(signed_in("labeler"), "connect")
    User.objects.filter(pk=cast.labeler.pk).update(is_active=False)
    client = Client()
    come(client)
    assert is_in(client) is None
    wrong = send(Client(), f"{AUTH}/login", username="labeler", password=PASSWORD)
    assert wrong.status_code != 200
