"""Grades on several axes, highlighted passages, how much was read, better answers, reopening."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# One grade becomes the grade on the axis "overall". Changing the column's type writes the table anew
# without waking the guard against rewriting.
GRADES = """
ALTER TABLE labeling_placement DROP CONSTRAINT grade_1_to_7;
ALTER TABLE labeling_placement DROP CONSTRAINT IF EXISTS labeling_placement_grade_check;
ALTER TABLE labeling_placement RENAME COLUMN grade TO grades;
ALTER TABLE labeling_placement ALTER COLUMN grades TYPE jsonb USING
  CASE WHEN grades IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('overall', grades) END;
ALTER TABLE labeling_placement ALTER COLUMN grades SET NOT NULL;
ALTER TABLE labeling_placement ADD CONSTRAINT grades_1_to_7 CHECK (
  jsonb_typeof(grades) = 'object' AND NOT jsonb_path_exists(
    grades, 'strict $.* ? (@.type() != "number" || @ < 1 || @ > 7 || @ != @.floor())'));
"""
GRADES_BACK = """
ALTER TABLE labeling_placement DROP CONSTRAINT grades_1_to_7;
ALTER TABLE labeling_placement ALTER COLUMN grades DROP NOT NULL;
ALTER TABLE labeling_placement ALTER COLUMN grades TYPE smallint
  USING (grades ->> 'overall')::smallint;
ALTER TABLE labeling_placement RENAME COLUMN grades TO grade;
ALTER TABLE labeling_placement ADD CONSTRAINT labeling_placement_grade_check CHECK (grade >= 0);
ALTER TABLE labeling_placement ADD CONSTRAINT grade_1_to_7
  CHECK (grade IS NULL OR (grade >= 1 AND grade <= 7));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0004_shown_text"),
        ("labeling", "0005_submit"),
        ("projects", "0003_labeling_screen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(GRADES, GRADES_BACK)],
            state_operations=[
                migrations.RemoveConstraint(model_name="placement", name="grade_1_to_7"),
                migrations.RenameField("placement", "grade", "grades"),
                migrations.AlterField(
                    model_name="placement",
                    name="grades",
                    field=models.JSONField(default=dict, help_text="axis: 1 to 7"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="demonstration",
            name="based_on",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="corpus.completion",
            ),
        ),
        migrations.AddField(
            model_name="demonstration",
            name="ranking",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="better_answer",
                to="labeling.ranking",
            ),
        ),
        migrations.AddField(
            model_name="placement",
            name="read_percent",
            field=models.PositiveSmallIntegerField(
                help_text="how far it was scrolled through", null=True
            ),
        ),
        migrations.AddField(
            model_name="placement",
            name="spans",
            field=models.JSONField(
                default=list, help_text="highlighted passages: [{start, end, quote, flag, note}]"
            ),
        ),
        migrations.AddField(
            model_name="placement",
            name="visible_ms",
            field=models.PositiveIntegerField(help_text="how long it was on screen", null=True),
        ),
        migrations.AddField(
            model_name="presentation",
            name="device",
            field=models.CharField(
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
        migrations.AddField(
            model_name="presentation",
            name="reopens",
            field=models.UUIDField(
                help_text="the judgment of this slot that was opened again", null=True
            ),
        ),
        migrations.AddField(
            model_name="presentation",
            name="screen",
            field=models.JSONField(
                default=dict, help_text="the project's labeling settings as shown"
            ),
        ),
        migrations.AddField(
            model_name="ranking",
            name="mode",
            field=models.CharField(
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
        migrations.AddField(
            model_name="ranking",
            name="unread_accepted",
            field=models.BooleanField(
                default=False, help_text="went on after being told that not everything was read"
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
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("read_percent__isnull", True), ("read_percent__lte", 100), _connector="OR"
                ),
                name="read_percent_to_100",
            ),
        ),
    ]
