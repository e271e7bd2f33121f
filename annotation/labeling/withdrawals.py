"""Who took a judgment out by review, why, and whether it was put back. `models` imports this table.

A judgment that its author took back themselves has no row here: nobody else may bring it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.lib.models import Row
from annotation.projects.models import Project

if TYPE_CHECKING:
    from annotation.labeling.models import Demonstration, Ranking


class Withdrawal(Row):
    """One judgment taken out by review. At most one at a time stands; putting it back ends it.

    A better answer comes and goes with its ranking and has no row.
    """

    ranking = models.ForeignKey(
        "labeling.Ranking",
        null=True,
        on_delete=models.PROTECT,
        related_name="withdrawals",
        db_index=False,
    )
    demonstration = models.ForeignKey(
        "labeling.Demonstration",
        null=True,
        on_delete=models.PROTECT,
        related_name="withdrawals",
        db_index=False,
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(max_length=2000)
    before = models.CharField(max_length=9, help_text="counted | surplus: what it was until then")
    act = models.UUIDField(
        null=True, help_text="the bulk act, adjudication or relabel plan it was part of"
    )
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    restored_as = models.CharField(max_length=9, blank=True, help_text="counted | surplus")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ranking"],
                condition=Q(restored_at=None),
                name="one_standing_withdrawal_per_ranking",
            ),
            models.UniqueConstraint(
                fields=["demonstration"],
                condition=Q(restored_at=None),
                name="one_standing_withdrawal_per_demonstration",
            ),
            models.CheckConstraint(
                name="a_withdrawal_is_of_one_judgment",
                condition=Q(ranking__isnull=True, demonstration__isnull=False)
                | Q(ranking__isnull=False, demonstration__isnull=True),
            ),
            models.CheckConstraint(
                name="what_is_restored_says_as_what",
                condition=Q(restored_at__isnull=True, restored_as="")
                | Q(restored_at__isnull=False, restored_as__in=["counted", "surplus"]),
            ),
        ]
        indexes = [
            models.Index(fields=["ranking"], name="withdrawal_by_ranking"),
            models.Index(
                fields=["demonstration"],
                condition=Q(demonstration__isnull=False),
                name="withdrawal_by_demonstration",
            ),
            models.Index(fields=["act"], condition=Q(act__isnull=False), name="withdrawal_by_act"),
        ]

    def __str__(self) -> str:
        return f"withdrawal of {self.ranking_id or self.demonstration_id}"


def of(judgment: Ranking | Demonstration) -> dict[str, Ranking | Demonstration]:
    """The column that names this judgment, as a condition or a value."""
    return {judgment._meta.model_name or "": judgment}


def can_be_put_back(ranking: Ranking) -> bool:
    """Whether review took it out and its author was not deleted with all judgments. Reads withdrawals
    that were fetched in their order."""
    taken_out = list(ranking.withdrawals.all())
    stands = bool(taken_out) and taken_out[-1].restored_at is None
    return stands and not ranking.labeler.judgments_withdrawn
