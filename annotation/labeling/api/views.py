"""What a labeler does: claim, keep, judge, skip, take back. Own work only; texts only, no origin."""

from typing import Any
from uuid import UUID

from django.db import DataError
from django.http import HttpResponse
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.accounts.models import User
from annotation.labeling import selectors, services
from annotation.labeling.api import serializers as forms
from annotation.labeling.models import ControlSettings, Demonstration, Ranking
from annotation.lib.errors import Missing
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.selectors import Standing


def _json(text: str) -> HttpResponse:
    """An answer that the database already wrote as JSON."""
    return HttpResponse(text, content_type="application/json")


class ClaimsView(TiebreakView):
    """Ask for work."""

    access = {"POST": roles("labeler", scope="label")}
    query = frozenset()

    @extend_schema(
        operation_id="claims_create",
        request=forms.ClaimRequest,
        responses={200: forms.Assignment, 204: OpenApiResponse(description="Nothing to do")},
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        given = forms.valid(forms.ClaimRequest, request)
        assignment = services.claim(
            labeler=self.person,
            project=self.project,
            holding=given["holding"],
            locale=given["locale"] or self.person.locale,
            device=given["device"],
        )
        if assignment is None:
            return HttpResponse(status=status.HTTP_204_NO_CONTENT)
        return _json(assignment)


class SlotView(TiebreakView):
    """The base of what is done with one slot; `GET` shows one's own again."""

    access = {"GET": roles("labeler")}
    query = frozenset()
    thing = ("labeling_slot", "slot_id")

    @extend_schema(operation_id="slots_retrieve", responses=forms.Assignment)
    def get(self, request: Request, slot_id: UUID) -> HttpResponse:
        if not selectors.is_mine(self.person, slot_id):
            raise Missing
        assignment = selectors.assignment(slot_id)
        if assignment is None:
            raise Missing
        return _json(assignment)


class HeartbeatView(SlotView):
    access = {"POST": roles("labeler", scope="label")}
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="slots_heartbeat",
        request=forms.HeartbeatRequest,
        responses=forms.HeartbeatAnswer,
    )
    def post(self, request: Request, slot_id: UUID) -> Response:
        given = forms.valid(forms.HeartbeatRequest, request)
        until = services.heartbeat(labeler=self.person, slot_id=slot_id, token=given["lease_token"])
        return Response({"lease_until": until})


class DraftView(SlotView):
    access = {"PUT": roles("labeler", scope="label")}
    http_method_names = ["put", "options"]

    @extend_schema(
        operation_id="drafts_update", request=forms.DraftRequest, responses=forms.DraftAnswer
    )
    def put(self, request: Request, slot_id: UUID) -> Response:
        given = forms.valid(forms.DraftRequest, request)
        revision, until = services.save_draft(
            labeler=self.person,
            slot_id=slot_id,
            token=given["lease_token"],
            revision=given["revision"],
            payload=given["payload"],
        )
        return Response({"revision": revision, "lease_until": until})


class SubmissionView(SlotView):
    """Hand in a finished judgment; sending it again changes nothing."""

    access = {"PUT": roles("labeler", scope="label", at_rest=True)}
    http_method_names = ["put", "options"]

    def formerly(self, user: User) -> Standing | None:
        """Whoever an item was handed out to finishes it, labeler still or not."""
        project = selectors.project_handed_out(user, self.kwargs["slot_id"])
        return (project, frozenset({"labeler"}), True) if project else None

    @extend_schema(
        operation_id="submissions_update",
        request=PolymorphicProxySerializer(
            component_name="Submission",
            serializers=[forms.RankingSubmission, forms.DemonstrationSubmission],
            resource_type_field_name=None,
        ),
        responses={200: forms.SubmissionReceipt, 201: forms.SubmissionReceipt},
    )
    def put(self, request: Request, slot_id: UUID, client_uuid: UUID) -> Response:
        if isinstance(request.data, dict) and "text" in request.data:
            receipt = self._demonstration(request, slot_id, client_uuid)
        else:
            receipt = self._ranking(request, slot_id, client_uuid)
        answer = {
            "id": receipt.id,
            "client_uuid": receipt.client_uuid,
            "state": receipt.state,
            "item_id": receipt.item_id,
            "created_at": receipt.created_at,
        }
        code = status.HTTP_201_CREATED if receipt.is_new else status.HTTP_200_OK
        return Response(answer, status=code)

    def _ranking(self, request: Request, slot_id: UUID, client_uuid: UUID) -> services.Receipt:
        given = forms.valid(forms.RankingSubmission, request)
        return services.submit_ranking(
            labeler=self.person,
            slot_id=slot_id,
            token=given["lease_token"],
            client_uuid=client_uuid,
            content=forms.ranking_content(given),
            active_ms=given["active_ms"],
            supersedes=given["supersedes"],
        )

    def _demonstration(
        self, request: Request, slot_id: UUID, client_uuid: UUID
    ) -> services.Receipt:
        given = forms.valid(forms.DemonstrationSubmission, request)
        return services.submit_demonstration(
            labeler=self.person,
            slot_id=slot_id,
            token=given["lease_token"],
            client_uuid=client_uuid,
            text=given["text"],
            note=given["note"],
            active_ms=given["active_ms"],
            supersedes=given["supersedes"],
        )


