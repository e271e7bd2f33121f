-- Slots never outnumber what is needed, and what left circulation stays out.
--
-- Skips, reports, reviews and leases that are not needed any more all give slots back. Whether anybody
-- may have them is decided here, once: whoever puts an item back into circulation says so of the item
-- first, and opens its slots after that.

CREATE OR REPLACE FUNCTION labeling_slot_within_needed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted smallint;
BEGIN
  SELECT needed INTO wanted FROM labeling_item WHERE id = NEW.item_id FOR KEY SHARE;
  IF NEW.number > wanted AND NEW.state <> 'void' THEN
    RAISE EXCEPTION 'slot % of an item that needs only %', NEW.number, wanted
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'slot_within_needed';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER labeling_slot_within_needed BEFORE INSERT OR UPDATE OF number, item_id
ON labeling_slot FOR EACH ROW EXECUTE FUNCTION labeling_slot_within_needed();

CREATE OR REPLACE FUNCTION labeling_item_covers_slots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.needed < OLD.needed AND EXISTS (
    SELECT 1 FROM labeling_slot s
    WHERE s.item_id = NEW.id AND s.number > NEW.needed AND s.state <> 'void'
  ) THEN
    RAISE EXCEPTION 'slots beyond % still stand', NEW.needed
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'slot_within_needed';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER labeling_item_covers_slots BEFORE UPDATE OF needed
ON labeling_item FOR EACH ROW EXECUTE FUNCTION labeling_item_covers_slots();

-- No slot of an item that left circulation, or whose prompt is retired, opens.
CREATE OR REPLACE FUNCTION labeling_slot_kept_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM labeling_item i JOIN corpus_prompt t ON t.id = i.prompt_id WHERE i.id = NEW.item_id AND (i.state IN ('triage', 'void') OR t.retired_at IS NOT NULL);
  IF FOUND THEN
    NEW.state := 'void';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER labeling_slot_kept_out BEFORE UPDATE OF state ON labeling_slot
FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION labeling_slot_kept_out();

-- A retired prompt is handed out no more: its open items are void until it is restored. Whoever retires
-- it (an act, an edit, a report that was upheld), what waits goes out of circulation in the same
-- statement, and comes back by the same way. Judgments stay; who holds a lease may finish. Slots are
-- locked before items, as everywhere.
CREATE OR REPLACE FUNCTION labeling_follow_prompts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_out uuid[];
  v_back uuid[];
BEGIN
  SELECT array_agg(a.id) FILTER (WHERE a.retired_at IS NOT NULL),
         array_agg(a.id) FILTER (WHERE a.retired_at IS NULL) INTO v_out, v_back
    FROM fresh a JOIN stale b ON b.id = a.id
   WHERE (a.retired_at IS NULL) <> (b.retired_at IS NULL);
  IF v_out IS NOT NULL THEN
    v_out := ARRAY(SELECT i.id FROM labeling_item i
                    WHERE i.prompt_id = ANY (v_out) AND i.state = 'open' AND i.control = ''
                      AND NOT EXISTS (SELECT 1 FROM labeling_slot s
                                       WHERE s.item_id = i.id AND s.is_private));
    PERFORM 1 FROM labeling_slot WHERE item_id = ANY (v_out)
      ORDER BY item_id, number FOR NO KEY UPDATE;
    WITH held AS (
      SELECT id FROM labeling_item WHERE id = ANY (v_out) AND state = 'open'
       ORDER BY id FOR NO KEY UPDATE
    ), gone AS (
      UPDATE labeling_item i SET state = 'void', meta = i.meta || '{"void_reason": "prompt_retired"}'
        FROM held WHERE i.id = held.id RETURNING i.id
    )
    UPDATE labeling_slot s SET state = 'void' FROM gone WHERE s.item_id = gone.id AND s.state = 'open';
  END IF;
  IF v_back IS NOT NULL THEN
    -- items that went with the prompt, and open ones of which a slot was given back meanwhile
    v_back := ARRAY(SELECT i.id FROM labeling_item i
                     WHERE i.prompt_id = ANY (v_back) AND i.control = ''
                       AND (i.meta ->> 'void_reason' = 'prompt_retired' OR i.state = 'open')
                       AND NOT EXISTS (SELECT 1 FROM labeling_slot s
                                        WHERE s.item_id = i.id AND s.is_private)
                       AND NOT EXISTS (SELECT 1 FROM labeling_itemcompletion n
                             JOIN corpus_completion w ON w.id = n.completion_id
                            WHERE n.item_id = i.id AND w.withdrawn_at IS NOT NULL));
    PERFORM 1 FROM labeling_slot WHERE item_id = ANY (v_back)
      ORDER BY item_id, number FOR NO KEY UPDATE;
    PERFORM 1 FROM labeling_item WHERE id = ANY (v_back) ORDER BY id FOR NO KEY UPDATE;
    UPDATE labeling_item SET meta = meta - 'void_reason',
           state = CASE WHEN counted >= needed THEN 'done' ELSE 'open' END
     WHERE id = ANY (v_back) AND state = 'void';
    UPDATE labeling_slot s SET state = 'open' FROM labeling_item i
     WHERE i.id = ANY (v_back) AND s.item_id = i.id AND i.state = 'open'
       AND s.state = 'void' AND s.number <= i.needed;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_follow_prompts AFTER UPDATE ON corpus_prompt
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION labeling_follow_prompts();

-- Whoever is suspended in a project gets no lease in it.
CREATE OR REPLACE FUNCTION labeling_slot_not_at_rest() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER labeling_slot_not_at_rest BEFORE UPDATE OF state ON labeling_slot
FOR EACH ROW WHEN (NEW.state = 'leased' AND OLD.state <> 'leased')
EXECUTE FUNCTION labeling_slot_not_at_rest();

-- Whoever is no labeler of a project any more holds nothing in it.
CREATE OR REPLACE FUNCTION labeling_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE labeling_slot SET state = 'open', labeler_id = NULL, lease_token = NULL, lease_until = NULL
   WHERE project_id = OLD.project_id AND labeler_id = OLD.user_id AND state = 'leased'
     AND NOT is_private;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_leave AFTER DELETE ON projects_membership
FOR EACH ROW WHEN (OLD.role = 'labeler') EXECUTE FUNCTION labeling_leave();
