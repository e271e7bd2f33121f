import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import annotation.lib.ids
from annotation.lib.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Artifact",
                    fields=[
                        (
                            "digest",
                            models.CharField(max_length=64, primary_key=True, serialize=False),
                        ),
                        ("bytes", models.BigIntegerField()),
                        ("files", models.JSONField(help_text="relative path -> SHA-256")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                                name="artifact_digest_hex",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ModelVersion",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[("policy", "Policy"), ("reward", "Reward model")],
                                max_length=10,
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=120)),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    (
                                        "base",
                                        "Registered or pretrained, no human judgment in it yet",
                                    ),
                                    ("sft", "Fine-tuned on demonstrations"),
                                    ("rl", "Updated against a reward model or from rankings"),
                                    ("reward", "Trained on rankings"),
                                    (
                                        "served",
                                        "Run by a server of the deployment; its weights are not here",
                                    ),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("candidate", "Candidate: just made, not yet in use"),
                                    (
                                        "promoted",
                                        "Promoted: the one the project uses; one per kind",
                                    ),
                                    ("retired", "Retired: kept for lineage"),
                                ],
                                default="candidate",
                                max_length=10,
                            ),
                        ),
                        ("score_shift", models.FloatField(default=0.0)),
                        ("score_scale", models.FloatField(default=1.0)),
                        ("metrics", models.JSONField(default=dict)),
                        (
                            "served",
                            models.JSONField(
                                help_text="of a served policy: server, model and what the server said it is; its artifact holds just this",
                                null=True,
                            ),
                        ),
                        (
                            "artifact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="registry.artifact",
                            ),
                        ),
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
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="registry.modelversion",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="projects.project",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("project", "kind", "number"), name="version_number_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "promoted")),
                                fields=("project", "kind"),
                                name="one_promoted_version_per_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reward"), ("stage", "reward")),
                                    models.Q(
                                        ("kind", "policy"),
                                        models.Q(("stage", "reward"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="reward_stage_iff_reward_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "policy"),
                                        ("parent", None),
                                        ("served__isnull", False),
                                        ("stage", "served"),
                                    ),
                                    models.Q(
                                        models.Q(("stage", "served"), _negated=True),
                                        ("served__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="served_iff_no_weights_are_here",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("stage", "served"), ("status", "promoted"), _negated=True
                                ),
                                name="a_served_policy_is_not_promoted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("score_scale__gt", 0)),
                                name="score_scale_positive",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
