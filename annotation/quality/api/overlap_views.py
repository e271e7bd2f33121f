"""How many opinions items get, and the further ones that were bought, over HTTP; never for labelers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.texts import preview
from annotation.labeling.api.serializers import valid
from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.projects.models import Group
from annotation.quality import opinion_reads, opinions
from annotation.quality.models import BoughtOpinion, OverlapSettings

READERS = roles("admin", "reviewer", "ml")
REASONS = BoughtOpinion.Reason.choices


class OverlapRules(StrictSerializer):
    """What a project chose: `most` opinions of an item, `risk` above which another is bought, percent
    drawn by lot, further opinions in all (null: no limit), the group they go to (null: everybody)."""

    mode = serializers.ChoiceField(OverlapSettings.Mode.choices)
    most = serializers.IntegerField(min_value=2, max_value=9)
    risk = serializers.FloatField(min_value=0.01, max_value=0.5)
    audit_percent = serializers.FloatField(min_value=0, max_value=100)
    budget = serializers.IntegerField(min_value=0, max_value=2_000_000_000, allow_null=True)
    group = serializers.UUIDField(allow_null=True)


class OverlapChange(OverlapRules):
    """What is left out stays as it is. `look_back`: look at items that are done already, too."""

    look_back = serializers.BooleanField(required=False, default=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for one in fields.values():
            one.required = False
        return fields


class OpinionsByReason(StrictSerializer):
    reason = serializers.ChoiceField(REASONS)
    opinions = serializers.IntegerField()


class Overlap(OverlapRules):
    """The choice with what came of it. `first`: judgments that a new item gets in any case."""

    first = serializers.IntegerField()
    bought = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="items whose bought opinion is not in yet")
    due = serializers.IntegerField(help_text="judged items that the rule has not looked at yet")
    reasons = OpinionsByReason(many=True)
    pairs_twice = serializers.IntegerField(help_text="pairs on which two labelers had a preference")
    agreement = serializers.FloatField(help_text="on those, drawn towards what is usual")
    accuracy = serializers.FloatField(help_text="of the usual labeler, from that agreement")


class OverlapView(TiebreakView):
    """How many opinions do items get?"""

    access = {"GET": READERS, "PATCH": roles("admin", scope="manage")}

    @extend_schema(operation_id="overlap_read", responses=Overlap)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(Overlap(opinion_reads.overlap_of(self.project)).data)

    @extend_schema(operation_id="overlap_change", request=OverlapChange, responses=Overlap)
    def patch(self, request: Request, project_id: UUID) -> Response:
        given = valid(OverlapChange, request)
        look_back = given.pop("look_back", False)
        if given.get("group") is not None:
            found = Group.objects.filter(project=self.project, pk=given["group"]).first()
            if found is None:
                raise exceptions.ValidationError({"group": ["There is no such group here."]})
            given["group"] = found
        opinions.change_overlap(
            actor=self.person, project=self.project, changes=given, look_back=look_back
        )
        return self.get(request, project_id)


class BoughtOpinionRow(serializers.ModelSerializer[BoughtOpinion]):
    """A further opinion: why it was asked for after `judged` opinions; `is_in`: it has come."""

    prompt_preview = serializers.SerializerMethodField()
    is_in = serializers.SerializerMethodField()

    class Meta:
        model = BoughtOpinion
        fields = [
            "id",
            "item",
            "prompt_preview",
            "reason",
            "judged",
            "risk",
            "is_in",
            "created_at",
        ]
        read_only_fields = fields

    def get_prompt_preview(self, row: BoughtOpinion) -> str:
        return preview(row.item.prompt.messages)

    def get_is_in(self, row: BoughtOpinion) -> bool:
        return row.item.counted > row.judged


class BoughtOpinionsView(TiebreakView):
    """The further opinions of a project, newest first."""

    access = {"GET": READERS}
    query = frozenset({"reason", "item"})

    @extend_schema(
        operation_id="opinions_list",
        parameters=[
            OpenApiParameter("reason", str, enum=BoughtOpinion.Reason.values),
            OpenApiParameter("item", UUID),
            *PAGE_QUERY,
        ],
        responses=page_of(BoughtOpinionRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        reason = request.query_params.get("reason")
        if reason is not None and reason not in BoughtOpinion.Reason.values:
            raise exceptions.ValidationError({"reason": ["There is no such reason."]})
        item = request.query_params.get("item")
        try:
            key = UUID(item) if item is not None else None
        except ValueError:
            raise exceptions.ValidationError({"item": ["This is no key."]}) from None
        return paged(self, opinion_reads.opinions(self.project, reason, key), BoughtOpinionRow)
