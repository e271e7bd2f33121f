"""A report is written once, an estimate never changes, an alarm only moves on."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only

WRITTEN_ONCE = """
CREATE FUNCTION quality_report_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.finished_at IS NOT NULL THEN
    RAISE EXCEPTION 'a finished quality report stays as it is'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER quality_report_written_once BEFORE UPDATE OR DELETE ON quality_qualityreport
FOR EACH ROW EXECUTE FUNCTION quality_report_written_once();
"""
WRITTEN_ONCE_BACK = """
DROP TRIGGER quality_report_written_once ON quality_qualityreport;
DROP FUNCTION quality_report_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0003_reports")]
    operations = [
        migrations.RunSQL(WRITTEN_ONCE, WRITTEN_ONCE_BACK),
        migrations.RunSQL(*append_only("quality_reliabilityestimate")),
        migrations.RunSQL(
            *append_only(
                "quality_alarm",
                mutable=(
                    "state",
                    "note",
                    "decided_by_id",
                    "decided_at",
                    "evidence",
                    "last_report_id",
                ),
            )
        ),
        migrations.RunSQL(
            *allowed_moves(
                "quality_alarm",
                "state",
                {"new": ("acknowledged", "resolved"), "acknowledged": ("resolved",)},
            )
        ),
    ]
