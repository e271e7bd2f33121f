"""Where somebody is signed in, and how that ends."""

from typing import Any

import pytest
from django.test import Client

from annotation.accounts.models import ApiToken, AuditEvent, User
from annotation.accounts.services import issue_token
from annotation.projects.api.people_serializers import shortened
from tests.annotation.accounts.test_second_factor import ACCOUNT, AUTH, send, signed_in
from tests.cast import PASSWORD, Cast, client_for

pytestmark = pytest.mark.django_db
LOGIN = f"{AUTH}/login"


def sessions(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/me/sessions").json()
    return found


def is_in(client: Client) -> bool:
    return client.get("/api/v1/me").status_code == 200


def test_my_sessions_with_one_ended_and_then_all_others(cast: Cast) -> None:
    here, second, third = (signed_in("labeler") for _ in range(3))
    found = sessions(here)
    assert [one["is_current"] for one in found].count(True) == 1
    assert {one["address"] for one in found} == {"127.0.0.0/24"}
    other = next(one for one in sessions(second) if one["is_current"])
    assert here.delete(f"/api/v1/me/sessions/{other['id']}").status_code == 204
    assert (is_in(here), is_in(second), is_in(third)) == (True, False, True)
    assert here.delete("/api/v1/me/sessions").json() == {"ended": 1}
    assert (is_in(here), is_in(third)) == (True, False)


def test_an_address_is_shown_as_its_network() -> None:
    assert shortened("203.0.113.77") == "203.0.113.0/24"
    assert shortened("2001:db8:1234:5678::1") == "2001:db8:1234::/48"


def test_an_admin_signs_a_member_out_and_nobody_else(cast: Cast) -> None:
    theirs, strangers = signed_in("labeler"), signed_in("outsider")
    address = f"/api/v1/projects/{cast.project.id}/members"
    answer = client_for(cast.admin).delete(f"{address}/{cast.labeler.id}/sessions")
    assert answer.json() == {"ended": 1}
    assert not is_in(theirs)
    foreign = client_for(cast.admin).delete(f"{address}/{cast.outsider.id}/sessions")
    assert foreign.status_code == 404
    assert is_in(strangers)
    assert AuditEvent.objects.get(action="sessions.ended").actor == cast.admin


def test_staff_end_an_account_everywhere_at_once(cast: Cast) -> None:
    User.objects.filter(id=cast.ml.id).update(is_staff=True)
    staff = client_for(User.objects.get(id=cast.ml.id))
    theirs = signed_in("labeler")
    issue_token(user=cast.labeler, name="t", scopes=["read"], days=1)
    address = f"/api/v1/people/{cast.labeler.id}/access"
    for _ in range(2):
        assert (
            staff.patch(address, {"is_active": False}, format="json").json()["is_active"] is False
        )
    assert not is_in(theirs)
    assert ApiToken.objects.get().revoked_at is not None
    refused = send(
        Client(), "/_allauth/browser/v1/auth/login", username="labeler", password=PASSWORD
    )
    assert refused.status_code != 200
    event = AuditEvent.objects.get(action="person.changed")
    assert (event.before, event.after) == ({"is_active": True}, {"is_active": False})
    assert staff.patch(address, {"is_active": True}, format="json").status_code == 200
    assert is_in(signed_in("labeler"))
    assert ApiToken.objects.get().revoked_at is not None  # what was revoked stays revoked


def test_a_new_password_ends_the_other_sessions(cast: Cast) -> None:
    here, elsewhere = signed_in("labeler"), signed_in("labeler")
    path = f"{ACCOUNT}/password/change"
    wrong = send(here, path, current_password="no", new_password="seven tall herons")
    assert wrong.status_code == 400
    weak = send(here, path, current_password=PASSWORD, new_password="short")
    assert weak.status_code == 400
    done = send(here, path, current_password=PASSWORD, new_password="seven tall herons")
    assert done.status_code in (200, 401)
    assert not is_in(elsewhere)


def test_nobody_names_an_address_for_themselves(cast: Cast) -> None:
    here = signed_in("labeler")
    answer = send(here, f"{ACCOUNT}/email", email="boss@example.com")
    assert answer.status_code == 404


def test_an_office_of_fifty_signs_in_from_one_address_within_a_minute(cast: Cast) -> None:
    for _ in range(50):
        signed_in("labeler")


def test_wrong_passwords_close_one_account_and_no_other(cast: Cast) -> None:
    def status(name: str, password: str) -> int:
        code: int = send(Client(), LOGIN, username=name, password=password).status_code
        return code

    for _ in range(5):
        assert status("labeler", "wrong-horse-battery") == 400
    refused = send(Client(), LOGIN, username="labeler", password=PASSWORD)
    assert refused.json()["errors"][0]["code"] == "too_many_login_attempts"
    for _ in range(2):  # more than ten in a minute from this address
        for name in ("second_labeler", "reviewer", "admin"):
            assert status(name, "wrong-horse-battery") == 400
    assert status("ml", PASSWORD) == 200


@pytest.mark.parametrize("address", ["labeler@example.org", "nobody@example.org"])
def test_nobody_has_a_mail_sent_to_an_address_or_learns_whose_it_is(
    cast: Cast, mailoutbox: list[Any], address: str
) -> None:
    User.objects.filter(pk=cast.labeler.pk).update(email="labeler@example.org")
    answer = send(Client(), f"{AUTH}/password/request", email=address)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert send(Client(), f"{AUTH}/password/reset", key="k", password="x").status_code == 404
    assert mailoutbox == []


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"username": "\\ud800", "password": "x"}', '{"username": NaN}', "{", "\xff"],
)
def test_a_body_that_is_no_strict_json_is_refused_at_the_door_too(cast: Cast, body: str) -> None:
    data = body.encode("latin-1")
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert Client().post(LOGIN, data, content_type=kind).status_code == 400, kind
    assert Client().post(LOGIN, {"username": "labeler"}).status_code == 400  # as multipart
