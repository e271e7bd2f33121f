"""Which sampling plans say how the playground drew; nobody chooses them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0003_sets_made_for_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="samplingplan",
            name="made_for_trial",
            field=models.BooleanField(
                default=False,
                help_text="made to say how what the playground sent was drawn; nobody chooses it",
            ),
        ),
    ]
