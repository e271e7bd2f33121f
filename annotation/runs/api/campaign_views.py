"""Endpoints of judging campaigns: begin one, see how far it is and what it found, end it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Role
from annotation.runs import campaign_report, campaign_selectors
from annotation.runs.api import lookups
from annotation.runs.api.campaign_serializers import (
    CampaignReportSerializer,
    CampaignRequestSerializer,
    CampaignSerializer,
)
from annotation.runs.api.views import KEY
from annotation.runs.models import JudgingCampaign
from annotation.runs.services import campaigns

READERS = roles(Role.ADMIN, Role.ML)
WRITERS = roles(Role.ADMIN, Role.ML, scope=Scope.TRAIN)
TELL = (0.51, 0.99)


class CampaignsView(TiebreakView):
    """A project's judging campaigns, newest first."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="campaigns_list", parameters=PAGE_QUERY, responses=page_of(CampaignSerializer)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, campaign_selectors.campaigns(project_id), CampaignSerializer)

    @extend_schema(
        operation_id="campaigns_begin",
        parameters=[KEY],
        request=CampaignRequestSerializer,
        responses={202: CampaignSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = CampaignRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = dict(wish.validated_data)
        ids = {name: data.pop(name) for name in ("prompt_set", "plan")}
        data |= lookups.rows(self.project.pk, ids)
        data["versions"] = [
            self._version(f"versions.{at}", key) for at, key in enumerate(data["versions"])
        ]
        base = data.pop("base", None)
        made = campaigns.begin(
            actor=self.person,
            project=self.project,
            base=None if base is None else self._version("base", base),
            idempotency_key=lookups.idempotency_key(request),
            **data,
        )
        answer = CampaignSerializer(campaign_selectors.campaign(made.pk)).data
        return Response(answer, status=status.HTTP_202_ACCEPTED)

    def _version(self, field: str, key: UUID) -> Any:
        try:
            return lookups.rows(self.project.pk, {"policy_version": key})["policy_version"]
        except exceptions.ValidationError as error:
            words = "There is no such version in this project."
            raise exceptions.ValidationError({field: [words]}, code="missing") from error


class CampaignAccess(TiebreakView):
    """What the views on one campaign share."""

    campaign: JudgingCampaign

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.campaign = campaign_selectors.campaign(kwargs["campaign_id"])
        return self.campaign.project_id


class CampaignView(CampaignAccess):
    access = {"GET": READERS}

    @extend_schema(operation_id="campaigns_retrieve", responses=CampaignSerializer)
    def get(self, request: Request, campaign_id: UUID) -> Response:
        return Response(CampaignSerializer(self.campaign).data)


class CampaignReportView(CampaignAccess):
    """What the judgments of a campaign say, reckoned now."""

    access = {"GET": READERS}
    query = frozenset({"tell", "base"})

    @extend_schema(
        operation_id="campaigns_report",
        parameters=[
            OpenApiParameter("tell", float, description="a win rate to be told from one half"),
            OpenApiParameter("base", str, description="the version that has rating 0"),
        ],
        responses=CampaignReportSerializer,
    )
    def get(self, request: Request, campaign_id: UUID) -> Response:
        found = campaign_report.report(self.campaign, tell=self._tell(), base=self._base())
        return Response(CampaignReportSerializer(found).data)

    def _tell(self) -> float:
        text = self.request.query_params.get("tell", "0.55")
        try:
            rate = float(text)
        except ValueError:
            rate = 0.0
        if not TELL[0] <= rate <= TELL[1]:
            raise exceptions.ValidationError({"tell": ["Must be a number from 0.51 to 0.99."]})
        return rate

    def _base(self) -> UUID | None:
        text = self.request.query_params.get("base", "")
        if not text:
            return None
        known = {str(one.pk): one.pk for one in campaign_selectors.versions_of(self.campaign)}
        if text.lower() not in known:
            raise exceptions.ValidationError({"base": ["Must be a version of this campaign."]})
        return known[text.lower()]


class EndCampaignView(CampaignAccess):
    """Hand out no more of it; judgments stay."""

    access = {"POST": WRITERS}

    @extend_schema(operation_id="campaigns_end", request=None, responses=CampaignSerializer)
    def post(self, request: Request, campaign_id: UUID) -> Response:
        campaigns.end(actor=self.person, campaign=self.campaign)
        return Response(CampaignSerializer(campaign_selectors.campaign(self.campaign.pk)).data)
