"""Policy and reward-model versions: lineage, artifact digest, status. Weights are found by digest."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.lib.models import Row
from annotation.projects.models import Project


class Artifact(models.Model):
    """A directory of files kept under its digest: SHA-256 over the sorted (path, SHA-256) list."""

    digest = models.CharField(max_length=64, primary_key=True)
    bytes = models.BigIntegerField()
    files = models.JSONField(help_text="relative path -> SHA-256")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="artifact_digest_hex", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            )
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class ModelVersion(Row):
    """One policy or reward model, immutable but for its status."""

    class Kind(models.TextChoices):
        POLICY = "policy", "Policy"
        REWARD = "reward", "Reward model"

    class Stage(models.TextChoices):
        BASE = "base", "Registered or pretrained, no human judgment in it yet"
        SFT = "sft", "Fine-tuned on demonstrations"
        RL = "rl", "Updated against a reward model or from rankings"
        REWARD = "reward", "Trained on rankings"
        SERVED = "served", "Run by a server of the deployment; its weights are not here"

    class Status(models.TextChoices):
        CANDIDATE = "candidate", "Candidate: just made, not yet in use"
        PROMOTED = "promoted", "Promoted: the one the project uses; one per kind"
        RETIRED = "retired", "Retired: kept for lineage"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="versions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="versions")
    score_shift = models.FloatField(default=0.0)
    score_scale = models.FloatField(default=1.0)
    metrics = models.JSONField(default=dict)
    served = models.JSONField(
        null=True,
        help_text="of a served policy: server, model and what the server said it is; its artifact "
        "holds just this",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "number"], name="version_number_once"
            ),
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=Q(status="promoted"),
                name="one_promoted_version_per_kind",
            ),
            models.CheckConstraint(
                name="reward_stage_iff_reward_kind",
                condition=(Q(kind="reward") & Q(stage="reward"))
                | (Q(kind="policy") & ~Q(stage="reward")),
            ),
            models.CheckConstraint(
                name="served_iff_no_weights_are_here",
                condition=Q(stage="served", kind="policy", served__isnull=False, parent=None)
                | (~Q(stage="served") & Q(served__isnull=True)),
            ),
            # What is in use is trained on.
            models.CheckConstraint(
                name="a_served_policy_is_not_promoted",
                condition=~Q(stage="served", status="promoted"),
            ),
            models.CheckConstraint(name="score_scale_positive", condition=Q(score_scale__gt=0)),
        ]

    @property
    def is_served(self) -> bool:
        """Whether a server runs it; then there are no weights here."""
        return self.stage == self.Stage.SERVED

    def __str__(self) -> str:
        return f"{self.name} ({self.kind} {self.number})"
