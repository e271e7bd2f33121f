-- Keeping a lease and judging; see handing_out.sql for why these are functions and how they lock.
--
-- A presentation keeps the screen it was made for, a judgment can be opened again and stands until its
-- successor is handed in, and a better answer comes and goes with the ranking it was written beside.

-- Whether a judgment was already made under this very lease.
CREATE OR REPLACE FUNCTION labeling_has_judged(p_item uuid, p_presentation uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM labeling_ranking r
                  WHERE r.item_id = p_item AND (r.presentation_id = p_presentation) IS TRUE)
      OR EXISTS (SELECT 1 FROM labeling_demonstration d
                  WHERE d.item_id = p_item AND (d.presentation_id = p_presentation) IS TRUE);
END $$;

-- Renew a lease, also one on a judgment that was opened again; take it up again when it ran out and the
-- slot is still free. Null: it is lost.
CREATE OR REPLACE FUNCTION labeling_extend(p_labeler uuid, p_slot uuid, p_token uuid) RETURNS timestamptz
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_slot labeling_slot%ROWTYPE;
  v_presentation uuid;
  v_reopens uuid;
  v_until timestamptz;
BEGIN
  PERFORM labeling_lock_labeler(p_labeler);
  SELECT * INTO v_slot FROM labeling_slot WHERE id = p_slot FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  v_until := clock_timestamp() + labeling_lease_length(p_labeler, v_slot.project_id);
  IF v_slot.state = 'leased' AND v_slot.lease_token = p_token AND v_slot.labeler_id = p_labeler THEN
    UPDATE labeling_slot SET lease_until = greatest(lease_until, v_until) WHERE id = p_slot
      RETURNING lease_until INTO v_until;
    RETURN v_until;
  END IF;
  SELECT p.id, p.reopens INTO v_presentation, v_reopens FROM labeling_presentation p
   WHERE p.lease_token = p_token AND p.slot_id = p_slot AND p.labeler_id = p_labeler;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF v_slot.state = 'done' AND v_slot.lease_token = p_token AND v_reopens IS NOT NULL
     AND NOT labeling_has_judged(v_slot.item_id, v_presentation)
  THEN
    UPDATE labeling_slot SET lease_until = v_until WHERE id = p_slot;
    RETURN v_until;
  END IF;
  IF v_slot.state = 'open'
     AND NOT EXISTS (SELECT 1 FROM labeling_skip k
        WHERE k.item_id = v_slot.item_id AND k.labeler_id = p_labeler)
     AND NOT labeling_has_judged(v_slot.item_id, v_presentation)
     AND NOT EXISTS (SELECT 1 FROM labeling_slot s
        WHERE s.item_id = v_slot.item_id AND s.labeler_id = p_labeler
          AND s.state IN ('leased', 'done'))
  THEN
    UPDATE labeling_slot
       SET state = 'leased', labeler_id = p_labeler, lease_token = p_token, lease_until = v_until
     WHERE id = p_slot;
    RETURN v_until;
  END IF;
  RETURN NULL;
END $$;

