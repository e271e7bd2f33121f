"""A slot whose judgment is put back is done again; a withdrawal stays as it was made."""

from django.db import migrations

from annotation.lib.sql import append_only

MOVES = """
CREATE OR REPLACE FUNCTION labeling_slot_state_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state IS DISTINCT FROM OLD.state AND NOT (
    (OLD.state = 'open' AND NEW.state IN ('leased', 'done', 'void'))
    OR (OLD.state = 'leased' AND NEW.state IN ('open', 'done', 'void'))
    OR (OLD.state = 'done' AND NEW.state IN ('open', 'leased', 'void'))
    OR (OLD.state = 'void' AND NEW.state IN ('open'__MORE__)))
  THEN
    RAISE EXCEPTION 'labeling_slot.state cannot move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0016_withdrawal")]
    operations = [
        migrations.RunSQL(MOVES.replace("__MORE__", ", 'done'"), MOVES.replace("__MORE__", "")),
        migrations.RunSQL(
            *append_only(
                "labeling_withdrawal", mutable=("restored_at", "restored_by_id", "restored_as")
            )
        ),
    ]
