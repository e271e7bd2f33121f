import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import annotation.labeling.control
import annotation.lib.ids
from annotation.lib.migrating import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("corpus", "0001_initial"),
        ("projects", "0001_initial"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Comparison",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "ranking_id",
                                "chosen_id",
                                "rejected_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("is_tie", models.BooleanField()),
                        ("is_direct", models.BooleanField()),
                        ("strength", models.PositiveSmallIntegerField(null=True)),
                        ("tier_gap", models.PositiveSmallIntegerField(null=True)),
                        ("chosen_shown_at", models.PositiveSmallIntegerField()),
                        ("rejected_shown_at", models.PositiveSmallIntegerField()),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "comparison",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="Ranking",
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("counted", "Stands for its slot"),
                                    ("surplus", "Kept, but the slot was filled by somebody else"),
                                    ("withdrawn", "Taken back by its author or by review"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("active_ms", models.PositiveIntegerField(null=True)),
                        ("note", models.TextField(blank=True, max_length=4000)),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "source_id",
                            models.CharField(
                                blank=True, help_text="row id of imported data", max_length=200
                            ),
                        ),
                        (
                            "unacceptable_below",
                            models.PositiveSmallIntegerField(
                                help_text="number of acceptable tiers; null: no cut was drawn",
                                null=True,
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("tiers", "Tiers with ties"),
                                    ("duel", "Two side by side, once"),
                                    ("guided", "Duels that sort the completions"),
                                    ("best_worst", "Only the best and the worst"),
                                    ("drag_list", "A list to drag into order"),
                                ],
                                help_text="how it was made; imported: told or not",
                                max_length=10,
                            ),
                        ),
                        (
                            "unread_accepted",
                            models.BooleanField(
                                default=False,
                                help_text="went on after being told that not everything was read",
                            ),
                        ),
                        ("meta", models.JSONField(default=dict)),
                        (
                            "guideline_version",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
                            ),
                        ),
                        (
                            "labeler",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                        (
                            "supersedes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="superseded_by",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Item",
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
                                choices=[
                                    ("ranking", "Rank the completions"),
                                    ("demonstration", "Write the ideal answer"),
                                    ("duel", "Choose between two"),
                                ],
                                default="ranking",
                                max_length=14,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Judgments are still wanted"),
                                    ("done", "All wanted judgments are in"),
                                    (
                                        "triage",
                                        "Skipped too often for the same reason: somebody must look",
                                    ),
                                    ("void", "Withdrawn from circulation"),
                                ],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("needed", models.PositiveSmallIntegerField()),
                        ("counted", models.PositiveSmallIntegerField(default=0)),
                        ("priority", models.FloatField(default=0.0)),
                        (
                            "reserved_for",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="groups whose members alone get it; none: as its prompt set",
                                size=None,
                            ),
                        ),
                        (
                            "control",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("gold", "Gold: an order is expected"),
                                    ("repeat", "Repeat: the same labeler judges it again"),
                                    ("trap", "Trap: an obviously bad answer is mixed in"),
                                ],
                                db_default="",
                                default="",
                                help_text="empty: ordinary work; else it is never trained on, exported or counted",
                                max_length=6,
                            ),
                        ),
                        ("is_imported", models.BooleanField(default=False)),
                        (
                            "is_held_out",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="judged to compare policies: never frozen into what models are trained on",
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                help_text="SHA-256 of what the item is made of: making it twice adds nothing",
                                max_length=64,
                            ),
                        ),
                        ("meta", models.JSONField(default=dict)),
                        (
                            "control_for",
                            models.ForeignKey(
                                db_index=False,
                                help_text="whose copy it is",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "control_of",
                            models.ForeignKey(
                                help_text="a labeler's own copy: the item whose content it shows",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="control_copies",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "repeat_of",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="repeats",
                                to="labeling.item",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Presentation",
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
                        ("lease_token", models.UUIDField(unique=True)),
                        (
                            "order",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                help_text="completion ids, first shown first",
                                size=None,
                            ),
                        ),
                        ("seed", models.BigIntegerField()),
                        ("locale", models.CharField(blank=True, max_length=10)),
                        (
                            "device",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pointer", "Mouse, pen or trackpad"),
                                    ("touch", "Fingers"),
                                    ("", "Not told"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "screen",
                            models.JSONField(
                                default=dict, help_text="the project's labeling settings as shown"
                            ),
                        ),
                        (
                            "reopens",
                            models.UUIDField(
                                help_text="the judgment of this slot that was opened again",
                                null=True,
                            ),
                        ),
                        (
                            "guideline_version",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
                            ),
                        ),
                        (
                            "labeler",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Audience",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "groups",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), help_text="sorted", size=None
                            ),
                        ),
                        ("language", models.CharField(max_length=20)),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="audiences",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ChatSettings",
                    fields=[
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="chat",
                                serialize=False,
                                to="projects.project",
                            ),
                        ),
                        ("enabled", models.BooleanField(default=False)),
                        (
                            "replies",
                            models.PositiveSmallIntegerField(
                                default=4, help_text="drawn for each turn"
                            ),
                        ),
                        ("most_turns", models.PositiveSmallIntegerField(default=10)),
                        (
                            "most_conversations",
                            models.PositiveIntegerField(
                                default=50, help_text="that one person may start in the project"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                null=True,
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
                            "prompt_set",
                            models.ForeignKey(
                                help_text="of the turns",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.promptset",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ControlItem",
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
                                choices=[
                                    ("gold", "Gold: an order is expected"),
                                    ("repeat", "Repeat: the same labeler judges it again"),
                                    ("trap", "Trap: an obviously bad answer is mixed in"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "given",
                            models.CharField(
                                choices=[
                                    ("person", "Given by a person"),
                                    ("consensus", "Promoted from what labelers agree on"),
                                    ("made", "Made from the project's data"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "evidence",
                            models.JSONField(default=dict, help_text="why it was promoted"),
                        ),
                        ("expires_at", models.DateTimeField(null=True)),
                        (
                            "stale_at",
                            models.DateTimeField(
                                help_text="since when its policies are of the past", null=True
                            ),
                        ),
                        ("retired_at", models.DateTimeField(null=True)),
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
                                related_name="control_items",
                                to="projects.project",
                            ),
                        ),
                        (
                            "trap",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="control_item",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                help_text="whoever judged this one does not get the control item, and the other way round",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ControlMark",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "labeler_id",
                                "project_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("epoch", models.PositiveIntegerField()),
                        ("handed", models.PositiveIntegerField(default=0)),
                        ("gold", models.PositiveIntegerField(default=0)),
                        ("repeat", models.PositiveIntegerField(default=0)),
                        ("trap", models.PositiveIntegerField(default=0)),
                        (
                            "labeler",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ControlSettings",
                    fields=[
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="control",
                                serialize=False,
                                to="projects.project",
                            ),
                        ),
                        ("gold_percent", models.FloatField(default=0)),
                        ("repeat_percent", models.FloatField(default=0)),
                        ("trap_percent", models.FloatField(default=0)),
                        (
                            "repeat_after_items",
                            models.PositiveSmallIntegerField(
                                default=30,
                                help_text="judgments that must lie between the first time and the second",
                            ),
                        ),
                        (
                            "repeat_after_hours",
                            models.PositiveSmallIntegerField(
                                default=12,
                                help_text="hours that must lie between the first time and the second",
                            ),
                        ),
                        (
                            "tell_gold",
                            models.BooleanField(
                                default=False,
                                help_text="tell the labeler afterwards what was expected of a gold item",
                            ),
                        ),
                        (
                            "gold_policies",
                            models.PositiveSmallIntegerField(
                                help_text="gold whose answers come from none of the last so many promoted policies is stale; null: it never is",
                                null=True,
                            ),
                        ),
                        (
                            "epoch",
                            models.PositiveIntegerField(
                                default=1, help_text="raised whenever a rate changes"
                            ),
                        ),
                        (
                            "secret",
                            models.CharField(
                                default=annotation.labeling.control.new_secret, max_length=32
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gold_percent__gte", 0),
                                    ("gold_percent__lte", 20),
                                    ("repeat_percent__gte", 0),
                                    ("repeat_percent__lte", 20),
                                    ("trap_percent__gte", 0),
                                    ("trap_percent__lte", 20),
                                ),
                                name="control_rates",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gold_policies__isnull", True),
                                    ("gold_policies__gte", 1),
                                    _connector="OR",
                                ),
                                name="gold_policies_from_1",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Conversation",
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
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "labeler",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="GoldOrder",
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
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "tiers",
                            models.JSONField(help_text="tiers of completion ids, best first"),
                        ),
                        ("explanation", models.TextField(blank=True, max_length=4000)),
                        (
                            "control_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="labeling.controlitem",
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
                    ],
                ),
                migrations.CreateModel(
                    name="GoldTold",
                    fields=[
                        (
                            "ranking",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="told",
                                serialize=False,
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DirectComparison",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("is_tie", models.BooleanField(default=False)),
                        (
                            "strength",
                            models.PositiveSmallIntegerField(
                                help_text="1 slight, 2 clear, 3 large", null=True
                            ),
                        ),
                        (
                            "better",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "worse",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "ranking",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="direct_comparisons",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="ranking",
                    name="item",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="labeling.item",
                    ),
                ),
                migrations.CreateModel(
                    name="ChatTurn",
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
                        ("number", models.PositiveSmallIntegerField()),
                        ("client_uuid", models.UUIDField(unique=True)),
                        ("content_hash", models.CharField(max_length=64)),
                        ("text", models.TextField(max_length=20000)),
                        (
                            "replies",
                            models.PositiveSmallIntegerField(help_text="how many are drawn"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Replies are being written"),
                                    ("ready", "Replies are there"),
                                    ("failed", "No replies; error_code says why"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("error_code", models.CharField(blank=True, max_length=40)),
                        (
                            "error_message",
                            models.TextField(
                                blank=True, help_text="for the people who run the project"
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("lease_owner", models.CharField(blank=True, max_length=120)),
                        ("lease_epoch", models.PositiveIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "continues",
                            models.ForeignKey(
                                db_index=False,
                                help_text="the reply of the turn before that was chosen",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.samplingplan",
                            ),
                        ),
                        (
                            "policy_version",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.modelversion",
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
                            "reply",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="turns",
                                to="labeling.conversation",
                            ),
                        ),
                        (
                            "item",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chat_turn",
                                to="labeling.item",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ItemCompletion",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "completion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="item_completions",
                                to="labeling.item",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Placement",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("tier", models.PositiveSmallIntegerField(null=True)),
                        ("cannot_judge", models.BooleanField(default=False)),
                        ("grades", models.JSONField(default=dict, help_text="axis: 1 to 7")),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "spans",
                            models.JSONField(
                                default=list,
                                help_text="highlighted passages: [{start, end, quote, flag, note}]",
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                        (
                            "visible_ms",
                            models.PositiveIntegerField(
                                help_text="how long it was on screen", null=True
                            ),
                        ),
                        (
                            "read_percent",
                            models.PositiveSmallIntegerField(
                                help_text="how far it was seen without a gap", null=True
                            ),
                        ),
                        (
                            "shown_at",
                            models.PositiveSmallIntegerField(
                                help_text="position on the screen, from 1"
                            ),
                        ),
                        (
                            "completion",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placements",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "ranking",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placements",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="ranking",
                    name="presentation",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="labeling.presentation",
                    ),
                ),
                migrations.CreateModel(
                    name="QueueMark",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "labeler_id",
                                "project_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("priority", models.FloatField()),
                        ("slot_id", models.UUIDField()),
                        ("claims_left", models.PositiveIntegerField()),
                        ("look_again_at", models.DateTimeField()),
                        (
                            "labeler",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Report",
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
                            "reason",
                            models.CharField(
                                choices=[
                                    ("harmful", "Harmful or disturbing"),
                                    ("private_data", "Holds somebody's private data"),
                                    ("broken", "Broken: cannot be read or displayed"),
                                    ("names_itself", "Says which model wrote it"),
                                    ("other", "Another reason"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Out of circulation until somebody decides"),
                                    ("upheld", "Out of circulation for good"),
                                    ("dismissed", "Back in circulation"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        (
                            "withdrew",
                            models.BooleanField(
                                default=False,
                                help_text="the completion was in circulation until this report",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "completion",
                            models.ForeignKey(
                                help_text="null: the prompt is reported",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "labeler",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="corpus.prompt",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Skip",
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
                            "reason",
                            models.CharField(
                                choices=[
                                    ("unclear", "The prompt is unclear"),
                                    ("language", "I don't read this language"),
                                    ("knowledge", "I lack the knowledge to judge"),
                                    ("harmful", "Harmful or disturbing"),
                                    ("broken", "Something is broken"),
                                    ("other", "Another reason"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="skips",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "labeler",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Slot",
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
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Free to be handed out"),
                                    ("leased", "In somebody's hands until lease_until"),
                                    ("done", "Judged"),
                                    ("void", "No longer wanted"),
                                ],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("priority", models.FloatField(default=0.0)),
                        ("lease_token", models.UUIDField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        (
                            "is_private",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="made for its labeler (a turn of a chat): never open to others, keeps its lease",
                            ),
                        ),
                        (
                            "audience",
                            models.ForeignKey(
                                db_index=False,
                                help_text="set by a trigger",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.audience",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="slots",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "labeler",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="ranking",
                    name="slot",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="labeling.slot",
                    ),
                ),
                migrations.AddField(
                    model_name="presentation",
                    name="slot",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presentations",
                        to="labeling.slot",
                    ),
                ),
                migrations.CreateModel(
                    name="Draft",
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
                        ("revision", models.PositiveIntegerField(default=1)),
                        ("payload", models.JSONField()),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "labeler",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "slot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="drafts",
                                to="labeling.slot",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Demonstration",
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("counted", "Stands for its slot"),
                                    ("surplus", "Kept, but the slot was filled by somebody else"),
                                    ("withdrawn", "Taken back by its author or by review"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("active_ms", models.PositiveIntegerField(null=True)),
                        ("note", models.TextField(blank=True, max_length=4000)),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        ("text", models.TextField()),
                        (
                            "based_on",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "completion",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="demonstration",
                                to="corpus.completion",
                            ),
                        ),
                        (
                            "guideline_version",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
                            ),
                        ),
                        (
                            "labeler",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                        (
                            "prompt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="demonstrations",
                                to="corpus.prompt",
                            ),
                        ),
                        (
                            "supersedes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="superseded_by",
                                to="labeling.demonstration",
                            ),
                        ),
                        (
                            "ranking",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="better_answer",
                                to="labeling.ranking",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "presentation",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.presentation",
                            ),
                        ),
                        (
                            "slot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="labeling.slot",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Tally",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "project_id",
                                "shard",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("shard", models.SmallIntegerField()),
                        ("counted", models.BigIntegerField(default=0)),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Withdrawal",
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
                        ("reason", models.TextField(max_length=2000)),
                        (
                            "before",
                            models.CharField(
                                help_text="counted | surplus: what it was until then", max_length=9
                            ),
                        ),
                        (
                            "act",
                            models.UUIDField(
                                help_text="the bulk act, adjudication or relabel plan it was part of",
                                null=True,
                            ),
                        ),
                        ("restored_at", models.DateTimeField(null=True)),
                        (
                            "restored_as",
                            models.CharField(
                                blank=True, help_text="counted | surplus", max_length=9
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
                        (
                            "demonstration",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="labeling.demonstration",
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                        (
                            "ranking",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="labeling.ranking",
                            ),
                        ),
                        (
                            "restored_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.AddConstraint(
                    model_name="audience",
                    constraint=models.UniqueConstraint(
                        fields=("project", "groups", "language"), name="audience_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatsettings",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("replies__gte", 2),
                            ("replies__lte", 9),
                            ("most_turns__gte", 1),
                            ("most_turns__lte", 50),
                            ("most_conversations__gte", 1),
                            ("most_conversations__lte", 100000),
                        ),
                        name="chat_settings_ranges",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatsettings",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("enabled", False),
                            models.Q(
                                ("plan__isnull", False),
                                ("policy_version__isnull", False),
                                ("prompt_set__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="chat_is_enabled_complete",
                    ),
                ),
                migrations.AddIndex(
                    model_name="conversation",
                    index=models.Index(
                        fields=["labeler", "project", "-id"], name="conversation_by_labeler"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="goldorder",
                    constraint=models.UniqueConstraint(
                        fields=("control_item", "number"), name="gold_order_once"
                    ),
                ),
                migrations.AddField(
                    model_name="goldtold",
                    name="item",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told",
                        to="labeling.item",
                    ),
                ),
                migrations.AddField(
                    model_name="goldtold",
                    name="order",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="labeling.goldorder",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="directcomparison",
                    constraint=models.UniqueConstraint(
                        fields=("ranking", "better", "worse"), name="direct_pair_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="directcomparison",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("better", models.F("worse")), _negated=True),
                        name="a_pair_has_two_sides",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="directcomparison",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("strength__isnull", True),
                            models.Q(("strength__gte", 1), ("strength__lte", 3)),
                            _connector="OR",
                        ),
                        name="strength_1_to_3",
                    ),
                ),
                migrations.AddIndex(
                    model_name="item",
                    index=models.Index(fields=["project", "state"], name="item_by_state"),
                ),
                migrations.AddIndex(
                    model_name="item",
                    index=models.Index(fields=["project", "-id"], name="items_newest_first"),
                ),
                migrations.AddIndex(
                    model_name="item",
                    index=models.Index(
                        condition=models.Q(("control", ""), ("counted__gte", 2), ("state", "done")),
                        fields=["project", "-id"],
                        name="items_judged_again",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="item",
                    constraint=models.UniqueConstraint(fields=("project", "key"), name="item_once"),
                ),
                migrations.AddConstraint(
                    model_name="item",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("counted__lte", models.F("needed"))),
                        name="item_counted_within_needed",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="item",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("control__in", ["", "gold", "repeat", "trap"])),
                        name="item_control_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="item",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("control_for__isnull", True), ("control_of__isnull", True)),
                            models.Q(
                                ("control_for__isnull", False),
                                ("control_of__isnull", False),
                                models.Q(("control", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_copy_is_control_for_somebody",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="item",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("control_for__isnull", False)),
                        fields=("control_for", "project", "control_of", "control"),
                        name="one_control_copy_per_labeler",
                    ),
                ),
                migrations.AddIndex(
                    model_name="controlitem",
                    index=models.Index(
                        fields=["project", "kind", "-id"], name="control_items_by_kind"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="controlitem",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "gold"), ("trap__isnull", True)),
                            models.Q(("kind", "trap"), ("trap__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_trap_names_its_answer",
                    ),
                ),
                migrations.AddIndex(
                    model_name="chatturn",
                    index=models.Index(
                        models.F("created_at"),
                        condition=models.Q(("state", "waiting")),
                        name="chat_turns_waiting",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatturn",
                    constraint=models.UniqueConstraint(
                        fields=("conversation", "number"), name="chat_turn_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatturn",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="chat_turns_from_1"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatturn",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("continues__isnull", True), ("number", 1)),
                            models.Q(("continues__isnull", False), ("number__gt", 1)),
                            _connector="OR",
                        ),
                        name="chat_turn_first_continues_nothing",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="chatturn",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "ready"), _negated=True),
                                ("answered_at", None),
                                ("item__isnull", True),
                                ("reply__isnull", True),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("item__isnull", False),
                                ("reply__isnull", True),
                                ("state", "ready"),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("item__isnull", True),
                                ("reply__isnull", False),
                                ("state", "ready"),
                            ),
                            _connector="OR",
                        ),
                        name="chat_turn_state_and_replies_agree",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="itemcompletion",
                    constraint=models.UniqueConstraint(
                        fields=("item", "position"), name="item_position_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="itemcompletion",
                    constraint=models.UniqueConstraint(
                        fields=("item", "completion"), name="item_completion_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placement",
                    constraint=models.UniqueConstraint(
                        fields=("ranking", "completion"), name="one_placement_per_completion"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placement",
                    constraint=models.UniqueConstraint(
                        fields=("ranking", "shown_at"), name="one_completion_per_position"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("tier__isnull", True), ("tier__gte", 1), _connector="OR"
                        ),
                        name="tiers_from_1",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("cannot_judge", False), ("tier__isnull", True), _connector="OR"
                        ),
                        name="unjudgeable_is_unplaced",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="placement",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("read_percent__isnull", True),
                            ("read_percent__lte", 100),
                            _connector="OR",
                        ),
                        name="read_percent_to_100",
                    ),
                ),
                migrations.AddIndex(
                    model_name="report",
                    index=models.Index(fields=["project", "state", "-id"], name="report_by_state"),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("completion__isnull", False), ("state", "open")),
                        fields=("labeler", "completion"),
                        name="one_open_report_of_a_completion_per_labeler",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("completion__isnull", True), ("state", "open")),
                        fields=("labeler", "prompt"),
                        name="one_open_report_of_a_prompt_per_labeler",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("state", "open"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["upheld", "dismissed"]),
                            ),
                            _connector="OR",
                        ),
                        name="a_decided_report_says_by_whom",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="report",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["harmful", "private_data", "broken", "names_itself", "other"],
                            )
                        ),
                        name="report_reason_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="skip",
                    index=models.Index(
                        fields=["labeler", "-created_at"], name="skips_of_a_labeler"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="skip",
                    constraint=models.UniqueConstraint(
                        fields=("item", "labeler"), name="one_skip_per_item_and_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="slot",
                    index=models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["audience", "-priority", "-id"],
                        name="open_slots_by_audience",
                    ),
                ),
                migrations.AddIndex(
                    model_name="slot",
                    index=models.Index(
                        condition=models.Q(("state", "leased")),
                        fields=["labeler", "project"],
                        name="leases_by_labeler",
                    ),
                ),
                migrations.AddIndex(
                    model_name="slot",
                    index=models.Index(
                        condition=models.Q(("state", "leased")),
                        fields=["project", "lease_until"],
                        name="leases_by_expiry",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("audience__isnull", False)),
                        name="every_slot_has_an_audience",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("is_private", False),
                            models.Q(("state", "open"), _negated=True),
                            _connector="OR",
                        ),
                        name="private_slots_are_never_open",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.UniqueConstraint(
                        fields=("item", "number"), name="slot_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["leased", "done"])),
                        fields=("item", "labeler"),
                        name="one_slot_of_an_item_per_labeler",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="slot_numbers_from_1"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="slot",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("labeler__isnull", True),
                                ("lease_token__isnull", True),
                                ("lease_until__isnull", True),
                                ("state__in", ["open", "void"]),
                            ),
                            models.Q(
                                ("labeler__isnull", False),
                                ("lease_token__isnull", False),
                                ("lease_until__isnull", False),
                                ("state", "leased"),
                            ),
                            models.Q(("labeler__isnull", False), ("state", "done")),
                            _connector="OR",
                        ),
                        name="slot_state_and_holder_agree",
                    ),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(fields=["project", "created_at"], name="ranking_by_project"),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(
                        fields=["labeler", "-created_at"], name="ranking_by_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(fields=["item", "labeler"], name="ranking_by_item"),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(fields=["project", "-id"], name="rankings_newest_first"),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(
                        fields=["project", "labeler", "-id"], name="rankings_of_one_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="ranking",
                    index=models.Index(
                        condition=models.Q(("state", "counted"), _negated=True),
                        fields=["project", "-id"],
                        name="rankings_that_do_not_count",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ranking",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "counted")),
                        fields=("slot",),
                        name="one_counted_ranking_per_slot",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="ranking",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "counted")),
                        fields=("item", "labeler"),
                        name="one_counted_ranking_per_labeler",
                    ),
                ),
                migrations.AddIndex(
                    model_name="presentation",
                    index=models.Index(fields=["slot", "labeler"], name="presentation_by_slot"),
                ),
                migrations.AddConstraint(
                    model_name="draft",
                    constraint=models.UniqueConstraint(
                        fields=("slot", "labeler"), name="one_draft_per_slot_and_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="demonstration",
                    index=models.Index(
                        fields=["project", "created_at"], name="demonstration_by_project"
                    ),
                ),
                migrations.AddIndex(
                    model_name="demonstration",
                    index=models.Index(
                        fields=["labeler", "-created_at"], name="demonstration_by_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="demonstration",
                    index=models.Index(fields=["item", "labeler"], name="demonstration_by_item"),
                ),
                migrations.AddIndex(
                    model_name="demonstration",
                    index=models.Index(
                        fields=["project", "-id"], name="demonstrations_newest_first"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="demonstration",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "counted")),
                        fields=("slot",),
                        name="one_counted_demonstration_per_slot",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="demonstration",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("based_on__isnull", True), ("ranking__isnull", False), _connector="OR"
                        ),
                        name="based_on_beside_a_ranking",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="demonstration",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="demonstration_is_not_empty",
                    ),
                ),
                migrations.AddIndex(
                    model_name="withdrawal",
                    index=models.Index(fields=["ranking"], name="withdrawal_by_ranking"),
                ),
                migrations.AddIndex(
                    model_name="withdrawal",
                    index=models.Index(
                        condition=models.Q(("demonstration__isnull", False)),
                        fields=["demonstration"],
                        name="withdrawal_by_demonstration",
                    ),
                ),
                migrations.AddIndex(
                    model_name="withdrawal",
                    index=models.Index(
                        condition=models.Q(("act__isnull", False)),
                        fields=["act"],
                        name="withdrawal_by_act",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="withdrawal",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("restored_at", None)),
                        fields=("ranking",),
                        name="one_standing_withdrawal_per_ranking",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="withdrawal",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("restored_at", None)),
                        fields=("demonstration",),
                        name="one_standing_withdrawal_per_demonstration",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="withdrawal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("demonstration__isnull", False), ("ranking__isnull", True)),
                            models.Q(("demonstration__isnull", True), ("ranking__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_withdrawal_is_of_one_judgment",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="withdrawal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("restored_as", ""), ("restored_at__isnull", True)),
                            models.Q(
                                ("restored_as__in", ["counted", "surplus"]),
                                ("restored_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="what_is_restored_says_as_what",
                    ),
                ),
            ]
        ),
    ]
