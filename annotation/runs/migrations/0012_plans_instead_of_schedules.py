"""Schedules knew no gates and promoted nothing; a plan of rounds does what they did, and the rest."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0011_round_guards")]
    operations = [
        migrations.RemoveField(model_name="run", name="schedule"),
        migrations.DeleteModel(name="ScheduleTick"),
        migrations.DeleteModel(name="Schedule"),
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS runs_scheduletick_append_only()", migrations.RunSQL.noop
        ),
    ]
