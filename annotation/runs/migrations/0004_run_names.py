"""What people call a run, and what they note about it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_run_seats"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="run",
            name="note",
            field=models.CharField(blank=True, max_length=2000),
        ),
    ]
