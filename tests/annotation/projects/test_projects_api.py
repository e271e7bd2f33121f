"""Projects, members, guidelines and the audit trail over HTTP."""

from typing import Any

import pytest
from django.db import IntegrityError

from annotation.accounts.models import AuditEvent, User
from annotation.projects.models import Membership, Project
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db

STRONG = "seven tall herons"


def url(cast: Cast, tail: str = "") -> str:
    return f"/api/v1/projects/{cast.project.id}{tail}"


def actions(cast: Cast) -> list[str]:
    events = AuditEvent.objects.filter(project_id=cast.project.id).order_by("id")
    return list(events.values_list("action", flat=True))


def test_everybody_sees_only_their_own_projects(cast: Cast) -> None:
    mine = client_for(cast.labeler).get("/api/v1/projects").json()
    theirs = client_for(cast.outsider).get("/api/v1/projects").json()
    assert [project["name"] for project in mine] == ["Answers"]
    assert [project["name"] for project in theirs] == ["Elsewhere"]


def test_labelers_are_not_told_the_settings_of_the_campaign(cast: Cast) -> None:
    seen = client_for(cast.labeler).get(url(cast)).json()
    assert set(seen) == {
        "id", "name", "description", "language", "state", "mode", "steps", "allow_ties",
        "draw_cut", "write_better", "mark_spans", "take_notes", "axes", "flags",
    }  # fmt: skip
    assert client_for(cast.ml).get(url(cast)).json()["judgments_per_item"] == 1


def test_staff_start_a_project_and_run_it(cast: Cast) -> None:
    User.objects.filter(id=cast.ml.id).update(is_staff=True)
    cast.ml.refresh_from_db()
    client = client_for(cast.ml)
    answer = client.post("/api/v1/projects", {"name": "New", "language": "zh-Hans"}, format="json")
    assert answer.status_code == 201, answer.content
    roles = Membership.objects.filter(project_id=answer.json()["id"], user=cast.ml)
    assert sorted(roles.values_list("role", flat=True)) == ["admin", "ml"]
    again = client.post("/api/v1/projects", {"name": "New", "language": "en"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert [one["field"] for one in again.json()["errors"]] == ["name"]
    refused = client_for(cast.admin).post("/api/v1/projects", {"name": "X", "language": "en"})
    assert refused.status_code == 403


def test_a_change_of_settings_is_audited_with_before_and_after(cast: Cast) -> None:
    client = client_for(cast.admin)
    answer = client.patch(url(cast), {"state": "paused", "allow_ties": True}, format="json")
    assert answer.status_code == 200
    assert answer.json()["state"] == "paused"
    event = AuditEvent.objects.get(project_id=cast.project.id)
    assert (event.actor_id, event.action) == (cast.admin.id, "project.changed")
    assert (event.before, event.after) == ({"state": "active"}, {"state": "paused"})
    client.patch(url(cast), {"state": "paused"}, format="json")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"completions_per_item": 10}, "max_value"),
        ({"completions_per_item": 1}, "min_value"),
        ({"judgments_per_item": 51}, "max_value"),
        ({"language": "fr"}, "invalid_choice"),
        ({"created_by": None}, "unknown"),
        ({"flags": ["x" * 41]}, "max_length"),
    ],
)
def test_settings_out_of_range_are_refused_by_field(
    cast: Cast, change: dict[str, Any], rule: str
) -> None:
    answer = client_for(cast.admin).patch(url(cast), change, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(next(iter(change)))
    assert answer.json()["errors"][0]["rule"] == rule


def test_lease_bounds_must_be_in_order(cast: Cast) -> None:
    answer = client_for(cast.admin).patch(url(cast), {"lease_seconds_min": 5000}, format="json")
    errors = [(error["field"], error["rule"]) for error in answer.json()["errors"]]
    assert (answer.status_code, errors) == (400, [("lease_seconds_min", "lease_bounds")])
    assert Project.objects.get(id=cast.project.id).lease_seconds_min == 600


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"mode": "duel"}, "completions_per_item", "duel"),
        ({"steps": ["grade"], "axes": []}, "axes", "missing"),
        ({"steps": ["confirm", "confirm"]}, "steps", "twice"),
        ({"axes": ["helpful", "helpful"]}, "axes", "twice"),
        ({"flags": ["x", "y", "x"]}, "flags", "twice"),
        ({"mode": "dice"}, "mode", "invalid_choice"),
        ({"steps": ["dance"]}, "steps.0", "invalid_choice"),
    ],
)
def test_screens_that_contradict_themselves_are_refused_at_their_field(
    cast: Cast, change: dict[str, Any], field: str, rule: str
) -> None:
    answer = client_for(cast.admin).patch(url(cast), change, format="json")
    errors = [(error["field"], error["rule"]) for error in answer.json()["errors"]]
    assert (answer.status_code, errors) == (400, [(field, rule)])
    assert not AuditEvent.objects.filter(action="project.changed").exists()


def test_a_screen_is_chosen_seen_by_labelers_and_audited(cast: Cast) -> None:
    change = {
        "mode": "best_worst",
        "steps": ["grade", "confirm"],
        "axes": ["helpful", "温度"],
        "flags": ["harmful"],
        "draw_cut": False,
    }
    answer = client_for(cast.admin).patch(url(cast), change, format="json")
    assert answer.status_code == 200
    seen = client_for(cast.labeler).get(url(cast)).json()
    assert {name: seen[name] for name in change} == change
    event = AuditEvent.objects.get(action="project.changed")
    assert event.after == change
    assert event.before == {
        "mode": "tiers", "steps": [], "axes": ["overall"], "flags": [], "draw_cut": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"mode": "dice"}, "project_mode_known"),
        ({"steps": ["dance"]}, "project_steps_known"),
        ({"mode": "duel", "completions_per_item": 4}, "a_duel_has_two_sides"),
        ({"steps": ["grade"], "axes": []}, "grading_needs_an_axis"),
    ],
)
def test_the_database_refuses_screens_that_can_never_be(
    cast: Cast, broken: dict[str, Any], rule: str
) -> None:
    with pytest.raises(IntegrityError, match=rule):
        Project.objects.filter(id=cast.project.id).update(**broken)


