"""What trainers wrote for people, kept with the run."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_guards"),
        ("runs", "0006_best_of_n"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="files",
            field=models.ForeignKey(
                help_text="what its trainer wrote for people: completions, a report, what was left out",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.artifact",
            ),
        ),
    ]
