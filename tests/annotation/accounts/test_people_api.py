"""The signed-in person and their API tokens."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.accounts.models import ApiToken, AuditEvent, User
from tests.cast import PASSWORD, Cast, client_for

pytestmark = pytest.mark.django_db


def bearer(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def issue(person: User, *scopes: str) -> tuple[str, str]:
    body = {"name": "nightly", "scopes": scopes, "days": 7}
    answer = client_for(person).post("/api/v1/tokens", body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"], answer.json()["secret"]


def test_me_names_my_projects_and_roles(cast: Cast) -> None:
    me = client_for(cast.labeler).get("/api/v1/me").json()
    assert me["username"] == "labeler"
    assert [(m["project"]["name"], m["roles"]) for m in me["memberships"]] == [
        ("Answers", ["labeler"])
    ]
    assert client_for(None).get("/api/v1/me").status_code == 401


def test_people_choose_their_language_but_not_their_rights(cast: Cast) -> None:
    client = client_for(cast.labeler)
    answer = client.patch("/api/v1/me", {"locale": "zh-Hans"}, format="json")
    assert answer.json()["locale"] == "zh-Hans"
    refused = client.patch("/api/v1/me", {"is_staff": True}, format="json")
    assert refused.status_code == 400
    assert not User.objects.get(username="labeler").is_staff
    assert AuditEvent.objects.get().after == {"locale": "zh-Hans"}


@pytest.mark.parametrize("served", [False, True])
def test_staff_are_shown_the_way_to_the_back_office_where_there_is_one(
    cast: Cast, settings: Any, served: bool
) -> None:
    settings.ENV = settings.ENV.model_copy(update={"enable_admin": served})
    cast.admin.is_staff = True
    cast.admin.save()
    assert client_for(cast.admin).get("/api/v1/me").json()["back_office"] is served
    assert client_for(cast.labeler).get("/api/v1/me").json()["back_office"] is False


def test_a_token_is_shown_once_and_stored_as_a_hash(cast: Cast) -> None:
    token_id, secret = issue(cast.ml, "read")
    listed = client_for(cast.ml).get("/api/v1/tokens")
    assert [row["id"] for row in listed.json()["results"]] == [token_id]
    assert secret not in listed.content.decode()
    assert secret not in str(ApiToken.objects.values())
    assert bearer(secret).get("/api/v1/me").json()["username"] == "ml"


def test_a_token_does_no_more_than_its_scopes(cast: Cast) -> None:
    _, secret = issue(cast.admin, "read")
    project = f"/api/v1/projects/{cast.project.id}"
    assert bearer(secret).get(project).status_code == 200
    assert bearer(secret).patch(project, {"state": "paused"}, format="json").status_code == 403
    _, stronger = issue(cast.admin, "manage")
    assert bearer(stronger).patch(project, {"state": "paused"}, format="json").status_code == 200
    assert bearer(stronger).get(project).status_code == 403


def test_a_token_can_neither_see_nor_make_nor_revoke_tokens(cast: Cast) -> None:
    token_id, secret = issue(cast.ml, "read", "manage", "label", "train")
    client = bearer(secret)
    assert client.get("/api/v1/tokens").status_code == 403
    body = {"name": "x", "scopes": ["read"], "days": 1}
    assert client.post("/api/v1/tokens", body, format="json").status_code == 403
    assert client.delete(f"/api/v1/tokens/{token_id}").status_code == 403


def test_a_revoked_token_is_dead_and_only_its_owner_revokes_it(cast: Cast) -> None:
    token_id, secret = issue(cast.ml, "read")
    assert client_for(cast.admin).delete(f"/api/v1/tokens/{token_id}").status_code == 404
    assert client_for(cast.ml).delete(f"/api/v1/tokens/{token_id}").status_code == 204
    assert client_for(cast.ml).delete(f"/api/v1/tokens/{token_id}").status_code == 404
    assert bearer(secret).get("/api/v1/me").status_code == 401


def test_tokens_live_at_most_90_days(cast: Cast) -> None:
    body = {"name": "x", "scopes": ["read"], "days": 91}
    assert client_for(cast.ml).post("/api/v1/tokens", body, format="json").status_code == 400
    assert ApiToken.objects.count() == 0


def test_the_browser_signs_in_and_out_through_allauth(cast: Cast) -> None:
    client = Client(headers={"host": "localhost"})
    login = {"username": "labeler", "password": PASSWORD}
    base = "/_allauth/browser/v1/auth"
    wrong = client.post(
        f"{base}/login", {**login, "password": "x"}, "application/json", secure=True
    )
    assert wrong.status_code == 400
    answer = client.post(f"{base}/login", login, "application/json", secure=True)
    assert answer.status_code == 200, answer.content
    assert client.get("/api/v1/me", secure=True).json()["username"] == "labeler"
    client.delete(f"{base}/session", secure=True)
    assert client.get("/api/v1/me", secure=True).status_code == 401


def test_a_session_without_the_csrf_token_writes_nothing(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.labeler)
    answer = client.patch("/api/v1/me", {"locale": "zh-Hans"}, "application/json", secure=True)
    assert answer.status_code == 403
    assert User.objects.get(username="labeler").locale == "en"


def test_somebody_who_stands_for_imported_data_cannot_sign_in(cast: Cast) -> None:
    User.objects.create(
        username="imported-1", is_active=False, is_pseudonymous=True, password=cast.ml.password
    )
    login = {"username": "imported-1", "password": PASSWORD}
    client = Client()
    answer = client.post("/_allauth/browser/v1/auth/login", login, "application/json", secure=True)
    assert answer.status_code in (400, 401, 403)
    assert client.get("/api/v1/me", secure=True).status_code == 401
