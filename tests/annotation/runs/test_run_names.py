"""Names and notes of runs: for people alone, changed at any time, found again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from annotation.accounts.models import AuditEvent
from annotation.accounts.services import issue_token
from annotation.runs.models import Run
from annotation.runs.services import create_run
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
HOSTILE = "<img src=x onerror=hit()> abc"


def start(cast: Cast, key: str = "", **words: str) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    wish = {"kind": "export", **words}
    path = f"/api/v1/projects/{cast.project.pk}/runs"
    return client_for(cast.ml).post(path, wish, format="json", headers=headers)


def listed(cast: Cast, query: str) -> list[int]:
    answer = client_for(cast.ml).get(f"/api/v1/projects/{cast.project.pk}/runs{query}")
    return [row["number"] for row in answer.json()["results"]]


def test_a_run_begins_with_a_name_and_a_note_or_without(cast: Cast) -> None:
    made = start(cast, name=f"  {HOSTILE}  ", note="Line one\nline two")
    assert made.status_code == 202, made.content
    assert (made.json()["name"], made.json()["note"]) == (HOSTILE, "Line one\nline two")
    plain = start(cast)
    assert (plain.json()["name"], plain.json()["note"]) == ("", "")
    turned = start(cast, name="\u202eabc", note="\u202eabc")
    assert [one["field"] for one in turned.json()["errors"]] == ["name"]
    for field, longest in (("name", 80), ("note", 2000)):
        refused = start(cast, **{field: "x" * (longest + 1)})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
        assert str(longest) in refused.json()["errors"][0]["message"]
        assert start(cast, **{field: "x" * longest}).status_code == 202


def test_a_name_is_no_part_of_what_is_run_nor_of_what_a_key_stands_for(cast: Cast) -> None:
    key = str(uuid4())
    first, again = start(cast, key, name="one"), start(cast, key, name="two", note="more")
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["name"] == "one"
    plain = start(cast).json()
    assert first.json()["config"] == plain["config"]


def test_a_name_is_changed_by_who_may_start_runs_however_often_it_is_sent(cast: Cast) -> None:
    run = create_run(project=cast.project, kind="export", requested_by=cast.ml, name="first")
    path, wish = f"/api/v1/runs/{run.pk}", {"name": "second", "note": "It went well."}
    for person in (cast.admin, cast.reviewer, cast.labeler):
        assert client_for(person).patch(path, wish, format="json").status_code == 403
    assert client_for(cast.outsider).patch(path, wish, format="json").status_code == 404
    Run.objects.filter(pk=run.pk).update(status="cancelled")
    engineer = client_for(cast.ml)
    for _ in range(2):
        answer = engineer.patch(path, wish, format="json")
        assert (answer.status_code, answer.json()["name"]) == (200, "second")
    event = AuditEvent.objects.get(action="run.described")
    assert (event.actor, event.object_id) == (cast.ml, str(run.pk))
    assert (event.before, event.after) == ({"name": "first", "note": ""}, wish)
    left = engineer.patch(path, {"note": ""}, format="json").json()
    assert (left["name"], left["note"]) == ("second", "")
    last = AuditEvent.objects.filter(action="run.described").latest("id")
    assert (last.before, last.after) == ({"note": "It went well."}, {"note": ""})
    too_long = engineer.patch(path, {"name": "x" * 81}, format="json")
    assert (too_long.status_code, too_long.json()["errors"][0]["field"]) == (400, "name")
    assert engineer.patch(path, {"config": {}}, format="json").status_code == 400


def test_a_token_without_the_scope_to_train_renames_nothing(cast: Cast) -> None:
    run = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    _, secret = issue_token(user=cast.ml, name="reads", scopes=["read"], days=1)
    headers = {"Authorization": f"Bearer {secret}"}
    path = f"/api/v1/runs/{run.pk}"
    refused = client_for(None).patch(path, {"name": "x"}, format="json", headers=headers)
    assert refused.status_code == 403


def test_runs_are_found_by_what_their_name_holds(cast: Cast) -> None:
    for name in ("Small steps", "large STEPS", "", "100%_sure"):
        create_run(project=cast.project, kind="export", requested_by=cast.ml, name=name)
    assert listed(cast, "?name=steps") == [2, 1]
    assert listed(cast, "?name=steps&status=failed") == []
    assert listed(cast, "?name=%25_") == [4]
    assert listed(cast, "?name=") == [4, 3, 2, 1]
    path = f"/api/v1/projects/{cast.project.pk}/runs?name={'x' * 81}"
    assert client_for(cast.ml).get(path).status_code == 400
