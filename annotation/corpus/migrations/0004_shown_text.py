"""The text of a completion as labelers see it, where that differs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0003_imported_fields"),
    ]

    operations = [
        migrations.AddField(
            model_name="completion",
            name="shown_text",
            field=models.TextField(
                help_text="as labelers see it; null: as it was written", null=True
            ),
        ),
        migrations.AlterField(
            model_name="completion",
            name="text",
            field=models.TextField(blank=True, help_text="as it was written"),
        ),
    ]
