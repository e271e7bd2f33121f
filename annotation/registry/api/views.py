"""Endpoints of the registry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import User
from annotation.projects.api.access import TiebreakView, roles
from annotation.registry import selectors, services
from annotation.registry.api.serializers import VersionSerializer
from annotation.registry.models import ModelVersion

READERS = ("ml", "admin", "reviewer")


class VersionsView(TiebreakView):
    """A project's policies and reward models."""

    access = {"GET": roles(*READERS)}
    query = frozenset({"kind"})

    @extend_schema(
        operation_id="versions_list",
        parameters=[OpenApiParameter("kind", str, enum=ModelVersion.Kind.values)],
        responses=VersionSerializer(many=True),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        kind = request.query_params.get("kind", "")
        if kind and kind not in ModelVersion.Kind.values:
            raise exceptions.ValidationError({"kind": ["Must be policy or reward."]})
        found = selectors.versions(project_id=project_id, kind=kind)
        return Response(VersionSerializer(found, many=True).data)


class VersionAccess(TiebreakView):
    """What the views on one version share."""

    version: ModelVersion

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.version = selectors.version(kwargs["version_id"])
        return self.version.project_id

    @property
    def actor(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def answer(self) -> Response:
        return Response(VersionSerializer(selectors.version(self.version.id)).data)


class VersionView(VersionAccess):
    access = {"GET": roles(*READERS)}

    @extend_schema(operation_id="versions_retrieve", responses=VersionSerializer)
    def get(self, request: Request, version_id: UUID) -> Response:
        return self.answer()


class RetireVersionView(VersionAccess):
    access = {"POST": roles("ml", scope="train")}

    @extend_schema(operation_id="versions_retire", request=None, responses=VersionSerializer)
    def post(self, request: Request, version_id: UUID) -> Response:
        services.retire(version=self.version, actor=self.actor)
        return self.answer()


class RestoreVersionView(VersionAccess):
    """Bring a retired version back as a candidate."""

    access = {"POST": roles("ml", scope="train")}

    @extend_schema(operation_id="versions_restore", request=None, responses=VersionSerializer)
    def post(self, request: Request, version_id: UUID) -> Response:
        services.restore(version=self.version, actor=self.actor)
        return self.answer()
