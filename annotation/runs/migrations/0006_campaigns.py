import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import annotation.lib.ids
from annotation.lib.sql import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0002_guards"),
        ("projects", "0002_guards"),
        ("registry", "0002_guards"),
        ("runs", "0005_picking"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="roundplan",
            name="campaign_judgments",
            field=models.PositiveSmallIntegerField(default=1, help_text="per prompt"),
        ),
        migrations.AddField(
            model_name="roundplan",
            name="campaign_prompts",
            field=models.PositiveIntegerField(default=200, help_text="at most so many"),
        ),
        migrations.AddField(
            model_name="roundplan",
            name="least_campaign_win_rate",
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name="round",
            name="step",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sample", "Completions are drawn by the mix and become items"),
                    ("collect", "People rank until the plan says that it is enough"),
                    ("snapshot", "The judgments are frozen"),
                    ("reward", "A reward model is trained on them"),
                    (
                        "check",
                        "It is held against the reward model in use, on the same held-out pairs",
                    ),
                    ("policy", "The policy is updated against it"),
                    ("evaluation", "The new policy is held against the one it came from"),
                    ("judge", "People hold it against the one in use, not knowing which is which"),
                    ("promote", "Both come into use"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="roundevent",
            name="step",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sample", "Completions are drawn by the mix and become items"),
                    ("collect", "People rank until the plan says that it is enough"),
                    ("snapshot", "The judgments are frozen"),
                    ("reward", "A reward model is trained on them"),
                    (
                        "check",
                        "It is held against the reward model in use, on the same held-out pairs",
                    ),
                    ("policy", "The policy is updated against it"),
                    ("evaluation", "The new policy is held against the one it came from"),
                    ("judge", "People hold it against the one in use, not knowing which is which"),
                    ("promote", "Both come into use"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="JudgingCampaign",
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
                    "with_reference",
                    models.BooleanField(
                        default=False,
                        help_text="the prompt's reference, or what a person wrote, takes part",
                    ),
                ),
                (
                    "is_for_training",
                    models.BooleanField(
                        default=False,
                        help_text="its judgments may be frozen into snapshots like others",
                    ),
                ),
                (
                    "comes_first",
                    models.BooleanField(
                        default=False, help_text="its items are handed out before other work"
                    ),
                ),
                (
                    "conditions",
                    models.JSONField(
                        default=dict,
                        help_text="which prompts were asked for: tags, languages, prompts",
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        help_text="since when nothing of it is handed out", null=True
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        help_text="has rating 0",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.modelversion",
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
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaign",
                        to="runs.mixdraw",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="projects.project",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="round",
            name="campaign",
            field=models.OneToOneField(
                help_text="people hold the new policy against the one in use",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="round",
                to="runs.judgingcampaign",
            ),
        ),
        migrations.CreateModel(
            name="CampaignAnswer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "completion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="corpus.completion",
                    ),
                ),
                (
                    "mix_prompt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="runs.mixprompt",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        help_text="null: the reference",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.modelversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mix_prompt", "version"),
                        name="one_answer_each",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="judgingcampaign",
            constraint=models.UniqueConstraint(
                fields=("project", "name"), name="campaign_name_once"
            ),
        ),
        append_only("runs_judgingcampaign", mutable=("ended_at",)),
        append_only("runs_campaignanswer"),
    ]
