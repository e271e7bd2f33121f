-- A report is written once.

CREATE OR REPLACE FUNCTION quality_report_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.finished_at IS NOT NULL THEN
    RAISE EXCEPTION 'a finished quality report stays as it is'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER quality_report_written_once BEFORE UPDATE OR DELETE ON quality_qualityreport
FOR EACH ROW EXECUTE FUNCTION quality_report_written_once();
