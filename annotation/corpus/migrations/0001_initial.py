import django.contrib.postgres.fields
import django.contrib.postgres.indexes
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
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="PendingPrompt",
                    fields=[
                        ("prompt_id", models.UUIDField(primary_key=True, serialize=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="Prompt",
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
                        ("messages", models.JSONField()),
                        (
                            "is_plain",
                            models.BooleanField(
                                default=False,
                                help_text="imported as one string rather than as a list of messages",
                            ),
                        ),
                        ("text_hash", models.CharField(max_length=64)),
                        (
                            "split",
                            models.CharField(
                                choices=[("train", "Training"), ("validation", "Validation")],
                                default="train",
                                max_length=10,
                            ),
                        ),
                        ("language", models.CharField(blank=True, max_length=20)),
                        ("source", models.CharField(blank=True, max_length=120)),
                        ("source_id", models.CharField(blank=True, max_length=200)),
                        ("reference", models.JSONField(null=True)),
                        ("meta", models.JSONField(default=dict)),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "supersedes",
                            models.ForeignKey(
                                db_index=False,
                                help_text="the prompt that this one is an edit of",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="successors",
                                to="corpus.prompt",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptAct",
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
                        ("client_uuid", models.UUIDField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("edit", "Superseded a prompt by another wording"),
                                    ("retire", "Took prompts out of use"),
                                    ("restore", "Took prompts back into use"),
                                    ("tag", "Added tags"),
                                    ("untag", "Removed tags"),
                                    ("undo", "Undid an act"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "wish",
                            models.JSONField(
                                default=dict,
                                help_text="what was asked for: the selection, the tags",
                            ),
                        ),
                        ("count", models.PositiveIntegerField(help_text="prompts that changed")),
                        (
                            "actor",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prompt_acts",
                                to="projects.project",
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="corpus.promptact",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptChange",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("before", models.JSONField(help_text="{}: the act created the prompt")),
                        ("after", models.JSONField()),
                        (
                            "act",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="corpus.promptact",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="corpus.prompt",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptLink",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "prompt_id",
                                "other_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "similarity",
                            models.FloatField(
                                help_text="Jaccard similarity of their shingles, 0.7 to 1"
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="back_links",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="corpus.prompt",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptSet",
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
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("sft", "Demonstrations are written for it"),
                                    ("reward", "Completions are ranked for it"),
                                    (
                                        "rl",
                                        "The policy is updated on it; disjoint from reward prompts",
                                    ),
                                    ("evaluation", "Held out"),
                                    (
                                        "control",
                                        "Texts of control items; never exported, sampled or trained on",
                                    ),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("language", models.CharField(max_length=20)),
                        (
                            "reserved_for",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="groups whose members alone get its items; none: everybody",
                                size=None,
                            ),
                        ),
                        ("description", models.TextField(blank=True, max_length=2000)),
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "based_on",
                            models.ForeignKey(
                                help_text="the version that this one began as a copy of",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
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
                                related_name="prompt_sets",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="prompt",
                    name="prompt_set",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prompts",
                        to="corpus.promptset",
                    ),
                ),
                migrations.CreateModel(
                    name="PromptTemplate",
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
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prompt_templates",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptUse",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "project_id",
                                "text_hash",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("text_hash", models.CharField(max_length=64)),
                        (
                            "side",
                            models.CharField(
                                choices=[("reward", "reward"), ("rl", "rl")], max_length=6
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SamplingPlan",
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
                            "strategy",
                            models.CharField(
                                choices=[
                                    ("greedy", "Greedy"),
                                    ("beam", "Beam search"),
                                    ("sample", "Sampling"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("temperature", models.FloatField(default=1.0)),
                        ("top_k", models.PositiveIntegerField(default=0, help_text="0: no limit")),
                        ("top_p", models.FloatField(default=1.0)),
                        ("num_beams", models.PositiveSmallIntegerField(default=1)),
                        (
                            "no_repeat_ngram",
                            models.PositiveSmallIntegerField(default=0, help_text="0: off"),
                        ),
                        ("repetition_penalty", models.FloatField(default=1.0)),
                        ("n", models.PositiveSmallIntegerField(help_text="completions per prompt")),
                        ("max_new_tokens", models.PositiveIntegerField()),
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
                                related_name="sampling_plans",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Completion",
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
                            "origin",
                            models.CharField(
                                choices=[
                                    ("policy", "Sampled from a policy version"),
                                    ("human", "Written by a person"),
                                    ("import", "Imported"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("sample_index", models.PositiveIntegerField(null=True)),
                        (
                            "import_key",
                            models.CharField(
                                help_text="SHA-256 naming the imported item and the position in it",
                                max_length=64,
                                null=True,
                            ),
                        ),
                        (
                            "system",
                            models.CharField(
                                blank=True, help_text="imported: who wrote it", max_length=200
                            ),
                        ),
                        ("text", models.TextField(blank=True, help_text="as it was written")),
                        (
                            "shown_text",
                            models.TextField(
                                help_text="as labelers see it; null: as it was written", null=True
                            ),
                        ),
                        ("text_hash", models.CharField(max_length=64)),
                        ("token_count", models.PositiveIntegerField(null=True)),
                        (
                            "finish_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("stop", "Ended by itself"),
                                    ("length", "Cut at the length limit"),
                                    ("", "Not known"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "meta",
                            models.JSONField(
                                help_text="imported: further fields of its row", null=True
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "author",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completions",
                                to="registry.modelversion",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completions",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completions",
                                to="corpus.samplingplan",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TemplateVersion",
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
                        ("system", models.TextField(blank=True)),
                        (
                            "examples",
                            models.JSONField(
                                default=list, help_text="few-shot: [{input, output}], in order"
                            ),
                        ),
                        ("body", models.TextField()),
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
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="corpus.prompttemplate",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PromptFingerprint",
                    fields=[
                        (
                            "prompt",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="fingerprint",
                                serialize=False,
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "grams",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.IntegerField(),
                                help_text="hashed pieces, see corpus.grams",
                                size=None,
                            ),
                        ),
                        (
                            "bands",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                help_text="LSH bands, see corpus.likeness",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["grams"], name="prompt_grams"
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fastupdate=False, fields=["bands"], name="prompt_bands"
                            ),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="promptact",
                    constraint=models.UniqueConstraint(
                        fields=("project", "client_uuid"), name="prompt_act_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="promptset",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name", "version"), name="prompt_set_version_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="prompt",
                    index=models.Index(fields=["prompt_set", "-id"], name="prompt_newest_first"),
                ),
                migrations.AddIndex(
                    model_name="prompt",
                    index=models.Index(
                        condition=models.Q(("retired_at", None)),
                        fields=["prompt_set", "text_hash"],
                        include=("id",),
                        name="prompts_in_use",
                    ),
                ),
                migrations.AddIndex(
                    model_name="prompt",
                    index=models.Index(
                        condition=models.Q(("supersedes__isnull", False)),
                        fields=["supersedes"],
                        name="prompt_by_superseded",
                    ),
                ),
                migrations.AddIndex(
                    model_name="prompt",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fields=["tags"], name="prompt_by_tag"
                    ),
                ),
                migrations.AddIndex(
                    model_name="prompt",
                    index=models.Index(
                        condition=models.Q(("source_id", ""), _negated=True),
                        fields=["prompt_set", "source_id"],
                        name="prompt_by_source_id",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.UniqueConstraint(
                        fields=("prompt_set", "text_hash"), name="prompt_once_per_set"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("retired_at", None), ("supersedes__isnull", False)),
                        fields=("supersedes",),
                        name="one_standing_successor",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompttemplate",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name"), name="prompt_template_name_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="samplingplan",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name"), name="sampling_plan_name_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="samplingplan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("temperature__gt", 0),
                            ("temperature__lte", 5),
                            ("top_p__gt", 0),
                            ("top_p__lte", 1),
                            ("repetition_penalty__gte", 0.1),
                            ("repetition_penalty__lte", 10),
                            ("max_new_tokens__gte", 1),
                            ("max_new_tokens__lte", 8192),
                            ("n__gte", 1),
                            ("n__lte", 64),
                            ("num_beams__gte", 1),
                            ("num_beams__lte", 32),
                        ),
                        name="sampling_plan_ranges",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="completion",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("origin", "policy")),
                        fields=("prompt", "policy_version", "plan", "sample_index"),
                        name="sampled_completion_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="completion",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("origin", "import")),
                        fields=("prompt", "import_key"),
                        name="imported_completion_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="completion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("origin", "policy"),
                                ("plan__isnull", False),
                                ("policy_version__isnull", False),
                                ("sample_index__isnull", False),
                            ),
                            models.Q(
                                ("author__isnull", False),
                                ("origin", "human"),
                                ("policy_version__isnull", True),
                            ),
                            models.Q(
                                ("import_key__isnull", False),
                                ("origin", "import"),
                                ("policy_version__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="completion_origin_is_told",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.UniqueConstraint(
                        fields=("template", "number"), name="template_version_once"
                    ),
                ),
            ]
        ),
    ]
