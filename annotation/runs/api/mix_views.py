"""Endpoints of sampling mixes: make one, sample by it, see what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import Scope
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Role
from annotation.runs import mix_selectors
from annotation.runs.api import lookups
from annotation.runs.api.mix_serializers import (
    MixComparisonSerializer,
    MixDrawRequestSerializer,
    MixDrawSerializer,
    SamplingMixRequestSerializer,
    SamplingMixSerializer,
)
from annotation.runs.api.views import KEY
from annotation.runs.models import MixDraw, SamplingMix
from annotation.runs.services import mixes

READERS = roles(Role.ADMIN, Role.ML)
WRITERS = roles(Role.ADMIN, Role.ML, scope=Scope.TRAIN)


class SamplingMixesView(TiebreakView):
    """A project's mixes, newest first."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="sampling_mixes_list",
        parameters=PAGE_QUERY,
        responses=page_of(SamplingMixSerializer),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, mix_selectors.mixes(project_id), SamplingMixSerializer)

    @extend_schema(
        operation_id="sampling_mixes_create",
        request=SamplingMixRequestSerializer,
        responses={201: SamplingMixSerializer},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        wish = SamplingMixRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = dict(wish.validated_data)
        rows = [self._row(at, row) for at, row in enumerate(data.pop("rows"))]
        made = mixes.create_mix(actor=self.person, project=self.project, rows=rows, **data)
        answer = SamplingMixSerializer(mix_selectors.mix(made.pk)).data
        return Response(answer, status=status.HTTP_201_CREATED)

    def _row(self, at: int, row: dict[str, Any]) -> dict[str, Any]:
        ids = {"plan": row["plan"], "policy_version": row.get("policy_version")}
        found = lookups.rows(self.project.pk, ids, prefix=f"rows.{at}.")
        return {"policy": row["policy"], "count": row["count"], **found}


class MixAccess(TiebreakView):
    """What the views on one mix share."""

    mix: SamplingMix

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.mix = mix_selectors.mix(kwargs["mix_id"])
        return self.mix.project_id


class MixDrawsView(MixAccess):
    """The draws of a mix, newest first."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="mix_draws_list", parameters=PAGE_QUERY, responses=page_of(MixDrawSerializer)
    )
    def get(self, request: Request, mix_id: UUID) -> Response:
        return paged(self, mix_selectors.draws(mix_id), MixDrawSerializer)

    @extend_schema(
        operation_id="mix_draws_create",
        parameters=[KEY],
        request=MixDrawRequestSerializer,
        responses={202: MixDrawSerializer},
    )
    def post(self, request: Request, mix_id: UUID) -> Response:
        wish = MixDrawRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        data = dict(wish.validated_data)
        data |= lookups.rows(self.project.pk, {"prompt_set": data.pop("prompt_set")})
        made = mixes.draw(
            actor=self.person,
            mix=self.mix,
            idempotency_key=lookups.idempotency_key(request),
            **data,
        )
        answer = MixDrawSerializer(mix_selectors.draw(made.pk)).data
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class MixComparisonView(MixAccess):
    """Who wins inside the items of a mix; for those who may know which policy wrote what."""

    access = {"GET": READERS}

    @extend_schema(operation_id="mix_comparison_retrieve", responses=MixComparisonSerializer)
    def get(self, request: Request, mix_id: UUID) -> Response:
        return Response(MixComparisonSerializer(mix_selectors.comparison(mix_id)).data)


class MixDrawAccess(TiebreakView):
    """What the views on one draw share."""

    draw: MixDraw

    def project_id_of(self, **kwargs: Any) -> UUID:
        self.draw = mix_selectors.draw(kwargs["draw_id"])
        return self.draw.project_id

    def answer(self) -> Response:
        return Response(MixDrawSerializer(mix_selectors.draw(self.draw.pk)).data)


class RetryMixDrawView(MixDrawAccess):
    access = {"POST": WRITERS}

    @extend_schema(operation_id="mix_draws_retry", request=None, responses=MixDrawSerializer)
    def post(self, request: Request, draw_id: UUID) -> Response:
        mixes.retry(actor=self.person, draw=self.draw)
        return self.answer()


class MakeMixItemsView(MixDrawAccess):
    """Wait for failed parts no longer."""

    access = {"POST": WRITERS}

    @extend_schema(operation_id="mix_draws_make_items", request=None, responses=MixDrawSerializer)
    def post(self, request: Request, draw_id: UUID) -> Response:
        mixes.make_of_what_is_there(actor=self.person, draw=self.draw)
        return self.answer()
