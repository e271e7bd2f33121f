import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import annotation.lib.ids
from annotation.lib.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={
                                    "unique": "A user with that username already exists."
                                },
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[
                                    django.contrib.auth.validators.UnicodeUsernameValidator()
                                ],
                                verbose_name="username",
                            ),
                        ),
                        (
                            "first_name",
                            models.CharField(blank=True, max_length=150, verbose_name="first name"),
                        ),
                        (
                            "last_name",
                            models.CharField(blank=True, max_length=150, verbose_name="last name"),
                        ),
                        (
                            "email",
                            models.EmailField(
                                blank=True, max_length=254, verbose_name="email address"
                            ),
                        ),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="date joined"
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=annotation.lib.ids.new_id,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("display_name", models.CharField(blank=True, max_length=150)),
                        (
                            "locale",
                            models.CharField(
                                choices=[("en", "English"), ("zh-Hans", "简体中文")],
                                default="en",
                                max_length=10,
                            ),
                        ),
                        ("is_pseudonymous", models.BooleanField(default=False)),
                        (
                            "judgments_withdrawn",
                            models.BooleanField(
                                default=False,
                                help_text="deleted with all judgments: none of them ever counts again",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                        "abstract": False,
                    },
                    managers=[
                        ("objects", django.contrib.auth.models.UserManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=annotation.lib.ids.new_id,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("prefix", models.CharField(max_length=12, unique=True)),
                        ("digest", models.CharField(max_length=64, unique=True)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("read", "Read"),
                                        ("label", "Label"),
                                        ("manage", "Manage"),
                                        ("train", "Train"),
                                    ],
                                    max_length=10,
                                ),
                                size=None,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("action", models.CharField(max_length=60)),
                        ("project_id", models.UUIDField(null=True)),
                        ("object_type", models.CharField(max_length=40)),
                        ("object_id", models.CharField(max_length=64)),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                        ("request_id", models.CharField(blank=True, max_length=64)),
                        (
                            "salt",
                            models.UUIDField(
                                db_default=django.contrib.postgres.functions.RandomUUID(),
                                editable=False,
                                help_text="of the hash of its words",
                                null=True,
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="AuditRedaction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("words_sha256", models.CharField(max_length=64)),
                        (
                            "deletion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="redacted",
                                to="accounts.auditevent",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="redactions",
                                to="accounts.auditevent",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Preferences",
                    fields=[
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="preferences",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "keys",
                            models.JSONField(
                                default=dict,
                                help_text="{action: key}, where it is not the usual one",
                            ),
                        ),
                        ("break_minutes", models.PositiveSmallIntegerField(default=50)),
                        (
                            "columns",
                            models.PositiveSmallIntegerField(
                                help_text="null: as many as fit", null=True
                            ),
                        ),
                        (
                            "panes",
                            models.BooleanField(
                                default=False, help_text="each answer scrolls in a pane of its own"
                            ),
                        ),
                        ("sync_scroll", models.BooleanField(default=False)),
                        (
                            "theme",
                            models.CharField(
                                choices=[
                                    ("system", "As the device"),
                                    ("light", "Light"),
                                    ("dark", "Dark"),
                                ],
                                default="system",
                                max_length=6,
                            ),
                        ),
                        (
                            "text_size",
                            models.CharField(
                                choices=[("s", "Small"), ("m", "Medium"), ("l", "Large")],
                                default="m",
                                max_length=1,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("break_minutes", 0),
                                    models.Q(
                                        ("break_minutes__gte", 10), ("break_minutes__lte", 180)
                                    ),
                                    _connector="OR",
                                ),
                                name="breaks_off_or_10_to_180_minutes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("columns__isnull", True),
                                    models.Q(("columns__gte", 1), ("columns__lte", 3)),
                                    _connector="OR",
                                ),
                                name="reading_columns_1_to_3",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("text_size__in", ["s", "m", "l"]),
                                    ("theme__in", ["system", "light", "dark"]),
                                ),
                                name="preferences_known",
                            ),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("judgments_withdrawn", False),
                            ("is_pseudonymous", True),
                            _connector="OR",
                        ),
                        name="only_who_was_deleted_withdrew_everything",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("is_pseudonymous", False),
                            models.Q(
                                ("is_active", False), ("is_staff", False), ("is_superuser", False)
                            ),
                            _connector="OR",
                        ),
                        name="pseudonymous_people_cannot_sign_in",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="apitoken",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__contained_by", ["read", "label", "manage", "train"]),
                            ("scopes__len__gt", 0),
                        ),
                        name="token_scopes_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="auditevent",
                    index=models.Index(fields=["project_id", "-id"], name="audit_by_project"),
                ),
                migrations.AddIndex(
                    model_name="auditevent",
                    index=models.Index(
                        fields=["object_type", "object_id", "-id"], name="audit_by_object"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="auditredaction",
                    constraint=models.UniqueConstraint(
                        fields=("event", "deletion"), name="redacted_once_by_each"
                    ),
                ),
            ]
        ),
    ]
