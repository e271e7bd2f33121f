"""Review over HTTP: the queue, the sheet of one item, decisions about it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotation.accounts.services import record
from annotation.corpus.exports import encode
from annotation.labeling.api.serializers import page_size, valid
from annotation.labeling.models import Item
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.api import review_serializers as forms
from annotation.quality.models import ReviewEntry
from annotation.quality.review import adjudicated, adjudicating, figures, queue, waiting
from annotation.quality.review_models import REASON_CHOICES

FRESH = 100
"""Stirs that a look at the queue works out itself; what is more is a worker's."""
REVIEWERS = ("admin", "reviewer")


class QueueQuery(serializers.Serializer[Any]):
    """The restrictions that stand in the address of the queue."""

    reason = serializers.ChoiceField(REASON_CHOICES, required=False)
    labeler = serializers.UUIDField(required=False)
    language = serializers.CharField(max_length=20, required=False)
    tag = serializers.CharField(max_length=40, required=False)
    prompt_set = serializers.UUIDField(required=False)
    guideline = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    state = serializers.ChoiceField(ReviewEntry.State.choices, required=False)


def _position(text: str | None) -> queue.Position | None:
    if text is None:
        return None
    weight, _, key = text.partition("~")
    try:
        return float(weight), UUID(key)
    except ValueError:
        raise exceptions.NotFound("Invalid cursor") from None


class ReviewQueueView(TiebreakView):
    """Items on which people disagree, or of which something is odd; the most telling first."""

    access = {"GET": roles(*REVIEWERS)}
    query = frozenset(QueueQuery().fields)

    @extend_schema(
        operation_id="review_queue",
        parameters=[*PAGE_QUERY, QueueQuery],
        responses=forms.ReviewQueuePage,
        filters=False,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        asked = QueueQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = {k: v for k, v in asked.validated_data.items() if k in self.query}
        after = _position(request.query_params.get("cursor"))
        size = page_size(request.query_params.get("page_size"))
        figures.refresh(FRESH)
        rows, following = queue.page(self.project, queue.QueueFilter(**wanted), after, size)
        following_url = None
        if following is not None:
            cursor = f"{following[0]!r}~{following[1]}"
            following_url = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        body = {"next": following_url, "previous": None, "results": rows}
        return Response(forms.ReviewQueuePage(body).data)


class ReviewWaitingView(TiebreakView):
    """What waits for the caller to review, in numbers."""

    access = {"GET": roles(*REVIEWERS)}

    @extend_schema(operation_id="review_waiting", responses=forms.ReviewWaiting)
    def get(self, request: Request, project_id: UUID) -> Response:
        figures.refresh(FRESH)
        found = waiting.waiting_for(self.person, self.project)
        return Response(forms.ReviewWaiting(found).data)


class ReviewClaimsView(TiebreakView):
    """Take an item for review, so that no two people do the same."""

    access = {"POST": roles(*REVIEWERS, scope="manage")}

    @extend_schema(
        operation_id="review_claim",
        request=forms.ReviewClaimRequest,
        responses=forms.ReviewClaim,
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.ReviewClaimRequest, request)
        figures.refresh(FRESH)
        entry = queue.claim(
            reviewer=self.person,
            project=self.project,
            wanted=queue.QueueFilter(reason=given["reason"], without=given["without"]),
            item=given["item"],
        )
        found: dict[str, UUID | datetime | None] = {"item": None, "until": None}
        if entry is not None:
            found = {"item": entry.item_id, "until": entry.reviewing_until}
        return Response(forms.ReviewClaim(found).data)


class _ItemView(TiebreakView):
    thing = ("labeling_item", "item_id")

    def item(self, item_id: UUID) -> Item:
        return Item.objects.select_related("project").get(pk=item_id)

    def sheet(self, item_id: UUID) -> Response:
        return Response(forms.ReviewSheet(queue.sheet(self.person, item_id)).data)


class ReviewSheetView(_ItemView):
    """One item with every judgment of it; names are hidden until one has decided."""

    access = {"GET": roles(*REVIEWERS)}

    @extend_schema(operation_id="review_sheet", responses=forms.ReviewSheet)
    def get(self, request: Request, item_id: UUID) -> Response:
        return self.sheet(item_id)


class ShowNamesView(_ItemView):
    """Show who judged before deciding; that somebody asked is kept."""

    access = {"POST": roles(*REVIEWERS, scope="manage")}

    @extend_schema(operation_id="review_show_names", request=None, responses=forms.ReviewSheet)
    def post(self, request: Request, item_id: UUID) -> Response:
        adjudicating.reveal_names(reviewer=self.person, item=self.item(item_id))
        return self.sheet(item_id)


class LetGoView(_ItemView):
    """Turn to something else; somebody else may take the item."""

    access = {"POST": roles(*REVIEWERS, scope="manage")}

    @extend_schema(operation_id="review_let_go", request=None, responses={204: None})
    def post(self, request: Request, item_id: UUID) -> Response:
        queue.let_go(reviewer=self.person, item=self.item(item_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AdjudicationView(_ItemView):
    """Decide about an item; sending it again changes nothing."""

    access = {"PUT": roles(*REVIEWERS, scope="manage")}

    @extend_schema(
        operation_id="review_adjudicate",
        request=forms.AdjudicationRequest,
        responses={200: forms.ReviewSheet, 201: forms.ReviewSheet},
    )
    def put(self, request: Request, item_id: UUID, client_uuid: UUID) -> Response:
        given = valid(forms.AdjudicationRequest, request)
        active_ms = given.pop("active_ms")
        notes = [adjudicating.NoteContent(**note) for note in given.pop("notes")]
        _, is_new = adjudicating.adjudicate(
            reviewer=self.person,
            item=self.item(item_id),
            client_uuid=client_uuid,
            decision=adjudicating.Decision(**given, notes=notes),
            active_ms=active_ms,
        )
        answer = self.sheet(item_id)
        answer.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return answer


class UnclearCasesView(TiebreakView):
    """Items for which the guidelines said nothing, newest first."""

    access = {"GET": roles(*REVIEWERS)}

    @extend_schema(
        operation_id="review_unclear_cases",
        parameters=PAGE_QUERY,
        responses=page_of(forms.UnclearCase),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, queue.unclear_cases(self.project), forms.UnclearCase)


class AdjudicationsDownloadView(TiebreakView):
    """Orders given in review, in the form of rankings."""

    access = {"GET": roles("admin", "ml")}

    @extend_schema(
        operation_id="adjudications_download",
        responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, project_id: UUID) -> StreamingHttpResponse:
        record(
            actor=self.person,
            action="export.downloaded",
            thing=self.project,
            project_id=self.project.id,
            after={"file": "adjudications.jsonl"},
        )
        lines: Iterator[bytes] = (
            encode(row) for row in adjudicated.export_adjudications(self.project)
        )
        return StreamingHttpResponse(
            lines,
            content_type="application/x-ndjson",
            headers={"Content-Disposition": 'attachment; filename="adjudications.jsonl"'},
        )
