"""What happens is written to the outbox by triggers: in the same transaction, whatever path it took.

A message is made only where an endpoint listens for it. Bodies hold ids, never texts.
"""

from django.db import migrations

from annotation.lib.sql import append_only

TELL = """
CREATE FUNCTION delivery_tell(project uuid, event text, data jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO delivery_webhookmessage (endpoint_id, event, data)
  SELECT id, event, data FROM delivery_webhookendpoint
   WHERE project_id = project AND state = 'active' AND removed_at IS NULL
     AND events @> ARRAY[event]::varchar[]
$$;
"""


def told(
    name: str, table: str, when: str, condition: str, event: str, project: str, data: str
) -> tuple[str, str]:
    """Forward and reverse SQL of a trigger that tells of a row of `table`."""
    trigger = f"delivery_{name}"
    forward = f"""
CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell({project}, '{event}', jsonb_build_object({data}));
  RETURN NULL;
END $$;
CREATE TRIGGER {trigger} AFTER {when} ON {table}
FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {trigger}();
"""
    return forward, f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}();"


RANKING = "'ranking', NEW.id, 'item', NEW.item_id"
TRIGGERS = (
    # Imported judgments happened elsewhere: only those with a presentation were made here.
    told(
        "ranking_counted",
        "labeling_ranking",
        "INSERT",
        "NEW.state = 'counted' AND NEW.presentation_id IS NOT NULL",
        "ranking.counted",
        "NEW.project_id",
        RANKING,
    ),
    told(
        "ranking_counted_again",
        "labeling_ranking",
        "UPDATE OF state",
        "NEW.state = 'counted' AND OLD.state <> 'counted'",
        "ranking.counted",
        "NEW.project_id",
        RANKING,
    ),
    told(
        "ranking_withdrawn",
        "labeling_ranking",
        "UPDATE OF state",
        "NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn'",
        "ranking.withdrawn",
        "NEW.project_id",
        RANKING,
    ),
    told(
        "item_done",
        "labeling_item",
        "UPDATE OF state",
        "NEW.state = 'done' AND OLD.state <> 'done'",
        "item.done",
        "NEW.project_id",
        "'item', NEW.id, 'kind', NEW.kind",
    ),
    told(
        "report_opened",
        "labeling_report",
        "INSERT",
        "NEW.state = 'open'",
        "report.opened",
        "NEW.project_id",
        "'report', NEW.id, 'item', NEW.item_id, 'reason', NEW.reason",
    ),
    told(
        "run_finished",
        "runs_run",
        "UPDATE OF status",
        "NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status <> NEW.status",
        "run.finished",
        "NEW.project_id",
        "'run', NEW.id, 'number', NEW.number, 'kind', NEW.kind, 'status', NEW.status",
    ),
    told(
        "snapshot_frozen",
        "runs_datasetsnapshot",
        "INSERT",
        "true",
        "snapshot.frozen",
        "NEW.project_id",
        "'snapshot', NEW.id, 'number', NEW.number, 'sha256', NEW.sha256",
    ),
    told(
        "version_promoted",
        "registry_modelversion",
        "UPDATE OF status",
        "NEW.status = 'promoted' AND OLD.status <> 'promoted'",
        "version.promoted",
        "NEW.project_id",
        "'version', NEW.id, 'kind', NEW.kind, 'number', NEW.number",
    ),
    told(
        "project_state",
        "projects_project",
        "UPDATE OF state",
        "NEW.state <> OLD.state",
        "project.state_changed",
        "NEW.id",
        "'before', OLD.state, 'after', NEW.state",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("labeling", "0015_newest_first"),
        ("registry", "0003_what_rl_means"),
        ("runs", "0004_more_policy_updates"),
    ]
    operations = [
        migrations.RunSQL(TELL, "DROP FUNCTION delivery_tell(uuid, text, jsonb);"),
        *(migrations.RunSQL(*pair) for pair in TRIGGERS),
        migrations.RunSQL(*append_only("delivery_webhookattempt")),
        migrations.RunSQL(*append_only("delivery_auditlink")),
        migrations.RunSQL(*append_only("delivery_export")),
    ]
