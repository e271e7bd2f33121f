"""What was decided and told stays; and whatever happens to an item stirs its figures."""

from django.db import migrations

from annotation.lib.sql import append_only, frozen

# Statement by statement where many rows come at once; row by row, and only when the state moves, else.
STIR = """
CREATE FUNCTION quality_stir_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) SELECT DISTINCT item_id FROM fresh;
  RETURN NULL;
END $$;
CREATE FUNCTION quality_stir_its_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) VALUES (NEW.item_id);
  RETURN NULL;
END $$;
CREATE FUNCTION quality_stir_this_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER quality_stir_by_ranking AFTER INSERT ON labeling_ranking
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();
CREATE TRIGGER quality_stir_by_skip AFTER INSERT ON labeling_skip
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();
CREATE TRIGGER quality_stir_by_report AFTER INSERT ON labeling_report
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();
CREATE TRIGGER quality_stir_by_adjudication AFTER INSERT ON quality_adjudication
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();
CREATE TRIGGER quality_stir_by_ranking_moved AFTER UPDATE ON labeling_ranking
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION quality_stir_its_item();
CREATE TRIGGER quality_stir_by_report_decided AFTER UPDATE ON labeling_report
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION quality_stir_its_item();
CREATE TRIGGER quality_stir_by_triage AFTER UPDATE ON labeling_item
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND
  (OLD.state IN ('triage', 'void') OR NEW.state IN ('triage', 'void')))
EXECUTE FUNCTION quality_stir_this_item();
INSERT INTO quality_stir (item_id)
SELECT DISTINCT item_id FROM labeling_ranking UNION SELECT item_id FROM labeling_skip
UNION SELECT item_id FROM labeling_report;
"""
STIR_BACK = """
DROP TRIGGER quality_stir_by_triage ON labeling_item;
DROP TRIGGER quality_stir_by_report_decided ON labeling_report;
DROP TRIGGER quality_stir_by_ranking_moved ON labeling_ranking;
DROP TRIGGER quality_stir_by_adjudication ON quality_adjudication;
DROP TRIGGER quality_stir_by_report ON labeling_report;
DROP TRIGGER quality_stir_by_skip ON labeling_skip;
DROP TRIGGER quality_stir_by_ranking ON labeling_ranking;
DROP FUNCTION quality_stir_this_item();
DROP FUNCTION quality_stir_its_item();
DROP FUNCTION quality_stir_items();
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0005_review"), ("labeling", "0017_restoring")]
    operations = [
        migrations.RunSQL(STIR, STIR_BACK),
        migrations.RunSQL(*append_only("quality_adjudication")),
        migrations.RunSQL(*append_only("quality_namesseen")),
        migrations.RunSQL(
            *append_only(
                "quality_feedbacknote", mutable=("read_at", "answer", "answer_text", "answered_at")
            )
        ),
        migrations.RunSQL(
            *append_only("quality_bulkact", mutable=("state", "total", "finished_at"))
        ),
        migrations.RunSQL(*append_only("quality_bulktarget", mutable=("outcome", "rule"))),
        migrations.RunSQL(*append_only("quality_relabelplan", mutable=("state", "finished_at"))),
        migrations.RunSQL(
            *frozen("quality_relabelitem", ("plan_id", "old_item_id", "new_item_id", "likelihood"))
        ),
    ]
