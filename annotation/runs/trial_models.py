"""The playground: one request to policies, and what they answered. A table of this app."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from annotation.corpus.models import Prompt
from annotation.labeling.models import Item
from annotation.lib.models import Row
from annotation.projects.models import Project


class Trial(Row):
    """A prompt, some policies, a way to decode; the row is the request and holds the answer.

    `parts` has one entry for each policy that has answered, in their order; see `workers/playing.py`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waits for a worker"
        RUNNING = "running", "In the hands of a worker while its lease lasts"
        DONE = "done", "Every policy has answered"
        FAILED = "failed", "No (further) answer; error_code says why"
        CANCELLED = "cancelled", "Stopped by a person"

    OPEN = (State.QUEUED, State.RUNNING)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="trials")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    messages = models.JSONField()
    policies = ArrayField(models.UUIDField(), help_text="versions, in the order they are shown")
    rewards = ArrayField(models.UUIDField(), default=list, help_text="versions that score")
    decoding = models.JSONField(help_text="as a sampling plan says it, without a name")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    parts = models.JSONField(default=list)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    prompt = models.ForeignKey(
        Prompt, null=True, on_delete=models.PROTECT, related_name="+", help_text="once sent"
    )
    item = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, related_name="+", help_text="once sent"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_trial_ends_once",
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | (~Q(state__in=["queued", "running"]) & Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_failed_trial_says_why", condition=~Q(state="failed") | ~Q(error_code="")
            ),
            models.CheckConstraint(
                name="a_running_trial_has_a_lease",
                condition=~Q(state="running") | Q(lease_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                F("created_at"), condition=Q(state__in=["queued", "running"]), name="trials_open"
            ),
            models.Index(fields=["project", "-id"], name="trials_by_project"),
        ]

    def __str__(self) -> str:
        return f"trial {self.id}"
