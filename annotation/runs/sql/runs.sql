-- What a blocked run waits for fills in these once; from then on they are frozen too. The prompt set is
-- frozen from the beginning; an import alone lets go of one that it left empty.

CREATE OR REPLACE FUNCTION runs_run_pinned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.snapshot_id IS NOT NULL AND NEW.snapshot_id IS DISTINCT FROM OLD.snapshot_id)
     OR (OLD.policy_version_id IS NOT NULL AND NEW.policy_version_id IS DISTINCT FROM OLD.policy_version_id)
     OR (OLD.reward_version_id IS NOT NULL AND NEW.reward_version_id IS DISTINCT FROM OLD.reward_version_id)
     OR (OLD.output_version_id IS NOT NULL AND NEW.output_version_id IS DISTINCT FROM OLD.output_version_id)
     OR (OLD.output_snapshot_id IS NOT NULL AND NEW.output_snapshot_id IS DISTINCT FROM OLD.output_snapshot_id)
  THEN
    RAISE EXCEPTION 'inputs and outputs of a run are pinned once'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'run_pinned_once';
  END IF;
  IF NEW.prompt_set_id IS DISTINCT FROM OLD.prompt_set_id
     AND NOT (NEW.prompt_set_id IS NULL AND OLD.kind = 'import')
  THEN
    RAISE EXCEPTION 'the prompt set of a run cannot change'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'run_prompt_set_stays';
  END IF;
  IF NEW.lease_epoch < OLD.lease_epoch THEN
    RAISE EXCEPTION 'a lease epoch never goes back'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lease_epoch_grows';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER runs_run_pinned BEFORE UPDATE ON runs_run
FOR EACH ROW EXECUTE FUNCTION runs_run_pinned();
