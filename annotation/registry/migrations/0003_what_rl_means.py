"""The stage rl is also that of a policy learnt straight from rankings. Changes no row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_guards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="modelversion",
            name="stage",
            field=models.CharField(
                choices=[
                    ("base", "Registered or pretrained, no human judgment in it yet"),
                    ("sft", "Fine-tuned on demonstrations"),
                    ("rl", "Updated against a reward model or from rankings"),
                    ("reward", "Trained on rankings"),
                ],
                max_length=10,
            ),
        ),
    ]
