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
        ("labeling", "0001_initial"),
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Stir",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("item_id", models.UUIDField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Adjudication",
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
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    (
                                        "accepted",
                                        "One or several of the judgments are right as they are",
                                    ),
                                    ("ordered", "The reviewer gives the order that is right"),
                                    ("another_opinion", "One more judgment is wanted"),
                                    ("unclear_guideline", "The guidelines do not say"),
                                ],
                                max_length=17,
                            ),
                        ),
                        (
                            "accepted",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                default=list,
                                help_text="rankings",
                                size=None,
                            ),
                        ),
                        (
                            "withdrew",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                default=list,
                                help_text="rankings",
                                size=None,
                            ),
                        ),
                        (
                            "tiers",
                            models.JSONField(
                                help_text="completion ids, best tier first; only `ordered`",
                                null=True,
                            ),
                        ),
                        (
                            "unplaced",
                            models.JSONField(
                                default=list, help_text="completion ids left out of the order"
                            ),
                        ),
                        ("unacceptable_below", models.PositiveSmallIntegerField(null=True)),
                        ("reason", models.TextField(blank=True, max_length=4000)),
                        (
                            "names_seen",
                            models.BooleanField(
                                help_text="who judged was shown before this was decided"
                            ),
                        ),
                        ("active_ms", models.PositiveIntegerField(null=True)),
                        (
                            "guideline_version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjudications",
                                to="labeling.item",
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
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BoughtOpinion",
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
                                    ("disagreement", "The opinions differ"),
                                    ("close", "Too little is known: ties, neighbouring tiers"),
                                    (
                                        "unreliable",
                                        "The only opinion is of a labeler who is often wrong",
                                    ),
                                    ("audit", "Drawn by lot, to learn how well people agree"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "judged",
                            models.PositiveSmallIntegerField(help_text="opinions that were there"),
                        ),
                        ("risk", models.FloatField(help_text="what the rule saw, 0 to 0.5")),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bought_opinions",
                                to="labeling.item",
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
                            models.OneToOneField(
                                help_text="the newest judgment looked at",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BulkAct",
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
                            "act",
                            models.CharField(
                                choices=[
                                    ("withdraw", "Take them out"),
                                    ("restore", "Put them back"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "of",
                            models.CharField(
                                choices=[
                                    ("ranking", "Rankings, with their better answers"),
                                    (
                                        "demonstration",
                                        "Demonstrations that were written by themselves",
                                    ),
                                ],
                                db_default="ranking",
                                default="ranking",
                                max_length=13,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Under way"),
                                    ("stopped", "Stopped by a person; what was done stays done"),
                                    ("done", "Every target has an outcome"),
                                ],
                                default="running",
                                max_length=7,
                            ),
                        ),
                        ("filter", models.JSONField()),
                        ("reason", models.TextField(max_length=2000)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "actor",
                            models.ForeignKey(
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
                            "undoes",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="quality.bulkact",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BulkTarget",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not yet"),
                                    ("withdrawn", "Taken out"),
                                    ("counted", "Put back; it counts"),
                                    (
                                        "surplus",
                                        "Put back; its slot was filled meanwhile, or it was surplus before",
                                    ),
                                    ("left", "Left as it was: somebody else changed it meanwhile"),
                                ],
                                default="",
                                max_length=9,
                            ),
                        ),
                        (
                            "rule",
                            models.CharField(
                                blank=True, help_text="why it was left", max_length=40
                            ),
                        ),
                        (
                            "bulk_act",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="targets",
                                to="quality.bulkact",
                            ),
                        ),
                        (
                            "demonstration",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.demonstration",
                            ),
                        ),
                        (
                            "ranking",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FeedbackNote",
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
                                    ("misread", "The prompt or an answer was misread"),
                                    ("guideline", "The guidelines say otherwise"),
                                    ("missed_fault", "A fault of an answer was missed"),
                                    ("line", "The line below the acceptable stands elsewhere"),
                                    ("too_fast", "Too quick to have read it all"),
                                    ("other", "Something else"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("message", models.TextField(blank=True, max_length=4000)),
                        ("read_at", models.DateTimeField(null=True)),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not answered"),
                                    ("reply", "Answered"),
                                    ("dispute", "Disputed"),
                                ],
                                default="",
                                max_length=7,
                            ),
                        ),
                        ("answer_text", models.TextField(blank=True, max_length=4000)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "adjudication",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="quality.adjudication",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                            "ranking",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="feedback",
                                to="labeling.ranking",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="NamesSeen",
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
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="OverlapDue",
                    fields=[
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="labeling.item",
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
                    name="OverlapSettings",
                    fields=[
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="overlap",
                                serialize=False,
                                to="projects.project",
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("flat", "The same number of opinions for every item"),
                                    ("adaptive", "More where opinions differ or little is known"),
                                ],
                                default="flat",
                                max_length=8,
                            ),
                        ),
                        (
                            "most",
                            models.PositiveSmallIntegerField(
                                default=3, help_text="opinions an item gets at most"
                            ),
                        ),
                        (
                            "risk",
                            models.FloatField(
                                default=0.23,
                                help_text="a further opinion is bought while neighbours in the order are this likely the wrong way round",
                            ),
                        ),
                        (
                            "audit_percent",
                            models.FloatField(
                                default=5,
                                help_text="percent of the items that get a second opinion by lot",
                            ),
                        ),
                        (
                            "budget",
                            models.PositiveIntegerField(
                                help_text="further opinions in all; null: no limit but `most`",
                                null=True,
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                help_text="whose members alone get what is bought, unless the item is reserved already",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.group",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PracticeItem",
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
                                    (
                                        "practice",
                                        "To learn on: what was expected is told after each answer",
                                    ),
                                    (
                                        "qualification",
                                        "To qualify with: what was expected is told to who passed",
                                    ),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="lower ones come first"
                            ),
                        ),
                        ("messages", models.JSONField()),
                        ("completions", models.JSONField(help_text="[{id, text}]")),
                        (
                            "expected",
                            models.JSONField(help_text="tiers of completion ids, best first"),
                        ),
                        ("explanation", models.TextField(blank=True, max_length=4000)),
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
                                related_name="practice_items",
                                to="projects.project",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                help_text="made from this item",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QualificationAttempt",
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
                            "items",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), size=None
                            ),
                        ),
                        ("pass_mark", models.PositiveSmallIntegerField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("agreement", models.FloatField(null=True)),
                        ("passed", models.BooleanField(null=True)),
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
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PracticeAnswer",
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
                            "tiers",
                            models.JSONField(
                                help_text="tiers of completion ids, best first; what is left out is unplaced"
                            ),
                        ),
                        (
                            "points",
                            models.FloatField(
                                help_text="expected pairs ordered alike; a tie counts half"
                            ),
                        ),
                        (
                            "pairs",
                            models.PositiveSmallIntegerField(help_text="expected strict pairs"),
                        ),
                        ("active_ms", models.PositiveIntegerField(null=True)),
                        (
                            "labeler",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="quality.practiceitem",
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="quality.qualificationattempt",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QualityReport",
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
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("cut_off", models.DateTimeField(null=True)),
                        ("judgments", models.PositiveIntegerField(default=0)),
                        ("body", models.JSONField(default=dict)),
                        (
                            "asked_by",
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
                                related_name="quality_reports",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Alarm",
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
                            "rule",
                            models.CharField(
                                choices=[
                                    ("position", "The place on the screen decides too often"),
                                    (
                                        "unreliable",
                                        "Agrees with the others hardly more than a coin",
                                    ),
                                    ("too_fast", "Much faster than the others"),
                                    (
                                        "straight_lining",
                                        "Gives the order shown, or its reverse, too often",
                                    ),
                                    ("ties", "Far more or far fewer ties than the others"),
                                    ("falling", "Agreement with the others fell"),
                                    ("gold", "Too often not as expected on gold"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "Nobody has looked yet"),
                                    ("acknowledged", "Somebody looks after it"),
                                    ("resolved", "Dealt with"),
                                ],
                                default="new",
                                max_length=12,
                            ),
                        ),
                        (
                            "evidence",
                            models.JSONField(
                                help_text="as of the last report in which the rule was met"
                            ),
                        ),
                        ("note", models.TextField(blank=True, max_length=2000)),
                        ("decided_at", models.DateTimeField(null=True)),
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
                            "labeler",
                            models.ForeignKey(
                                help_text="null: the project as a whole",
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
                                related_name="quality_alarms",
                                to="projects.project",
                            ),
                        ),
                        (
                            "first_report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.qualityreport",
                            ),
                        ),
                        (
                            "last_report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="quality.qualityreport",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RelabelPlan",
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
                            "query",
                            models.JSONField(help_text="words, flags, axes and size, as asked for"),
                        ),
                        (
                            "rule",
                            models.CharField(
                                choices=[
                                    (
                                        "supersede",
                                        "The old judgments are withdrawn when the new ones are in",
                                    ),
                                    (
                                        "keep",
                                        "The old judgments go on counting beside the new ones",
                                    ),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "New judgments are wanted"),
                                    ("done", "All new judgments are in"),
                                    ("cancelled", "Cancelled; what was judged anew stays"),
                                ],
                                default="running",
                                max_length=9,
                            ),
                        ),
                        ("expected_flips", models.FloatField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "new_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
                            ),
                        ),
                        (
                            "old_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="projects.guidelineversion",
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
                    name="RelabelItem",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "likelihood",
                            models.FloatField(
                                help_text="estimated chance that the judgment changes"
                            ),
                        ),
                        (
                            "settled_at",
                            models.DateTimeField(help_text="the rule was applied", null=True),
                        ),
                        (
                            "flipped",
                            models.FloatField(
                                help_text="share of strict pairs that old and new order differently",
                                null=True,
                            ),
                        ),
                        (
                            "new_item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="relabels",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "old_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="labeling.item",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="quality.relabelplan",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReliabilityEstimate",
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
                        ("cut_off", models.DateTimeField()),
                        ("version", models.CharField(help_text="of the model", max_length=40)),
                        ("settings", models.JSONField(help_text="priors, rounds, what was taken")),
                        ("judgments", models.PositiveIntegerField()),
                        ("pairs", models.PositiveIntegerField()),
                        (
                            "labelers",
                            models.JSONField(
                                help_text="[{labeler, judgments, pairs, weight, ability, position, length}]"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reliability_estimates",
                                to="projects.project",
                            ),
                        ),
                        (
                            "report",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reliability",
                                to="quality.qualityreport",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReviewEntry",
                    fields=[
                        (
                            "item",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="review",
                                serialize=False,
                                to="labeling.item",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Nobody has decided it as it stands now"),
                                    ("decided", "Decided since the last thing that happened to it"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "weight",
                            models.FloatField(
                                help_text="the place in the queue; higher comes first"
                            ),
                        ),
                        (
                            "reasons",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=16), size=None
                            ),
                        ),
                        ("judgments", models.PositiveIntegerField(help_text="counted rankings")),
                        (
                            "discordant",
                            models.FloatField(
                                help_text="share of pairs, strict for two labelers, that they order differently",
                                null=True,
                            ),
                        ),
                        (
                            "cut_differs",
                            models.FloatField(
                                help_text="share of two labelers' verdicts on one answer that differ on the line",
                                null=True,
                            ),
                        ),
                        (
                            "flags_differ",
                            models.FloatField(
                                help_text="share of two labelers' marks of one answer that only one of them set",
                                null=True,
                            ),
                        ),
                        (
                            "tied",
                            models.FloatField(
                                help_text="share of judged pairs that are ties", null=True
                            ),
                        ),
                        (
                            "cut_inside",
                            models.BooleanField(
                                default=False, help_text="a line runs through the order"
                            ),
                        ),
                        (
                            "labelers",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), size=None
                            ),
                        ),
                        (
                            "guidelines",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveIntegerField(), size=None
                            ),
                        ),
                        ("prompt_set_id", models.UUIDField()),
                        ("language", models.CharField(blank=True, max_length=20)),
                        (
                            "last_at",
                            models.DateTimeField(
                                help_text="of the newest judgment, skip or report"
                            ),
                        ),
                        ("reviewing_until", models.DateTimeField(null=True)),
                        (
                            "project",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="projects.project",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="adjudication",
                    index=models.Index(
                        fields=["project", "outcome", "-id"], name="adjudication_by_outcome"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="adjudication",
                    constraint=models.UniqueConstraint(
                        fields=("item", "number"), name="adjudication_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="adjudication",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "ordered"), ("tiers__isnull", False)),
                            models.Q(
                                models.Q(("outcome", "ordered"), _negated=True),
                                ("tiers__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="an_order_is_there_where_one_is_given",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="adjudication",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                ["accepted", "ordered", "another_opinion", "unclear_guideline"],
                            )
                        ),
                        name="adjudication_outcome_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="boughtopinion",
                    index=models.Index(fields=["project", "-id"], name="opinions_newest_first"),
                ),
                migrations.AddIndex(
                    model_name="boughtopinion",
                    index=models.Index(
                        fields=["project", "reason", "-id"], name="opinions_by_reason"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="boughtopinion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["disagreement", "close", "unreliable", "audit"])
                        ),
                        name="bought_reason_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="bulkact",
                    index=models.Index(fields=["project", "-id"], name="bulk_act_by_project"),
                ),
                migrations.AddIndex(
                    model_name="bulkact",
                    index=models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["id"],
                        name="bulk_acts_under_way",
                    ),
                ),
                migrations.AddIndex(
                    model_name="bulktarget",
                    index=models.Index(
                        condition=models.Q(("outcome", "")),
                        fields=["bulk_act", "id"],
                        name="bulk_targets_waiting",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="bulktarget",
                    constraint=models.UniqueConstraint(
                        fields=("bulk_act", "ranking"), name="bulk_target_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="bulktarget",
                    constraint=models.UniqueConstraint(
                        fields=("bulk_act", "demonstration"), name="bulk_target_demonstration_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="bulktarget",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("demonstration__isnull", False), ("ranking__isnull", True)),
                            models.Q(("demonstration__isnull", True), ("ranking__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_bulk_target_is_one_judgment",
                    ),
                ),
                migrations.AddIndex(
                    model_name="feedbacknote",
                    index=models.Index(
                        fields=["labeler", "project", "-id"], name="notes_of_a_labeler"
                    ),
                ),
                migrations.AddIndex(
                    model_name="feedbacknote",
                    index=models.Index(
                        fields=["project", "answer", "-id"], name="notes_of_a_project"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="feedbacknote",
                    constraint=models.UniqueConstraint(
                        fields=("ranking", "adjudication"), name="one_note_per_decision"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="feedbacknote",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""), ("answer_text", ""), ("answered_at__isnull", True)
                            ),
                            models.Q(
                                ("answer__in", ["reply", "dispute"]), ("answered_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="an_answer_says_when",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="namesseen",
                    constraint=models.UniqueConstraint(
                        fields=("item", "reviewer"), name="names_seen_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="overlapsettings",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("mode__in", ["flat", "adaptive"])),
                        name="overlap_mode_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="overlapsettings",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("most__gte", 2),
                            ("most__lte", 9),
                            ("risk__gte", 0.01),
                            ("risk__lte", 0.5),
                            ("audit_percent__gte", 0),
                            ("audit_percent__lte", 100),
                        ),
                        name="overlap_within_bounds",
                    ),
                ),
                migrations.AddIndex(
                    model_name="practiceitem",
                    index=models.Index(
                        fields=["project", "kind", "position"], name="practice_in_order"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="practiceitem",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["practice", "qualification"])),
                        name="practice_kind_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="qualificationattempt",
                    constraint=models.UniqueConstraint(
                        fields=("project", "labeler", "number"), name="attempt_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="qualificationattempt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("project", "labeler"),
                        name="one_attempt_at_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="qualificationattempt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("agreement__isnull", True),
                                ("finished_at__isnull", True),
                                ("passed__isnull", True),
                            ),
                            models.Q(
                                ("agreement__gte", 0),
                                ("agreement__lte", 1),
                                ("finished_at__isnull", False),
                                ("passed__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_finished_attempt_has_a_result",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="practiceanswer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("attempt", None)),
                        fields=("item", "labeler"),
                        name="one_practice_answer_per_labeler",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="practiceanswer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("attempt__isnull", False)),
                        fields=("item", "attempt"),
                        name="one_answer_per_attempt",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="practiceanswer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("pairs__gte", 1),
                            ("points__gte", 0),
                            ("points__lte", models.F("pairs")),
                        ),
                        name="points_within_pairs",
                    ),
                ),
                migrations.AddIndex(
                    model_name="qualityreport",
                    index=models.Index(fields=["project", "-id"], name="quality_report_by_project"),
                ),
                migrations.AddConstraint(
                    model_name="qualityreport",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("project",),
                        name="one_quality_report_at_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="qualityreport",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at", None), ("cut_off__isnull", False), _connector="OR"
                        ),
                        name="a_finished_quality_report_says_of_when",
                    ),
                ),
                migrations.AddIndex(
                    model_name="alarm",
                    index=models.Index(fields=["project", "state", "-id"], name="alarm_by_state"),
                ),
                migrations.AddConstraint(
                    model_name="alarm",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "resolved"), _negated=True),
                        fields=("project", "rule", "labeler"),
                        name="one_open_alarm_of_a_rule_per_labeler",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="alarm",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("state", "new"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["acknowledged", "resolved"]),
                            ),
                            _connector="OR",
                        ),
                        name="an_alarm_once_decided_says_by_whom",
                    ),
                ),
                migrations.AddIndex(
                    model_name="relabelplan",
                    index=models.Index(fields=["project", "-id"], name="relabel_plan_by_project"),
                ),
                migrations.AddConstraint(
                    model_name="relabelplan",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("old_version", models.F("new_version")), _negated=True),
                        name="a_relabel_plan_goes_from_one_version_to_another",
                    ),
                ),
                migrations.AddIndex(
                    model_name="relabelitem",
                    index=models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["plan"],
                        name="relabel_items_waiting",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="relabelitem",
                    constraint=models.UniqueConstraint(
                        fields=("plan", "old_item"), name="relabelled_once_per_plan"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reliabilityestimate",
                    constraint=models.UniqueConstraint(
                        fields=("project", "number"), name="estimate_number_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reviewentry",
                    index=models.Index(
                        condition=models.Q(("state", "open"), ("weight__gt", 0)),
                        fields=["project", "-weight", "-item"],
                        name="review_queue",
                    ),
                ),
                migrations.AddIndex(
                    model_name="reviewentry",
                    index=django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("state", "open"), ("weight__gt", 0)),
                        fields=["labelers"],
                        name="review_queue_by_labeler",
                    ),
                ),
                migrations.AddIndex(
                    model_name="reviewentry",
                    index=django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("state", "open"), ("weight__gt", 0)),
                        fields=["reasons"],
                        name="review_queue_by_reason",
                    ),
                ),
            ]
        ),
    ]
