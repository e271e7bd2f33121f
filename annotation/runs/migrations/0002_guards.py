"""A run moves only along its state machine; what it was asked to do and what happened never change.

Mixes never change; of a draw only what became of it does. A round stays the one that was opened.
"""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only, frozen, script

MOVES = {
    "blocked": ("queued", "cancelled", "failed"),
    "queued": ("running", "cancelled"),
    "running": ("interrupted", "succeeded", "failed", "cancelled"),
    "interrupted": ("queued", "failed", "cancelled"),
    "failed": ("queued",),
    "cancelled": ("queued",),
}


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]
    operations = [
        allowed_moves("runs_run", "status", MOVES),
        frozen(
            "runs_run",
            (
                *("project_id", "number", "kind", "config", "idempotency_key", "requested_by_id"),
                *("prompt_set_id", "plan_id", "upload_id", "waits_for_id"),
            ),
        ),
        script("runs", "runs"),
        append_only("runs_runevent"),
        append_only("runs_runmetric"),
        append_only("runs_datasetsnapshot"),
        append_only("runs_samplingmix"),
        append_only("runs_mixrow"),
        append_only("runs_mixdraw", mutable=("missing", "older_lacking", "finished_at")),
        append_only("runs_mixpart"),
        append_only("runs_mixprompt", mutable=("state", "item_id")),
        append_only("runs_roundevent"),
        append_only("runs_judgingcampaign", mutable=("ended_at",)),
        append_only("runs_campaignanswer"),
        append_only("runs_radarcatch"),
        script("runs", "radar"),
        frozen("runs_round", ("project_id", "number", "policy_version_id", "plan_id")),
    ]
