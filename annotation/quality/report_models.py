"""What the statistics of quality found, dated and immutable, and the alarms that people deal with."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.lib.models import Row
from annotation.projects.models import Project


class QualityReport(Row):
    """All figures of a project's quality at a cut-off. Made when somebody asks, or at night, by a
    worker; written once, read by every page.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="quality_reports")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cut_off = models.DateTimeField(null=True)
    judgments = models.PositiveIntegerField(default=0)
    body = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(finished_at=None),
                name="one_quality_report_at_a_time",
            ),
            models.CheckConstraint(
                name="a_finished_quality_report_says_of_when",
                condition=Q(finished_at=None) | Q(cut_off__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="quality_report_by_project")]

    def __str__(self) -> str:
        return f"quality of {self.project_id} at {self.cut_off}"


class ReliabilityEstimate(Row):
    """How reliable each labeler is, by a model of answers and labelers together; immutable."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="reliability_estimates"
    )
    number = models.PositiveIntegerField()
    report = models.OneToOneField(
        QualityReport, on_delete=models.PROTECT, related_name="reliability"
    )
    cut_off = models.DateTimeField()
    version = models.CharField(max_length=40, help_text="of the model")
    settings = models.JSONField(help_text="priors, rounds, what was taken")
    judgments = models.PositiveIntegerField()
    pairs = models.PositiveIntegerField()
    labelers = models.JSONField(
        help_text="[{labeler, judgments, pairs, weight, ability, position, length}]"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="estimate_number_once"),
        ]

    def __str__(self) -> str:
        return f"reliability estimate {self.number}"

    def weights(self) -> dict[str, float]:
        """Weight of each labeler in training, by key; who is not named has 1."""
        return {row["labeler"]: float(row["weight"]) for row in self.labelers}


class Alarm(Row):
    """A rule that a labeler, or the whole project, met. It excludes nobody: people decide."""

    class Rule(models.TextChoices):
        POSITION = "position", "The place on the screen decides too often"
        UNRELIABLE = "unreliable", "Agrees with the others hardly more than a coin"
        TOO_FAST = "too_fast", "Much faster than the others"
        STRAIGHT_LINING = "straight_lining", "Gives the order shown, or its reverse, too often"
        TIES = "ties", "Far more or far fewer ties than the others"
        FALLING = "falling", "Agreement with the others fell"
        GOLD = "gold", "Too often not as expected on gold"

    class State(models.TextChoices):
        NEW = "new", "Nobody has looked yet"
        ACKNOWLEDGED = "acknowledged", "Somebody looks after it"
        RESOLVED = "resolved", "Dealt with"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="quality_alarms")
    rule = models.CharField(max_length=16, choices=Rule.choices)
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: the project as a whole",
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    evidence = models.JSONField(help_text="as of the last report in which the rule was met")
    first_report = models.ForeignKey(QualityReport, on_delete=models.PROTECT, related_name="+")
    last_report = models.ForeignKey(QualityReport, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, max_length=2000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rule", "labeler"],
                condition=~Q(state="resolved"),
                nulls_distinct=False,
                name="one_open_alarm_of_a_rule_per_labeler",
            ),
            models.CheckConstraint(
                name="an_alarm_once_decided_says_by_whom",
                condition=Q(state="new", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    state__in=["acknowledged", "resolved"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-id"], name="alarm_by_state")]

    def __str__(self) -> str:
        return f"{self.rule} of {self.labeler_id or self.project_id}"
