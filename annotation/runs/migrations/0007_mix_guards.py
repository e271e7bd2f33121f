"""Mixes never change; of a draw only what became of it does."""

from django.db import migrations

from annotation.lib.sql import append_only


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_sampling_mixes")]
    operations = [
        migrations.RunSQL(*append_only("runs_samplingmix")),
        migrations.RunSQL(*append_only("runs_mixrow")),
        migrations.RunSQL(
            *append_only("runs_mixdraw", mutable=("missing", "older_lacking", "finished_at"))
        ),
        migrations.RunSQL(*append_only("runs_mixpart")),
        migrations.RunSQL(*append_only("runs_mixprompt", mutable=("state", "item_id"))),
    ]
