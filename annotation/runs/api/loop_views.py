"""Endpoints of schedules and rounds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.projects.api.access import TiebreakView, roles
from annotation.runs import selectors
from annotation.runs.api import lookups
from annotation.runs.api.serializers import (
    RoundRequestSerializer,
    RoundRunsSerializer,
    RoundSerializer,
    ScheduleChangeSerializer,
    ScheduleRequestSerializer,
    ScheduleSerializer,
)
from annotation.runs.models import Round, Schedule
from annotation.runs.services import rounds, schedules


class SchedulesView(TiebreakView):
    """When a project trains by itself; a plain list."""

    access = {"GET": roles("ml"), "POST": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(operation_id="schedules_list", responses=ScheduleSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(ScheduleSerializer(selectors.schedules(project_id), many=True).data)

    @extend_schema(
        operation_id="schedules_create",
        request=ScheduleRequestSerializer,
        responses={201: ScheduleSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = ScheduleRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = dict(wish.validated_data)
        data |= lookups.rows(project_id, {"prompt_set": data.pop("prompt_set")})
        made = schedules.create_schedule(
            project=self.project, actor=lookups.person(request), **data
        )
        answer = ScheduleSerializer(selectors.schedule(made.pk)).data
        return Response(answer, status=status.HTTP_201_CREATED)


class ScheduleView(TiebreakView):
    access = {"PATCH": roles("ml", scope="train"), "DELETE": roles("ml", scope="train")}
    schedule: Schedule

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.schedule = selectors.schedule(kwargs["schedule_id"])
        return self.schedule.project_id

    @extend_schema(
        operation_id="schedules_update",
        request=ScheduleChangeSerializer,
        responses=ScheduleSerializer,
    )
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        wish = ScheduleChangeSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        schedules.set_active(
            schedule=self.schedule, actor=lookups.person(request), **wish.validated_data
        )
        return Response(ScheduleSerializer(selectors.schedule(schedule_id)).data)

    @extend_schema(operation_id="schedules_delete", responses={204: None})
    def delete(self, request: Request, schedule_id: UUID) -> Response:
        schedules.remove(schedule=self.schedule, actor=lookups.person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RoundsView(TiebreakView):
    """The turns of the loop; a plain list."""

    access = {"GET": roles("ml", "admin"), "POST": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(operation_id="rounds_list", responses=RoundSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(RoundSerializer(selectors.rounds(project_id), many=True).data)

    @extend_schema(
        operation_id="rounds_create",
        request=RoundRequestSerializer,
        responses={201: RoundSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = RoundRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        policy = lookups.rows(project_id, wish.validated_data)
        opened = rounds.open_round(project=self.project, actor=lookups.person(request), **policy)
        return Response(RoundSerializer(opened).data, status=status.HTTP_201_CREATED)


class RoundAccess(TiebreakView):
    """What the views on one round share."""

    round: Round

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.round = selectors.round_(kwargs["round_id"])
        return self.round.project_id


class RoundView(RoundAccess):
    access = {"GET": roles("ml", "admin"), "PATCH": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(operation_id="rounds_retrieve", responses=RoundSerializer)
    def get(self, request: Request, round_id: UUID) -> Response:
        return Response(RoundSerializer(self.round).data)

    @extend_schema(
        operation_id="rounds_update", request=RoundRunsSerializer, responses=RoundSerializer
    )
    def patch(self, request: Request, round_id: UUID) -> Response:
        wish = RoundRunsSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        runs = lookups.rows(self.project.pk, wish.validated_data)
        linked = rounds.link_runs(round=self.round, runs=runs, actor=lookups.person(request))
        return Response(RoundSerializer(linked).data)


class CloseRoundView(RoundAccess):
    access = {"POST": roles("ml", scope="train")}

    @extend_schema(operation_id="rounds_close", request=None, responses=RoundSerializer)
    def post(self, request: Request, round_id: UUID) -> Response:
        closed = rounds.close_round(round=self.round, actor=lookups.person(request))
        return Response(RoundSerializer(closed).data)
