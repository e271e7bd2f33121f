"""Control items: work whose purpose is to see how well people judge, mixed in with the other work.

Three kinds. A **gold item** has an order that is expected. A **trap** holds an answer that is obviously
bad; all that is expected is that nobody puts it first. A **repeat** is an item that the same labeler
judged before. What a labeler gets is always a copy of their own: an ordinary item with one private slot
(`Item.control`, `Item.control_of`), made at the moment it is handed out. So nobody gets one twice, no
counter of the original moves, and one condition (`control = ''`) keeps all of it out of training.
Tables of this app; `models` imports them.
"""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.corpus.models import Completion
from annotation.lib.models import Row
from annotation.projects.models import Project

PERSON = settings.AUTH_USER_MODEL


class ControlKind(models.TextChoices):
    """What a control item looks at."""

    GOLD = "gold", "Gold: an order is expected"
    REPEAT = "repeat", "Repeat: the same labeler judges it again"
    TRAP = "trap", "Trap: an obviously bad answer is mixed in"


def new_secret() -> str:
    """What makes the places of control items unguessable."""
    return secrets.token_hex(16)


class ControlSettings(models.Model):
    """How much of the work of a project is control; all rates are percent of what is handed out."""

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.PROTECT, related_name="control"
    )
    gold_percent = models.FloatField(default=0)
    repeat_percent = models.FloatField(default=0)
    trap_percent = models.FloatField(default=0)
    repeat_after_items = models.PositiveSmallIntegerField(
        default=30, help_text="judgments that must lie between the first time and the second"
    )
    repeat_after_hours = models.PositiveSmallIntegerField(
        default=12, help_text="hours that must lie between the first time and the second"
    )
    tell_gold = models.BooleanField(
        default=False, help_text="tell the labeler afterwards what was expected of a gold item"
    )
    gold_policies = models.PositiveSmallIntegerField(
        null=True,
        help_text="gold whose answers come from none of the last so many promoted policies is stale;"
        " null: it never is",
    )
    epoch = models.PositiveIntegerField(default=1, help_text="raised whenever a rate changes")
    secret = models.CharField(max_length=32, default=new_secret)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="control_rates",
                condition=Q(gold_percent__gte=0, gold_percent__lte=20)
                & Q(repeat_percent__gte=0, repeat_percent__lte=20)
                & Q(trap_percent__gte=0, trap_percent__lte=20),
            ),
            models.CheckConstraint(
                name="gold_policies_from_1",
                condition=Q(gold_policies__isnull=True) | Q(gold_policies__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"control of {self.project_id}"


class ControlMark(models.Model):
    """How far a labeler has come in the schedule: one row per person and project.

    For a rate of r percent the work of a labeler is cut into strata of 100 / r hand-outs; in each
    stratum one place, drawn from the project's secret, is the kind's (`gold`, `repeat`, `trap`: the
    first stratum that is not settled). So the number of controls after n hand-outs is within one of
    r n / 100, and nobody can tell which are theirs.
    """

    pk = models.CompositePrimaryKey("labeler_id", "project_id")
    labeler = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    epoch = models.PositiveIntegerField()
    handed = models.PositiveIntegerField(default=0)
    gold = models.PositiveIntegerField(default=0)
    repeat = models.PositiveIntegerField(default=0)
    trap = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.labeler_id} was handed {self.handed} in {self.project_id}"


class ControlItem(Row):
    """A gold item or a trap of which labelers get copies. Its content is that of `item`."""

    class Given(models.TextChoices):
        PERSON = "person", "Given by a person"
        CONSENSUS = "consensus", "Promoted from what labelers agree on"
        MADE = "made", "Made from the project's data"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="control_items")
    kind = models.CharField(max_length=6, choices=ControlKind.choices)
    item = models.OneToOneField(
        "labeling.Item", on_delete=models.PROTECT, related_name="control_item"
    )
    source = models.ForeignKey(
        "labeling.Item",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whoever judged this one does not get the control item, and the other way round",
    )
    trap = models.ForeignKey(
        Completion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    given = models.CharField(max_length=9, choices=Given.choices)
    evidence = models.JSONField(default=dict, help_text="why it was promoted")
    expires_at = models.DateTimeField(null=True)
    stale_at = models.DateTimeField(null=True, help_text="since when its policies are of the past")
    retired_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_trap_names_its_answer",
                condition=Q(kind="gold", trap__isnull=True) | Q(kind="trap", trap__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["project", "kind", "-id"], name="control_items_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} item {self.item_id}"


class GoldOrder(Row):
    """The order that is expected of a gold item; who wants another one adds a version. Append-only."""

    control_item = models.ForeignKey(ControlItem, on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveSmallIntegerField()
    tiers = models.JSONField(help_text="tiers of completion ids, best first")
    explanation = models.TextField(blank=True, max_length=4000)
    created_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["control_item", "number"], name="gold_order_once"),
        ]

    def __str__(self) -> str:
        return f"order {self.number} of {self.control_item_id}"


class GoldTold(models.Model):
    """A labeler was told what was expected after this judgment: it is the one that is scored.
    Append-only."""

    ranking = models.OneToOneField(
        "labeling.Ranking", primary_key=True, on_delete=models.PROTECT, related_name="told"
    )
    item = models.OneToOneField("labeling.Item", on_delete=models.PROTECT, related_name="told")
    order = models.ForeignKey(GoldOrder, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"told after {self.ranking_id}"