-- Finished work is never refused for a timer: it counts while the slot is free or mine, and is kept
-- as surplus otherwise. What is refused was never handed out like that (outcome = why).
CREATE OR REPLACE FUNCTION labeling_settle(
  p_labeler uuid, p_slot uuid, p_token uuid, p_kinds text[], p_completions uuid[],
  p_supersedes uuid, OUT outcome text, OUT presentation uuid, OUT guideline uuid, OUT item uuid,
  OUT project uuid, OUT prompt uuid, OUT shown uuid[], OUT supersedes uuid
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_slot labeling_slot%ROWTYPE;
  v_reopens uuid;
  v_old_state text;
  v_is_newest boolean;
  v_kind text;
  v_free boolean;
BEGIN
  SELECT p.id, p.guideline_version_id, p."order", p.reopens
    INTO presentation, guideline, shown, v_reopens
    FROM labeling_presentation p
   WHERE p.lease_token = p_token AND p.slot_id = p_slot AND p.labeler_id = p_labeler;
  IF NOT FOUND THEN
    outcome := 'unknown_lease';
    RETURN;
  END IF;
  SELECT * INTO v_slot FROM labeling_slot WHERE id = p_slot FOR NO KEY UPDATE;
  SELECT i.kind, i.prompt_id INTO v_kind, prompt FROM labeling_item i WHERE i.id = v_slot.item_id;
  item := v_slot.item_id;
  project := v_slot.project_id;
  IF v_kind <> ALL (p_kinds) THEN
    outcome := 'wrong_kind';
    RETURN;
  END IF;
  IF p_completions IS NOT NULL AND NOT (
    cardinality(p_completions) = cardinality(shown)
    AND p_completions @> shown AND shown @> p_completions)
  THEN
    outcome := 'wrong_completions';
    RETURN;
  END IF;

  PERFORM 1 FROM projects_membership m WHERE m.user_id = p_labeler AND m.project_id = project
     AND m.role = 'labeler' AND m.suspended_at IS NULL;
  IF NOT FOUND THEN  -- suspended, or no labeler any more
    DELETE FROM labeling_draft WHERE slot_id = p_slot AND labeler_id = p_labeler;
    outcome := 'surplus';  -- kept, in nobody's place
    RETURN;
  END IF;

  supersedes := coalesce(p_supersedes, v_reopens);
  IF supersedes IS NOT NULL THEN
    IF v_kind = 'demonstration' THEN
      SELECT d.state, NOT EXISTS (
               SELECT 1 FROM labeling_demonstration n WHERE n.supersedes_id = d.id)
        INTO v_old_state, v_is_newest FROM labeling_demonstration d
       WHERE d.id = supersedes AND d.slot_id = p_slot AND (d.labeler_id = p_labeler) IS TRUE;
    ELSE
      SELECT r.state, NOT EXISTS (
               SELECT 1 FROM labeling_ranking n WHERE n.supersedes_id = r.id)
        INTO v_old_state, v_is_newest FROM labeling_ranking r
       WHERE r.id = supersedes AND r.slot_id = p_slot AND (r.labeler_id = p_labeler) IS TRUE;
    END IF;
    IF NOT FOUND THEN
      outcome := 'unknown_judgment';
      RETURN;
    END IF;
    IF NOT v_is_newest THEN
      supersedes := NULL;  -- another tab was faster: kept, in nobody's place
    ELSIF v_old_state = 'counted' THEN
      IF v_kind = 'demonstration' THEN
        UPDATE labeling_demonstration SET state = 'withdrawn', withdrawn_at = clock_timestamp()
         WHERE id = supersedes;
      ELSE
        UPDATE labeling_ranking SET state = 'withdrawn', withdrawn_at = clock_timestamp()
         WHERE id = supersedes;
      END IF;
      DELETE FROM labeling_draft WHERE slot_id = p_slot AND labeler_id = p_labeler;
      outcome := 'counted';  -- it stands where the old one stood; slot and counters stay
      RETURN;
    END IF;
  END IF;

  v_free := (v_slot.state = 'open' AND NOT labeling_has_judged(item, presentation))
    OR (v_slot.state = 'leased' AND v_slot.labeler_id = p_labeler);
  IF v_free AND v_slot.state = 'open' THEN
    IF EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = item AND s.labeler_id = p_labeler
                AND s.state = 'done') THEN
      v_free := false;
    ELSE  -- handed to me a second time meanwhile: that lease is not needed any more
      UPDATE labeling_slot
         SET state = 'open', labeler_id = NULL, lease_token = NULL, lease_until = NULL
       WHERE item_id = item AND labeler_id = p_labeler AND state = 'leased';
    END IF;
  END IF;
  IF NOT v_free THEN
    outcome := 'surplus';
  ELSE
    UPDATE labeling_slot SET state = 'done', labeler_id = p_labeler, lease_token = p_token
     WHERE id = p_slot;
    UPDATE labeling_item
       SET counted = counted + 1,
           state = CASE WHEN state = 'open' AND counted + 1 >= needed THEN 'done' ELSE state END
     WHERE id = item;
    outcome := 'counted';
  END IF;
  DELETE FROM labeling_draft WHERE slot_id = p_slot AND labeler_id = p_labeler;
