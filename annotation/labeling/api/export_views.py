"""Downloads: a project's rows as JSONL, plain or gzip, streamed."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request

from annotation.accounts.services import record
from annotation.corpus.exports import encode, zipped
from annotation.corpus.models import PromptSet
from annotation.labeling.exports import export_rows
from annotation.labeling.imports import KINDS
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Role

FILES = {f"{kind}.jsonl{ending}": kind for kind in KINDS for ending in ("", ".gz")}
PIECE = 64 * 1024


class ExportView(TiebreakView):
    """Prompts, completions, rankings or demonstrations of a project."""

    access = {"GET": roles(Role.ADMIN, Role.ML)}
    query = frozenset({"prompt_set"})

    @extend_schema(
        operation_id="exports_download",
        parameters=[
            OpenApiParameter("filename", str, OpenApiParameter.PATH, enum=list(FILES)),
            OpenApiParameter("prompt_set", OpenApiTypes.UUID, description="only of this set"),
        ],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.BINARY,
            (200, "application/gzip"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, project_id: UUID, filename: str) -> StreamingHttpResponse:
        if filename not in FILES:
            raise exceptions.NotFound("There is no such export.")
        prompt_set = self._prompt_set(request)
        record(
            actor=self.person,
            action="export.downloaded",
            thing=self.project,
            project_id=self.project.id,
            after={"file": filename, "prompt_set": str(prompt_set.id) if prompt_set else None},
        )
        rows = export_rows(FILES[filename], self.project, prompt_set, _let_go_of_connection)
        pieces = _pieces(encode(row) for row in rows)
        packed = filename.endswith(".gz")
        return StreamingHttpResponse(
            zipped(pieces) if packed else pieces,
            content_type="application/gzip" if packed else "application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="{filename}"'},
        )

    def _prompt_set(self, request: Request) -> PromptSet | None:
        text = request.query_params.get("prompt_set", "")
        if not text:
            return None
        try:
            key = UUID(text)
        except ValueError:
            raise exceptions.ValidationError({"prompt_set": ["Must be a UUID."]}) from None
        found = PromptSet.objects.filter(id=key, project=self.project).first()
        if found is None:
            raise exceptions.NotFound("The project has no such prompt set.")
        return found


def _let_go_of_connection() -> None:
    """Between chunks the pool gets its connection back: a slow download must not hold one."""
    if not connection.in_atomic_block:
        connection.close()


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines gathered into pieces worth a write."""
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
