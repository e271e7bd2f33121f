"""The audit trail: searched by anything, taken out as a file, and shown to be untouched."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from annotation.accounts.models import AuditEvent
from annotation.accounts.services import record
from annotation.delivery import audit
from annotation.projects.services import change_project
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def acts(cast: Cast) -> None:
    change_project(actor=cast.admin, project=cast.project, changes={"judgments_per_item": 3})
    change_project(actor=cast.ml, project=cast.project, changes={"description": "=SUM(A1)"})
    record(actor=cast.admin, action="item.voided", thing=cast.project, project_id=cast.project.id)
    record(actor=cast.outsider, action="item.voided", thing=cast.other_project,
           project_id=cast.other_project.id)  # fmt: skip


def found(cast: Cast, **query: Any) -> list[dict[str, Any]]:
    answer = client_for(cast.admin).get(f"/api/v1/projects/{cast.project.id}/audit", query)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_events_are_found_by_who_what_and_what_changed(cast: Cast) -> None:
    acts(cast)
    assert [row["action"] for row in found(cast)] == ["item.voided"] + ["project.changed"] * 2
    assert [row["actor"] for row in found(cast, action="project.")] == ["ml", "admin"]
    assert len(found(cast, actor=str(cast.admin.id))) == 2
    (change,) = found(cast, q="judgments_per")
    assert (change["before"], change["after"]) == (
        {"judgments_per_item": 1},
        {"judgments_per_item": 3},
    )
    assert found(cast, action="item") == found(cast, until="2020-01-01T00:00:00Z") == []
    assert len(found(cast, object_type="Project", object_id=str(cast.project.id))) == 3


def test_a_file_holds_the_same_rows_and_no_formula(cast: Cast) -> None:
    acts(cast)
    client, address = client_for(cast.admin), f"/api/v1/projects/{cast.project.id}/audit"
    lines = b"".join(client.get(f"{address}/audit.jsonl")).decode().splitlines()
    assert [json.loads(line)["action"] for line in lines] == [
        "audit.downloaded", "item.voided", "project.changed", "project.changed",
    ]  # fmt: skip
    hostile = {"action": "=cmd", "object_type": "Project", "object_id": "x"}
    AuditEvent.objects.bulk_create([AuditEvent(project_id=cast.project.id, **hostile)])
    text = b"".join(client.get(f"{address}/audit.csv", {"action": "=cmd"})).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["action"] == "'=cmd"
    assert AuditEvent.objects.filter(action="audit.downloaded").count() == 2


def test_the_chain_holds_until_somebody_rewrites_the_past(cast: Cast) -> None:
    acts(cast)
    assert audit.lay_chain() == 4
    assert audit.lay_chain() == 0
    record(actor=cast.admin, action="item.reopened", thing=cast.project, project_id=cast.project.id)
    call_command("verify_audit")
    chain = str(cast.project.id)
    assert (audit.verify(chain).links, audit.verify(chain).broken_at) == (4, None)
    victim = AuditEvent.objects.filter(action="project.changed").earliest("id")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(
            """UPDATE accounts_auditevent SET after = '{"judgments_per_item": 1}' WHERE id = %s""",
            [victim.pk],
        )
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")
    assert audit.verify(chain).broken_at == victim.pk
    assert audit.verify(str(cast.other_project.id)).broken_at is None
    with pytest.raises(SystemExit):
        call_command("verify_audit")
