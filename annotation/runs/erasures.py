"""The deletion of a person, and what had been made of the judgments they withdrew with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.lib.models import Row
from annotation.registry.models import ModelVersion


class Erasure(Row):
    """A person was deleted: their name is gone for good, a pseudonym stands in its place."""

    class Judgments(models.TextChoices):
        KEEP = "keep", "They stay, under the pseudonym"
        WITHDRAW = "withdraw", "None of them counts any more"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasure"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    judgments = models.CharField(max_length=8, choices=Judgments.choices)
    withdrawn = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="erasure_judgments_known", condition=Q(judgments__in=["keep", "withdraw"])
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.person_id}"


class ErasureMark(Row):
    """A snapshot, version or run holds judgments that were withdrawn by a deletion since.

    It is said and nothing is changed: what was made stays what it is.
    """

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="marks")
    snapshot = models.ForeignKey(
        "runs.DatasetSnapshot", null=True, on_delete=models.PROTECT, related_name="erasure_marks"
    )
    version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="erasure_marks"
    )
    run = models.ForeignKey(
        "runs.Run", null=True, on_delete=models.PROTECT, related_name="erasure_marks"
    )
    judgments = models.PositiveIntegerField(help_text="how many of the person's are in it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "erasure"], name="snapshot_marked_once"),
            models.UniqueConstraint(fields=["version", "erasure"], name="version_marked_once"),
            models.UniqueConstraint(fields=["run", "erasure"], name="run_marked_once"),
            models.CheckConstraint(
                name="a_mark_is_on_one_thing",
                condition=Q(snapshot__isnull=False, version__isnull=True, run__isnull=True)
                | Q(snapshot__isnull=True, version__isnull=False, run__isnull=True)
                | Q(snapshot__isnull=True, version__isnull=True, run__isnull=False),
            ),
            models.CheckConstraint(name="a_mark_counts", condition=Q(judgments__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.judgments} judgments of {self.erasure_id}"
