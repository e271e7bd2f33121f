"""What was withdrawn with the deletion of its author is never put back."""

from django.db import migrations

STAYS_OUT = """
CREATE FUNCTION labeling_ranking_stays_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts_user u WHERE u.id = NEW.labeler_id AND u.judgments_withdrawn;
  IF FOUND THEN
    RAISE EXCEPTION 'the author of this judgment was deleted with all judgments'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'deleted_judgments_stay_out';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER labeling_ranking_stays_out BEFORE UPDATE OF state ON labeling_ranking
FOR EACH ROW WHEN (OLD.state = 'withdrawn' AND NEW.state <> 'withdrawn')
EXECUTE FUNCTION labeling_ranking_stays_out();
"""
STAYS_OUT_BACK = """
DROP TRIGGER labeling_ranking_stays_out ON labeling_ranking;
DROP FUNCTION labeling_ranking_stays_out();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_judgments_withdrawn"),
        ("labeling", "0023_skips_of_a_labeler"),
        ("runs", "0008_erasures"),
    ]
    operations = [migrations.RunSQL(STAYS_OUT, STAYS_OUT_BACK)]
