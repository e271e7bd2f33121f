"""A rule on gold among the alarms."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quality", "0008_overlap_guards")]
    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="rule",
            field=models.CharField(
                choices=[
                    ("position", "The place on the screen decides too often"),
                    ("unreliable", "Agrees with the others hardly more than a coin"),
                    ("too_fast", "Much faster than the others"),
                    ("straight_lining", "Gives the order shown, or its reverse, too often"),
                    ("ties", "Far more or far fewer ties than the others"),
                    ("falling", "Agreement with the others fell"),
                    ("gold", "Too often not as expected on gold"),
                ],
                max_length=16,
            ),
        ),
    ]
