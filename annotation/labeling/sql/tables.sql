-- What the models cannot say about their tables. Run it again after a table or a foreign key is added.

-- A queue's table lives on its dead rows being cleared away early.
ALTER TABLE labeling_slot SET (autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.05, fillfactor = 85);
ALTER TABLE labeling_tally SET (fillfactor = 50, autovacuum_vacuum_threshold = 500);

ALTER TABLE labeling_placement DROP CONSTRAINT IF EXISTS grades_1_to_7;
ALTER TABLE labeling_placement ADD CONSTRAINT grades_1_to_7 CHECK (
  jsonb_typeof(grades) = 'object' AND NOT jsonb_path_exists(
    grades, 'strict $.* ? (@.type() != "number" || @ < 1 || @ > 7 || @ != @.floor())'));

-- Foreign keys are checked at the end of the statement, inside the functions and their settings, not at
-- the commit with whatever plan the session made first.
DO $$
DECLARE
  v_key record;
BEGIN
  FOR v_key IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                WHERE contype = 'f' AND conrelid::regclass::text LIKE 'labeling\_%'
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', v_key.owner, v_key.conname);
  END LOOP;
END $$;
