"""Policies that servers of the deployment run: no weights here, so never what a project trains on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="served",
            field=models.JSONField(
                help_text="of a served policy: server, model and what the server said it is; its artifact holds just this",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="stage",
            field=models.CharField(
                choices=[
                    ("base", "Registered or pretrained, no human judgment in it yet"),
                    ("sft", "Fine-tuned on demonstrations"),
                    ("rl", "Updated against a reward model or from rankings"),
                    ("reward", "Trained on rankings"),
                    ("served", "Run by a server of the deployment; its weights are not here"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "policy"),
                        ("parent", None),
                        ("served__isnull", False),
                        ("stage", "served"),
                    ),
                    models.Q(
                        models.Q(("stage", "served"), _negated=True), ("served__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="served_iff_no_weights_are_here",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage", "served"), ("status", "promoted"), _negated=True),
                name="a_served_policy_is_not_promoted",
            ),
        ),
    ]
