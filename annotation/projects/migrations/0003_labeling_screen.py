"""What a project's labeling screen offers."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="draw_cut",
            field=models.BooleanField(
                default=False, help_text='offer the line "nothing below is acceptable"'
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="mark_spans",
            field=models.BooleanField(default=False, help_text="let passages be highlighted"),
        ),
        migrations.AddField(
            model_name="project",
            name="mode",
            field=models.CharField(
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
        migrations.AddField(
            model_name="project",
            name="steps",
            field=django.contrib.postgres.fields.ArrayField(
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
        migrations.AddField(
            model_name="project",
            name="take_notes",
            field=models.BooleanField(default=False, help_text="a note on each completion"),
        ),
        migrations.AddField(
            model_name="project",
            name="write_better",
            field=models.BooleanField(default=False, help_text="offer to write a better answer"),
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
    ]
