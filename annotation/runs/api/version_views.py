"""Versions with everything around them: card, lineage, coming into use, download, import."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.services import record
from annotation.lib import parts
from annotation.lib.errors import Conflict
from annotation.lib.storage import is_remote
from annotation.projects.api.access import TiebreakView, roles
from annotation.registry import store
from annotation.registry.api.serializers import VersionSerializer
from annotation.registry.api.views import READERS, VersionAccess
from annotation.registry.models import ModelVersion
from annotation.runs import lineage_graph
from annotation.runs.api import lookups
from annotation.runs.api.serializers import RunSerializer
from annotation.runs.api.upload_views import UploadBase
from annotation.runs.api.version_serializers import (
    LineageSerializer,
    PromotionSerializer,
    VersionCardSerializer,
    VersionImportSerializer,
)
from annotation.runs.api.views import KEY
from annotation.runs.model_card import readme
from annotation.runs.services.model_imports import start_model_import
from annotation.runs.services.promoting import promote_checked
from annotation.runs.version_facts import facts_of

TAKERS = ("ml", "admin")


class LineageView(TiebreakView):
    """What came from what in a project."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="lineage_retrieve", responses=LineageSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(LineageSerializer(lineage_graph.lineage_of(self.project.pk)).data)


class VersionCardView(VersionAccess):
    """One version, where it comes from, what it is used for, and what stands in the way of using it."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="versions_card", responses=VersionCardSerializer)
    def get(self, request: Request, version_id: UUID) -> Response:
        return Response(VersionCardSerializer(facts_of(self.version)).data)


class PromoteVersionView(VersionAccess):
    """Bring a version into use; where a check does not hold, only with a reason."""

    access = {"POST": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(
        operation_id="versions_promote", request=PromotionSerializer, responses=VersionSerializer
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        body = PromotionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        promote_checked(
            version=self.version, actor=self.actor, reason=body.validated_data.get("reason", "")
        )
        return self.answer()


class VersionArchiveView(VersionAccess):
    """A version as a tar of a Hugging Face directory with a README; every byte is checked before."""

    access = {"GET": roles(*TAKERS)}
    query = frozenset()

    @extend_schema(
        operation_id="versions_archive",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, version_id: UUID) -> HttpResponseBase:
        version = self.version
        if version.is_served:
            words = "A server runs this policy: there are no weights here to download."
            raise Conflict("served_policy", words)
        whole = parts.is_from_the_start(request._request)
        try:
            sizes = _sizes(version, whole)
        except store.ArtifactDamaged as error:
            words = f"The files of this version are damaged and are not sent: {error}."
            raise Conflict("artifact_damaged", words) from None
        name = f"{version.kind}-{version.number}"
        files = version.artifact.files
        sums = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files.items()))
        segments = parts.of_archive(
            name,
            [
                *((path, store.sendable(version.artifact, path, sizes[path])) for path in files),
                ("README.md", readme(facts_of(version)).encode()),
                (store.SUMS, sums.encode()),
            ],
        )
        length = parts.length_of(segments)  # the README tells more as time goes on
        answer = parts.sent(
            request._request,
            segments,
            name=f"{name}.tar",
            tag=f"{version.artifact_id}/{length}",
        )
        if whole and answer.status_code != 416:
            self._told(version)
        return answer

    def _told(self, version: ModelVersion) -> None:
        after = {"digest": version.artifact_id, "kind": version.kind, "number": version.number}
        record(actor=self.actor, action="version.downloaded", thing=version, after=after)


def _sizes(version: ModelVersion, whole: bool) -> dict[str, int]:
    """Bytes of every file. Those on this disk are checked before the first is sent, others as they pass."""
    if whole and not is_remote():
        store.verified(version.artifact)
    sizes = store.sizes_of(version.artifact)
    if missing := sorted(set(version.artifact.files) - set(sizes)):
        raise store.ArtifactDamaged(f"artifact {version.artifact_id[:12]}: {missing[0]} is missing")
    return sizes


class UploadVersionView(UploadBase):
    """Make an uploaded archive of a model directory a version."""

    access = {"POST": roles("ml", scope="manage")}

    @extend_schema(
        operation_id="uploads_import_version",
        parameters=[KEY],
        request=VersionImportSerializer,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        body = VersionImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = start_model_import(
            upload=self.upload,
            actor=self.person,
            idempotency_key=lookups.idempotency_key(request),
            **body.validated_data,
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
