"""How many opinions the items of a project get, and which further ones were bought and why.

`models` imports these tables.
"""

from django.db import models
from django.db.models import Q

from annotation.labeling.models import Item, Ranking
from annotation.lib.models import Row
from annotation.projects.models import Group, Project


class OverlapSettings(models.Model):
    """Flat: every item gets the number of judgments it was made with. Adaptive: that many at first, and
    more where they matter. A project without a row is flat.
    """

    class Mode(models.TextChoices):
        FLAT = "flat", "The same number of opinions for every item"
        ADAPTIVE = "adaptive", "More where opinions differ or little is known"

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.PROTECT, related_name="overlap"
    )
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.FLAT)
    most = models.PositiveSmallIntegerField(default=3, help_text="opinions an item gets at most")
    risk = models.FloatField(
        default=0.23,
        help_text="a further opinion is bought while neighbours in the order are this likely the wrong"
        " way round",
    )
    audit_percent = models.FloatField(
        default=5, help_text="percent of the items that get a second opinion by lot"
    )
    budget = models.PositiveIntegerField(
        null=True, help_text="further opinions in all; null: no limit but `most`"
    )
    group = models.ForeignKey(
        Group,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whose members alone get what is bought, unless the item is reserved already",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="overlap_mode_known", condition=Q(mode__in=["flat", "adaptive"])
            ),
            models.CheckConstraint(
                name="overlap_within_bounds",
                condition=Q(most__gte=2, most__lte=9, risk__gte=0.01, risk__lte=0.5)
                & Q(audit_percent__gte=0, audit_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} overlap of {self.project_id}"


class OverlapDue(models.Model):
    """A judged item of an adaptive project that the rule has not looked at since."""

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.item_id} is due"


class BoughtOpinion(Row):
    """One more judgment that was asked for, and why. Append-only; at most one after each judgment, so
    looking twice buys nothing twice.
    """

    class Reason(models.TextChoices):
        DISAGREEMENT = "disagreement", "The opinions differ"
        CLOSE = "close", "Too little is known: ties, neighbouring tiers"
        UNRELIABLE = "unreliable", "The only opinion is of a labeler who is often wrong"
        AUDIT = "audit", "Drawn by lot, to learn how well people agree"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="bought_opinions")
    ranking = models.OneToOneField(
        Ranking,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the newest judgment looked at",
    )
    reason = models.CharField(max_length=12, choices=Reason.choices)
    judged = models.PositiveSmallIntegerField(help_text="opinions that were there")
    risk = models.FloatField(help_text="what the rule saw, 0 to 0.5")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bought_reason_known",
                condition=Q(reason__in=["disagreement", "close", "unreliable", "audit"]),
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="opinions_newest_first"),
            models.Index(fields=["project", "reason", "-id"], name="opinions_by_reason"),
        ]

    def __str__(self) -> str:
        return f"opinion {self.judged + 1} on {self.item_id}: {self.reason}"
