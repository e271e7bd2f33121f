"""Endpoints of the radar: the project's settings, and what was caught in a run."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.projects.api.access import TiebreakView, roles
from annotation.runs import radar_selectors
from annotation.runs.api.radar_serializers import (
    RadarSettingsRequestSerializer,
    RadarSettingsSerializer,
    RunRadarSerializer,
)
from annotation.runs.api.views import READERS, RunAccess
from annotation.runs.services import radar


class RadarSettingsView(TiebreakView):
    """Whether and how the project looks for outputs of policies in training that look too good."""

    access = {"GET": roles(*READERS), "PUT": roles(*READERS, scope="train")}
    query = frozenset()

    @extend_schema(operation_id="radar_settings_retrieve", responses=RadarSettingsSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        found = radar_selectors.settings_of(self.project)
        return Response(RadarSettingsSerializer(found).data)

    @extend_schema(
        operation_id="radar_settings_save",
        request=RadarSettingsRequestSerializer,
        responses=RadarSettingsSerializer,
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        wish = RadarSettingsRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        saved = radar.save_settings(project=self.project, actor=self.person, **wish.validated_data)
        return Response(RadarSettingsSerializer(saved).data)


class RunRadarView(RunAccess):
    """What the radar caught in a run, and what people then said of it."""

    access = {"GET": roles(*READERS)}
    query = frozenset()

    @extend_schema(operation_id="run_radar_retrieve", responses=RunRadarSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunRadarSerializer(radar_selectors.report_of(self.run)).data)
