"""Alarms are told too."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION delivery_alarm_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'alarm.raised',
                        jsonb_build_object('alarm', NEW.id, 'rule', NEW.rule));
  RETURN NULL;
END $$;
CREATE TRIGGER delivery_alarm_raised AFTER INSERT ON quality_alarm
FOR EACH ROW EXECUTE FUNCTION delivery_alarm_raised();
"""
BACK = "DROP TRIGGER delivery_alarm_raised ON quality_alarm; DROP FUNCTION delivery_alarm_raised();"


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_outbox"), ("quality", "0004_report_guards")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
