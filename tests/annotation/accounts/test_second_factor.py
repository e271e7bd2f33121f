"""A second factor: set up in the browser, asked for at sign-in, and needed by the roles that say so."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client, override_settings

from annotation.accounts.models import AuditEvent, User
from annotation.projects.models import Membership
from tests.cast import PASSWORD, Cast, client_for
from tests.contracts.routes import api_routes, own_world

pytestmark = pytest.mark.django_db
AUTH = "/_allauth/browser/v1/auth"
ACCOUNT = "/_allauth/browser/v1/account"


def code_of(secret: str, shift: int = 0) -> str:
    """The code of the moment, by RFC 6238."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def signed_in(name: str) -> Client:
    client = Client()
    answer = send(client, f"{AUTH}/login", username=name, password=PASSWORD)
    assert answer.status_code == 200, answer.content
    return client


def send(client: Client, path: str, method: str = "post", **body: Any) -> Any:
    return getattr(client, method)(path, body, content_type="application/json")


def enrol(client: Client) -> str:
    """Set up a code generator, for which the password is asked again; returns its secret."""
    assert send(client, f"{AUTH}/reauthenticate", password=PASSWORD).status_code == 200
    secret: str = client.get(f"{ACCOUNT}/authenticators/totp").json()["meta"]["secret"]
    answer = send(client, f"{ACCOUNT}/authenticators/totp", code=code_of(secret))
    assert answer.status_code == 200, answer.content
    return secret


def test_after_setting_it_up_the_password_alone_opens_nothing(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    elsewhere, here = signed_in("admin"), signed_in("admin")
    with django_capture_on_commit_callbacks(execute=True):
        secret = enrol(here)
    assert here.get("/api/v1/me").json()["has_second_factor"] is True
    assert elsewhere.get("/api/v1/me").status_code == 401  # a session from before the factor ends
    again = Client()
    asked = send(again, f"{AUTH}/login", username="admin", password=PASSWORD)
    assert asked.status_code == 401
    assert again.get("/api/v1/me").status_code == 401
    wrong = send(again, f"{AUTH}/2fa/authenticate", code="000000")
    assert wrong.status_code == 400
    passed = send(again, f"{AUTH}/2fa/authenticate", code=code_of(secret, 1))
    assert passed.status_code == 200, passed.content
    assert again.get("/api/v1/me").status_code == 200
    assert AuditEvent.objects.filter(action="second_factor.added").exists()


def test_recovery_codes_are_shown_once_and_each_opens_once(cast: Cast) -> None:
    here = signed_in("admin")
    enrol(here)
    codes = here.get(f"{ACCOUNT}/authenticators/recovery-codes").json()["data"]["unused_codes"]
    assert len(codes) == 10
    later = here.get(f"{ACCOUNT}/authenticators/recovery-codes").json()["data"]
    assert "unused_codes" not in later
    for expected in (200, 400):
        again = Client()
        send(again, f"{AUTH}/login", username="admin", password=PASSWORD)
        answer = send(again, f"{AUTH}/2fa/authenticate", code=codes[0])
        assert answer.status_code == expected


def test_the_database_holds_no_secret_in_the_clear(cast: Cast) -> None:
    here = signed_in("admin")
    secret = enrol(here)
    codes = here.get(f"{ACCOUNT}/authenticators/recovery-codes").json()["data"]["unused_codes"]
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not any(code in kept for code in codes)
    with override_settings(SECRET_KEY="k" * 50, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))


def test_taking_it_away_asks_for_the_password_or_a_code_again(cast: Cast) -> None:
    here = signed_in("admin")
    secret = enrol(here)
    session = here.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**one, "at": one["at"] - 3600} for one in records]
    session.save()
    refused = send(here, f"{ACCOUNT}/authenticators/totp", "delete")
    assert refused.status_code == 401
    assert send(here, f"{AUTH}/2fa/reauthenticate", code=code_of(secret, 1)).status_code == 200
    assert send(here, f"{ACCOUNT}/authenticators/totp", "delete").status_code == 200
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.filter(action="second_factor.removed").exists()


@override_settings(REQUIRE_MFA_FOR=frozenset({"admin", "ml"}))
def test_every_endpoint_of_admins_and_the_ml_team_asks_for_the_factor(cast: Cast) -> None:
    values = own_world(cast).values
    checked = 0
    for route in api_routes():
        for method, rule in route.access.items():
            for name, person in (("admin", cast.admin), ("ml", cast.ml)):
                if rule.kind != "roles" or name not in rule.names:
                    continue
                answer = client_for(person).generic(
                    method, route.url(values), "{}", content_type="application/json"
                )
                assert answer.status_code == 403, (method, route.path)
                assert answer.json()["code"] == "second_factor_needed", (method, route.path)
                checked += 1
    assert checked > 90


@override_settings(REQUIRE_MFA_FOR=frozenset({"admin", "ml"}))
def test_labelers_are_not_asked_and_other_roles_of_an_admin_still_count(cast: Cast) -> None:
    claims = f"/api/v1/projects/{cast.project.id}/claims"
    project = f"/api/v1/projects/{cast.project.id}"
    assert client_for(cast.labeler).post(claims).status_code in (200, 204)
    assert client_for(cast.admin).get("/api/v1/me").json()["needs_second_factor"] == ["admin"]
    Membership.objects.create(project=cast.project, user=cast.admin, role="labeler")
    assert client_for(cast.admin).post(claims).status_code in (200, 204)
    seen = client_for(cast.admin).get(project).json()
    assert "judgments_per_item" not in seen  # as a labeler sees it
    Authenticator.objects.create(user=cast.admin, type="totp", data={})
    assert "judgments_per_item" in client_for(cast.admin).get(project).json()


@override_settings(REQUIRE_MFA_FOR=frozenset({"admin", "staff"}))
def test_tokens_and_acts_of_staff_need_the_factor_too(cast: Cast) -> None:
    wish = {"name": "t", "scopes": ["read"], "days": 1}
    refused = client_for(cast.admin).post("/api/v1/tokens", wish, format="json")
    assert refused.json()["code"] == "second_factor_needed"
    assert client_for(cast.labeler).post("/api/v1/tokens", wish, format="json").status_code == 201
    User.objects.filter(id=cast.ml.id).update(is_staff=True)
    cast.ml.refresh_from_db()
    new = client_for(cast.ml).post(
        "/api/v1/projects", {"name": "N", "language": "en"}, format="json"
    )
    assert new.json()["code"] == "second_factor_needed"
    Authenticator.objects.create(user=cast.ml, type="totp", data={})
    new = client_for(cast.ml).post(
        "/api/v1/projects", {"name": "N", "language": "en"}, format="json"
    )
    assert new.status_code == 201
