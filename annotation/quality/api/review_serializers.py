"""The forms of review: the queue, one item with its judgments, decisions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.accounts.models import User
from annotation.corpus.texts import preview
from annotation.labeling.api.serializers import (
    DAY_MS,
    ItemWithdrawal,
    RankingContentRow,
    ShownCompletion,
    ShownPrompt,
)
from annotation.lib.api import StrictSerializer
from annotation.quality.models import Adjudication, FeedbackNote, ReviewEntry
from annotation.quality.review import queue
from annotation.quality.review_models import REASON_CHOICES


def name_of(person: User | None) -> str:
    """How a person is called; empty for nobody."""
    return "" if person is None else person.display_name or person.username


class ReviewQueueRow(StrictSerializer):
    """An item of the queue, and why it is there."""

    item = serializers.UUIDField(source="item_id")
    kind = serializers.CharField(source="item.kind")
    item_state = serializers.CharField(source="item.state")
    state = serializers.ChoiceField(ReviewEntry.State.choices)
    prompt_preview = serializers.SerializerMethodField()
    weight = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.ChoiceField(REASON_CHOICES))
    judgments = serializers.IntegerField()
    discordant = serializers.FloatField(allow_null=True)
    cut_differs = serializers.FloatField(allow_null=True)
    flags_differ = serializers.FloatField(allow_null=True)
    language = serializers.CharField()
    guidelines = serializers.ListField(child=serializers.IntegerField())
    last_at = serializers.DateTimeField()
    reviewer_name = serializers.SerializerMethodField(
        help_text="who is reviewing it just now; empty: nobody"
    )

    def get_prompt_preview(self, entry: ReviewEntry) -> str:
        return queue.preview_of(entry)

    def get_reviewer_name(self, entry: ReviewEntry) -> str:
        now = getattr(entry, "now", None)
        if now is not None and (entry.reviewing_until is None or entry.reviewing_until <= now):
            return ""
        return name_of(entry.reviewer)


class ReviewWaiting(StrictSerializer):
    """What waits for the caller to review; each is counted up to 1,000."""

    items = serializers.IntegerField(help_text="of the queue that nobody else has in hand")
    reports = serializers.IntegerField(help_text="that nobody has decided")
    alarms = serializers.IntegerField(help_text="of quality that nobody has looked at")


class ReviewQueuePage(StrictSerializer):
    """A page that goes forward only: `previous` is always null."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReviewQueueRow(many=True)


class ReviewClaimRequest(StrictSerializer):
    """`item`: that one; null: the next of the queue. `without`: those that were passed over."""

    item = serializers.UUIDField(allow_null=True, default=None)
    without = serializers.ListField(child=serializers.UUIDField(), max_length=200, default=list)
    reason = serializers.ChoiceField(REASON_CHOICES, allow_null=True, default=None)


class ReviewClaim(StrictSerializer):
    """The item in one's hands; null: the queue is empty."""

    item = serializers.UUIDField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


class ReviewJudgment(StrictSerializer):
    """A judgment on the reviewer's sheet; people are numbers until names are shown."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    labeler_id = serializers.UUIDField(allow_null=True)
    labeler_name = serializers.CharField()
    state = serializers.ChoiceField(["counted", "surplus", "withdrawn"])
    replaced = serializers.BooleanField(help_text="its author handed in a newer one")
    can_restore = serializers.BooleanField()
    content = RankingContentRow()
    guideline_number = serializers.IntegerField(allow_null=True)
    active_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawals = ItemWithdrawal(many=True)


class NoteOfDecision(serializers.ModelSerializer[FeedbackNote]):
    """What a labeler was told with a decision, and what they answered."""

    class Meta:
        model = FeedbackNote
        fields = ["id", "ranking_id", "reason", "message", "read_at", "answer", "answer_text"]
        read_only_fields = fields


class AdjudicationRow(serializers.ModelSerializer[Adjudication]):
    """A decision; the newest (highest number) holds."""

    reviewer_name = serializers.SerializerMethodField()
    guideline_number = serializers.SerializerMethodField()
    tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.UUIDField()), allow_null=True
    )
    unplaced = serializers.ListField(child=serializers.UUIDField())
    accepted = serializers.ListField(child=serializers.UUIDField())
    withdrew = serializers.ListField(child=serializers.UUIDField())
    notes = NoteOfDecision(many=True)

    class Meta:
        model = Adjudication
        fields = [
            "id",
            "number",
            "outcome",
            "reviewer_name",
            "accepted",
            "withdrew",
            "tiers",
            "unplaced",
            "unacceptable_below",
            "reason",
            "guideline_number",
            "names_seen",
            "notes",
            "created_at",
        ]
        read_only_fields = fields

    def get_reviewer_name(self, row: Adjudication) -> str:
        return name_of(row.reviewer)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_guideline_number(self, row: Adjudication) -> int | None:
        return row.guideline_version.number if row.guideline_version else None


class ReviewSheet(StrictSerializer):
    """An item with every judgment of it, for whoever decides."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    needed = serializers.IntegerField()
    counted = serializers.IntegerField()
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)
    names_shown = serializers.BooleanField()
    reasons = serializers.SerializerMethodField()
    discordant = serializers.SerializerMethodField()
    judgments = ReviewJudgment(many=True)
    adjudications = AdjudicationRow(many=True)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(REASON_CHOICES)))
    def get_reasons(self, sheet: dict[str, Any]) -> list[str]:
        return sheet["entry"].reasons if sheet["entry"] else []

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_discordant(self, sheet: dict[str, Any]) -> float | None:
        return sheet["entry"].discordant if sheet["entry"] else None


class NoteInput(StrictSerializer):
    """What the labeler of one judgment is told."""

    ranking = serializers.UUIDField()
    reason = serializers.ChoiceField(FeedbackNote.Reason.choices)
    message = serializers.CharField(max_length=4000, allow_blank=True, default="")


class AdjudicationRequest(StrictSerializer):
    """A decision; `tiers`, `unplaced` and `unacceptable_below` belong to `ordered`."""

    outcome = serializers.ChoiceField(Adjudication.Outcome.choices)
    accepted = serializers.ListField(child=serializers.UUIDField(), max_length=100, default=list)
    withdraw = serializers.ListField(child=serializers.UUIDField(), max_length=100, default=list)
    tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.UUIDField(), max_length=256),
        max_length=256,
        allow_null=True,
        default=None,
    )
    unplaced = serializers.ListField(child=serializers.UUIDField(), max_length=256, default=list)
    unacceptable_below = serializers.IntegerField(
        min_value=0, max_value=256, allow_null=True, default=None
    )
    reason = serializers.CharField(max_length=4000, allow_blank=True, default="")
    notes = NoteInput(many=True, default=list)
    active_ms = serializers.IntegerField(
        min_value=0, max_value=DAY_MS, allow_null=True, default=None
    )


class UnclearCase(serializers.ModelSerializer[Adjudication]):
    """An item for which the guidelines said nothing."""

    item = serializers.UUIDField(source="item_id")
    prompt_preview = serializers.SerializerMethodField()
    reviewer_name = serializers.SerializerMethodField()
    version = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Adjudication
        fields = [
            "id",
            "item",
            "prompt_preview",
            "reason",
            "reviewer_name",
            "version",
            "created_at",
        ]
        read_only_fields = fields

    def get_prompt_preview(self, row: Adjudication) -> str:
        return preview(row.item.prompt.messages)

    def get_reviewer_name(self, row: Adjudication) -> str:
        return name_of(row.reviewer)
