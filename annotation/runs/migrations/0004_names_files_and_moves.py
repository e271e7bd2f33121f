"""Runs have a name and a note, keep what their trainer wrote for people and how much it left out, and choose the
best of n. One that is retried may wait again. An import lets go of the prompt set that it left empty.
"""

import django.db.models.deletion
from django.db import migrations, models

from annotation.lib.sql import allowed_moves, frozen, script

MOVES = {
    "blocked": ("queued", "cancelled", "failed"),
    "queued": ("running", "cancelled"),
    "running": ("interrupted", "succeeded", "failed", "cancelled"),
    "interrupted": ("queued", "failed", "cancelled"),
    "failed": ("queued", "blocked"),
    "cancelled": ("queued", "blocked"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_guards"),
        ("runs", "0003_run_seats"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="run",
            name="note",
            field=models.CharField(blank=True, max_length=2000),
        ),
        migrations.AddField(
            model_name="run",
            name="files",
            field=models.ForeignKey(
                help_text="what its trainer wrote for people: completions, a report, what was left out",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.artifact",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="left_out",
            field=models.JSONField(
                default=dict,
                help_text="rows, left_out, used_in_part, of: how many of its rows its trainer does not use, or in part",
            ),
        ),
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
        allowed_moves("runs_run", "status", MOVES),
        frozen(
            "runs_run",
            (
                *("project_id", "number", "kind", "config", "idempotency_key", "requested_by_id"),
                *("plan_id", "upload_id", "waits_for_id"),
            ),
        ),
        script("runs", "runs"),
    ]
