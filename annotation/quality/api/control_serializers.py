"""The forms of requests and answers around control items; never for labelers, but for GoldFeedback."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.corpus.texts import preview
from annotation.labeling.api.serializers import TEXT_MAX, ShownCompletion, ShownMessage
from annotation.labeling.models import ControlItem, ControlKind
from annotation.lib.api import StrictSerializer
from annotation.quality.api.practice_serializers import (
    PracticeFeedback,
    PracticeMessage,
    TiersField,
)

SOURCES = [ControlKind.GOLD, ControlKind.TRAP]


class ControlRules(StrictSerializer):
    """How much of the work is control, in percent of what is handed out; and the rules around it."""

    gold_percent = serializers.FloatField(min_value=0, max_value=20)
    repeat_percent = serializers.FloatField(min_value=0, max_value=20)
    trap_percent = serializers.FloatField(min_value=0, max_value=20)
    repeat_after_items = serializers.IntegerField(min_value=0, max_value=10_000)
    repeat_after_hours = serializers.IntegerField(min_value=0, max_value=8_760)
    tell_gold = serializers.BooleanField()
    gold_policies = serializers.IntegerField(min_value=1, max_value=100, allow_null=True)


class ControlRulesChange(ControlRules):
    """What is left out stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for one in fields.values():
            one.required = False
        return fields


class IndexTiers(serializers.ListField):
    """Tiers of indices into the answers, best first; every answer stands in exactly one."""

    child = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=8), max_length=9
    )


class NewGold(StrictSerializer):
    """Gold of an item (`item`), or written down (`messages`, `completions`)."""

    item = serializers.UUIDField(allow_null=True, default=None)
    messages = PracticeMessage(many=True, default=list)
    completions = serializers.ListField(
        child=serializers.CharField(max_length=TEXT_MAX, trim_whitespace=False),
        max_length=9,
        default=list,
    )
    expected = IndexTiers(max_length=9)
    explanation = serializers.CharField(max_length=4000, allow_blank=True, default="")
    expires_at = serializers.DateTimeField(allow_null=True, default=None)


class NewGoldOrder(StrictSerializer):
    expected = IndexTiers(max_length=9)
    explanation = serializers.CharField(max_length=4000, allow_blank=True, default="")


class ControlItemChange(StrictSerializer):
    retired = serializers.BooleanField(required=False)
    expires_at = serializers.DateTimeField(allow_null=True, required=False)


class GoldOrderRow(StrictSerializer):
    number = serializers.IntegerField()
    tiers = TiersField()
    explanation = serializers.CharField()
    created_at = serializers.DateTimeField()


class PromotionEvidence(StrictSerializer):
    judgments = serializers.IntegerField()
    pairs = serializers.IntegerField()
    agreement = serializers.FloatField()


class ControlItemRow(serializers.ModelSerializer[ControlItem]):
    """A gold item or a trap. `completions` stand in the order that indices speak of."""

    kind = serializers.ChoiceField(SOURCES)
    messages = ShownMessage(many=True, source="item.prompt.messages")
    prompt_preview = serializers.SerializerMethodField()
    completions = serializers.SerializerMethodField()
    orders = GoldOrderRow(many=True, help_text="newest first; none for a trap")
    evidence = serializers.SerializerMethodField()
    handed = serializers.IntegerField()
    judged = serializers.IntegerField()

    class Meta:
        model = ControlItem
        fields = [
            "id",
            "kind",
            "item",
            "given",
            "messages",
            "prompt_preview",
            "completions",
            "trap",
            "orders",
            "evidence",
            "handed",
            "judged",
            "expires_at",
            "stale_at",
            "retired_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_prompt_preview(self, row: ControlItem) -> str:
        return preview(row.item.prompt.messages)

    @extend_schema_field(ShownCompletion(many=True))
    def get_completions(self, row: ControlItem) -> list[dict[str, Any]]:
        frozen = row.item.item_completions.all()
        return [{"id": str(one.completion_id), "text": one.completion.shown} for one in frozen]

    @extend_schema_field(PromotionEvidence(allow_null=True))
    def get_evidence(self, row: ControlItem) -> dict[str, Any] | None:
        return row.evidence or None


class TrapsRequest(StrictSerializer):
    count = serializers.IntegerField(min_value=1, max_value=100)


class TrapsMade(StrictSerializer):
    made = serializers.IntegerField(help_text="fewer than asked for where there is no material")


class CandidateRow(StrictSerializer):
    """An item that could become gold, with the evidence."""

    item_id = serializers.UUIDField()
    prompt_preview = serializers.CharField()
    judgments = serializers.IntegerField()
    pairs = serializers.IntegerField(help_text="pairs of completions judged by two people")
    agreement = serializers.FloatField()


class PromoteRequest(StrictSerializer):
    items = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=200)
    judgments = serializers.IntegerField(min_value=2, max_value=50, default=3)
    agreement = serializers.FloatField(min_value=0.5, max_value=1, default=0.8)
    expires_at = serializers.DateTimeField(allow_null=True, default=None)


class PromoteOutcome(StrictSerializer):
    made = serializers.ListField(child=serializers.UUIDField())
    refused = serializers.ListField(child=serializers.UUIDField())


class ControlShare(StrictSerializer):
    """A share of pairs (of items, for traps) with a 95 % interval, items as clusters."""

    items = serializers.IntegerField()
    pairs = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True
    )


class ControlFigures(StrictSerializer):
    gold = ControlShare()
    repeats = ControlShare()
    repeat_ties = serializers.IntegerField()
    traps = ControlShare()


class LabelerControl(ControlFigures):
    user_id = serializers.UUIDField()
    name = serializers.CharField()


class ControlResults(ControlFigures):
    """The project's, and each labeler's who met a control item."""

    labelers = LabelerControl(many=True)


class GoldFeedback(PracticeFeedback):
    """What was expected, told afterwards where the project wants it."""


class PositionTiers(serializers.ListField):
    """Tiers of positions of the answers in the item, from 1, best first."""

    child = serializers.ListField(child=serializers.IntegerField())


class FailedGoldRow(StrictSerializer):
    """An answer to gold of which too little is as expected. `item`: the gold item."""

    ranking = serializers.UUIDField()
    item = serializers.UUIDField()
    prompt_preview = serializers.CharField()
    labeler_id = serializers.UUIDField()
    labeler_name = serializers.CharField()
    expected = PositionTiers()
    given = PositionTiers()
    points = serializers.FloatField()
    pairs = serializers.IntegerField()
    explanation = serializers.CharField()
    created_at = serializers.DateTimeField()


class FailedGold(StrictSerializer):
    """The newest of them; `bar`: the share of pairs as expected that they are below."""

    bar = serializers.FloatField()
    results = FailedGoldRow(many=True)
