import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import annotation.lib.ids
from annotation.lib.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
        ("registry", "0001_initial"),
        ("runs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Licence",
                    fields=[
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="licence",
                                serialize=False,
                                to="projects.project",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                    ],
                ),
                migrations.CreateModel(
                    name="AuditLink",
                    fields=[
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="link",
                                serialize=False,
                                to="accounts.auditevent",
                            ),
                        ),
                        ("chain", models.CharField(blank=True, max_length=36)),
                        ("position", models.BigIntegerField()),
                        (
                            "words_sha256",
                            models.CharField(
                                help_text="of what the event said when it was linked", max_length=64
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("chain", "position"), name="audit_position_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
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
                        ("url", models.CharField(max_length=1000)),
                        ("description", models.CharField(blank=True, max_length=200)),
                        (
                            "events",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40), size=None
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Is told what happens"),
                                    (
                                        "paused",
                                        "Is told nothing; what happens meanwhile is not kept for it",
                                    ),
                                ],
                                default="active",
                                max_length=6,
                            ),
                        ),
                        ("rotation", models.PositiveIntegerField(default=1)),
                        ("rotated_at", models.DateTimeField(null=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="webhooks",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="WebhookMessage",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("event", models.CharField(max_length=40)),
                        ("data", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "To be sent, perhaps again"),
                                    ("delivered", "The receiver answered 2xx"),
                                    ("dead", "Given up after a day; can be sent again"),
                                ],
                                db_default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(db_default=0)),
                        ("first_try_at", models.DateTimeField(null=True)),
                        (
                            "next_try_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "endpoint",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="delivery.webhookendpoint",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="WebhookAttempt",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "status",
                            models.PositiveSmallIntegerField(
                                help_text="null: no answer", null=True
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=200)),
                        ("duration_ms", models.PositiveIntegerField()),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tries",
                                to="delivery.webhookmessage",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Export",
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
                        ("options", models.JSONField()),
                        (
                            "artifact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exports",
                                to="registry.artifact",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exports",
                                to="projects.project",
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="export",
                                to="runs.run",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exports",
                                to="runs.datasetsnapshot",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["project", "-id"], name="exports_by_project")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
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
                        ("name", models.CharField(max_length=120)),
                        (
                            "query",
                            models.CharField(
                                help_text="the query of the explorer's address", max_length=2000
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to="projects.project",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("project", "owner", "name"), name="saved_view_name_once"
                            )
                        ],
                    },
                ),
                migrations.AddIndex(
                    model_name="webhookendpoint",
                    index=models.Index(
                        condition=models.Q(("removed_at", None), ("state", "active")),
                        fields=["project"],
                        name="webhooks_listening",
                    ),
                ),
                migrations.AddIndex(
                    model_name="webhookmessage",
                    index=models.Index(fields=["endpoint", "-id"], name="messages_by_endpoint"),
                ),
                migrations.AddIndex(
                    model_name="webhookmessage",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["endpoint", "id"],
                        name="messages_waiting",
                    ),
                ),
            ]
        ),
    ]
