"""Judging campaigns: policies held against each other by people who do not know which is which.

A campaign is a draw by a mix that holds every policy once, and the report on what was said of its items.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotation.corpus.models import Completion
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion
from annotation.runs.mix_models import MixDraw, MixPrompt


class JudgingCampaign(Row):
    """Which versions meet, on which prompts, and what it is for; what was said is in the items."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    draw = models.OneToOneField(MixDraw, on_delete=models.PROTECT, related_name="campaign")
    base = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="+", help_text="has rating 0"
    )
    with_reference = models.BooleanField(
        default=False, help_text="the prompt's reference, or what a person wrote, takes part"
    )
    is_for_training = models.BooleanField(
        default=False, help_text="its judgments may be frozen into snapshots like others"
    )
    comes_first = models.BooleanField(
        default=False, help_text="its items are handed out before other work"
    )
    conditions = models.JSONField(
        default=dict, help_text="which prompts were asked for: tags, languages, prompts"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, help_text="since when nothing of it is handed out")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="campaign_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignAnswer(models.Model):
    """What a contestant answers a prompt with. Contestants with the same text share a completion."""

    id = models.BigAutoField(primary_key=True)
    mix_prompt = models.ForeignKey(
        MixPrompt, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    version = models.ForeignKey(
        ModelVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: the reference",
    )
    completion = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mix_prompt", "version"], name="one_answer_each", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} on {self.mix_prompt_id}"
