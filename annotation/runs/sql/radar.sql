-- What is held out stays so, and the radar asks only about what is held out: judgments of RL prompts must
-- never come to be what a reward model learns from.

CREATE OR REPLACE FUNCTION runs_held_out_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.is_held_out AND NOT NEW.is_held_out THEN
    RAISE EXCEPTION 'an item that is held out stays held out'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'held_out_stays';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER runs_held_out_stays BEFORE UPDATE OF is_held_out ON labeling_item
FOR EACH ROW EXECUTE FUNCTION runs_held_out_stays();

CREATE OR REPLACE FUNCTION runs_radar_is_held_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (SELECT is_held_out FROM labeling_item WHERE id = NEW.item_id) THEN
    RAISE EXCEPTION 'what the radar asks about is held out'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'radar_is_held_out';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER runs_radar_is_held_out BEFORE INSERT ON runs_radarcatch
FOR EACH ROW EXECUTE FUNCTION runs_radar_is_held_out();
