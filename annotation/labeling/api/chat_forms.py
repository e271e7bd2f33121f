"""The forms of live chat. A labeler's carry no policy, plan, seed or time of a single reply."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.labeling import chat_selectors as looking
from annotation.labeling.api.serializers import Assignment, ShownCompletion
from annotation.labeling.models import Conversation
from annotation.lib.api import StrictSerializer

MESSAGE_MAX = 20_000
STATES = ("waiting", "ready", "ranked", "single", "passed", "failed")
FAILURES = ("", "too_long", "refused", "gave_up", "ended")


class ChatSettingsForm(StrictSerializer):
    """What an admin or ML engineer decides; all of it is given, so storing it twice is harmless."""

    enabled = serializers.BooleanField()
    policy_version = serializers.UUIDField(allow_null=True, source="policy_version_id")
    plan = serializers.UUIDField(allow_null=True, source="plan_id")
    replies = serializers.IntegerField(
        min_value=2, max_value=9, help_text="answers drawn for each turn"
    )
    most_turns = serializers.IntegerField(min_value=1, max_value=50)
    most_conversations = serializers.IntegerField(min_value=1, max_value=100_000)


class OpenChat(StrictSerializer):
    """A project in which I may chat."""

    project_id = serializers.UUIDField()


class ChatDoor(StrictSerializer):
    """Whether I may chat here now, and how much."""

    is_open = serializers.BooleanField()
    must_qualify = serializers.BooleanField()
    most_turns = serializers.IntegerField()
    conversations_left = serializers.IntegerField()


class NewConversation(StrictSerializer):
    client_uuid = serializers.UUIDField()


class ConversationRow(serializers.ModelSerializer[Conversation]):
    """One of my conversations, for lists."""

    title = serializers.SerializerMethodField()
    turns = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = ["id", "created_at", "ended_at", "title", "turns"]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_title(self, row: Any) -> str:
        return looking.title_of(row.opening)

    @extend_schema_field(serializers.IntegerField())
    def get_turns(self, row: Any) -> int:
        return row.turn_count or 0


class NewTurn(StrictSerializer):
    client_uuid = serializers.UUIDField()
    text = serializers.CharField(max_length=MESSAGE_MAX, trim_whitespace=False)
    continue_with = serializers.UUIDField(
        allow_null=True, default=None, help_text="the chosen answer of the turn before"
    )

    def validate_text(self, value: str) -> str:
        if not value.strip():
            raise serializers.ValidationError("Write something.", code="blank")
        return value


class ShownTurn(StrictSerializer):
    """One turn. `replies` come in the order shown once they are ranked; before that the assignment
    has them."""

    number = serializers.IntegerField()
    client_uuid = serializers.UUIDField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    asked_at = serializers.DateTimeField()
    error_code = serializers.ChoiceField(choices=FAILURES)
    continues = serializers.UUIDField(allow_null=True)
    replies = ShownCompletion(many=True)
    tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.UUIDField()), allow_null=True
    )
    assignment = Assignment(allow_null=True)


class ConversationDetail(StrictSerializer):
    """A conversation with all its turns."""

    id = serializers.UUIDField()
    project_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    most_turns = serializers.IntegerField()
    is_open = serializers.BooleanField()
    turns = ShownTurn(many=True)
    server_time = serializers.DateTimeField()
