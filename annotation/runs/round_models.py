"""Automatic rounds: the plan of a project, and what happened in each of its rounds.

The plan says when and how; a round stands at one step; events are the record, one row for each thing
that happened. That a step starts at most once is a constraint on the events.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.corpus.models import PromptSet
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.runs.mix_models import SamplingMix


class Step(models.TextChoices):
    """What a round does, in this order."""

    SAMPLE = "sample", "Completions are drawn by the mix and become items"
    PICK = "pick", "What people judge of them is chosen, where the plan does not leave it to chance"
    COLLECT = "collect", "People rank until the plan says that it is enough"
    SNAPSHOT = "snapshot", "The judgments are frozen"
    REWARD = "reward", "A reward model is trained on them"
    CHECK = "check", "It is held against the reward model in use, on the same held-out pairs"
    POLICY = "policy", "The policy is updated against it"
    EVALUATION = "evaluation", "The new policy is held against the one it came from"
    JUDGE = "judge", "People hold it against the one in use, not knowing which is which"
    PROMOTE = "promote", "Both come into use"


class RoundPlan(Row):
    """How a project goes from round to round by itself; one for each project."""

    class State(models.TextChoices):
        ACTIVE = "active", "Rounds go on by themselves"
        PAUSED = "paused", "Nothing new is begun; runs under way finish"

    class Trigger(models.TextChoices):
        JUDGMENTS = "judgments", "As soon as there are so many new judgments"
        CALENDAR = "calendar", "On days of the week at a time of day, with at least so many"

    class PolicyKind(models.TextChoices):
        PPO = "ppo", "PPO"
        RLOO = "rloo", "RLOO"
        GRPO = "grpo", "GRPO"

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="round_plan")
    state = models.CharField(max_length=6, choices=State.choices, default=State.PAUSED)

    trigger = models.CharField(max_length=9, choices=Trigger.choices)
    judgments = models.PositiveIntegerField(help_text="new ones since the last round's snapshot")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="0: Monday")
    at = models.TimeField(null=True, help_text="by the clock of time_zone")
    time_zone = models.CharField(max_length=60, default="UTC")

    mix = models.ForeignKey(SamplingMix, on_delete=models.PROTECT, related_name="+")
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="+")
    prompts_per_round = models.PositiveIntegerField(null=True, help_text="null: all of the set")

    pick_config = models.JSONField(
        null=True, help_text="how it is chosen what people judge; null: all that was sampled"
    )
    snapshot_config = models.JSONField(default=dict)
    reward_config = models.JSONField(default=dict)
    policy_kind = models.CharField(max_length=4, choices=PolicyKind.choices)
    policy_config = models.JSONField(default=dict)
    rl_prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="+")
    evaluation_set = models.ForeignKey(
        PromptSet, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: no step"
    )
    evaluation_config = models.JSONField(default=dict)

    # The gates; null: not asked. What each is held against stands in gates.py.
    reward_least_accuracy = models.FloatField(null=True)
    reward_least_gain = models.FloatField(null=True)
    kl_ceiling = models.FloatField(null=True)
    least_stop_rate = models.FloatField(null=True)
    least_win_rate = models.FloatField(null=True)
    least_campaign_win_rate = models.FloatField(null=True)
    campaign_prompts = models.PositiveIntegerField(default=200, help_text="at most so many")
    campaign_judgments = models.PositiveSmallIntegerField(default=1, help_text="per prompt")

    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="round_plan_judgments_positive", condition=Q(judgments__gte=1)
            ),
            models.CheckConstraint(
                name="round_plan_prompts_positive",
                condition=Q(prompts_per_round=None) | Q(prompts_per_round__gte=1),
            ),
            models.CheckConstraint(
                name="round_plan_calendar_has_a_time",
                condition=Q(trigger="judgments") | Q(at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"round plan of {self.project_id}"


class RoundEvent(models.Model):
    """What happened in a round, why, and with which figures; append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", "The round began"
        STARTED = "started", "A step began"
        SKIPPED = "skipped", "A step had nothing to do; the reason says why"
        PASSED = "passed", "A step is done and every gate of it holds"
        ASKED = "asked", "The round waits for a person; the reason says why"
        RESUMED = "resumed", "What was asked about has mended itself"
        CONTINUED = "continued", "A person lets the round go on all the same"
        RETRIED = "retried", "A person lets a step be done again"
        CLOSED = "closed", "The round is over; the reason says how"

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey("runs.Round", on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    step = models.CharField(max_length=10, choices=Step.choices, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    run = models.ForeignKey("runs.Run", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=40, blank=True, help_text="a code that programs know")
    words = models.TextField(blank=True, help_text="of a person, or of what refused")
    figures = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "step", "attempt"],
                condition=Q(kind="started"),
                name="round_step_starts_once",
            ),
            models.UniqueConstraint(
                fields=["round", "step", "attempt"],
                condition=Q(kind__in=["skipped", "passed", "continued"]),
                name="round_step_is_left_once",
            ),
            models.UniqueConstraint(
                fields=["round"], condition=Q(kind="opened"), name="round_opens_once"
            ),
            models.UniqueConstraint(
                fields=["round"], condition=Q(kind="closed"), name="round_closes_once"
            ),
        ]
        indexes = [models.Index(fields=["round", "id"], name="events_by_round")]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.kind} {self.step}"
