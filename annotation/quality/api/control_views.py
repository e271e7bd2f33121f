"""Control items over HTTP: rules, gold and traps, candidates, results; and telling afterwards."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.texts import preview
from annotation.labeling import selectors as labeling
from annotation.labeling import services
from annotation.labeling.api.serializers import valid
from annotation.labeling.models import ControlItem, Item
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality import control, promoting
from annotation.quality.alarms import GOLD_BAR
from annotation.quality.api import control_serializers as forms

READERS = roles("admin", "reviewer")
WRITERS = roles("admin", "reviewer", scope="manage")


class ControlSettingsView(TiebreakView):
    """How much control there is."""

    access = {"GET": READERS, "PATCH": roles("admin", scope="manage")}

    @extend_schema(operation_id="control_settings_read", responses=forms.ControlRules)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(forms.ControlRules(control.settings_of(self.project)).data)

    @extend_schema(
        operation_id="control_settings_change",
        request=forms.ControlRulesChange,
        responses=forms.ControlRules,
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.ControlRulesChange, request)
        stored = services.change_control_settings(
            actor=self.person, project=self.project, changes=given
        )
        return Response(forms.ControlRules(stored).data)


class ControlItemsView(TiebreakView):
    """Gold items and traps, newest first; gold can be added."""

    access = {"GET": READERS, "POST": WRITERS}
    query = frozenset({"kind"})

    @extend_schema(
        operation_id="control_items_list",
        parameters=[OpenApiParameter("kind", str, enum=forms.SOURCES), *PAGE_QUERY],
        responses=page_of(forms.ControlItemRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        kind = request.query_params.get("kind")
        if kind is not None and kind not in forms.SOURCES:
            raise exceptions.ValidationError({"kind": ["One of gold, trap."]})
        return paged(self, control.control_items(self.project, kind), forms.ControlItemRow)

    @extend_schema(
        operation_id="gold_create", request=forms.NewGold, responses={201: forms.ControlItemRow}
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.NewGold, request)
        made = services.create_gold(
            actor=self.person,
            project=self.project,
            content=self._content(given),
            expected=given["expected"],
            explanation=given["explanation"],
            expires_at=given["expires_at"],
        )
        row = control.control_items(self.project).get(pk=made.pk)
        return Response(forms.ControlItemRow(row).data, status=status.HTTP_201_CREATED)

    def _content(self, given: dict[str, Any]) -> Item | services.TypedTexts:
        if given["item"] is not None:
            found = Item.objects.filter(project=self.project, pk=given["item"]).first()
            if found is None:
                raise exceptions.ValidationError({"item": ["No such item here."]})
            return found
        if not given["messages"]:
            raise exceptions.ValidationError({"messages": ["Give a prompt, or an item."]})
        if len(given["completions"]) < 2:
            raise exceptions.ValidationError({"completions": ["At least two answers."]})
        return services.TypedTexts(given["messages"], given["completions"])


class ControlItemView(TiebreakView):
    """One gold item or trap."""

    access = {"PATCH": WRITERS}
    thing = ("labeling_controlitem", "control_item_id")

    @extend_schema(
        operation_id="control_items_change",
        request=forms.ControlItemChange,
        responses=forms.ControlItemRow,
    )
    def patch(self, request: Request, control_item_id: UUID) -> Response:
        given = valid(forms.ControlItemChange, request)
        services.change_control_item(
            actor=self.person, control_item=self.found(control_item_id), changes=given
        )
        return self.answer(control_item_id)

    def found(self, key: UUID) -> ControlItem:
        return control.control_items(self.project).get(pk=key)

    def answer(self, key: UUID) -> Response:
        return Response(forms.ControlItemRow(self.found(key)).data)


class GoldOrdersView(ControlItemView):
    """Another expected order; all answers are scored by the newest."""

    access = {"POST": WRITERS}
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="gold_orders_create",
        request=forms.NewGoldOrder,
        responses=forms.ControlItemRow,
    )
    def post(self, request: Request, control_item_id: UUID) -> Response:
        given = valid(forms.NewGoldOrder, request)
        services.expect_order(actor=self.person, control_item=self.found(control_item_id), **given)
        return self.answer(control_item_id)


class FailedGoldView(TiebreakView):
    """Answers to gold that are not as expected, newest first: for review."""

    access = {"GET": READERS}
    query = frozenset({"labeler"})

    @extend_schema(
        operation_id="failed_gold_list",
        parameters=[OpenApiParameter("labeler", UUID)],
        responses=forms.FailedGold,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        asked = request.query_params.get("labeler")
        try:
            labeler = UUID(asked) if asked is not None else None
        except ValueError:
            raise exceptions.ValidationError({"labeler": ["This is no key."]}) from None
        found = control.failed_gold(self.project, GOLD_BAR, labeler)
        rows = [_gold_answer(one) for one in found]
        return Response(forms.FailedGold({"bar": GOLD_BAR, "results": rows}).data)


def _gold_answer(one: control.GoldAnswer) -> dict[str, Any]:
    place = {str(row.completion_id): row.position for row in one.gold_item.item_completions.all()}
    person = one.answer.labeler
    given = labeling.tiers_of(list(one.answer.placements.all()))
    return {
        "ranking": one.answer.pk,
        "item": one.gold_item.pk,
        "prompt_preview": preview(one.gold_item.prompt.messages),
        "labeler_id": person.pk,
        "labeler_name": person.display_name or person.username,
        "expected": [[place[key] for key in tier] for tier in one.order.tiers],
        "given": [[place[key] for key in tier] for tier in given],
        "points": one.points,
        "pairs": one.pairs,
        "explanation": one.order.explanation,
        "created_at": one.answer.created_at,
    }


class TrapsView(TiebreakView):
    """Make traps out of the project's own data."""

    access = {"POST": WRITERS}

    @extend_schema(
        operation_id="traps_create", request=forms.TrapsRequest, responses=forms.TrapsMade
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.TrapsRequest, request)
        made = services.make_traps(actor=self.person, project=self.project, count=given["count"])
        return Response({"made": made})


