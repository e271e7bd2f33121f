"""Handing in a file: the raw body goes to disk as it arrives, never into memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.models import PromptSet
from annotation.labeling.imports import planned_prompt_set
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs.api import lookups
from annotation.runs.api.serializers import RunSerializer
from annotation.runs.api.views import KEY
from annotation.runs.services.uploads import create_import

KINDS = ["prompts", "completions", "rankings", "demonstrations"]
TYPES = ("application/x-ndjson", "application/gzip", "application/octet-stream")


class LengthRequired(exceptions.APIException):
    status_code = 411
    default_detail = "The request must say how long the file is (Content-Length)."
    default_code = "length_required"


class RawParser(BaseParser):
    """For the API description; the view reads the body itself.

    The check of a session's CSRF token asks for the form in the body: there is none.
    """

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {}


class ImportsView(TiebreakView):
    """Prompts, completions, rankings or demonstrations as JSONL, plain or gzip."""

    access = {"POST": roles("admin", scope="manage")}
    query = frozenset({"kind", "prompt_set", "prompt_set_name", "purpose", "filename"})

    def get_parsers(self) -> list[BaseParser]:
        return [RawParser(media_type) for media_type in TYPES]

    @extend_schema(
        operation_id="imports_create",
        parameters=[
            OpenApiParameter("kind", str, enum=KINDS, required=True),
            OpenApiParameter("prompt_set", OpenApiTypes.UUID),
            OpenApiParameter("prompt_set_name", str),
            OpenApiParameter("purpose", str, enum=[name for name, _ in PromptSet.OFFERED]),
            OpenApiParameter("filename", str),
            KEY,
        ],
        request=dict.fromkeys(TYPES, OpenApiTypes.BINARY),
        responses={202: RunSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        if (request.content_type or "").partition(";")[0].strip() not in TYPES:
            raise exceptions.UnsupportedMediaType(request.content_type or "nothing")
        kind = lookups.choice(request, "kind", KINDS)
        if not kind:
            raise exceptions.ValidationError({"kind": [f"Must be one of {', '.join(KINDS)}."]})
        raw: HttpRequest = request._request
        run = create_import(
            project=self.project,
            user=lookups.person(request),
            kind=kind,
            filename=lookups.text(request, "filename", longest=200) or f"{kind}.jsonl",
            read=raw.read,
            length=body_length(raw),
            prompt_set=self._prompt_set(request, kind),
            idempotency_key=lookups.idempotency_key(request),
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    def _prompt_set(self, request: Request, kind: str) -> PromptSet:
        """The set that the rows go into: named by id, or by name (planned when there is none)."""
        text = request.query_params.get("prompt_set", "")
        name = lookups.text(request, "prompt_set_name", longest=120)
        if bool(text) == bool(name):
            raise exceptions.ValidationError(
                {"prompt_set": ["Give either prompt_set (an id) or prompt_set_name."]}
            )
        try:
            prompt_set_id = UUID(text) if text else None
        except ValueError:
            raise exceptions.ValidationError({"prompt_set": ["Must be a UUID."]}) from None
        return planned_prompt_set(
            project=self.project,
            kind=kind,
            prompt_set_id=prompt_set_id,
            name=name,
            purpose=lookups.choice(request, "purpose", [name for name, _ in PromptSet.OFFERED]),
        )


def body_length(raw: HttpRequest) -> int:
    text = str(raw.META.get("CONTENT_LENGTH") or "")
    if not text.isdigit():
        raise LengthRequired
    return int(text)
