"""Endpoints of rounds: the turns of the loop, the plan that carries them on, and what they ask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs import round_selectors
from annotation.runs.api import lookups
from annotation.runs.api.round_serializers import (
    RoundAnswerRequestSerializer,
    RoundEventSerializer,
    RoundPlanAnswerSerializer,
    RoundPlanRequestSerializer,
    RoundPlanSerializer,
    RoundPlanStateSerializer,
    RoundRequestSerializer,
    RoundRunsSerializer,
    RoundSerializer,
)
from annotation.runs.models import Round
from annotation.runs.services import round_answers, round_plans, rounds

READERS = roles("ml", "admin")
WRITERS = roles("ml", scope="train")
THINGS = ("mix", "prompt_set", "rl_prompt_set", "evaluation_set")


class RoundPlanView(TiebreakView):
    """How the project goes from round to round by itself."""

    access = {"GET": READERS, "PUT": WRITERS, "PATCH": WRITERS}
    query = frozenset()

    @extend_schema(operation_id="round_plan_retrieve", responses=RoundPlanAnswerSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        found = round_selectors.plan_of(project_id)
        answer = RoundPlanAnswerSerializer(found if found is not None else {}).data
        return Response(answer)

    @extend_schema(
        operation_id="round_plan_save",
        request=RoundPlanRequestSerializer,
        responses=RoundPlanSerializer,
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        wish = RoundPlanRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = dict(wish.validated_data)
        ids = {name: data.pop(name, None) for name in THINGS}
        data |= lookups.rows(project_id, ids)
        plan = round_plans.save_plan(project=self.project, actor=self.person, **data)
        return Response(RoundPlanSerializer(plan).data)

    @extend_schema(
        operation_id="round_plan_move",
        request=RoundPlanStateSerializer,
        responses=RoundPlanSerializer,
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        wish = RoundPlanStateSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        plan = round_plans.set_state(project=self.project, actor=self.person, **wish.validated_data)
        return Response(RoundPlanSerializer(plan).data)


class RoundsView(TiebreakView):
    """The turns of the loop, newest first."""

    access = {"GET": READERS, "POST": WRITERS}
    query = frozenset()

    @extend_schema(
        operation_id="rounds_list", parameters=PAGE_QUERY, responses=page_of(RoundSerializer)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, round_selectors.rounds(project_id), RoundSerializer)

    @extend_schema(
        operation_id="rounds_create",
        request=RoundRequestSerializer,
        responses={201: RoundSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = RoundRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        policy = lookups.rows(project_id, wish.validated_data)
        opened = rounds.open_round(project=self.project, actor=self.person, **policy)
        answer = RoundSerializer(round_selectors.round_(opened.pk)).data
        return Response(answer, status=status.HTTP_201_CREATED)


class RoundAccess(TiebreakView):
    """What the views on one round share."""

    round: Round

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.round = round_selectors.round_(kwargs["round_id"])
        return self.round.project_id

    def answer(self) -> Response:
        return Response(RoundSerializer(round_selectors.round_(self.round.pk)).data)


class RoundView(RoundAccess):
    access = {"GET": READERS, "PATCH": WRITERS}
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
        rounds.link_runs(round=self.round, runs=runs, actor=self.person)
        return self.answer()


class CloseRoundView(RoundAccess):
    """Close a round that is run by hand."""

    access = {"POST": WRITERS}

    @extend_schema(operation_id="rounds_close", request=None, responses=RoundSerializer)
    def post(self, request: Request, round_id: UUID) -> Response:
        rounds.close_round(round=self.round, actor=self.person)
        return self.answer()


class RoundEventsView(RoundAccess):
    access = {"GET": READERS}

    @extend_schema(
        operation_id="round_events_list",
        parameters=PAGE_QUERY,
        responses=page_of(RoundEventSerializer),
    )
    def get(self, request: Request, round_id: UUID) -> Response:
        return paged(self, round_selectors.events_of(round_id), RoundEventSerializer)


class RoundAnswerView(RoundAccess):
    """Decide for an automatic round: go on all the same, do a step again, or close it."""

    access = {"POST": WRITERS}

    @extend_schema(
        operation_id="rounds_answer",
        request=RoundAnswerRequestSerializer,
        responses=RoundSerializer,
    )
    def post(self, request: Request, round_id: UUID) -> Response:
        wish = RoundAnswerRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        round_answers.answer(round=self.round, actor=self.person, **wish.validated_data)
        return self.answer()