class CandidatesView(TiebreakView):
    """Items on which labelers agree so well that they can become gold."""

    access = {"GET": READERS, "POST": WRITERS}
    query = frozenset({"judgments", "agreement"})

    @extend_schema(
        operation_id="gold_candidates_list",
        parameters=[
            OpenApiParameter("judgments", int, description="at least so many; 3 at first"),
            OpenApiParameter("agreement", float, description="at least so much; 0.8 at first"),
        ],
        responses=forms.CandidateRow(many=True),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        found = control.candidates(
            self.project,
            judgments=int(self._number("judgments", 3, 2, 50)),
            agreement=self._number("agreement", 0.8, 0.5, 1),
        )
        items = Item.objects.select_related("prompt").in_bulk([one.item_id for one in found])
        rows = [
            {
                "item_id": one.item_id,
                "prompt_preview": preview(items[one.item_id].prompt.messages),
                "judgments": one.judgments,
                "pairs": one.pairs,
                "agreement": one.agreement,
            }
            for one in found
        ]
        return Response(forms.CandidateRow(rows, many=True).data)

    def _number(self, name: str, default: float, low: float, high: float) -> float:
        text = self.request.query_params.get(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = high + 1
        if not low <= value <= high:
            raise exceptions.ValidationError({name: [f"A number from {low} to {high}."]})
        return value

    @extend_schema(
        operation_id="gold_candidates_promote",
        request=forms.PromoteRequest,
        responses=forms.PromoteOutcome,
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.PromoteRequest, request)
        done = promoting.promote_candidates(actor=self.person, project=self.project, **given)
        return Response(forms.PromoteOutcome(done).data)


class ControlResultsView(TiebreakView):
    """What control items tell of the project and of each labeler."""

    access = {"GET": READERS}

    @extend_schema(operation_id="control_results", responses=forms.ControlResults)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(forms.ControlResults(control.results(self.project)).data)


class TellGoldView(TiebreakView):
    """After a judgment of one's own: was there anything that was expected? Mostly not."""

    access = {"POST": roles("labeler", scope="label")}

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = labeling.project_of_judgment(self.person, kwargs["client_uuid"])
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        return found

    @extend_schema(
        operation_id="submissions_feedback",
        request=None,
        responses={
            200: forms.GoldFeedback,
            204: OpenApiResponse(description="Nothing was expected, or it is not told"),
        },
    )
    def post(self, request: Request, client_uuid: UUID) -> Response:
        told = promoting.tell_gold(labeler=self.person, client_uuid=client_uuid)
        if told is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(forms.GoldFeedback(told).data)
