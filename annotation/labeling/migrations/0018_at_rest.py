"""Whoever is suspended in a project gets no lease in it; what they finished before is kept as surplus."""

from typing import Any

from django.db import migrations

NO_LEASE = """
CREATE FUNCTION labeling_slot_not_at_rest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM projects_membership m
   WHERE m.user_id = NEW.labeler_id AND m.project_id = NEW.project_id
     AND m.suspended_at IS NOT NULL;
  IF FOUND THEN
    RAISE EXCEPTION 'this labeler is suspended in the project'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'no_lease_while_suspended';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER labeling_slot_not_at_rest BEFORE UPDATE OF state ON labeling_slot
FOR EACH ROW WHEN (NEW.state = 'leased' AND OLD.state <> 'leased')
EXECUTE FUNCTION labeling_slot_not_at_rest();
"""
NO_LEASE_BACK = """
DROP TRIGGER labeling_slot_not_at_rest ON labeling_slot;
DROP FUNCTION labeling_slot_not_at_rest();
"""

# In labeling_settle, after what was never handed out like that was refused.
ANCHOR = "  supersedes := coalesce(p_supersedes, v_reopens);\n"
AT_REST = """  PERFORM 1 FROM projects_membership m WHERE m.user_id = p_labeler AND m.project_id = project
     AND m.suspended_at IS NOT NULL;
  IF FOUND THEN
    DELETE FROM labeling_draft WHERE slot_id = p_slot AND labeler_id = p_labeler;
    outcome := 'surplus';  -- kept, in nobody's place
    RETURN;
  END IF;

"""


def rewrite(schema_editor: Any, old: str, new: str) -> None:
    """Change the function as it stands, whichever migration wrote it last."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('labeling_settle'::regproc)")
        source = cursor.fetchone()[0]
        assert source.count(old) == 1, "labeling_settle changed: find this rule a new place"
        cursor.execute(source.replace(old, new))


def forwards(apps: Any, schema_editor: Any) -> None:
    rewrite(schema_editor, ANCHOR, AT_REST + ANCHOR)


def backwards(apps: Any, schema_editor: Any) -> None:
    rewrite(schema_editor, AT_REST + ANCHOR, ANCHOR)


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0017_restoring"),
        ("projects", "0009_invitations"),
    ]
    operations = [
        migrations.RunSQL(NO_LEASE, NO_LEASE_BACK),
        migrations.RunPython(forwards, backwards),
    ]
