"""Who holds data of a project is told when a person of it was deleted, to delete it too."""

from django.db import migrations

# `labeler` is the pseudonym under which exports of this project name the person
# (labeling.exports.pseudonym).
FORWARD = """
CREATE FUNCTION delivery_person_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE project uuid;
BEGIN
  FOR project IN
    SELECT DISTINCT e.project_id FROM delivery_webhookendpoint e
     WHERE e.state = 'active' AND e.removed_at IS NULL
       AND e.events @> ARRAY['person.deleted']::varchar[]
       AND (EXISTS (SELECT 1 FROM projects_membership m
                     WHERE m.user_id = NEW.person_id AND m.project_id = e.project_id)
         OR EXISTS (SELECT 1 FROM labeling_ranking r
                     WHERE r.labeler_id = NEW.person_id AND r.project_id = e.project_id)
         OR EXISTS (SELECT 1 FROM labeling_demonstration d
                     WHERE d.labeler_id = NEW.person_id AND d.project_id = e.project_id))
  LOOP
    PERFORM delivery_tell(project, 'person.deleted', jsonb_build_object(
      'person', NEW.person_id, 'judgments', NEW.judgments,
      'labeler', 'labeler-' || left(encode(sha256(convert_to(
        'pseudonym' || chr(10) || project || chr(10) || NEW.person_id, 'UTF8')), 'hex'), 16)));
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER delivery_person_deleted AFTER INSERT ON runs_erasure
FOR EACH ROW EXECUTE FUNCTION delivery_person_deleted();
"""
BACK = """
DROP TRIGGER delivery_person_deleted ON runs_erasure;
DROP FUNCTION delivery_person_deleted();
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_hashed_words"), ("runs", "0008_erasures")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
