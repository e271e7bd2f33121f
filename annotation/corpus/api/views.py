"""Prompt sets, prompts and sampling plans over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.corpus import selectors, services
from annotation.corpus.api import serializers
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Role

READERS = roles(Role.ADMIN, Role.ML)
WRITERS = roles(Role.ADMIN, Role.ML, scope=Scope.MANAGE)


class PromptSetsView(TiebreakView):
    """The prompt sets of a project."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="prompt_sets_list",
        parameters=PAGE_QUERY,
        responses=page_of(serializers.PromptSetRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, selectors.prompt_sets_of(self.project), serializers.PromptSetRow)

    @extend_schema(
        operation_id="prompt_sets_create",
        request=serializers.NewPromptSet,
        responses={201: serializers.PromptSetRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = serializers.NewPromptSet(data=request.data)
        wish.is_valid(raise_exception=True)
        made = services.create_prompt_set(
            actor=self.person, project=self.project, **wish.validated_data
        )
        shown = selectors.prompt_set(made.id)
        return Response(serializers.PromptSetRow(shown).data, status=201)


class SamplingPlansView(TiebreakView):
    """The ways to draw completions."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="sampling_plans_list",
        parameters=PAGE_QUERY,
        responses=page_of(serializers.SamplingPlanRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, selectors.sampling_plans_of(self.project), serializers.SamplingPlanRow)

    @extend_schema(
        operation_id="sampling_plans_create",
        request=serializers.NewSamplingPlan,
        responses={201: serializers.SamplingPlanRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = serializers.NewSamplingPlan(data=request.data)
        wish.is_valid(raise_exception=True)
        plan = services.create_sampling_plan(
            actor=self.person, project=self.project, **wish.validated_data
        )
        return Response(serializers.SamplingPlanRow(plan).data, status=201)
