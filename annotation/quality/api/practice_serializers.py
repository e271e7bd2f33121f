"""The forms of practice and qualification. What a labeler gets before answering holds no order."""

from rest_framework import serializers

from annotation.corpus.texts import ROLES
from annotation.labeling.api.serializers import (
    DAY_MS,
    TEXT_MAX,
    ShownCompletion,
    ShownMessage,
    ShownPrompt,
)
from annotation.lib.api import StrictSerializer
from annotation.quality.models import PracticeItem

SAID = ["same", "tie", "reversed", "missing"]
STATES = ["off", "empty", "open", "wait", "passed"]


# --- for labelers -----------------------------------------------------------------------------
class PracticeWork(StrictSerializer):
    """An item to order, in an order of showing that is this labeler's own."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(PracticeItem.Kind.choices)
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)


class PracticePair(StrictSerializer):
    """A pair that the expected order tells apart, and what the labeler made of it."""

    better = serializers.UUIDField()
    worse = serializers.UUIDField()
    said = serializers.ChoiceField(SAID)


class TiersField(serializers.ListField):
    """Tiers of completion ids, best first."""

    child = serializers.ListField(child=serializers.UUIDField(), max_length=9)


class PracticeFeedback(StrictSerializer):
    """What was said and what was expected."""

    item_id = serializers.UUIDField()
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)
    given = TiersField()
    expected = TiersField()
    pairs = PracticePair(many=True)
    agreement = serializers.FloatField(help_text="share of the pairs; a tie counts half")
    explanation = serializers.CharField()


class QualificationResult(StrictSerializer):
    """The outcome of a finished round."""

    number = serializers.IntegerField()
    agreement = serializers.FloatField()
    pass_mark = serializers.IntegerField()
    passed = serializers.BooleanField()
    finished_at = serializers.DateTimeField()
    feedback = PracticeFeedback(many=True)


class PracticeProgress(StrictSerializer):
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    agreement = serializers.FloatField(allow_null=True)
    next = PracticeWork(allow_null=True)


class QualificationProgress(StrictSerializer):
    """off: not asked for; empty: asked for, but nothing is prepared; wait: until retry_at."""

    state = serializers.ChoiceField(STATES)
    pass_mark = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    tries = serializers.IntegerField()
    retry_at = serializers.DateTimeField(allow_null=True)
    qualified_at = serializers.DateTimeField(allow_null=True)
    next = PracticeWork(allow_null=True)
    last = QualificationResult(allow_null=True)


class MyPractice(StrictSerializer):
    """What is next, and one's own results."""

    practice = PracticeProgress()
    qualification = QualificationProgress()


class PracticeAnswerRequest(StrictSerializer):
    """What is left out of the tiers was not placed."""

    tiers = TiersField(max_length=9)
    active_ms = serializers.IntegerField(
        min_value=0, max_value=DAY_MS, allow_null=True, default=None
    )


class PracticeOutcome(StrictSerializer):
    """Practice: the feedback at once. Qualification: the result with the last answer of a round."""

    kind = serializers.ChoiceField(PracticeItem.Kind.choices)
    feedback = PracticeFeedback(allow_null=True)
    result = QualificationResult(allow_null=True)


# --- for admins -------------------------------------------------------------------------------
class PracticeMessage(StrictSerializer):
    role = serializers.ChoiceField(ROLES)
    content = serializers.CharField(max_length=TEXT_MAX, trim_whitespace=False)


class NewPracticeItem(StrictSerializer):
    """`expected`: tiers of indices into `completions`, best first; at least two tiers."""

    kind = serializers.ChoiceField(PracticeItem.Kind.choices)
    messages = PracticeMessage(many=True, allow_empty=False)
    completions = serializers.ListField(
        child=serializers.CharField(max_length=TEXT_MAX, allow_blank=True, trim_whitespace=False),
        min_length=2,
        max_length=9,
    )
    expected = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=0, max_value=8), max_length=9
        ),
        max_length=9,
    )
    explanation = serializers.CharField(max_length=4000, allow_blank=True, default="")
    position = serializers.IntegerField(min_value=0, max_value=32767, default=0)
    item = serializers.UUIDField(
        allow_null=True, default=None, help_text="the item that the texts come from"
    )


class PracticeItemChange(StrictSerializer):
    """The texts and the order of a practice item never change."""

    explanation = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    retired = serializers.BooleanField(required=False)


class PracticeItemRow(serializers.ModelSerializer[PracticeItem]):
    """A practice item with what is expected; never for labelers."""

    messages = ShownMessage(many=True)
    completions = ShownCompletion(many=True)
    expected = TiersField()
    answered = serializers.IntegerField()

    class Meta:
        model = PracticeItem
        fields = [
            "id",
            "kind",
            "position",
            "messages",
            "completions",
            "expected",
            "explanation",
            "source",
            "retired_at",
            "answered",
            "created_at",
        ]
        read_only_fields = fields


class PracticeStanding(StrictSerializer):
    """How a labeler stands."""

    user_id = serializers.UUIDField()
    name = serializers.CharField()
    practised = serializers.IntegerField()
    practice_agreement = serializers.FloatField(allow_null=True)
    tries = serializers.IntegerField()
    best_agreement = serializers.FloatField(allow_null=True)
    qualified_at = serializers.DateTimeField(allow_null=True)


class QualifiedRequest(StrictSerializer):
    qualified = serializers.BooleanField()
