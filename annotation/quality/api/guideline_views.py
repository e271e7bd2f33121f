"""How versions of the guidelines are used: who read them, how many judgments are pinned to each."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import StrictSerializer
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.review.guidelines import use_of


class GuidelineReader(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    read_at = serializers.DateTimeField()


class GuidelineUse(StrictSerializer):
    """One version: its readers among the labelers, and the judgments made under it."""

    number = serializers.IntegerField()
    judgments = serializers.IntegerField(help_text="rankings and demonstrations that count")
    readers = GuidelineReader(many=True)


class GuidelinesUse(StrictSerializer):
    """`labelers`: everybody who may label, by name, to see who has not read it yet."""

    labelers = serializers.ListField(child=serializers.CharField())
    versions = GuidelineUse(many=True)


class GuidelinesUseView(TiebreakView):
    """Who read which version, and what was judged under it."""

    access = {"GET": roles("admin", "reviewer")}

    @extend_schema(operation_id="guidelines_use", responses=GuidelinesUse)
    def get(self, request: Request, project_id: UUID) -> Response:
        found: dict[str, Any] = use_of(self.project)
        return Response(GuidelinesUse(found).data)
