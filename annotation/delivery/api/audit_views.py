"""The audit trail over HTTP: searched, and as a file."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.services import record
from annotation.corpus.bulk import json_text
from annotation.delivery import audit
from annotation.delivery.api import forms
from annotation.lib.api import PAGE_QUERY, Cursor, page_of
from annotation.lib.translating import in_readers_language
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs.services.erasing import REASON as PERSON_DELETED

FILES = ("audit.csv", "audit.jsonl")
AT_ONCE = 500


class AuditBase(TiebreakView):
    """What the list and the files share."""

    query = frozenset(forms.AuditQuery().fields)

    def found(self, request: Request) -> Any:
        """The events that the address asks for."""
        names = forms.AuditQuery().fields
        given = {name: value for name, value in request.query_params.items() if name in names}
        form = forms.AuditQuery(data=given)
        form.is_valid(raise_exception=True)
        return audit.search(self.project.pk, audit.Search(**form.validated_data))


class AuditView(AuditBase):
    """What was done in the project, newest first."""

    access = {"GET": roles("admin")}

    @extend_schema(
        operation_id="audit_list",
        parameters=[forms.AuditQuery, *PAGE_QUERY],
        responses=page_of(forms.AuditEntry),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        pages = Cursor()
        rows = pages.paginate_queryset(self.found(request), request, self)
        return pages.get_paginated_response([_told(audit.row(event)) for event in rows or []])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a page shows it: a reason that no person gave is in our words. Files hold what is stored."""
    reason = (row["after"] or {}).get("reason")
    if not isinstance(reason, str) or not (row["actor"] is None or reason == PERSON_DELETED):
        return row
    return {**row, "after": {**row["after"], "reason": in_readers_language(reason)}}


class AuditFileView(AuditBase):
    """The same as a file, streamed; taking it is an act that is recorded."""

    access = {"GET": roles("admin")}

    @extend_schema(
        operation_id="audit_download",
        parameters=[
            OpenApiParameter("filename", str, OpenApiParameter.PATH, enum=list(FILES)),
            forms.AuditQuery,
        ],
        responses={
            (200, "text/csv"): OpenApiTypes.BINARY,
            (200, "application/x-ndjson"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, project_id: UUID, filename: str) -> StreamingHttpResponse:
        if filename not in FILES:
            raise exceptions.NotFound("There is no such file.")
        rows = _rows(self.found(request))
        asked = dict(request.query_params.items())
        record(
            actor=self.person,
            action="audit.downloaded",
            thing=self.project,
            project_id=self.project.pk,
            after={"file": filename, **asked},
        )
        is_csv = filename.endswith(".csv")
        return StreamingHttpResponse(
            _as_csv(rows) if is_csv else (f"{json_text(row)}\n".encode() for row in rows),
            content_type="text/csv" if is_csv else "application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="{filename}"'},
        )


def _rows(events: Any) -> Iterator[dict[str, Any]]:
    """Oldest last, a page at a time by key."""
    below = None
    while True:
        page = (
            events.order_by("-id") if below is None else events.order_by("-id").filter(id__lt=below)
        )
        found = list(page[:AT_ONCE])
        yield from (audit.row(event) for event in found)
        if len(found) < AT_ONCE:
            return
        below = found[-1].pk


def _as_csv(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """With a byte order mark, so that spreadsheets read 中文; what looks like a formula is quoted."""
    names = list(forms.AuditEntry().fields)
    yield ("\ufeff" + ",".join(names) + "\r\n").encode()
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(_cell(row[name]) for name in names)
        yield line.getvalue().encode()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json_text(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
