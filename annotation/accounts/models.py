"""People, their API tokens, and the audit trail. Knows nothing of projects."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.lib.ids import new_id
from annotation.lib.models import Row


class User(AbstractUser):
    """A person. A pseudonymous one stands for a labeler of imported data and can never sign in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    display_name = models.CharField(max_length=150, blank=True)
    locale = models.CharField(
        max_length=10, default="en", choices=[("en", "English"), ("zh-Hans", "简体中文")]
    )
    is_pseudonymous = models.BooleanField(default=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="pseudonymous_people_cannot_sign_in",
                condition=Q(is_pseudonymous=False)
                | Q(is_active=False, is_staff=False, is_superuser=False),
            )
        ]


class Scope(models.TextChoices):
    """What a token may do, on top of (never beyond) its owner's roles."""

    READ = "read", "Read"
    LABEL = "label", "Label"
    MANAGE = "manage", "Manage"
    TRAIN = "train", "Train"


class ApiToken(Row):
    """A script's key: shown once, stored as a hash, scoped, at most 90 days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_scopes_known",
                condition=Q(scopes__contained_by=Scope.values) & Q(scopes__len__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class AuditEvent(models.Model):
    """Who did what to which object, before and after. Append-only; a trigger refuses change."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    project_id = models.UUIDField(null=True)  # a plain column: projects stand above this app
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["project_id", "-id"], name="audit_by_project"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
