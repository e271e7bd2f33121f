"""A person who was deleted with all judgments is known as such."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_redactions")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="judgments_withdrawn",
            field=models.BooleanField(
                default=False,
                help_text="deleted with all judgments: none of them ever counts again",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                name="only_who_was_deleted_withdrew_everything",
                condition=models.Q(judgments_withdrawn=False) | models.Q(is_pseudonymous=True),
            ),
        ),
    ]
