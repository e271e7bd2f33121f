-- A group holds labelers of its own project and nobody else.

CREATE OR REPLACE FUNCTION projects_groupmember_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM projects_group g JOIN projects_membership m ON m.project_id = g.project_id
    WHERE g.id = NEW.group_id AND m.id = NEW.membership_id AND m.role = 'labeler';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a group holds labelers of its own project'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'labelers_of_the_project';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER projects_groupmember_fits BEFORE INSERT OR UPDATE ON projects_groupmember
FOR EACH ROW EXECUTE FUNCTION projects_groupmember_fits();
