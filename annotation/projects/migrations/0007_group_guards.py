"""A group holds labelers of its own project and nobody else."""

from django.db import migrations

SAME_PROJECT = """
CREATE FUNCTION projects_groupmember_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM projects_group g JOIN projects_membership m ON m.project_id = g.project_id
    WHERE g.id = NEW.group_id AND m.id = NEW.membership_id AND m.role = 'labeler';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a group holds labelers of its own project'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'labelers_of_the_project';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER projects_groupmember_fits BEFORE INSERT OR UPDATE ON projects_groupmember
FOR EACH ROW EXECUTE FUNCTION projects_groupmember_fits();
"""
SAME_PROJECT_BACK = """
DROP TRIGGER projects_groupmember_fits ON projects_groupmember;
DROP FUNCTION projects_groupmember_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_groups_and_audiences")]
    operations = [migrations.RunSQL(SAME_PROJECT, SAME_PROJECT_BACK)]