def test_an_admin_adds_a_new_person_who_can_sign_in(cast: Cast) -> None:
    body = {"username": "wen", "password": STRONG, "display_name": "Wen", "roles": ["labeler"]}
    answer = client_for(cast.admin).post(url(cast, "/members"), body, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["roles"] == ["labeler"]
    assert STRONG not in answer.content.decode()
    assert User.objects.get(username="wen").check_password(STRONG)
    assert actions(cast) == ["person.created", "member.added"]


def test_an_existing_person_is_added_by_name_alone(cast: Cast) -> None:
    client = client_for(cast.admin)
    with_password = {"username": "outsider", "password": STRONG, "roles": ["labeler"]}
    refused = client.post(url(cast, "/members"), with_password, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "username_taken")
    assert not User.objects.get(username="outsider").check_password(STRONG)
    body = {"username": "outsider", "roles": ["labeler", "reviewer"]}
    assert client.post(url(cast, "/members"), body, format="json").status_code == 201
    assert client.post(url(cast, "/members"), body, format="json").status_code == 409
    unknown = client.post(
        url(cast, "/members"), {"username": "nobody", "roles": ["ml"]}, format="json"
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_person")


def test_weak_passwords_are_refused(cast: Cast) -> None:
    body = {"username": "wen", "password": "password1234", "roles": ["labeler"]}
    answer = client_for(cast.admin).post(url(cast, "/members"), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_credentials")
    assert not User.objects.filter(username="wen").exists()


def test_roles_are_replaced_and_the_last_admin_stays(cast: Cast) -> None:
    client = client_for(cast.admin)
    member = url(cast, f"/members/{cast.labeler.id}")
    answer = client.patch(member, {"roles": ["ml", "reviewer"]}, format="json")
    assert answer.json()["roles"] == ["ml", "reviewer"]
    assert client_for(cast.labeler).get(url(cast, "/audit")).status_code == 403
    me = url(cast, f"/members/{cast.admin.id}")
    assert client.delete(me).json()["code"] == "last_admin"
    assert client.patch(me, {"roles": ["ml"]}, format="json").status_code == 409
    assert client.delete(member).status_code == 204
    assert client.delete(member).status_code == 404
    assert client_for(cast.labeler).get(url(cast)).status_code == 404
    assert actions(cast) == ["member.changed", "member.removed"]


def test_only_admins_are_told_addresses(cast: Cast) -> None:
    User.objects.filter(id=cast.labeler.id).update(email="labeler@example.org")

    def told(person: User) -> set[str]:
        rows = client_for(person).get(url(cast, "/members")).json()["results"]
        assert {row["username"] for row in rows} == set(cast.people) - {"outsider"}
        return {row["email"] for row in rows}

    assert told(cast.admin) == {"", "labeler@example.org"}
    assert told(cast.reviewer) == {""}


def test_guidelines_grow_by_versions(cast: Cast) -> None:
    client = client_for(cast.admin)
    answer = client.post(url(cast, "/guidelines"), {"text": "Be kind.\n"}, format="json")
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    latest = client_for(cast.labeler).get(url(cast, "/guidelines/latest")).json()
    assert (latest["number"], latest["text"]) == (2, "Be kind.\n")
    listed = client_for(cast.labeler).get(url(cast, "/guidelines")).json()["results"]
    assert [version["number"] for version in listed] == [2, 1]
    assert client_for(cast.ml).post(url(cast, "/guidelines"), {"text": "x"}).status_code == 403


def test_guidelines_that_say_nothing_are_no_version(cast: Cast) -> None:
    client = client_for(cast.admin)
    for text in ("", " \n\t", "\u3000"):
        answer = client.post(url(cast, "/guidelines"), {"text": text}, format="json")
        assert answer.status_code == 400
        assert [(one["field"], one["rule"]) for one in answer.json()["errors"]] == [
            ("text", "blank")
        ]
    latest = client_for(cast.labeler).get(url(cast, "/guidelines/latest")).json()
    assert latest["number"] == 1


def test_the_audit_trail_is_paged_newest_first(cast: Cast) -> None:
    client = client_for(cast.admin)
    for number in range(5):
        client.patch(url(cast), {"description": f"d{number}"}, format="json")
    first = client.get(url(cast, "/audit?page_size=2")).json()
    assert [row["after"]["description"] for row in first["results"]] == ["d4", "d3"]
    second = client.get(first["next"]).json()
    assert [row["after"]["description"] for row in second["results"]] == ["d2", "d1"]
    assert second["results"][0]["actor"] == "admin"


@pytest.mark.parametrize(
    "query", ["user__password=x", "ordering=-id", "search=a", "cursor=cD14eXo="]
)
def test_filters_that_nobody_declared_are_refused(cast: Cast, query: str) -> None:
    answer = client_for(cast.admin).get(url(cast, f"/members?{query}"))
    assert answer.status_code == (404 if query.startswith("cursor") else 400)
    assert answer["Content-Type"] == "application/problem+json"
