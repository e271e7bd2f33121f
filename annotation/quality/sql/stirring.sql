-- Whatever happens to an item stirs its figures: statement by statement where many rows come at once; row
-- by row, and only when the state moves, else.

CREATE OR REPLACE FUNCTION quality_stir_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) SELECT DISTINCT item_id FROM fresh;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION quality_stir_its_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) VALUES (NEW.item_id);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION quality_stir_this_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO quality_stir (item_id) VALUES (NEW.id);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER quality_stir_by_ranking AFTER INSERT ON labeling_ranking
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();

CREATE OR REPLACE TRIGGER quality_stir_by_skip AFTER INSERT ON labeling_skip
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();

CREATE OR REPLACE TRIGGER quality_stir_by_report AFTER INSERT ON labeling_report
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();

CREATE OR REPLACE TRIGGER quality_stir_by_adjudication AFTER INSERT ON quality_adjudication
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION quality_stir_items();

CREATE OR REPLACE TRIGGER quality_stir_by_ranking_moved AFTER UPDATE ON labeling_ranking
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION quality_stir_its_item();

CREATE OR REPLACE TRIGGER quality_stir_by_report_decided AFTER UPDATE ON labeling_report
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION quality_stir_its_item();

CREATE OR REPLACE TRIGGER quality_stir_by_triage AFTER UPDATE ON labeling_item
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND
  (OLD.state IN ('triage', 'void') OR NEW.state IN ('triage', 'void')))
EXECUTE FUNCTION quality_stir_this_item();
