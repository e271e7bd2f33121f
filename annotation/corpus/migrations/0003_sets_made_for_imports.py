"""Which prompt sets were made by an import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="promptset",
            name="made_for_import",
            field=models.BooleanField(
                default=False,
                help_text="made by an import, with which it goes where that takes no row",
            ),
        ),
    ]
