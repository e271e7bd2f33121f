"""Inviting by link: the token is told once, works as often as it says, and bad ones all look alike."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.accounts.models import AuditEvent, User
from annotation.accounts.services import pseudonym_username
from annotation.projects.invitations import digest_of
from annotation.projects.models import Invitation, InvitationUse, Membership
from annotation.projects.services import imported_labelers
from tests.cast import PASSWORD, Cast, client_for

pytestmark = pytest.mark.django_db
STRONG = "seven tall herons"


def made(cast: Cast, **wish: Any) -> dict[str, Any]:
    body = {"roles": ["labeler"], "days": 7} | wish
    address = f"/api/v1/projects/{cast.project.id}/invitations"
    answer = client_for(cast.admin).post(address, body, format="json")
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def post(who: User | None, act: str, **body: Any) -> Any:
    return client_for(who).post(f"/api/v1/invitations/{act}", body, format="json")


def roles_of(person: User, cast: Cast) -> list[str]:
    held = Membership.objects.filter(user=person, project=cast.project)
    return sorted(held.values_list("role", flat=True))


def test_the_token_is_told_once_and_stored_as_a_hash(cast: Cast) -> None:
    token = made(cast)["token"]
    assert Invitation.objects.get().digest == digest_of(token)
    listed = client_for(cast.admin).get(f"/api/v1/projects/{cast.project.id}/invitations").json()
    assert token not in str(listed)
    assert listed["results"][0]["uses"] == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM projects_invitation i")
        assert token.removeprefix("tbi_") not in cursor.fetchone()[0]


def test_a_stranger_signs_up_joins_and_can_sign_in(cast: Cast) -> None:
    token = made(cast, roles=["labeler", "reviewer"], email="nora@example.com")["token"]
    seen = post(None, "open", token=token).json()
    assert seen == {
        "project_name": "Answers",
        "language": "en",
        "roles": ["labeler", "reviewer"],
        "invited_by": "Admin",
        "for_one_address": True,
    }
    answer = post(None, "sign-up", token=token, username="nora", password=STRONG, locale="zh-Hans")
    assert answer.status_code == 201, answer.content
    nora = User.objects.get(username="nora")
    assert (nora.email, nora.locale) == ("nora@example.com", "zh-Hans")
    assert nora.check_password(STRONG)
    assert not nora.is_staff
    assert roles_of(nora, cast) == ["labeler", "reviewer"]
    acts = AuditEvent.objects.filter(actor=nora).order_by("id").values_list("action", flat=True)
    assert list(acts) == ["person.created", "member.joined"]


def test_opening_the_link_twice_joins_once(cast: Cast) -> None:
    token = made(cast, uses_max=2)["token"]
    for _ in range(3):
        answer = post(cast.outsider, "accept", token=token)
        assert answer.json()["project_id"] == str(cast.project.id)
    assert InvitationUse.objects.count() == 1
    assert roles_of(cast.outsider, cast) == ["labeler"]


def test_roles_come_on_top_of_those_held(cast: Cast) -> None:
    token = made(cast, roles=["reviewer"])["token"]
    assert post(cast.labeler, "accept", token=token).status_code == 200
    assert roles_of(cast.labeler, cast) == ["labeler", "reviewer"]
    event = AuditEvent.objects.get(action="member.joined")
    assert (event.before["roles"], event.after["roles"]) == (["labeler"], ["labeler", "reviewer"])


def test_every_link_that_opens_nothing_gives_one_answer(cast: Cast) -> None:
    ended, revoked, used, archived = (made(cast) for _ in range(4))
    past = timezone.now() - timedelta(minutes=1)
    Invitation.objects.filter(id=ended["id"]).update(expires_at=past)
    address = f"/api/v1/projects/{cast.project.id}/invitations/{revoked['id']}"
    for _ in range(2):
        assert client_for(cast.admin).delete(address).status_code == 204
    assert AuditEvent.objects.filter(action="invitation.revoked").count() == 1
    assert post(cast.outsider, "accept", token=used["token"]).status_code == 200
    answers = set()
    for token in ("tbi_nothing", ended["token"], revoked["token"], used["token"]):
        for person, act, more in (
            (None, "open", {}),
            (cast.ml, "accept", {}),
            (None, "sign-up", {"username": "x", "password": STRONG}),
        ):
            answer = post(person, act, token=token, **more)
            problem = answer.json()
            answers.add((answer.status_code, problem["code"], problem["title"]))
    assert len(answers) == 1
    assert answers.pop()[:2] == (404, "invitation_unusable")
    cast.project.state = "archived"
    cast.project.save()
    assert post(None, "open", token=archived["token"]).status_code == 404


def test_who_was_removed_does_not_come_back_by_the_old_link(cast: Cast) -> None:
    token = made(cast, uses_max=5)["token"]
    post(cast.outsider, "accept", token=token)
    address = f"/api/v1/projects/{cast.project.id}/members/{cast.outsider.id}"
    assert client_for(cast.admin).delete(address).status_code == 204
    assert post(cast.outsider, "accept", token=token).json()["code"] == "invitation_unusable"


def test_an_invitation_for_one_address_is_for_nobody_else(cast: Cast) -> None:
    token = made(cast, email="nora@example.com")["token"]
    assert post(cast.outsider, "accept", token=token).json()["code"] == "other_person"
    User.objects.filter(id=cast.outsider.id).update(email="Nora@example.com")
    cast.outsider.refresh_from_db()
    refused = post(None, "sign-up", token=token, username="nora", password=STRONG)
    assert refused.json()["code"] == "has_account"
    assert post(cast.outsider, "accept", token=token).status_code == 200


def test_nobody_takes_the_name_of_a_labeler_that_an_import_will_bring(cast: Cast) -> None:
    token = made(cast)["token"]
    coming = pseudonym_username(cast.project.id, "wmt12", "ann-3")
    refused = post(None, "sign-up", token=token, username=coming, password=STRONG)
    assert (refused.status_code, refused.json()["code"]) == (422, "weak_credentials")
    found = imported_labelers(project=cast.project, wanted=[("wmt12", "ann-3")])
    assert [person.username for person in found.values()] == [coming]


def test_signing_up_refuses_names_that_are_taken_and_weak_passwords(cast: Cast) -> None:
    token = made(cast)["token"]
    taken = post(None, "sign-up", token=token, username="LABELER", password=STRONG)
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
    weak = post(None, "sign-up", token=token, username="nora", password="short")
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_credentials")
    client = client_for(None)
    body = {"token": token, "username": "nora", "password": "short"}
    chinese = client.post(
        "/api/v1/invitations/sign-up", body, format="json", HTTP_ACCEPT_LANGUAGE="zh-Hans"
    )
    assert "密码太短，至少需要 12 个字符。" in chinese.json()["title"]
    assert User.objects.filter(username="nora").count() == 0
    assert post(None, "open", token=token).status_code == 200  # nothing was used up
    assert PASSWORD not in str(weak.json())


def test_who_is_suspended_does_not_get_round_it_by_a_link(cast: Cast) -> None:
    token = made(cast, roles=["reviewer"])["token"]
    Membership.objects.filter(user=cast.labeler, project=cast.project).update(
        suspended_at=timezone.now()
    )
    assert post(cast.labeler, "accept", token=token).json()["code"] == "suspended"


def test_a_link_leads_straight_into_groups(cast: Cast) -> None:
    project = f"/api/v1/projects/{cast.project.id}"
    group = client_for(cast.admin).post(f"{project}/groups", {"name": "Medicine"}, format="json")
    wish = {"groups": [group.json()["id"]], "uses_max": 5}
    link = made(cast, **wish)
    assert link["groups"] == ["Medicine"]
    post(None, "sign-up", token=link["token"], username="nora", password=STRONG)
    # who is a labeler already enters the group alone, once
    for _ in range(2):
        assert post(cast.labeler, "accept", token=link["token"]).status_code == 200
    (row,) = client_for(cast.admin).get(f"{project}/groups").json()
    assert [each["username"] for each in row["members"]] == ["labeler", "nora"]
    assert Invitation.objects.get().used.count() == 2
    told = AuditEvent.objects.filter(action="labeler.changed", actor=cast.labeler).get()
    assert (told.before["groups"], told.after["groups"]) == ([], ["Medicine"])
    body = {"roles": ["reviewer"], "days": 7, "groups": wish["groups"]}
    refused = client_for(cast.admin).post(f"{project}/invitations", body, format="json")
    assert refused.json()["errors"][0]["rule"] == "no_labeler"
