"""A run moves only along its state machine; what it was asked to do and what happened never change."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only, frozen

MOVES = {
    "blocked": ("queued", "cancelled", "failed"),
    "queued": ("running", "cancelled"),
    "running": ("interrupted", "succeeded", "failed", "cancelled"),
    "interrupted": ("queued", "failed", "cancelled"),
    "failed": ("queued",),
    "cancelled": ("queued",),
}
# What a blocked run waits for fills in these once; from then on they are frozen too.
PINNED_ONCE = """
CREATE FUNCTION runs_run_pinned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.snapshot_id IS NOT NULL AND NEW.snapshot_id IS DISTINCT FROM OLD.snapshot_id)
     OR (OLD.policy_version_id IS NOT NULL AND NEW.policy_version_id IS DISTINCT FROM OLD.policy_version_id)
     OR (OLD.reward_version_id IS NOT NULL AND NEW.reward_version_id IS DISTINCT FROM OLD.reward_version_id)
     OR (OLD.output_version_id IS NOT NULL AND NEW.output_version_id IS DISTINCT FROM OLD.output_version_id)
     OR (OLD.output_snapshot_id IS NOT NULL AND NEW.output_snapshot_id IS DISTINCT FROM OLD.output_snapshot_id)
  THEN
    RAISE EXCEPTION 'inputs and outputs of a run are pinned once'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'run_pinned_once';
  END IF;
  IF NEW.lease_epoch < OLD.lease_epoch THEN
    RAISE EXCEPTION 'a lease epoch never goes back'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lease_epoch_grows';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER runs_run_pinned BEFORE UPDATE ON runs_run
FOR EACH ROW EXECUTE FUNCTION runs_run_pinned();
"""
PINNED_ONCE_BACK = "DROP TRIGGER runs_run_pinned ON runs_run; DROP FUNCTION runs_run_pinned();"


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]
    operations = [
        migrations.RunSQL(*allowed_moves("runs_run", "status", MOVES)),
        migrations.RunSQL(
            *frozen(
                "runs_run",
                (
                    "project_id",
                    "number",
                    "kind",
                    "config",
                    "idempotency_key",
                    "requested_by_id",
                    "prompt_set_id",
                    "plan_id",
                    "upload_id",
                    "waits_for_id",
                ),
            )
        ),
        migrations.RunSQL(PINNED_ONCE, PINNED_ONCE_BACK),
        migrations.RunSQL(*append_only("runs_runevent")),
        migrations.RunSQL(*append_only("runs_runmetric")),
        migrations.RunSQL(*append_only("runs_datasetsnapshot")),
        migrations.RunSQL(*append_only("runs_scheduletick")),
    ]
