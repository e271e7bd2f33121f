"""A round that waits for a person is told, and so is its end."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION delivery_round_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held runs_round;
BEGIN
  SELECT * INTO held FROM runs_round WHERE id = NEW.round_id;
  PERFORM delivery_tell(held.project_id, 'round.' || NEW.kind, jsonb_build_object(
    'round', held.id, 'number', held.number, 'step', NEW.step, 'reason', NEW.reason));
  RETURN NULL;
END $$;
CREATE TRIGGER delivery_round_event AFTER INSERT ON runs_roundevent
FOR EACH ROW WHEN (NEW.kind IN ('asked', 'closed')) EXECUTE FUNCTION delivery_round_event();
"""
BACK = "DROP TRIGGER delivery_round_event ON runs_roundevent; DROP FUNCTION delivery_round_event();"


class Migration(migrations.Migration):
    dependencies = [("delivery", "0005_deletions"), ("runs", "0011_round_guards")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
