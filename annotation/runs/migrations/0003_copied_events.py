"""Which line of a trainer's event log has been copied, so that each is copied once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="copied_seq",
            field=models.BigIntegerField(
                default=0, help_text="the last line of events.jsonl that stands in the tables"
            ),
        ),
    ]
