"""Prompt sets, prompts and sampling plans over the wire."""

from typing import Any

from rest_framework import serializers

from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import ROLES
from annotation.lib.api import Name, StrictSerializer

MAX_MESSAGES = 200
MAX_TEXT = 200_000


class PromptSetRow(serializers.ModelSerializer[PromptSet]):
    """A list of prompts with one purpose."""

    purpose = serializers.ChoiceField(PromptSet.OFFERED)
    prompt_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = PromptSet
        fields = [
            "id",
            "name",
            "version",
            "purpose",
            "language",
            "description",
            "based_on",
            "prompt_count",
            "retired_at",
            "created_at",
        ]
        read_only_fields = fields


class NewPromptSet(StrictSerializer):
    """A name that is in use makes the next version."""

    name = Name(max_length=120)
    purpose = serializers.ChoiceField(PromptSet.OFFERED)
    language = serializers.CharField(max_length=20, required=False, allow_blank=True)


class PromptSetChange(StrictSerializer):
    """A new name is the name of all versions. A retired set takes nothing new and is not offered."""

    name = Name(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    retired = serializers.BooleanField(required=False)


class NewVersion(StrictSerializer):
    """What the next version is for, in words; empty: as the one before."""

    description = serializers.CharField(max_length=2000, allow_blank=True, default="")


class PromptSetCounts(StrictSerializer):
    """How much is in a set. `judged`: prompts with a judgment that counts."""

    prompt_set = serializers.UUIDField()
    retired = serializers.IntegerField()
    completions = serializers.IntegerField()
    items = serializers.IntegerField()
    judged = serializers.IntegerField()


class ChatMessage(StrictSerializer):
    """One turn of a prompt."""

    role = serializers.ChoiceField([(role, role) for role in ROLES])
    content = serializers.CharField(max_length=MAX_TEXT, allow_blank=True, trim_whitespace=False)


class PromptRow(serializers.ModelSerializer[Prompt]):
    """A chat that awaits an answer."""

    messages = ChatMessage(many=True, read_only=True)
    reference = serializers.JSONField(allow_null=True, read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    completion_count = serializers.IntegerField(read_only=True, default=0)
    item_count = serializers.IntegerField(read_only=True, default=0)
    judgment_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Prompt
        fields = [
            "id",
            "messages",
            "is_plain",
            "split",
            "language",
            "source",
            "source_id",
            "reference",
            "tags",
            "supersedes",
            "retired_at",
            "completion_count",
            "item_count",
            "judgment_count",
            "created_at",
        ]
        read_only_fields = fields


class PromptText(StrictSerializer):
    """The words of a prompt: a text, or the messages of a chat."""

    text = serializers.CharField(max_length=MAX_TEXT, required=False, trim_whitespace=False)
    messages = serializers.ListField(
        child=ChatMessage(), min_length=1, max_length=MAX_MESSAGES, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("text" in attrs) == ("messages" in attrs):
            raise serializers.ValidationError("Give either text or messages.", code="one_of")
        return attrs


class NewPrompt(PromptText):
    """One prompt, perhaps with a reference answer."""

    reference = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_null=True, trim_whitespace=False
    )


class SamplingPlanRow(serializers.ModelSerializer[SamplingPlan]):
    """How completions are drawn."""

    class Meta:
        model = SamplingPlan
        fields = [
            "id",
            "name",
            "strategy",
            "temperature",
            "top_k",
            "top_p",
            "num_beams",
            "no_repeat_ngram",
            "repetition_penalty",
            "n",
            "max_new_tokens",
            "seed",
            "created_at",
        ]
        read_only_fields = fields


class NewSamplingPlan(StrictSerializer):
    """Plans are immutable; ranges are those of the table."""

    name = Name(max_length=120)
    strategy = serializers.ChoiceField(SamplingPlan.Strategy.choices)
    temperature = serializers.FloatField(min_value=0.01, max_value=5, required=False)
    top_k = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    top_p = serializers.FloatField(min_value=0.001, max_value=1, required=False)
    num_beams = serializers.IntegerField(min_value=1, max_value=32, required=False)
    no_repeat_ngram = serializers.IntegerField(min_value=0, max_value=100, required=False)
    repetition_penalty = serializers.FloatField(min_value=0.1, max_value=10, required=False)
    n = serializers.IntegerField(min_value=1, max_value=64)
    max_new_tokens = serializers.IntegerField(min_value=1, max_value=8192)
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