END $$;

-- What is stored under this client_uuid: 'new' (nothing), 'same', or 'different'.
CREATE OR REPLACE FUNCTION labeling_stored(
  p_labeler uuid, p_client uuid, p_hash text, OUT outcome text, OUT judgment uuid, OUT state text,
  OUT item uuid, OUT created timestamptz
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_row record;
BEGIN
  SELECT r.id, r.state, r.item_id, r.created_at, r.labeler_id, r.content_hash INTO v_row
    FROM labeling_ranking r WHERE r.client_uuid = p_client;
  IF NOT FOUND THEN
    SELECT r.id, r.state, r.item_id, r.created_at, r.labeler_id, r.content_hash INTO v_row
      FROM labeling_demonstration r WHERE r.client_uuid = p_client;
  END IF;
  IF NOT FOUND THEN
    outcome := 'new';
  ELSIF v_row.labeler_id <> p_labeler OR v_row.content_hash <> p_hash THEN
    outcome := 'different';
  ELSE
    outcome := 'same';
    judgment := v_row.id;
    state := v_row.state;
    item := v_row.item_id;
    created := v_row.created_at;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION labeling_submit_ranking(
  p_labeler uuid, p_slot uuid, p_token uuid, p_client uuid, p_hash text, p_ranking uuid,
  p_supersedes uuid, p_cut smallint, p_active_ms integer, p_note text, p_completions uuid[],
  p_placements jsonb, p_direct jsonb, p_mode text, p_unread_accepted boolean, p_better jsonb,
  OUT outcome text, OUT judgment uuid, OUT state text, OUT item uuid,
  OUT created timestamptz, OUT shown uuid[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_settled record;
BEGIN
  PERFORM labeling_lock_labeler(p_labeler);
  SELECT s.outcome, s.judgment, s.state, s.item, s.created
    INTO outcome, judgment, state, item, created
    FROM labeling_stored(p_labeler, p_client, p_hash) s;
  IF outcome <> 'new' THEN
    RETURN;
  END IF;
  SELECT * INTO v_settled FROM labeling_settle(
    p_labeler, p_slot, p_token, ARRAY['ranking', 'duel'], p_completions, p_supersedes);
  shown := v_settled.shown;
  IF v_settled.outcome NOT IN ('counted', 'surplus') THEN
    outcome := v_settled.outcome;
    RETURN;
  END IF;
  judgment := p_ranking;
  state := v_settled.outcome;
  item := v_settled.item;
  created := clock_timestamp();
  INSERT INTO labeling_ranking
    (id, created_at, slot_id, item_id, project_id, labeler_id, client_uuid, content_hash,
     presentation_id, guideline_version_id, state, supersedes_id, active_ms, note, source_id,
     unacceptable_below, mode, unread_accepted, meta)
  VALUES
    (judgment, created, p_slot, item, v_settled.project, p_labeler, p_client, p_hash,
     v_settled.presentation, v_settled.guideline, state, v_settled.supersedes, p_active_ms,
     p_note, '', p_cut, p_mode, p_unread_accepted, '{}');
  INSERT INTO labeling_placement
    (ranking_id, completion_id, tier, cannot_judge, grades, flags, spans, note, visible_ms,
     read_percent, shown_at)
  SELECT judgment, x.completion, x.tier, x.cannot_judge, x.grades, x.flags, x.spans, x.note,
         x.visible_ms, x.read_percent, array_position(v_settled.shown, x.completion)
    FROM jsonb_to_recordset(p_placements) AS x(
      completion uuid, tier smallint, cannot_judge boolean, grades jsonb, flags text[], spans jsonb,
      note text, visible_ms integer, read_percent smallint);
  IF p_direct IS NOT NULL THEN
    INSERT INTO labeling_directcomparison (ranking_id, better_id, worse_id, is_tie, strength)
    SELECT judgment, x.better, x.worse, x.is_tie, x.strength
      FROM jsonb_to_recordset(p_direct) AS x(
        better uuid, worse uuid, is_tie boolean, strength smallint);
  END IF;
  IF p_better IS NOT NULL THEN
    INSERT INTO corpus_completion
      (id, created_at, prompt_id, origin, author_id, system, text, text_hash, finish_reason)
    SELECT x.completion, created, v_settled.prompt, 'human', p_labeler, '', x.text, x.text_hash,
           'stop'
      FROM jsonb_to_record(p_better) AS x(completion uuid, text text, text_hash text);
    INSERT INTO labeling_demonstration
      (id, created_at, slot_id, item_id, project_id, labeler_id, client_uuid, content_hash,
       presentation_id, guideline_version_id, state, note, prompt_id, completion_id, text,
       ranking_id, based_on_id)
    SELECT x.demonstration, created, p_slot, item, v_settled.project, p_labeler, x.client_uuid,
           p_hash, v_settled.presentation, v_settled.guideline, state, '', v_settled.prompt,
           x.completion, x.text, judgment, x.based_on
      FROM jsonb_to_record(p_better) AS x(
        demonstration uuid, client_uuid uuid, completion uuid, text text, based_on uuid);
  END IF;
END $$;

-- Whoever takes a ranking back, its better answer goes with it, and so does the completion of a
-- demonstration that does not stand.
CREATE OR REPLACE FUNCTION labeling_better_answer_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE labeling_demonstration SET state = NEW.state, withdrawn_at = NEW.withdrawn_at
   WHERE ranking_id = NEW.id AND state <> NEW.state;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_better_answer_follows AFTER UPDATE OF state ON labeling_ranking
FOR EACH ROW EXECUTE FUNCTION labeling_better_answer_follows();

CREATE OR REPLACE FUNCTION labeling_written_completion_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE corpus_completion
     SET withdrawn_at = CASE WHEN NEW.state = 'withdrawn' THEN clock_timestamp() END
   WHERE id = NEW.completion_id AND (withdrawn_at IS NULL) = (NEW.state = 'withdrawn')
     AND (NEW.state = 'withdrawn' OR NOT EXISTS (  -- what a report took out comes back by its decision only
           SELECT 1 FROM labeling_report r
            WHERE r.completion_id = NEW.completion_id AND r.state <> 'dismissed'));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_written_completion_follows AFTER UPDATE OF state ON labeling_demonstration
FOR EACH ROW EXECUTE FUNCTION labeling_written_completion_follows();

-- What was withdrawn with the deletion of its author is never put back.
CREATE OR REPLACE FUNCTION labeling_judgment_stays_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounts_user u WHERE u.id = NEW.labeler_id AND u.judgments_withdrawn;
  IF FOUND THEN
    RAISE EXCEPTION 'the author of this judgment was deleted with all judgments'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'deleted_judgments_stay_out';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER labeling_ranking_stays_out BEFORE UPDATE OF state ON labeling_ranking
FOR EACH ROW WHEN (OLD.state = 'withdrawn' AND NEW.state <> 'withdrawn')
EXECUTE FUNCTION labeling_judgment_stays_out();

CREATE OR REPLACE TRIGGER labeling_demonstration_stays_out BEFORE UPDATE OF state ON labeling_demonstration
FOR EACH ROW WHEN (OLD.state = 'withdrawn' AND NEW.state <> 'withdrawn')
EXECUTE FUNCTION labeling_judgment_stays_out();
