"""Live chat: a labeler talks to a policy, ranks the replies to each turn and goes on with one.

A turn is a prompt like any other, its replies are completions like any other, and what is ranked is an
ordinary item whose one slot belongs to the labeler of the conversation. These tables hold what is left:
who talks, what was said, and how far a turn has come. Tables of this app; `models` imports them.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion

PERSON = settings.AUTH_USER_MODEL


class ChatSettings(models.Model):
    """Whether labelers of a project may chat, with which policy, and how much."""

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.PROTECT, related_name="chat"
    )
    enabled = models.BooleanField(default=False)
    policy_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey(SamplingPlan, null=True, on_delete=models.PROTECT, related_name="+")
    prompt_set = models.ForeignKey(
        PromptSet, null=True, on_delete=models.PROTECT, related_name="+", help_text="of the turns"
    )
    replies = models.PositiveSmallIntegerField(default=4, help_text="drawn for each turn")
    most_turns = models.PositiveSmallIntegerField(default=10)
    most_conversations = models.PositiveIntegerField(
        default=50, help_text="that one person may start in the project"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="chat_settings_ranges",
                condition=Q(replies__gte=2, replies__lte=9)
                & Q(most_turns__gte=1, most_turns__lte=50)
                & Q(most_conversations__gte=1, most_conversations__lte=100_000),
            ),
            models.CheckConstraint(
                name="chat_is_enabled_complete",
                condition=Q(enabled=False)
                | Q(policy_version__isnull=False, plan__isnull=False, prompt_set__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"chat of {self.project_id}"


class Conversation(Row):
    """One labeler's talk with the policy."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    labeler = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_uuid = models.UUIDField(unique=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["labeler", "project", "-id"], name="conversation_by_labeler"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.id}"


class ChatTurn(Row):
    """What the labeler said, and how far the replies have come.

    `ready` says that replies are stored: either `item` holds them for ranking, or there was one text
    only and `reply` is it. Whether they are ranked is told by the item's slot.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Replies are being written"
        READY = "ready", "Replies are there"
        FAILED = "failed", "No replies; error_code says why"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="turns", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    text = models.TextField(max_length=20_000)
    continues = models.ForeignKey(
        Completion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the reply of the turn before that was chosen",
    )
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    plan = models.ForeignKey(
        SamplingPlan, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    replies = models.PositiveSmallIntegerField(help_text="how many are drawn")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    item = models.OneToOneField(
        "labeling.Item", null=True, on_delete=models.PROTECT, related_name="chat_turn"
    )
    reply = models.ForeignKey(
        Completion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True, help_text="for the people who run the project")
    tries = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="chat_turn_once"),
            models.CheckConstraint(name="chat_turns_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="chat_turn_first_continues_nothing",
                condition=Q(number=1, continues__isnull=True)
                | Q(number__gt=1, continues__isnull=False),
            ),
            models.CheckConstraint(
                name="chat_turn_state_and_replies_agree",
                condition=Q(
                    ~Q(state="ready"), item__isnull=True, reply__isnull=True, answered_at=None
                )
                | Q(
                    state="ready", item__isnull=False, reply__isnull=True, answered_at__isnull=False
                )
                | Q(
                    state="ready", item__isnull=True, reply__isnull=False, answered_at__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(F("created_at"), condition=Q(state="waiting"), name="chat_turns_waiting"),
        ]

    def __str__(self) -> str:
        return f"turn {self.number} of {self.conversation_id}"
