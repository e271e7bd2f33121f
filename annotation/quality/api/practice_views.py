"""Practice and qualification over HTTP: a labeler's own round, and its making by admins."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labeling.api.serializers import valid
from annotation.labeling.models import Item
from annotation.lib.errors import Missing
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Membership
from annotation.quality import services, standing
from annotation.quality.api import practice_serializers as forms
from annotation.quality.models import PracticeItem


class MyPracticeView(TiebreakView):
    """What there is to practise, and how I stand."""

    access = {"GET": roles("labeler")}

    @extend_schema(operation_id="practice_read", responses=forms.MyPractice)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(forms.MyPractice(standing.overview(self.person, self.project)).data)


class _PracticeItemView(TiebreakView):
    thing = ("quality_practiceitem", "practice_item_id")

    def item(self, item_id: UUID) -> PracticeItem:
        return standing.practice_items(self.project).select_related("project").get(pk=item_id)


class PracticeAnswerView(_PracticeItemView):
    """Answer a practice item; sending it again changes nothing."""

    access = {"PUT": roles("labeler", scope="label")}

    @extend_schema(
        operation_id="practice_answer",
        request=forms.PracticeAnswerRequest,
        responses={200: forms.PracticeOutcome, 201: forms.PracticeOutcome},
    )
    def put(self, request: Request, practice_item_id: UUID, client_uuid: UUID) -> Response:
        given = valid(forms.PracticeAnswerRequest, request)
        item = self.item(practice_item_id)
        done = services.answer_practice(
            labeler=self.person,
            item=item,
            client_uuid=client_uuid,
            tiers=given["tiers"],
            active_ms=given["active_ms"],
        )
        attempt = done.answer.attempt
        if attempt is not None:
            attempt.refresh_from_db()
        finished = attempt is not None and attempt.finished_at is not None
        outcome = {
            "kind": item.kind,
            "feedback": standing.feedback(done.answer) if attempt is None else None,
            "result": standing.result(attempt) if attempt is not None and finished else None,
        }
        code = status.HTTP_201_CREATED if done.is_new else status.HTTP_200_OK
        return Response(forms.PracticeOutcome(outcome).data, status=code)


class PracticeItemsView(TiebreakView):
    """All practice items of the project, also retired ones."""

    access = {
        "GET": roles("admin", "reviewer"),
        "POST": roles("admin", scope="manage"),
    }

    @extend_schema(operation_id="practice_items_list", responses=forms.PracticeItemRow(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        items = standing.practice_items(self.project)
        return Response(forms.PracticeItemRow(items, many=True).data)

    @extend_schema(
        operation_id="practice_items_create",
        request=forms.NewPracticeItem,
        responses={201: forms.PracticeItemRow},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.NewPracticeItem, request)
        wanted = given.pop("item")
        source = None
        if wanted is not None:
            source = Item.objects.filter(project=self.project, pk=wanted).first()
            if source is None:
                raise exceptions.ValidationError({"item": ["No such item here."]})
        made = services.create_practice_item(
            actor=self.person, project=self.project, source=source, **given
        )
        row = standing.practice_items(self.project).get(pk=made.pk)
        return Response(forms.PracticeItemRow(row).data, status=status.HTTP_201_CREATED)


class PracticeItemView(_PracticeItemView):
    """One practice item."""

    access = {"PATCH": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="practice_items_change",
        request=forms.PracticeItemChange,
        responses=forms.PracticeItemRow,
    )
    def patch(self, request: Request, practice_item_id: UUID) -> Response:
        given = valid(forms.PracticeItemChange, request)
        services.change_practice_item(
            actor=self.person, item=self.item(practice_item_id), changes=given
        )
        return Response(forms.PracticeItemRow(self.item(practice_item_id)).data)


class PracticeStandingsView(TiebreakView):
    """How the labelers of the project stand."""

    access = {"GET": roles("admin", "reviewer")}

    @extend_schema(operation_id="practice_standings", responses=forms.PracticeStanding(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        rows = standing.standings(self.project)
        return Response(forms.PracticeStanding(rows, many=True).data)


class QualifiedView(TiebreakView):
    """Let a labeler begin without the round, or ask for it (again)."""

    access = {"PUT": roles("admin", scope="manage")}

    @extend_schema(
        operation_id="practice_set_qualified",
        request=forms.QualifiedRequest,
        responses={204: None},
    )
    def put(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        held = Membership.objects.filter(project=self.project, user_id=user_id)
        member = held.select_related("user").first()
        if member is None:
            raise Missing
        given = valid(forms.QualifiedRequest, request)
        services.set_qualified(
            actor=self.person,
            project=self.project,
            person=member.user,
            qualified=given["qualified"],
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
