from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="item",
            name="is_held_out",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="judged to compare policies: never frozen into what models are trained on",
            ),
        ),
    ]
