"""Groups of labelers and what a labeler may be given, over HTTP and in the database."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotation.accounts.models import AuditEvent
from annotation.projects.models import Group, GroupMember, Membership
from tests.annotation.labeling.work import prompt_set, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def ask(cast: Cast, method: str, tail: str, body: Any = None) -> Any:
    act = getattr(client_for(cast.admin), method)
    return act(f"/api/v1/{tail}", body, format="json")


def make(cast: Cast, name: str = "Medicine", **more: Any) -> Any:
    return ask(cast, "post", f"projects/{cast.project.id}/groups", {"name": name, **more})


def test_a_group_is_made_changed_and_dissolved_and_all_of_it_is_audited(cast: Cast) -> None:
    made = make(cast, members=[str(cast.labeler.id)])
    assert made.status_code == 201, made.content
    assert [one["username"] for one in made.json()["members"]] == ["labeler"]
    address = f"groups/{made.json()['id']}"
    changed = ask(cast, "patch", address, {"members": [str(cast.second_labeler.id)]}).json()
    assert [one["username"] for one in changed["members"]] == ["second_labeler"]
    ask(cast, "patch", address, {"members": [str(cast.second_labeler.id)]})  # nothing new
    assert ask(cast, "delete", address).status_code == 204
    actions = AuditEvent.objects.filter(project_id=cast.project.id).order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "group.created",
        "group.changed",
        "group.deleted",
    ]


def test_a_name_is_taken_once_and_members_are_labelers_of_the_project(cast: Cast) -> None:
    make(cast)
    again = make(cast).json()
    assert (again["code"], again["errors"][0]["field"]) == ("name_taken", "name")
    for stranger in (cast.reviewer, cast.outsider):
        refused = make(cast, "Other", members=[str(stranger.id)])
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "members")
    assert Group.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["Nig\u200bht", "\u200dNight", "Night\u3164", "Ni\u00adght", "\u200b"]
)
def test_two_names_never_look_the_same(cast: Cast, name: str) -> None:
    refused = make(cast, name)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["rule"]) == (400, "name", "hidden_character")
    assert "U+" in error["message"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Night \n shift ", "Night shift"),
        ("Cafe\u0301", "Café"),
        ("夜班\u3000一组", "夜班 一组"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
    ],
)
def test_names_of_all_scripts_stay_in_one_line(cast: Cast, given: str, kept: str) -> None:
    assert make(cast, given).json()["name"] == kept


def test_the_database_keeps_groups_in_one_project(cast: Cast) -> None:
    group = Group.objects.create(project=cast.project, name="G")
    for held in (
        Membership.objects.get(user=cast.outsider, role="labeler"),
        Membership.objects.get(user=cast.reviewer, role="reviewer"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            GroupMember.objects.create(group=group, membership=held)


def test_whoever_stops_being_a_labeler_leaves_the_groups(cast: Cast) -> None:
    make(cast, members=[str(cast.labeler.id)])
    ask(cast, "delete", f"projects/{cast.project.id}/members/{cast.labeler.id}")
    assert not GroupMember.objects.exists()


def test_a_group_for_which_work_waits_cannot_be_dissolved(cast: Cast) -> None:
    group = make(cast).json()["id"]
    prompts = prompt_set(cast.project)
    prompts.reserved_for = [group]
    prompts.save()
    refused = ask(cast, "delete", f"groups/{group}")
    assert (refused.status_code, refused.json()["code"]) == (409, "group_in_use")
    ranking_item(cast.project)
    prompts.reserved_for = []
    prompts.save()
    assert ask(cast, "delete", f"groups/{group}").json()["code"] == "group_in_use"  # an open slot


def test_what_a_labeler_reads_and_may_do_is_set_and_audited(cast: Cast) -> None:
    group = make(cast).json()["id"]
    address = f"projects/{cast.project.id}/labelers/{cast.labeler.id}"
    wish = {"languages": ["zh-Hans", "en"], "daily_cap": 40, "groups": [group]}
    told = ask(cast, "patch", address, wish).json()
    assert told["languages"] == ["en", "zh-Hans"]
    assert told["daily_cap"] == 40
    assert told["groups"] == [{"id": group, "name": "Medicine"}]
    event = AuditEvent.objects.get(action="labeler.changed")
    assert event.before["languages"] == []
    assert event.after["groups"] == ["Medicine"]
    rows = ask(cast, "get", f"projects/{cast.project.id}/labelers").json()
    assert [row["username"] for row in rows] == ["labeler", "second_labeler"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"languages": ["Chinese!"]}, "languages"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"groups": ["0190e0e0-0000-7000-8000-000000000000"]}, "groups"),
    ],
)
def test_wishes_that_make_no_sense_are_refused_by_field(
    cast: Cast, wish: dict[str, Any], field: str
) -> None:
    answer = ask(cast, "patch", f"projects/{cast.project.id}/labelers/{cast.labeler.id}", wish)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    nobody = ask(cast, "patch", f"projects/{cast.project.id}/labelers/{cast.reviewer.id}", {})
    assert nobody.status_code == 404