class SkipView(SlotView):
    access = {"POST": roles("labeler", scope="label")}
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="slots_skip", request=forms.SkipRequest, responses={204: None})
    def post(self, request: Request, slot_id: UUID) -> HttpResponse:
        given = forms.valid(forms.SkipRequest, request)
        services.skip(
            labeler=self.person,
            slot_id=slot_id,
            token=given["lease_token"],
            reason=given["reason"],
            note=given["note"],
        )
        return HttpResponse(status=status.HTTP_204_NO_CONTENT)


class UndoView(TiebreakView):
    """Take back one's own judgment, within ten minutes."""

    access = {"POST": roles("labeler", scope="label")}
    query = frozenset()

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = selectors.project_of_judgment(self.person, kwargs["client_uuid"])
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        return found

    @extend_schema(operation_id="submissions_undo", request=None, responses=forms.Assignment)
    def post(self, request: Request, client_uuid: UUID) -> HttpResponse:
        return _json(services.undo(labeler=self.person, client_uuid=client_uuid))


class ReopenView(UndoView):
    """Open one's own judgment again; it stands until its successor is handed in."""

    @extend_schema(operation_id="submissions_reopen", request=None, responses=forms.Assignment)
    def post(self, request: Request, client_uuid: UUID) -> HttpResponse:
        return _json(services.reopen(labeler=self.person, client_uuid=client_uuid))


class MyJudgmentView(UndoView):
    """One's own judgment, to be read again."""

    access = {"GET": roles("labeler", at_rest=True)}
    http_method_names = ["get", "options"]

    @extend_schema(operation_id="submissions_retrieve", responses=forms.MyJudgmentContent)
    def get(self, request: Request, client_uuid: UUID) -> Response:
        judgment = selectors.own_judgment(self.person, client_uuid)
        if judgment is None:
            raise Missing
        kind = "demonstration" if isinstance(judgment, Demonstration) else "ranking"
        body = {
            "id": judgment.pk,
            "client_uuid": client_uuid,
            "kind": kind,
            "state": judgment.state,
            "created_at": judgment.created_at,
            "active_ms": judgment.active_ms,
            **selectors.shown_with(judgment),
            "said": selectors.content_of(judgment),
        }
        return Response(forms.MyJudgmentContent(body).data)


MY_FILTERS = {
    "kind": ["ranking", "demonstration"],
    "state": list(Ranking.State.values),
}


class MyJudgmentsView(TiebreakView):
    """One's own judgments, newest first."""

    access = {"GET": roles("labeler", at_rest=True)}
    query = frozenset(MY_FILTERS)

    @extend_schema(
        operation_id="my_judgments_list",
        parameters=[OpenApiParameter(name, str, enum=known) for name, known in MY_FILTERS.items()],
        responses=forms.MyJudgmentPage,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        wanted = {name: _one_of(request, name, known) for name, known in MY_FILTERS.items()}
        page = selectors.MyJudgments(self.person, self.project, services.UNDO_WINDOW, **wanted)
        size = forms.page_size(request.query_params.get("page_size"))
        rows, cursor = page.after(forms.read_cursor(request.query_params.get("cursor")), size)
        following = forms.write_cursor(request, cursor) if cursor else None
        body = {"next": following, "previous": None, "results": rows}
        return Response(forms.MyJudgmentPage(body).data)


def _one_of(request: Request, name: str, known: list[str]) -> str | None:
    value = request.query_params.get(name)
    if value is not None and value not in known:
        raise exceptions.ValidationError({name: [f"One of: {', '.join(known)}."]})
    return value


class MyProgressView(TiebreakView):
    """One's own pace."""

    access = {"GET": roles("labeler", at_rest=True)}
    query = frozenset({"tz"})

    @extend_schema(
        operation_id="my_progress_retrieve",
        parameters=[OpenApiParameter("tz", str, description="time zone of the days; UTC at first")],
        responses=forms.MyProgress,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        zone = request.query_params.get("tz", "UTC")
        try:
            mine = selectors.my_progress(self.person, self.project, zone)
        except DataError:  # the database knows the time zones
            raise exceptions.ValidationError(
                {"tz": ["The name of a time zone, as in Asia/Shanghai."]}
            ) from None
        tells = ControlSettings.objects.filter(project=self.project, tell_gold=True).exists()
        return Response({**mine, "tells_expected": tells})
