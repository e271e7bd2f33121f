"""What leaves a project: saved views of its data, exports, webhooks, the chain over the audit trail."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.accounts.models import AuditEvent
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import Artifact
from annotation.runs.models import DatasetSnapshot, Run


class SavedView(Row):
    """A filter that somebody wants to come back to."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=2000, help_text="the query of the explorer's address")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "owner", "name"], name="saved_view_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Licence(models.Model):
    """Under which terms a project's data goes out; an SPDX identifier or a name."""

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.CASCADE, related_name="licence"
    )
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Export(Row):
    """A dataset written from a snapshot; the same snapshot and options give the same files."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="exports")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="export")
    snapshot = models.ForeignKey(DatasetSnapshot, on_delete=models.PROTECT, related_name="exports")
    options = models.JSONField()
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="exports")

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="exports_by_project")]

    def __str__(self) -> str:
        return f"export of snapshot {self.snapshot_id}"


class AuditLink(models.Model):
    """One link of the chain over a project's audit events: SHA-256 over the link before and the event.

    Links are laid by the upkeep in the order in which events became visible, so that acts never wait
    for each other. `chain` is the project's id, or empty for acts outside any project.
    """

    event = models.OneToOneField(
        AuditEvent, primary_key=True, on_delete=models.PROTECT, related_name="link"
    )
    chain = models.CharField(max_length=36, blank=True)
    position = models.BigIntegerField()
    words_sha256 = models.CharField(
        max_length=64, help_text="of what the event said when it was linked"
    )
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="audit_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}[{self.position}]"


class WebhookEndpoint(Row):
    """An address that is told what happens in a project.

    The secret is nowhere: it is derived from the signing key, the endpoint's id and `rotation`.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Is told what happens"
        PAUSED = "paused", "Is told nothing; what happens meanwhile is not kept for it"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=1000)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=40))
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    rotation = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["project"],
                condition=Q(state="active", removed_at=None),
                name="webhooks_listening",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookMessage(models.Model):
    """The outbox: one message for one endpoint, written by a trigger together with the fact."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be sent, perhaps again"
        DELIVERED = "delivered", "The receiver answered 2xx"
        DEAD = "dead", "Given up after a day; can be sent again"

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    event = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, db_default=State.WAITING)
    attempts = models.PositiveIntegerField(db_default=0)
    first_try_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="messages_by_endpoint"),
            models.Index(
                fields=["endpoint", "id"], condition=Q(state="waiting"), name="messages_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class WebhookAttempt(models.Model):
    """One attempt to deliver a message: what the receiver said, how long it took. Append-only."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(
        WebhookMessage, on_delete=models.PROTECT, related_name="tries", db_index=True
    )
    at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(null=True, help_text="null: no answer")
    error = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.error}"
