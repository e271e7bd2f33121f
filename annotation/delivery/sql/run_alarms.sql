-- An alarm of a run is told once, when the trainer's event log first brings it.

CREATE OR REPLACE FUNCTION delivery_run_alarmed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  alarm jsonb;
BEGIN
  FOR alarm IN
    SELECT one FROM jsonb_array_elements(NEW.alarms) AS raised(one)
     WHERE NOT OLD.alarms @> jsonb_build_array(jsonb_build_object('code', one -> 'code'))
  LOOP
    PERFORM delivery_tell(NEW.project_id, 'run.alarm', jsonb_build_object(
      'run', NEW.id, 'number', NEW.number, 'kind', NEW.kind, 'code', alarm -> 'code', 'stops', alarm -> 'stops'));
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_run_alarmed AFTER UPDATE OF alarms ON runs_run
FOR EACH ROW WHEN (NEW.alarms IS DISTINCT FROM OLD.alarms) EXECUTE FUNCTION delivery_run_alarmed();
