"""People, their API tokens, and the audit trail. Knows nothing of projects."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
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
    judgments_withdrawn = models.BooleanField(
        default=False, help_text="deleted with all judgments: none of them ever counts again"
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="only_who_was_deleted_withdrew_everything",
                condition=Q(judgments_withdrawn=False) | Q(is_pseudonymous=True),
            ),
            models.CheckConstraint(
                name="pseudonymous_people_cannot_sign_in",
                condition=Q(is_pseudonymous=False)
                | Q(is_active=False, is_staff=False, is_superuser=False),
            ),
        ]


class Theme(models.TextChoices):
    """Colours of the interface."""

    SYSTEM = "system", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class TextSize(models.TextChoices):
    """How large everything is."""

    SMALL = "s", "Small"
    MEDIUM = "m", "Medium"
    LARGE = "l", "Large"


class Preferences(models.Model):
    """How a person wants their screen; without a row everything is as at first.

    Fifty minutes is how long people work well before a short break helps; the reminder is one quiet
    line that is dismissed for good with one click, so it is on at first. 0 means: never.
    """

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="preferences"
    )
    keys = models.JSONField(default=dict, help_text="{action: key}, where it is not the usual one")
    break_minutes = models.PositiveSmallIntegerField(default=50)
    columns = models.PositiveSmallIntegerField(null=True, help_text="null: as many as fit")
    panes = models.BooleanField(default=False, help_text="each answer scrolls in a pane of its own")
    sync_scroll = models.BooleanField(default=False)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    text_size = models.CharField(max_length=1, choices=TextSize.choices, default=TextSize.MEDIUM)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="breaks_off_or_10_to_180_minutes",
                condition=Q(break_minutes=0) | Q(break_minutes__gte=10, break_minutes__lte=180),
            ),
            models.CheckConstraint(
                name="reading_columns_1_to_3",
                condition=Q(columns__isnull=True) | Q(columns__gte=1, columns__lte=3),
            ),
            models.CheckConstraint(
                name="preferences_known",
                condition=Q(theme__in=Theme.values, text_size__in=TextSize.values),
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"


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
    """Who did what to which object, before and after. Append-only; a trigger refuses change.

    The one exception is the deletion of a person: it takes their name out of `before` and `after` and
    the salt with it, and leaves an AuditRedaction.
    """

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
    salt = models.UUIDField(
        null=True, db_default=RandomUUID(), editable=False, help_text="of the hash of its words"
    )

    class Meta:
        indexes = [
            models.Index(fields=["project_id", "-id"], name="audit_by_project"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class AuditRedaction(models.Model):
    """A name was taken out of what an event says: which deletion did it, and the hash of what is left.

    Append-only. The event of the deletion holds a hash over all of its redactions, and stands in the
    chain itself: nobody adds one later without the chain showing it.
    """

    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="redactions")
    deletion = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="redacted")
    words_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "deletion"], name="redacted_once_by_each"),
        ]

    def __str__(self) -> str:
        return f"redaction of {self.event_id}"
