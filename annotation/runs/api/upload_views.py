"""Uploads in pieces, a look into them, and their check and import; the report of lines as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.incoming.report import as_csv, as_jsonl
from annotation.labeling.imports import planned_prompt_set
from annotation.lib.api import page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs import selectors
from annotation.runs.api import lookups
from annotation.runs.api.import_views import RawParser, body_length
from annotation.runs.api.serializers import RunSerializer
from annotation.runs.api.upload_serializers import (
    ImportRequestSerializer,
    NewUploadSerializer,
    PlanRequestSerializer,
    PreviewSerializer,
    UploadSerializer,
)
from annotation.runs.api.views import KEY, PAGE, RunAccess
from annotation.runs.models import Upload
from annotation.runs.services import plans, receiving
from annotation.runs.services.uploads import TooLarge

PIECE_TYPE = "application/octet-stream"
UPLOADERS = ("admin", "ml")


class UploadsView(TiebreakView):
    """The caller's own uploads that wait here, and new ones."""

    access = {"GET": roles(*UPLOADERS), "POST": roles(*UPLOADERS, scope="manage")}
    query = frozenset()
    ordering = "-id"

    @extend_schema(
        operation_id="uploads_list", parameters=PAGE, responses=page_of(UploadSerializer)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = selectors.uploads(project_id=self.project.id, user_id=self.person.pk)
        return paged(self, found, UploadSerializer)

    @extend_schema(
        operation_id="uploads_create",
        request=NewUploadSerializer,
        responses={201: UploadSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        body = NewUploadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        upload = receiving.begin_upload(
            project=self.project,
            user=self.person,
            filename=body.validated_data["filename"],
            length=body.validated_data["bytes"],
            fingerprint=body.validated_data.get("fingerprint", ""),
        )
        return Response(UploadSerializer(upload).data, status=status.HTTP_201_CREATED)


class UploadBase(TiebreakView):
    """What the views on one upload share. Admins upload rows, the ML team models."""

    thing = ("runs_upload", "upload_id")
    query = frozenset()

    @property
    def upload(self) -> Upload:
        return selectors.upload(self.kwargs["upload_id"])


class UploadView(UploadBase):
    access = {"GET": roles(*UPLOADERS), "DELETE": roles(*UPLOADERS, scope="manage")}

    @extend_schema(operation_id="uploads_retrieve", responses=UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        return Response(UploadSerializer(self.upload).data)

    @extend_schema(operation_id="uploads_discard", request=None, responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        receiving.discard(upload=self.upload, actor=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadContentView(UploadBase):
    """One piece of the file, at most 8 MiB, as the raw body."""

    access = {"PUT": roles(*UPLOADERS, scope="manage")}
    query = frozenset({"offset", "sha256"})

    def get_parsers(self) -> list[BaseParser]:
        return [RawParser(PIECE_TYPE)]

    @extend_schema(
        operation_id="uploads_receive",
        parameters=[
            OpenApiParameter("offset", int, required=True, description="where the piece begins"),
            OpenApiParameter("sha256", str, description="of the piece, hexadecimal"),
        ],
        request={PIECE_TYPE: OpenApiTypes.BINARY},
        responses=UploadSerializer,
    )
    def put(self, request: Request, upload_id: UUID) -> Response:
        if (request.content_type or "").partition(";")[0].strip() != PIECE_TYPE:
            raise exceptions.UnsupportedMediaType(request.content_type or "nothing")
        upload = self.upload
        offset = request.query_params.get("offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) <= 15):
            raise exceptions.ValidationError({"offset": ["Must be a whole number from 0."]})
        raw: HttpRequest = request._request
        length = body_length(raw)
        if length > receiving.MAX_PIECE:
            message = f"A piece may hold at most {receiving.MAX_PIECE} bytes."
            raise TooLarge("too_large", message)
        data = _body(raw, length)
        upload = receiving.receive(
            upload=upload,
            offset=int(offset),
            data=data,
            sha256=request.query_params.get("sha256", ""),
        )
        return Response(UploadSerializer(upload).data)


def _body(raw: HttpRequest, length: int) -> bytes:
    """What arrived of the body; a piece that was cut is still good to its end."""
    data = bytearray()
    try:
        while len(data) < length and (piece := raw.read(min(1 << 20, length - len(data)))):
            data += piece
    except OSError:
        pass
    return bytes(data)


class UploadPreviewView(UploadBase):
    """What is in the file, and its first rows as they would be imported. Writes nothing."""

    access = {"POST": roles("admin")}

    @extend_schema(
        operation_id="uploads_preview", request=PlanRequestSerializer, responses=PreviewSerializer
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        body = PlanRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        found = plans.preview(self.upload, body.validated_data)
        return Response(PreviewSerializer(found).data)


class UploadImportsView(UploadBase):
    """Check the whole file (`dry_run`), or import it."""

    access = {"POST": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="uploads_import",
        parameters=[KEY],
        request=ImportRequestSerializer,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        body = ImportRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = dict(body.validated_data)
        upload = self.upload
        plan = plans.plan_of(upload, wish).plan
        with transaction.atomic():
            run = receiving.start_import(
                upload=upload,
                user=self.person,
                kind=plan.kind,
                plan=plan.as_dict(),
                prompt_set=self._target(plan.kind, wish),
                dry_run=wish["dry_run"],
                idempotency_key=lookups.idempotency_key(request),
            )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    def _target(self, kind: str, wish: dict[str, Any]) -> Any:
        name = wish.get("prompt_set_name", "").strip()
        if bool(wish.get("prompt_set")) == bool(name):
            raise exceptions.ValidationError(
                {"prompt_set": ["Give either prompt_set (an id) or prompt_set_name."]}
            )
        asked = {
            "project": self.project,
            "kind": kind,
            "prompt_set_id": wish.get("prompt_set"),
            "name": name,
            "purpose": wish.get("purpose", ""),
            "language": wish.get("language", ""),
        }
        return planned_prompt_set(**asked)


class RunIssuesFileView(RunAccess):
    """The refused lines of an import as a file."""

    access = {"GET": roles("ml", "admin")}
    query = frozenset()

    @extend_schema(
        operation_id="run_issues_download",
        parameters=[OpenApiParameter("ending", str, OpenApiParameter.PATH, enum=["csv", "jsonl"])],
        responses={
            (200, "text/csv"): OpenApiTypes.BINARY,
            (200, "application/x-ndjson"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, run_id: UUID, ending: str) -> StreamingHttpResponse:
        if ending not in ("csv", "jsonl"):
            raise exceptions.NotFound("There is no such report.")
        rows = selectors.issues(run_id).order_by("line", "id")
        found = rows.values_list("line", "field", "rule", "message").iterator(chunk_size=1000)
        return StreamingHttpResponse(
            as_csv(found) if ending == "csv" else as_jsonl(found),
            content_type="text/csv" if ending == "csv" else "application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="report.{ending}"'},
        )
