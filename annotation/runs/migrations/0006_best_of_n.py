"""Runs that keep the best of n completions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0005_let_go_of_empty_sets"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("import", "Import of a file"),
                    ("export", "Freezing of a dataset snapshot"),
                    ("sample", "Sampling of completions"),
                    ("sft", "Supervised fine-tuning on demonstrations"),
                    ("reward", "Reward-model training on rankings"),
                    ("ppo", "Policy update against a reward model"),
                    ("rloo", "Policy update against a reward model, leave-one-out baseline"),
                    ("grpo", "Policy update against a reward model, group-relative"),
                    ("dpo", "Policy update from rankings"),
                    ("evaluate", "Evaluation"),
                    ("pick", "Choice of what to have judged next"),
                    ("best_of_n", "Choice of the best completions by a reward model"),
                    ("push", "Push of a version to a hub"),
                ],
                max_length=10,
            ),
        ),
    ]
