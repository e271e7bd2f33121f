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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Group",
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
                        ("name", models.CharField(max_length=80)),
                        ("description", models.TextField(blank=True, max_length=500)),
                    ],
                ),
                migrations.CreateModel(
                    name="Project",
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
                        ("name", models.CharField(max_length=120, unique=True)),
                        ("description", models.TextField(blank=True, max_length=2000)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("zh-Hans", "简体中文")], max_length=10
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active: work is handed out"),
                                    ("paused", "Paused: nothing new is handed out, leases run on"),
                                    ("archived", "Archived: read only"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("completions_per_item", models.PositiveSmallIntegerField(default=4)),
                        ("judgments_per_item", models.PositiveSmallIntegerField(default=1)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("tiers", "Tiers with ties"),
                                    ("duel", "Two side by side, once"),
                                    ("guided", "Duels that sort the completions"),
                                    ("best_worst", "Only the best and the worst"),
                                    ("drag_list", "A list to drag into order"),
                                ],
                                default="tiers",
                                max_length=10,
                            ),
                        ),
                        (
                            "steps",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("grade", "Grade each completion on every axis"),
                                        ("confirm", "Confirm neighbouring tiers, with strength"),
                                    ],
                                    max_length=10,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        ("allow_ties", models.BooleanField(default=True)),
                        (
                            "draw_cut",
                            models.BooleanField(
                                default=False,
                                help_text='offer the line "nothing below is acceptable"',
                            ),
                        ),
                        (
                            "write_better",
                            models.BooleanField(
                                default=False, help_text="offer to write a better answer"
                            ),
                        ),
                        (
                            "mark_spans",
                            models.BooleanField(
                                default=False, help_text="let passages be highlighted"
                            ),
                        ),
                        (
                            "take_notes",
                            models.BooleanField(
                                default=False, help_text="a note on each completion"
                            ),
                        ),
                        (
                            "axes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
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
                            "pass_mark",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="percent of agreement that a labeler must reach before work; null: none is asked",
                                null=True,
                            ),
                        ),
                        (
                            "budget",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="counted judgments wanted in all; null: as items ask for",
                                null=True,
                            ),
                        ),
                        (
                            "ends_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="nothing new is handed out from then on; null: no end",
                                null=True,
                            ),
                        ),
                        (
                            "daily_cap",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="judgments of one labeler in 24 hours; null: no limit",
                                null=True,
                            ),
                        ),
                        ("lease_seconds_min", models.PositiveIntegerField(default=600)),
                        ("lease_seconds_max", models.PositiveIntegerField(default=3600)),
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
                    name="Membership",
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
                            "role",
                            models.CharField(
                                choices=[
                                    ("labeler", "Labeler: ranks and writes demonstrations"),
                                    ("reviewer", "Reviewer: reads judgments, adjudicates"),
                                    ("admin", "Admin: prompts, people, quality, settings"),
                                    ("ml", "ML engineer: sampling, training, releases"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "qualified_at",
                            models.DateTimeField(
                                help_text="labelers: when the qualification was passed, or waived",
                                null=True,
                            ),
                        ),
                        (
                            "languages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="labelers: the languages they read; none: whatever comes",
                                size=None,
                            ),
                        ),
                        (
                            "daily_cap",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="labelers: in place of the project's; null: as the project",
                                null=True,
                            ),
                        ),
                        (
                            "suspended_at",
                            models.DateTimeField(
                                help_text="since when the role is at rest; all roles of a person rest together",
                                null=True,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="KeptFigures",
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
                        ("name", models.CharField(max_length=40)),
                        ("body", models.JSONField()),
                        (
                            "took_ms",
                            models.PositiveIntegerField(help_text="how long counting took"),
                        ),
                        ("counted_at", models.DateTimeField()),
                        (
                            "wanted_at",
                            models.DateTimeField(help_text="read since it is too old", null=True),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="kept_figures",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                            "label",
                            models.CharField(
                                blank=True, help_text="whom it is for, to admins", max_length=100
                            ),
                        ),
                        (
                            "digest",
                            models.CharField(
                                help_text="SHA-256 of the token", max_length=64, unique=True
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("labeler", "Labeler: ranks and writes demonstrations"),
                                        ("reviewer", "Reviewer: reads judgments, adjudicates"),
                                        ("admin", "Admin: prompts, people, quality, settings"),
                                        ("ml", "ML engineer: sampling, training, releases"),
                                    ],
                                    max_length=10,
                                ),
                                size=None,
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(
                                blank=True,
                                help_text="only for the person with this address",
                                max_length=254,
                            ),
                        ),
                        ("uses_max", models.PositiveSmallIntegerField(default=1)),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(null=True)),
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
                            "groups",
                            models.ManyToManyField(
                                blank=True, related_name="+", to="projects.group"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportedLabeler",
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
                        ("source", models.CharField(max_length=120)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="imported_as",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="imported_labelers",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="GuidelineVersion",
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
                        ("text", models.TextField(max_length=100000)),
                        (
                            "changes",
                            models.CharField(
                                blank=True,
                                help_text="what is new in it, in a sentence",
                                max_length=500,
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="guidelines",
                                to="projects.project",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="group",
                    name="project",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="projects.project",
                    ),
                ),
                migrations.CreateModel(
                    name="GuidelineReading",
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="guideline_readings",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="readings",
                                to="projects.guidelineversion",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "version"), name="guideline_read_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvitationUse",
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
                            "invitation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="used",
                                to="projects.invitation",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitation_uses",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("invitation", "user"), name="invitation_used_once_each"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GroupMember",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "group",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="projects.group",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="in_groups",
                                to="projects.membership",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["group"], name="members_of_a_group")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("membership", "group"), name="in_a_group_once"
                            )
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("completions_per_item__gte", 2), ("completions_per_item__lte", 9)
                        ),
                        name="project_completions_2_to_9",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("judgments_per_item__gte", 1), ("judgments_per_item__lte", 50)
                        ),
                        name="project_judgments_1_to_50",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("mode__in", ["tiers", "duel", "guided", "best_worst", "drag_list"])
                        ),
                        name="project_mode_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("steps__contained_by", ["grade", "confirm"])),
                        name="project_steps_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("mode", "duel"), _negated=True),
                            ("completions_per_item", 2),
                            _connector="OR",
                        ),
                        name="a_duel_has_two_sides",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("steps__contains", ["grade"]), _negated=True),
                            ("axes__len__gte", 1),
                            _connector="OR",
                        ),
                        name="grading_needs_an_axis",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("pass_mark__isnull", True),
                            models.Q(("pass_mark__gte", 50), ("pass_mark__lte", 100)),
                            _connector="OR",
                        ),
                        name="pass_mark_50_to_100",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("budget__isnull", True), ("budget__gte", 1), _connector="OR"),
                            models.Q(
                                ("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"
                            ),
                        ),
                        name="budget_and_cap_from_1",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="project",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("lease_seconds_min__gte", 30),
                            ("lease_seconds_max__gte", models.F("lease_seconds_min")),
                            ("lease_seconds_max__lte", 86400),
                        ),
                        name="project_lease_bounds",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="membership",
                    constraint=models.UniqueConstraint(
                        fields=("user", "project", "role"), name="one_membership_per_role"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="membership",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("role__in", ["labeler", "reviewer", "admin", "ml"])),
                        name="membership_role_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="membership",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"
                        ),
                        name="membership_cap_from_1",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="keptfigures",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name"), name="figures_kept_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("roles__contained_by", ["labeler", "reviewer", "admin", "ml"]),
                            ("roles__len__gt", 0),
                        ),
                        name="invitation_roles_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("uses_max__gte", 1), ("uses_max__lte", 500)),
                        name="invitation_1_to_500_uses",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("email", ""), ("uses_max", 1), _connector="OR"),
                        name="an_address_is_one_person",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="invitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="invitation_digest_hex",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="importedlabeler",
                    constraint=models.UniqueConstraint(
                        fields=("project", "source", "name"), name="imported_labeler_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="guidelineversion",
                    constraint=models.UniqueConstraint(
                        fields=("project", "number"), name="guideline_number_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="group",
                    constraint=models.UniqueConstraint(
                        fields=("project", "name"), name="group_name_once"
                    ),
                ),
            ]
        ),
    ]
