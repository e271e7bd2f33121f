"""The radar: what a policy in training writes that looks too good, and what people are asked about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.corpus.models import Completion, Prompt
from annotation.labeling.models import Item
from annotation.lib.models import Row
from annotation.projects.models import Project

MOST_PER_RUN = 200


class RadarSettings(Row):
    """How a project's radar looks; one for each project, off until somebody turns it on."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="radar")
    on_since = models.DateTimeField(null=True, help_text="null: off; runs that ended before stay")
    per_run = models.PositiveSmallIntegerField(
        default=20, help_text="at most so many items of one run"
    )
    reward_quantile = models.FloatField(default=0.8, help_text="of the run so far, from 0 to 1")
    kl_quantile = models.FloatField(default=0.8)
    disagreement_quantile = models.FloatField(default=0.8)
    judgments = models.PositiveSmallIntegerField(
        null=True, help_text="wanted of each item; null: as the project says"
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="radar_settings_ranges",
                condition=Q(per_run__gte=1, per_run__lte=MOST_PER_RUN)
                & Q(reward_quantile__gte=0, reward_quantile__lt=1)
                & Q(kl_quantile__gte=0, kl_quantile__lt=1)
                & Q(disagreement_quantile__gte=0, disagreement_quantile__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return f"radar of {self.project_id}"


class RadarWatch(models.Model):
    """How far the radar has looked at a run: its notebook, no fact."""

    run = models.OneToOneField(
        "runs.Run", on_delete=models.PROTECT, primary_key=True, related_name="radar_watch"
    )
    step = models.BigIntegerField(null=True, help_text="of the last look that it has judged")
    samples = models.PositiveIntegerField(default=0, help_text="that it has judged")
    event = models.BigIntegerField(default=0, help_text="the newest sample it has read")
    is_over = models.BooleanField(default=False, help_text="the run had ended by then")

    def __str__(self) -> str:
        return f"radar on {self.run_id}"


class RadarCatch(Row):
    """An output of a policy in training that became an item, and why; append-only.

    Quantiles are those of the run's samples up to then. A disagreement of null: one reward model.
    """

    run = models.ForeignKey("runs.Run", on_delete=models.PROTECT, related_name="radar_catches")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="+")
    text_hash = models.CharField(max_length=64, help_text="of the suspicious output as shown")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="radar_catch")
    suspect = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    reference = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    step = models.BigIntegerField()
    samples = models.PositiveIntegerField(help_text="of the run so far, these among them")
    score = models.FloatField()
    reference_score = models.FloatField()
    kl = models.FloatField(null=True, help_text="nats of the whole output")
    disagreement = models.FloatField(null=True)
    reward_quantile = models.FloatField()
    kl_quantile = models.FloatField(null=True)
    disagreement_quantile = models.FloatField(null=True)
    bounds = models.JSONField(help_text="the quantiles that were asked for")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "prompt", "text_hash"], name="radar_catches_a_text_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text_hash[:8]} of {self.run_id}"
