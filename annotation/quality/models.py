"""Practice and qualification: items with a known order, and what labelers said about them.

They live apart from labeling on purpose: nothing here is a judgment, none of it is ever exported or
trained on.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.labeling.models import Item
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.quality.overlap_models import BoughtOpinion as BoughtOpinion
from annotation.quality.overlap_models import OverlapDue as OverlapDue
from annotation.quality.overlap_models import OverlapSettings as OverlapSettings
from annotation.quality.report_models import Alarm as Alarm
from annotation.quality.report_models import QualityReport as QualityReport
from annotation.quality.report_models import ReliabilityEstimate as ReliabilityEstimate
from annotation.quality.review_models import Adjudication as Adjudication
from annotation.quality.review_models import BulkAct as BulkAct
from annotation.quality.review_models import BulkTarget as BulkTarget
from annotation.quality.review_models import FeedbackNote as FeedbackNote
from annotation.quality.review_models import NamesSeen as NamesSeen
from annotation.quality.review_models import RelabelItem as RelabelItem
from annotation.quality.review_models import RelabelPlan as RelabelPlan
from annotation.quality.review_models import ReviewEntry as ReviewEntry
from annotation.quality.review_models import Stir as Stir


class PracticeItem(Row):
    """A prompt with answers and the order that the project expects. Its texts never change: whoever
    wants others retires it and makes a new one.
    """

    class Kind(models.TextChoices):
        PRACTICE = "practice", "To learn on: what was expected is told after each answer"
        QUALIFICATION = "qualification", "To qualify with: what was expected is told to who passed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="practice_items")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(default=0, help_text="lower ones come first")
    messages = models.JSONField()
    completions = models.JSONField(help_text="[{id, text}]")
    expected = models.JSONField(help_text="tiers of completion ids, best first")
    explanation = models.TextField(blank=True, max_length=4000)
    source = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, related_name="+", help_text="made from this item"
    )
    retired_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["project", "kind", "position"], name="practice_in_order")]
        constraints = [
            models.CheckConstraint(
                name="practice_kind_known", condition=Q(kind__in=["practice", "qualification"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} item {self.id}"


class QualificationAttempt(Row):
    """One go at the qualification, over the items as they stood at its beginning."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveSmallIntegerField()
    items = ArrayField(models.UUIDField())
    pass_mark = models.PositiveSmallIntegerField()
    finished_at = models.DateTimeField(null=True)
    agreement = models.FloatField(null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "labeler", "number"], name="attempt_number_once"
            ),
            models.UniqueConstraint(
                fields=["project", "labeler"],
                condition=Q(finished_at=None),
                name="one_attempt_at_a_time",
            ),
            models.CheckConstraint(
                name="a_finished_attempt_has_a_result",
                condition=Q(finished_at__isnull=True, agreement__isnull=True, passed__isnull=True)
                | Q(
                    finished_at__isnull=False,
                    agreement__gte=0,
                    agreement__lte=1,
                    passed__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.labeler_id}"


class PracticeAnswer(Row):
    """The order that a labeler gave to a practice item. Append-only."""

    item = models.ForeignKey(PracticeItem, on_delete=models.PROTECT, related_name="answers")
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    attempt = models.ForeignKey(
        QualificationAttempt, null=True, on_delete=models.PROTECT, related_name="answers"
    )
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    tiers = models.JSONField(
        help_text="tiers of completion ids, best first; what is left out is unplaced"
    )
    points = models.FloatField(help_text="expected pairs ordered alike; a tie counts half")
    pairs = models.PositiveSmallIntegerField(help_text="expected strict pairs")
    active_ms = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "labeler"],
                condition=Q(attempt=None),
                name="one_practice_answer_per_labeler",
            ),
            models.UniqueConstraint(
                fields=["item", "attempt"],
                condition=Q(attempt__isnull=False),
                name="one_answer_per_attempt",
            ),
            models.CheckConstraint(
                name="points_within_pairs",
                condition=Q(points__gte=0, points__lte=models.F("pairs"), pairs__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} of {self.pairs} on {self.item_id}"
