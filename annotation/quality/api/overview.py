"""The dashboard's numbers over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.figures import figures
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
    counted_at = serializers.DateTimeField(help_text="a large project is counted every so often")


class OverviewView(TiebreakView):
    """How far is the project?"""

    access = {"GET": roles(Role.ADMIN, Role.REVIEWER, Role.ML)}

    @extend_schema(operation_id="projects_overview", responses=Overview)
    def get(self, request: Request, project_id: UUID) -> Response:
        body, moment = figures(self.project, overview_of)
        return Response(Overview({**body, "counted_at": moment}).data)
