"""What happened in a round stays written, and a round stays the one that was opened."""

from django.db import migrations

from annotation.lib.sql import append_only, frozen


class Migration(migrations.Migration):
    dependencies = [("runs", "0010_automatic_rounds")]
    operations = [
        migrations.RunSQL(*append_only("runs_roundevent")),
        migrations.RunSQL(
            *frozen("runs_round", ("project_id", "number", "policy_version_id", "plan_id"))
        ),
    ]
