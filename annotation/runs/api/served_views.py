"""Servers that run policies: which the deployment names, and making a model of one a version."""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import Name, StrictSerializer
from annotation.lib.servers import OFF, Kind, ModelServer, unsupported
from annotation.projects.api.access import TiebreakView, roles
from annotation.registry.api.views import READERS
from annotation.runs.api import lookups
from annotation.runs.api.serializers import RunSerializer
from annotation.runs.api.views import KEY
from annotation.runs.services.serving import register_served

KINDS: tuple[str, ...] = get_args(Kind)
_ALL_ON = {"strategy": "beam", **{name: off + 1 for name, off in OFF.items()}}


class ModelServerSerializer(StrictSerializer):
    """A server as the deployment names it; neither its address nor its key."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    models = serializers.ListField(child=serializers.CharField())
    requests_per_minute = serializers.IntegerField(allow_null=True)
    tokens_per_minute = serializers.IntegerField(allow_null=True)
    concurrency = serializers.IntegerField()
    unsupported = serializers.SerializerMethodField(
        help_text="settings of a sampling plan that it would not follow"
    )

    def get_unsupported(self, server: ModelServer) -> list[str]:
        return unsupported(server.kind, _ALL_ON)


class NewServedSerializer(StrictSerializer):
    """Which model of which server becomes a policy version."""

    server = serializers.CharField(max_length=40)
    model = serializers.CharField(max_length=200)
    name = Name(max_length=120)


class ModelServersView(TiebreakView):
    """The servers that this deployment names."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="model_servers_list", responses=ModelServerSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        found = list(settings.MODEL_SERVERS.values())
        return Response(ModelServerSerializer(found, many=True).data)


class ServedVersionsView(TiebreakView):
    """Make a model of a server a version: a worker asks the server what it is."""

    access = {"POST": roles("ml", scope="manage")}
    query = frozenset()

    @extend_schema(
        operation_id="served_versions_register",
        parameters=[KEY],
        request=NewServedSerializer,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        body = NewServedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = register_served(
            project=self.project,
            actor=self.person,
            idempotency_key=lookups.idempotency_key(request),
            **body.validated_data,
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
