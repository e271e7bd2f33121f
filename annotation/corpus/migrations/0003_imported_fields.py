"""What rows bring along beside their text, and prompts found by the id of their source."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("corpus", "0002_guards")]
    operations = [
        migrations.AddField(
            model_name="completion",
            name="meta",
            field=models.JSONField(help_text="imported: further fields of its row", null=True),
        ),
        migrations.AddIndex(
            model_name="prompt",
            index=models.Index(
                condition=models.Q(("source_id", ""), _negated=True),
                fields=["prompt_set", "source_id"],
                name="prompt_by_source_id",
            ),
        ),
    ]
