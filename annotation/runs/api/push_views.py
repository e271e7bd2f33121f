"""Pushing a version to the deployment's hub, and what became of it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import Name, StrictSerializer, Told
from annotation.projects.api.access import roles
from annotation.registry.api.views import READERS, VersionAccess
from annotation.runs.api import lookups
from annotation.runs.api.serializers import RunSerializer
from annotation.runs.api.views import KEY
from annotation.runs.models import Run
from annotation.runs.services.pushing import hub, start_push

LATEST = 20


class NewPushSerializer(StrictSerializer):
    """The name of the repository within the organisation, and who may see one that is made anew."""

    name = Name(max_length=80)
    private = serializers.BooleanField(default=True)


class PushSerializer(StrictSerializer):
    """One push; `url` and `commit` are empty until it is done."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Run.Status.choices)
    repository = serializers.CharField(source="config.repository")
    url = serializers.SerializerMethodField()
    commit = serializers.SerializerMethodField()
    error_message = Told()
    created_at = serializers.DateTimeField()

    def get_url(self, run: Run) -> str:
        return str(run.report.get("url", ""))

    def get_commit(self, run: Run) -> str:
        return str(run.report.get("commit", ""))


class VersionPushesSerializer(StrictSerializer):
    """Where versions go (empty: nowhere), and the latest pushes of this one."""

    endpoint = serializers.CharField()
    organisation = serializers.CharField()
    pushes = PushSerializer(many=True)


class VersionPushesView(VersionAccess):
    """The pushes of a version."""

    access = {"GET": roles(*READERS), "POST": roles("ml", scope="manage")}
    query = frozenset()

    @extend_schema(operation_id="versions_pushes", responses=VersionPushesSerializer)
    def get(self, request: Request, version_id: UUID) -> Response:
        endpoint, organisation = hub()
        of_it = Q(policy_version=self.version) | Q(reward_version=self.version)
        pushes = Run.objects.filter(of_it, kind=Run.Kind.PUSH).order_by("-id")[:LATEST]
        found = {"endpoint": endpoint, "organisation": organisation, "pushes": pushes}
        return Response(VersionPushesSerializer(found).data)

    @extend_schema(
        operation_id="versions_push",
        parameters=[KEY],
        request=NewPushSerializer,
        responses={202: RunSerializer},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        body = NewPushSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = start_push(
            version=self.version,
            actor=self.person,
            idempotency_key=lookups.idempotency_key(request),
            **body.validated_data,
        )
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
