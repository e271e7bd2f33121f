"""Prompt sets, prompts and sampling plans over HTTP."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.corpus import selectors, services
from annotation.corpus.api import serializers
from annotation.corpus.models import PromptSet
from annotation.corpus.texts import messages_of
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


class OfPromptSet(TiebreakView):
    """A view on one prompt set."""

    prompt_set: PromptSet

    def project_id_of(self, prompt_set_id: UUID) -> UUID:  # type: ignore[override]
        found = selectors.prompt_set(prompt_set_id)
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.prompt_set = found
        return found.project_id


class PromptSetView(OfPromptSet):
    """One prompt set."""

    access = {"GET": READERS}

    @extend_schema(operation_id="prompt_sets_read", responses=serializers.PromptSetRow)
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        return Response(serializers.PromptSetRow(self.prompt_set).data)


class PromptsView(OfPromptSet):
    """The prompts of a set."""

    access = {"GET": READERS, "POST": WRITERS}
    query = frozenset({"search"})

    @extend_schema(
        operation_id="prompts_list",
        parameters=[
            OpenApiParameter("search", OpenApiTypes.STR, description="text in any message"),
            *PAGE_QUERY,
        ],
        responses=page_of(serializers.PromptRow),
    )
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        search = request.query_params.get("search", "")[:200]
        return paged(
            self, selectors.prompts_of(self.prompt_set, search=search), serializers.PromptRow
        )

    @extend_schema(
        operation_id="prompts_create",
        request=serializers.NewPrompt,
        responses={201: serializers.PromptRow},
    )
    def post(self, request: Request, prompt_set_id: UUID) -> Response:
        wish = serializers.NewPrompt(data=request.data)
        wish.is_valid(raise_exception=True)
        given = wish.validated_data
        prompt = services.add_prompt(
            actor=self.person,
            prompt_set=self.prompt_set,
            messages=messages_of(given["text"] if "text" in given else given["messages"]),
            is_plain="text" in given,
            reference=given.get("reference"),
        )
        return Response(serializers.PromptRow(prompt).data, status=201)


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
