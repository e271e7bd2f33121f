"""The dashboard's numbers over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Role
from annotation.quality.overview import overview_of


class Overview(serializers.Serializer[Any]):
    """A project in numbers."""

    items_open = serializers.IntegerField()
    items_done = serializers.IntegerField()
    items_triage = serializers.IntegerField()
    rankings = serializers.IntegerField()
    demonstrations = serializers.IntegerField()
    people = serializers.IntegerField()
    prompts = serializers.IntegerField()
    completions = serializers.IntegerField()
    versions = serializers.IntegerField()


class OverviewView(TiebreakView):
    """How far is the project?"""

    access = {"GET": roles(Role.ADMIN, Role.REVIEWER, Role.ML)}

    @extend_schema(operation_id="projects_overview", responses=Overview)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(Overview(overview_of(self.project)).data)
