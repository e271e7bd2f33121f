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
        ("corpus", "0001_initial"),
        ("labeling", "0001_initial"),
        ("projects", "0001_initial"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Run",
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
                        ("number", models.PositiveIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("import", "Import of a file"),
                                    ("export", "Freezing of a dataset snapshot"),
                                    ("sample", "Sampling of completions"),
                                    ("sft", "Supervised fine-tuning on demonstrations"),
                                    ("reward", "Reward-model training on rankings"),
                                    ("ppo", "Policy update against a reward model"),
                                    (
                                        "rloo",
                                        "Policy update against a reward model, leave-one-out baseline",
                                    ),
                                    (
                                        "grpo",
                                        "Policy update against a reward model, group-relative",
                                    ),
                                    ("dpo", "Policy update from rankings"),
                                    ("evaluate", "Evaluation"),
                                    ("pick", "Choice of what to have judged next"),
                                    ("push", "Push of a version to a hub"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("blocked", "Waits for another run"),
                                    ("queued", "Waits for a worker"),
                                    ("running", "In the hands of a worker while its lease lasts"),
                                    ("interrupted", "Stopped midway; will be queued again"),
                                    ("succeeded", "Done, result published"),
                                    ("failed", "Refused or broken; the error says why"),
                                    ("cancelled", "Cancelled by a person"),
                                ],
                                default="queued",
                                max_length=12,
                            ),
                        ),
                        ("config", models.JSONField(help_text="frozen at creation")),
                        ("idempotency_key", models.UUIDField(unique=True)),
                        ("report", models.JSONField(default=dict)),
                        (
                            "alarms",
                            models.JSONField(
                                default=list,
                                help_text="what its trainer warned of or stopped for, each code once",
                            ),
                        ),
                        (
                            "provenance",
                            models.JSONField(
                                default=dict,
                                help_text="code, libraries and machine it ran with, and the memory it needed",
                            ),
                        ),
                        (
                            "priority",
                            models.SmallIntegerField(
                                default=0,
                                help_text="its place in the line of its project: higher goes first",
                            ),
                        ),
                        (
                            "needs",
                            models.CharField(
                                blank=True,
                                choices=[("cpu", "Processor only"), ("gpu", "Has a GPU")],
                                help_text="the class of worker that may take it; empty: any",
                                max_length=3,
                            ),
                        ),
                        (
                            "launch",
                            models.JSONField(
                                default=dict,
                                help_text="the accelerate configuration it is started with, as it was then; empty: one process",
                            ),
                        ),
                        (
                            "kept_state",
                            models.CharField(
                                blank=True,
                                help_text="SHA-256 of the list of files that another host would go on from",
                                max_length=64,
                            ),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=120)),
                        ("lease_epoch", models.BigIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("cancel_requested_at", models.DateTimeField(null=True)),
                        ("tries", models.PositiveIntegerField(default=0)),
                        ("tries_without_progress", models.PositiveIntegerField(default=0)),
                        (
                            "next_try_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("last_step", models.BigIntegerField(default=0)),
                        (
                            "copied_seq",
                            models.BigIntegerField(
                                default=0,
                                help_text="the last line of events.jsonl that stands in the tables",
                            ),
                        ),
                        ("progress_done", models.BigIntegerField(default=0)),
                        ("progress_total", models.BigIntegerField(null=True)),
                        ("phase", models.CharField(blank=True, max_length=40)),
                        ("error_code", models.CharField(blank=True, max_length=60)),
                        ("error_message", models.TextField(blank=True)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="DatasetSnapshot",
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
                        ("number", models.PositiveIntegerField()),
                        (
                            "query",
                            models.JSONField(
                                help_text="what was asked for: filters, ties, split, held-out labelers"
                            ),
                        ),
                        ("cut_off", models.DateTimeField()),
                        ("counts", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "artifact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="snapshots",
                                to="registry.artifact",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="snapshots",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Erasure",
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
                            "judgments",
                            models.CharField(
                                choices=[
                                    ("keep", "They stay, under the pseudonym"),
                                    ("withdraw", "None of them counts any more"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("withdrawn", models.PositiveIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="MixDraw",
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
                            "policies",
                            models.CharField(
                                help_text="SHA-256 of the policies and plans that the mix stood for",
                                max_length=64,
                            ),
                        ),
                        ("k", models.PositiveSmallIntegerField(help_text="places in an item")),
                        (
                            "needed",
                            models.PositiveSmallIntegerField(help_text="judgments per item"),
                        ),
                        (
                            "missing",
                            models.CharField(
                                choices=[
                                    ("wait", "Make no item before every part has succeeded"),
                                    (
                                        "make",
                                        "Once no part is at work, make items of two completions or more",
                                    ),
                                ],
                                default="wait",
                                max_length=4,
                            ),
                        ),
                        (
                            "older_lacking",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="prompts chosen for an older completion for which there was none",
                            ),
                        ),
                        (
                            "makes_items",
                            models.BooleanField(
                                default=True,
                                help_text="false: a run of kind pick chooses what becomes items",
                            ),
                        ),
                        ("idempotency_key", models.UUIDField(unique=True)),
                        (
                            "finished_at",
                            models.DateTimeField(
                                help_text="when items were last made to the end", null=True
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mix_draws",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
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
                                default=False,
                                help_text="its items are handed out before other work",
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
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="campaigns",
                                to="projects.project",
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
                    ],
                ),
                migrations.CreateModel(
                    name="MixPart",
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
                        ("count", models.PositiveSmallIntegerField(help_text="places in an item")),
                        (
                            "is_older",
                            models.BooleanField(
                                default=False,
                                help_text="samples an older version for the prompts that need one",
                            ),
                        ),
                        (
                            "draw",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="runs.mixdraw",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.samplingplan",
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.modelversion",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="MixPrompt",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "No item yet"),
                                    ("made", "Became an item"),
                                    (
                                        "too_few",
                                        "Fewer than two different completions, or the prompt was retired",
                                    ),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "draw",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prompts",
                                to="runs.mixdraw",
                            ),
                        ),
                        (
                            "gives",
                            models.ForeignKey(
                                help_text="the part that gives a place to an older completion; null: none does",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="runs.mixpart",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "older",
                            models.ForeignKey(
                                help_text="sampled by an older round; null: from the older part, where a place is given",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.prompt",
                            ),
                        ),
                    ],
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
                            "version",
                            models.ForeignKey(
                                help_text="null: the reference",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.modelversion",
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
                    ],
                ),
                migrations.CreateModel(
                    name="RadarSettings",
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
                            "on_since",
                            models.DateTimeField(
                                help_text="null: off; runs that ended before stay", null=True
                            ),
                        ),
                        (
                            "per_run",
                            models.PositiveSmallIntegerField(
                                default=20, help_text="at most so many items of one run"
                            ),
                        ),
                        (
                            "reward_quantile",
                            models.FloatField(
                                default=0.8, help_text="of the run so far, from 0 to 1"
                            ),
                        ),
                        ("kl_quantile", models.FloatField(default=0.8)),
                        ("disagreement_quantile", models.FloatField(default=0.8)),
                        (
                            "judgments",
                            models.PositiveSmallIntegerField(
                                help_text="wanted of each item; null: as the project says",
                                null=True,
                            ),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "changed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="radar",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RadarWatch",
                    fields=[
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="radar_watch",
                                serialize=False,
                                to="runs.run",
                            ),
                        ),
                        (
                            "step",
                            models.BigIntegerField(
                                help_text="of the last look that it has judged", null=True
                            ),
                        ),
                        (
                            "samples",
                            models.PositiveIntegerField(default=0, help_text="that it has judged"),
                        ),
                        (
                            "event",
                            models.BigIntegerField(
                                default=0, help_text="the newest sample it has read"
                            ),
                        ),
                        (
                            "is_over",
                            models.BooleanField(
                                default=False, help_text="the run had ended by then"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RunLog",
                    fields=[
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="log",
                                serialize=False,
                                to="runs.run",
                            ),
                        ),
                        ("text", models.TextField()),
                        (
                            "cut",
                            models.BooleanField(
                                help_text="whether lines before these are not kept here"
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="run",
                    name="output_snapshot",
                    field=models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made_by",
                        to="runs.datasetsnapshot",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="output_version",
                    field=models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made_by",
                        to="registry.modelversion",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="plan",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="corpus.samplingplan",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="policy_version",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_runs",
                        to="registry.modelversion",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="project",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="projects.project",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="prompt_set",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="corpus.promptset",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="requested_by",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="reward_version",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reward_runs",
                        to="registry.modelversion",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="snapshot",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="runs.datasetsnapshot",
                    ),
                ),
                migrations.AddField(
                    model_name="run",
                    name="waits_for",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="runs.run",
                    ),
                ),
                migrations.CreateModel(
                    name="RadarCatch",
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
                            "text_hash",
                            models.CharField(
                                help_text="of the suspicious output as shown", max_length=64
                            ),
                        ),
                        ("step", models.BigIntegerField()),
                        (
                            "samples",
                            models.PositiveIntegerField(
                                help_text="of the run so far, these among them"
                            ),
                        ),
                        ("score", models.FloatField()),
                        ("reference_score", models.FloatField()),
                        ("kl", models.FloatField(help_text="nats of the whole output", null=True)),
                        ("disagreement", models.FloatField(null=True)),
                        ("reward_quantile", models.FloatField()),
                        ("kl_quantile", models.FloatField(null=True)),
                        ("disagreement_quantile", models.FloatField(null=True)),
                        ("bounds", models.JSONField(help_text="the quantiles that were asked for")),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="radar_catch",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "reference",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "suspect",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="radar_catches",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="mixpart",
                    name="run",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mix_part",
                        to="runs.run",
                    ),
                ),
                migrations.CreateModel(
                    name="ErasureMark",
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
                            "judgments",
                            models.PositiveIntegerField(
                                help_text="how many of the person's are in it"
                            ),
                        ),
                        (
                            "erasure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="marks",
                                to="runs.erasure",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure_marks",
                                to="runs.datasetsnapshot",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure_marks",
                                to="registry.modelversion",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="erasure_marks",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Checkpoint",
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
                        ("step", models.BigIntegerField()),
                        ("epoch", models.BigIntegerField()),
                        ("manifest_sha256", models.CharField(max_length=64)),
                        ("bytes", models.BigIntegerField()),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Round",
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
                        ("number", models.PositiveIntegerField()),
                        (
                            "step",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("sample", "Completions are drawn by the mix and become items"),
                                    (
                                        "pick",
                                        "What people judge of them is chosen, where the plan does not leave it to chance",
                                    ),
                                    (
                                        "collect",
                                        "People rank until the plan says that it is enough",
                                    ),
                                    ("snapshot", "The judgments are frozen"),
                                    ("reward", "A reward model is trained on them"),
                                    (
                                        "check",
                                        "It is held against the reward model in use, on the same held-out pairs",
                                    ),
                                    ("policy", "The policy is updated against it"),
                                    (
                                        "evaluation",
                                        "The new policy is held against the one it came from",
                                    ),
                                    (
                                        "judge",
                                        "People hold it against the one in use, not knowing which is which",
                                    ),
                                    ("promote", "Both come into use"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("attempt", models.PositiveSmallIntegerField(default=1)),
                        (
                            "asked_at",
                            models.DateTimeField(
                                help_text="since when it waits for a person", null=True
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("promoted", "What it made came into use"),
                                    ("closed", "A person closed it"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "campaign",
                            models.OneToOneField(
                                help_text="people hold the new policy against the one in use",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round",
                                to="runs.judgingcampaign",
                            ),
                        ),
                        (
                            "check_run",
                            models.OneToOneField(
                                help_text="the new reward model against the one in use",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_check",
                                to="runs.run",
                            ),
                        ),
                        (
                            "draw",
                            models.OneToOneField(
                                help_text="its sampling",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round",
                                to="runs.mixdraw",
                            ),
                        ),
                        (
                            "evaluate_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_evaluate",
                                to="runs.run",
                            ),
                        ),
                        (
                            "pick_run",
                            models.OneToOneField(
                                help_text="chose which of what was sampled people judge",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_pick",
                                to="runs.run",
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rounds",
                                to="registry.modelversion",
                            ),
                        ),
                        (
                            "ppo_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_ppo",
                                to="runs.run",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rounds",
                                to="projects.project",
                            ),
                        ),
                        (
                            "reward_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_reward",
                                to="runs.run",
                            ),
                        ),
                        (
                            "sample_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_sample",
                                to="runs.run",
                            ),
                        ),
                        (
                            "sft_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_sft",
                                to="runs.run",
                            ),
                        ),
                        (
                            "snapshot_run",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_as_snapshot",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RoundEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("opened", "The round began"),
                                    ("started", "A step began"),
                                    ("skipped", "A step had nothing to do; the reason says why"),
                                    ("passed", "A step is done and every gate of it holds"),
                                    ("asked", "The round waits for a person; the reason says why"),
                                    ("resumed", "What was asked about has mended itself"),
                                    ("continued", "A person lets the round go on all the same"),
                                    ("retried", "A person lets a step be done again"),
                                    ("closed", "The round is over; the reason says how"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "step",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("sample", "Completions are drawn by the mix and become items"),
                                    (
                                        "pick",
                                        "What people judge of them is chosen, where the plan does not leave it to chance",
                                    ),
                                    (
                                        "collect",
                                        "People rank until the plan says that it is enough",
                                    ),
                                    ("snapshot", "The judgments are frozen"),
                                    ("reward", "A reward model is trained on them"),
                                    (
                                        "check",
                                        "It is held against the reward model in use, on the same held-out pairs",
                                    ),
                                    ("policy", "The policy is updated against it"),
                                    (
                                        "evaluation",
                                        "The new policy is held against the one it came from",
                                    ),
                                    (
                                        "judge",
                                        "People hold it against the one in use, not knowing which is which",
                                    ),
                                    ("promote", "Both come into use"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("attempt", models.PositiveSmallIntegerField(default=1)),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="a code that programs know", max_length=40
                            ),
                        ),
                        (
                            "words",
                            models.TextField(
                                blank=True, help_text="of a person, or of what refused"
                            ),
                        ),
                        ("figures", models.JSONField(default=dict)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="runs.round",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RoundPlan",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Rounds go on by themselves"),
                                    ("paused", "Nothing new is begun; runs under way finish"),
                                ],
                                default="paused",
                                max_length=6,
                            ),
                        ),
                        (
                            "trigger",
                            models.CharField(
                                choices=[
                                    ("judgments", "As soon as there are so many new judgments"),
                                    (
                                        "calendar",
                                        "On days of the week at a time of day, with at least so many",
                                    ),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "judgments",
                            models.PositiveIntegerField(
                                help_text="new ones since the last round's snapshot"
                            ),
                        ),
                        (
                            "weekdays",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=list,
                                help_text="0: Monday",
                                size=None,
                            ),
                        ),
                        ("at", models.TimeField(help_text="by the clock of time_zone", null=True)),
                        ("time_zone", models.CharField(default="UTC", max_length=60)),
                        (
                            "prompts_per_round",
                            models.PositiveIntegerField(
                                help_text="null: all of the set", null=True
                            ),
                        ),
                        (
                            "pick_config",
                            models.JSONField(
                                help_text="how it is chosen what people judge; null: all that was sampled",
                                null=True,
                            ),
                        ),
                        ("snapshot_config", models.JSONField(default=dict)),
                        ("reward_config", models.JSONField(default=dict)),
                        (
                            "policy_kind",
                            models.CharField(
                                choices=[("ppo", "PPO"), ("rloo", "RLOO"), ("grpo", "GRPO")],
                                max_length=4,
                            ),
                        ),
                        ("policy_config", models.JSONField(default=dict)),
                        ("evaluation_config", models.JSONField(default=dict)),
                        ("reward_least_accuracy", models.FloatField(null=True)),
                        ("reward_least_gain", models.FloatField(null=True)),
                        ("kl_ceiling", models.FloatField(null=True)),
                        ("least_stop_rate", models.FloatField(null=True)),
                        ("least_win_rate", models.FloatField(null=True)),
                        ("least_campaign_win_rate", models.FloatField(null=True)),
                        (
                            "campaign_prompts",
                            models.PositiveIntegerField(default=200, help_text="at most so many"),
                        ),
                        (
                            "campaign_judgments",
                            models.PositiveSmallIntegerField(default=1, help_text="per prompt"),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "changed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "evaluation_set",
                            models.ForeignKey(
                                help_text="null: no step",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
                            ),
                        ),
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="round_plan",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
                            ),
                        ),
                        (
                            "rl_prompt_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="round",
                    name="plan",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rounds",
                        to="runs.roundplan",
                    ),
                ),
                migrations.CreateModel(
                    name="RunEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("epoch", models.BigIntegerField()),
                        ("type", models.CharField(max_length=40)),
                        ("payload", models.JSONField(default=dict)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RunIssue",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("line", models.BigIntegerField()),
                        ("field", models.CharField(blank=True, max_length=200)),
                        ("rule", models.CharField(max_length=60)),
                        ("message", models.TextField()),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="issues",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RunMetric",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("step", models.BigIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        ("value", models.FloatField()),
                        (
                            "at",
                            models.DateTimeField(
                                help_text="when the trainer reported it", null=True
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="metrics",
                                to="runs.run",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SamplingMix",
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
                        ("version", models.PositiveIntegerField()),
                        (
                            "older_percent",
                            models.PositiveSmallIntegerField(
                                default=15,
                                help_text="of the prompts, which get one place from an older round",
                            ),
                        ),
                        ("seed", models.PositiveBigIntegerField(default=0)),
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
                                related_name="sampling_mixes",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="roundplan",
                    name="mix",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.samplingmix",
                    ),
                ),
                migrations.CreateModel(
                    name="MixRow",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "policy",
                            models.CharField(
                                choices=[
                                    ("version", "A given version"),
                                    ("promoted", "The promoted version at the time of the draw"),
                                    ("previous", "The version that was promoted before"),
                                    ("base", "The first base version"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("count", models.PositiveSmallIntegerField(help_text="places in an item")),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.samplingplan",
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.modelversion",
                            ),
                        ),
                        (
                            "mix",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rows",
                                to="runs.samplingmix",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="mixdraw",
                    name="mix",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="runs.samplingmix",
                    ),
                ),
                migrations.CreateModel(
                    name="Trial",
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
                        ("client_uuid", models.UUIDField(unique=True)),
                        ("content_hash", models.CharField(max_length=64)),
                        ("messages", models.JSONField()),
                        (
                            "policies",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                help_text="versions, in the order they are shown",
                                size=None,
                            ),
                        ),
                        (
                            "rewards",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                default=list,
                                help_text="versions that score",
                                size=None,
                            ),
                        ),
                        (
                            "decoding",
                            models.JSONField(
                                help_text="as a sampling plan says it, without a name"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waits for a worker"),
                                    ("running", "In the hands of a worker while its lease lasts"),
                                    ("done", "Every policy has answered"),
                                    ("failed", "No (further) answer; error_code says why"),
                                    ("cancelled", "Stopped by a person"),
                                ],
                                default="queued",
                                max_length=9,
                            ),
                        ),
                        ("parts", models.JSONField(default=list)),
                        ("error_code", models.CharField(blank=True, max_length=40)),
                        ("error_message", models.TextField(blank=True)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("lease_owner", models.CharField(blank=True, max_length=120)),
                        ("lease_epoch", models.PositiveIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "item",
                            models.ForeignKey(
                                help_text="once sent",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trials",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                help_text="once sent",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Upload",
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
                        ("filename", models.CharField(max_length=200)),
                        ("bytes", models.BigIntegerField()),
                        ("received", models.BigIntegerField()),
                        (
                            "sha256",
                            models.CharField(
                                blank=True, help_text="known once it was read whole", max_length=64
                            ),
                        ),
                        (
                            "fingerprint",
                            models.CharField(
                                blank=True,
                                help_text="by which the browser knows the file again",
                                max_length=64,
                            ),
                        ),
                        (
                            "touched_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                help_text="when the last piece came",
                            ),
                        ),
                        (
                            "gone_at",
                            models.DateTimeField(help_text="when the file was deleted", null=True),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uploads",
                                to="projects.project",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="run",
                    name="upload",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="runs.upload",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="datasetsnapshot",
                    constraint=models.UniqueConstraint(
                        fields=("project", "number"), name="snapshot_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasure",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("judgments__in", ["keep", "withdraw"])),
                        name="erasure_judgments_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="judgingcampaign",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name"), name="campaign_name_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="mixprompt",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["draw", "id"],
                        name="mix_waiting",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mixprompt",
                    constraint=models.UniqueConstraint(
                        fields=("draw", "prompt"), name="mix_prompt_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mixprompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("item__isnull", False), ("state", "made")),
                            models.Q(
                                models.Q(("state", "made"), _negated=True), ("item__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="a_made_mix_prompt_has_an_item",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="campaignanswer",
                    constraint=models.UniqueConstraint(
                        fields=("mix_prompt", "version"),
                        name="one_answer_each",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="radarsettings",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("per_run__gte", 1),
                            ("per_run__lte", 200),
                            ("reward_quantile__gte", 0),
                            ("reward_quantile__lt", 1),
                            ("kl_quantile__gte", 0),
                            ("kl_quantile__lt", 1),
                            ("disagreement_quantile__gte", 0),
                            ("disagreement_quantile__lt", 1),
                        ),
                        name="radar_settings_ranges",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="radarcatch",
                    constraint=models.UniqueConstraint(
                        fields=("run", "prompt", "text_hash"), name="radar_catches_a_text_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasuremark",
                    constraint=models.UniqueConstraint(
                        fields=("snapshot", "erasure"), name="snapshot_marked_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasuremark",
                    constraint=models.UniqueConstraint(
                        fields=("version", "erasure"), name="version_marked_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasuremark",
                    constraint=models.UniqueConstraint(
                        fields=("run", "erasure"), name="run_marked_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasuremark",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("run__isnull", True),
                                ("snapshot__isnull", False),
                                ("version__isnull", True),
                            ),
                            models.Q(
                                ("run__isnull", True),
                                ("snapshot__isnull", True),
                                ("version__isnull", False),
                            ),
                            models.Q(
                                ("run__isnull", False),
                                ("snapshot__isnull", True),
                                ("version__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_mark_is_on_one_thing",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="erasuremark",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("judgments__gte", 1)), name="a_mark_counts"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="checkpoint",
                    constraint=models.UniqueConstraint(
                        fields=("run", "step"), name="checkpoint_step_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="roundevent",
                    index=models.Index(fields=["round", "id"], name="events_by_round"),
                ),
                migrations.AddConstraint(
                    model_name="roundevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "started")),
                        fields=("round", "step", "attempt"),
                        name="round_step_starts_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["skipped", "passed", "continued"])),
                        fields=("round", "step", "attempt"),
                        name="round_step_is_left_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "opened")),
                        fields=("round",),
                        name="round_opens_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "closed")),
                        fields=("round",),
                        name="round_closes_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="round",
                    constraint=models.UniqueConstraint(
                        fields=("project", "number"), name="round_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="round",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("closed_at", None), ("plan__isnull", False)),
                        fields=("plan",),
                        name="one_open_round_of_a_plan",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="round",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("plan", None), ("step", "")),
                            models.Q(
                                ("plan__isnull", False), models.Q(("step", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="a_round_of_a_plan_stands_at_a_step",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="round",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("asked_at", None), ("closed_at", None), _connector="OR"
                        ),
                        name="only_an_open_round_asks",
                    ),
                ),
                migrations.AddIndex(
                    model_name="runevent",
                    index=models.Index(fields=["run", "id"], name="events_by_run"),
                ),
                migrations.AddConstraint(
                    model_name="runissue",
                    constraint=models.UniqueConstraint(
                        fields=("run", "line", "field", "rule"), name="issue_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="runmetric",
                    index=models.Index(fields=["run", "id"], name="metrics_by_run"),
                ),
                migrations.AddConstraint(
                    model_name="runmetric",
                    constraint=models.UniqueConstraint(
                        fields=("run", "step", "name"), name="metric_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="samplingmix",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name", "version"), name="mix_version_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="samplingmix",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("older_percent__lte", 50)), name="mix_older_percent"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundplan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("judgments__gte", 1)),
                        name="round_plan_judgments_positive",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundplan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("prompts_per_round", None),
                            ("prompts_per_round__gte", 1),
                            _connector="OR",
                        ),
                        name="round_plan_prompts_positive",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="roundplan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("trigger", "judgments"), ("at__isnull", False), _connector="OR"
                        ),
                        name="round_plan_calendar_has_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mixrow",
                    constraint=models.UniqueConstraint(
                        fields=("mix", "position"), name="mix_row_position_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mixrow",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("count__gte", 1), ("count__lte", 9)),
                        name="mix_row_count",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="mixrow",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("policy", "version"), ("policy_version__isnull", False)),
                            models.Q(
                                models.Q(("policy", "version"), _negated=True),
                                ("policy_version__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="mix_row_names_its_version",
                    ),
                ),
                migrations.AddIndex(
                    model_name="trial",
                    index=models.Index(
                        models.F("created_at"),
                        condition=models.Q(("state__in", ["queued", "running"])),
                        name="trials_open",
                    ),
                ),
                migrations.AddIndex(
                    model_name="trial",
                    index=models.Index(fields=["project", "-id"], name="trials_by_project"),
                ),
                migrations.AddConstraint(
                    model_name="trial",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("state__in", ["queued", "running"])),
                            models.Q(
                                models.Q(("state__in", ["queued", "running"]), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_trial_ends_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="trial",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("error_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_failed_trial_says_why",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="trial",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="a_running_trial_has_a_lease",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="upload",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("received__gte", 0), ("received__lte", models.F("bytes"))
                        ),
                        name="upload_within_its_size",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="upload",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(
                            ("gone_at__isnull", True), models.Q(("fingerprint", ""), _negated=True)
                        ),
                        fields=("project", "user", "fingerprint", "bytes"),
                        name="upload_of_a_file_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(
                        condition=models.Q(("status", "queued")),
                        fields=["next_try_at"],
                        name="queued_runs",
                    ),
                ),
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(
                        condition=models.Q(("status", "running")),
                        fields=["lease_until"],
                        name="running_runs",
                    ),
                ),
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(fields=["project", "-number"], name="runs_by_project"),
                ),
                migrations.AddConstraint(
                    model_name="run",
                    constraint=models.UniqueConstraint(
                        fields=("project", "number"), name="run_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="run",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="a_running_run_has_a_lease",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="run",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "blocked"), _negated=True),
                            ("waits_for__isnull", False),
                            _connector="OR",
                        ),
                        name="a_blocked_run_waits_for_another",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="run",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("priority__gte", -2), ("priority__lte", 2)),
                        name="run_priority_in_range",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="run",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), _negated=True),
                            models.Q(("error_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_failed_run_says_why",
                    ),
                ),
            ]
        ),
    ]
