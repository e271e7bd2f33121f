"""An import lets go of the prompt set that was made for it and that it left empty."""

from django.db import migrations

from annotation.lib.sql import frozen, script


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0004_run_names"),
    ]

    operations = [
        frozen(
            "runs_run",
            (
                *("project_id", "number", "kind", "config", "idempotency_key", "requested_by_id"),
                *("plan_id", "upload_id", "waits_for_id"),
            ),
        ),
        script("runs", "runs"),
    ]
