"""How trials of the playground look from outside, and what may be asked."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.corpus.api.serializers import ChatMessage, NewSamplingPlan
from annotation.corpus.models import SamplingPlan
from annotation.lib.api import StrictSerializer, Told
from annotation.runs.models import Trial
from annotation.runs.services.trials import MOST_POLICIES, MOST_REWARDS, MOST_SAMPLES

FATES = ("kept", "no_repeat_ngram", "top_k", "top_p")
MOST_MESSAGES = 100


class DecodingForm(NewSamplingPlan):
    """How completions are drawn, as a sampling plan says it."""

    name = None  # type: ignore[assignment]
    n = serializers.IntegerField(min_value=1, max_value=MOST_SAMPLES)
    max_new_tokens = serializers.IntegerField(min_value=1, max_value=2048)


class NewTrial(StrictSerializer):
    """Ask policies. `client_uuid` makes it safe to ask again."""

    client_uuid = serializers.UUIDField()
    messages = serializers.ListField(child=ChatMessage(), min_length=1, max_length=MOST_MESSAGES)
    policies = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_POLICIES
    )
    rewards = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_REWARDS, required=False
    )
    decoding = DecodingForm()

    def validate_messages(self, messages: list[Any]) -> list[Any]:
        if messages[-1]["role"] != "user":
            raise serializers.ValidationError("The last message must be the user's.")
        return messages


class TokenCandidateSerializer(StrictSerializer):
    """One token that could stand at a place. `after` is its probability once the filters have acted.

    Of a served policy its server says the probability alone.
    """

    text = serializers.CharField()
    probability = serializers.FloatField()
    after = serializers.FloatField(allow_null=True)
    fate = serializers.ChoiceField(choices=[(fate, fate) for fate in FATES], allow_null=True)


class TokenStepSerializer(StrictSerializer):
    """One place: its token, the likeliest others, and what the filters did (null: a server ran it)."""

    chosen = TokenCandidateSerializer()
    rank = serializers.IntegerField(
        allow_null=True,
        help_text="of the token in the policy's own order; null: not among the told",
    )
    others = TokenCandidateSerializer(many=True)
    entropy_bits = serializers.FloatField(allow_null=True)
    kept = serializers.IntegerField(allow_null=True, help_text="tokens that the filters leave")
    cut = serializers.FloatField(allow_null=True, help_text="probability of those that they cut")


class TrialScoreSerializer(StrictSerializer):
    reward = serializers.UUIDField()
    score = serializers.FloatField(allow_null=True, help_text="null: too long for this model")


class TrialCompletionSerializer(StrictSerializer):
    text = serializers.CharField()
    tokens = serializers.IntegerField(allow_null=True, help_text="null: a server did not say")
    finish_reason = serializers.ChoiceField(
        choices=[("stop", "stop"), ("length", "length")],
        allow_null=True,
        help_text="null: not ended; a server writes it, or wrote it when the trial ended",
    )
    log_prob = serializers.FloatField(
        allow_null=True,
        help_text="of the whole text under the policy itself; null: a server did not say",
    )
    scores = TrialScoreSerializer(many=True)
    steps = TokenStepSerializer(many=True)


class TrialPartSerializer(StrictSerializer):
    """What one policy answered."""

    policy = serializers.UUIDField()
    seconds = serializers.FloatField()
    is_served = serializers.BooleanField(default=False)
    completions = TrialCompletionSerializer(many=True)


class DecodingSerializer(StrictSerializer):
    strategy = serializers.ChoiceField(choices=SamplingPlan.Strategy.choices)
    temperature = serializers.FloatField()
    top_k = serializers.IntegerField()
    top_p = serializers.FloatField()
    num_beams = serializers.IntegerField()
    no_repeat_ngram = serializers.IntegerField()
    repetition_penalty = serializers.FloatField()
    n = serializers.IntegerField()
    max_new_tokens = serializers.IntegerField()
    seed = serializers.IntegerField()


class TrialRowSerializer(StrictSerializer):
    """A trial without its answer, as it stands in a list."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    messages = ChatMessage(many=True)
    policies = serializers.ListField(child=serializers.UUIDField())
    rewards = serializers.ListField(child=serializers.UUIDField())
    decoding = DecodingSerializer()
    state = serializers.ChoiceField(choices=Trial.State.choices)
    error_code = serializers.CharField()
    error_message = Told()
    item = serializers.UUIDField(source="item_id", allow_null=True)
    mine = serializers.SerializerMethodField()

    @extend_schema_field(serializers.BooleanField())
    def get_mine(self, trial: Trial) -> bool:
        request = self.context.get("request")
        return request is not None and trial.user_id == request.user.pk


class TrialSerializer(TrialRowSerializer):
    """A trial with what was answered so far."""

    parts = TrialPartSerializer(many=True)


class ChosenCompletionSerializer(StrictSerializer):
    """A completion of a trial: number of the policy and of its sample, from 0."""

    policy = serializers.IntegerField(min_value=0, max_value=MOST_POLICIES - 1)
    sample = serializers.IntegerField(min_value=0, max_value=MOST_SAMPLES - 1)


class SendTrialSerializer(StrictSerializer):
    """Which completions become an item for labelers. Without a prompt set: the playground's own."""

    chosen = serializers.ListField(child=ChosenCompletionSerializer(), min_length=2, max_length=9)
    prompt_set = serializers.UUIDField(required=False, allow_null=True)
    needed = serializers.IntegerField(required=False, min_value=1, max_value=50)
    priority = serializers.IntegerField(required=False, min_value=-1000, max_value=1000)


class TrialSentSerializer(StrictSerializer):
    item = serializers.UUIDField()
