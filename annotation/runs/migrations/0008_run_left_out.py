"""How many rows a trainer does not use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0007_run_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="left_out",
            field=models.JSONField(
                default=dict,
                help_text="rows, left_out, of: how many of what was to be learnt from its trainer does not use",
            ),
        ),
    ]
