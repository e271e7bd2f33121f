"""The playground: ask policies, look at what they answer, send it to the labelers."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.runs import selectors
from annotation.runs.api import lookups
from annotation.runs.api.trial_serializers import (
    NewTrial,
    SendTrialSerializer,
    TrialRowSerializer,
    TrialSentSerializer,
    TrialSerializer,
)
from annotation.runs.models import Trial
from annotation.runs.services import trials


class TrialsView(TiebreakView):
    """The trials of a project, newest first, and new ones."""

    access = {"GET": roles("ml"), "POST": roles("ml", scope="train")}
    query = frozenset()

    @extend_schema(
        operation_id="trials_list", parameters=PAGE_QUERY, responses=page_of(TrialRowSerializer)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = Trial.objects.filter(project=self.project).defer("parts")
        return paged(self, found, TrialRowSerializer)

    @extend_schema(operation_id="trials_create", request=NewTrial, responses={202: TrialSerializer})
    def post(self, request: Request, project_id: UUID) -> Response:
        body = NewTrial(data=request.data)
        body.is_valid(raise_exception=True)
        wish = body.validated_data
        trial = trials.ask(
            project=self.project,
            user=self.person,
            client_uuid=wish["client_uuid"],
            messages=[dict(message) for message in wish["messages"]],
            policies=wish["policies"],
            rewards=wish.get("rewards", []),
            decoding=dict(wish["decoding"]),
        )
        answer = TrialSerializer(trial, context={"request": request}).data
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class TrialBase(TiebreakView):
    """What the views on one trial share."""

    thing = ("runs_trial", "trial_id")
    query = frozenset()

    @property
    def trial(self) -> Trial:
        return selectors.trial(self.kwargs["trial_id"])


class TrialView(TrialBase):
    """One trial with what was answered so far."""

    access = {"GET": roles("ml")}

    @extend_schema(operation_id="trials_retrieve", responses=TrialSerializer)
    def get(self, request: Request, trial_id: UUID) -> Response:
        return Response(TrialSerializer(self.trial, context={"request": request}).data)


class CancelTrialView(TrialBase):
    access = {"POST": roles("ml", scope="train")}

    @extend_schema(operation_id="trials_cancel", request=None, responses=TrialSerializer)
    def post(self, request: Request, trial_id: UUID) -> Response:
        trial = trials.cancel_trial(trial=self.trial)
        return Response(TrialSerializer(trial, context={"request": request}).data)


class SendTrialView(TrialBase):
    """Make an item for labelers of completions that were seen."""

    access = {"POST": roles("ml", scope="train")}

    @extend_schema(
        operation_id="trials_send", request=SendTrialSerializer, responses=TrialSentSerializer
    )
    def post(self, request: Request, trial_id: UUID) -> Response:
        body = SendTrialSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wish = body.validated_data
        found = lookups.rows(self.project.pk, {"prompt_set": wish.get("prompt_set")})
        item = trials.send_to_labelers(
            trial=self.trial,
            actor=self.person,
            chosen=[(one["policy"], one["sample"]) for one in wish["chosen"]],
            prompt_set=found["prompt_set"],
            needed=wish.get("needed"),
            priority=float(wish.get("priority", 0)),
        )
        return Response({"item": item.pk})
