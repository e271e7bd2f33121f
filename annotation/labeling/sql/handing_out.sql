-- The acts of handing out and judging (submitting.sql), each one round trip and one transaction.
--
-- They are functions in the database because each needs several statements with fresh snapshots behind
-- the labeler's advisory lock: a single statement would look before it has the lock, and one round
-- trip per statement would cost more than the work. Errors are outcomes (words), never exceptions, so
-- that the service above can explain them. Leases obey the database's clock.
--
-- The functions that are called from outside plan once and by index, and where two indexes would do, the
-- condition of one is hidden behind IS TRUE, and joins begin at a known row: in a young installation a
-- plan made for ten rows is still used when there are ten thousand.
--
-- Lock order, everywhere: the labeler's advisory lock, slots, the item. Other people's slots are only
-- ever taken with SKIP LOCKED, so nobody waits while holding one.

-- One act at a time per labeler: two tabs, a double click and a retry queue up here.
CREATE OR REPLACE FUNCTION labeling_lock_labeler(p_labeler uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('labeler:' || p_labeler::text, 0));
END $$;

-- Three times the labeler's usual active time, within the project's bounds.
CREATE OR REPLACE FUNCTION labeling_lease_length(p_labeler uuid, p_project uuid) RETURNS interval
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_usual double precision;
  v_min integer;
  v_max integer;
BEGIN
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY recent.active_ms) INTO v_usual
    FROM (SELECT r.active_ms FROM labeling_ranking r WHERE r.labeler_id = p_labeler
          ORDER BY r.created_at DESC LIMIT 11) recent;
  SELECT lease_seconds_min, lease_seconds_max INTO v_min, v_max
    FROM projects_project WHERE id = p_project;
  RETURN make_interval(secs => least(v_max, greatest(v_min, coalesce(3 * v_usual / 1000, 0))));
END $$;

-- How an item is shown now: the project's settings. Items of another size than two are no duels.
CREATE OR REPLACE FUNCTION labeling_screen(p_project uuid, p_item uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_screen jsonb;
BEGIN
  SELECT jsonb_build_object(
    'mode', CASE WHEN j.mode = 'duel' AND 2 <> (
                   SELECT count(*) FROM labeling_itemcompletion n WHERE n.item_id = p_item)
                 THEN 'tiers' ELSE j.mode END,
    'steps', j.steps,
    'axes', j.axes,
    'flags', j.flags,
    'allow_ties', j.allow_ties,
    'draw_cut', j.draw_cut,
    'write_better', j.write_better,
    'mark_spans', j.mark_spans,
    'take_notes', j.take_notes)
  INTO v_screen FROM projects_project j WHERE j.id = p_project;
  RETURN v_screen;
END $$;

-- Everything a labeler gets to see. The keys are spelled out: origin, version, system, source,
-- sampling settings and lengths have no way in.
CREATE OR REPLACE FUNCTION labeling_assignment(p_slot uuid) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_slot labeling_slot%ROWTYPE;
  v_answer json;
BEGIN
  SELECT * INTO v_slot FROM labeling_slot WHERE id = p_slot;
  SELECT json_build_object(
    'slot_id', v_slot.id,
    'lease_token', v_slot.lease_token,
    'lease_until', v_slot.lease_until,
    'lease_seconds', ceil(greatest(0, extract(epoch FROM v_slot.lease_until - clock_timestamp()))),
    'project_id', v_slot.project_id,
    'item', json_build_object('id', i.id, 'kind', i.kind),
    'prompt', json_build_object('messages', (
      SELECT json_agg(json_build_object('role', m.one->'role', 'content', m.one->'content')
                      ORDER BY m.place)
        FROM jsonb_array_elements(t.messages) WITH ORDINALITY m(one, place))),
    'completions', coalesce((
      SELECT json_agg(json_build_object('id', c.id, 'text', coalesce(c.shown_text, c.text)) ORDER BY o.place)
        FROM unnest(p."order") WITH ORDINALITY o(id, place)
        JOIN corpus_completion c ON c.id = o.id), '[]'::json),
    'screen', p.screen,
    'supersedes', p.reopens,
    'guideline', CASE WHEN g.id IS NULL THEN NULL
                 ELSE json_build_object('id', g.id, 'number', g.number) END,
    'draft', (SELECT json_build_object('revision', d.revision, 'payload', d.payload)
                FROM labeling_draft d WHERE d.slot_id = v_slot.id AND d.labeler_id = v_slot.labeler_id),
    'presentation_id', p.id,
    'server_time', clock_timestamp())
  INTO v_answer
  FROM labeling_item i
  JOIN corpus_prompt t ON t.id = i.prompt_id
  JOIN labeling_presentation p ON p.lease_token = v_slot.lease_token
  LEFT JOIN projects_guidelineversion g ON g.id = p.guideline_version_id
  WHERE i.id = v_slot.item_id;
  RETURN v_answer;
END $$;

-- Reopen up to p_limit slots whose lease ran out, in one project or (null) in all of them; a slot of an
-- item that left circulation meanwhile is not put back into the queue. A private slot, made for one
-- person, is neither handed out nor swept: its lease is a formality, it stays its labeler's whatever
-- the clock says.
CREATE OR REPLACE FUNCTION labeling_sweep(p_project uuid, p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  v_expired uuid[];
  v_reopened integer;
BEGIN
  IF p_project IS NULL THEN
    v_expired := ARRAY(
      SELECT s.id FROM labeling_slot s
       WHERE s.state = 'leased' AND NOT s.is_private AND s.lease_until <= clock_timestamp()
       LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED);
  ELSE
    v_expired := ARRAY(
      SELECT s.id FROM labeling_slot s
       WHERE s.state = 'leased' AND NOT s.is_private AND s.project_id = p_project AND s.lease_until <= clock_timestamp()
       ORDER BY s.lease_until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
  IF cardinality(v_expired) = 0 THEN
    RETURN 0;
  END IF;
  UPDATE labeling_slot s
     SET labeler_id = NULL, lease_token = NULL, lease_until = NULL,
         state = CASE WHEN (SELECT i.state FROM labeling_item i WHERE i.id = s.item_id)
                           IN ('triage', 'void') THEN 'void' ELSE 'open' END
   WHERE s.id = ANY (v_expired);
  GET DIAGNOSTICS v_reopened = ROW_COUNT;
  RETURN v_reopened;
END $$;

-- The queues are walked by the index open_slots_by_audience, merged fifty slots at a time; the
-- planner's other ideas (scanning, bitmaps, hashing) are switched off because statistics of a queue are
-- always stale.
CREATE OR REPLACE FUNCTION labeling_pick(
  p_labeler uuid, p_project uuid, p_not_items uuid[], p_audiences bigint[]
) RETURNS uuid
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_mark labeling_queuemark%ROWTYPE;
  v_below_priority double precision := 'Infinity';
  v_below_slot uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  v_from_top boolean := true;
  v_passed integer := 0;
  v_rows integer;
  v_candidate record;
  v_slot uuid;
BEGIN
  SELECT * INTO v_mark FROM labeling_queuemark
    WHERE labeler_id = p_labeler AND project_id = p_project;
  IF FOUND AND v_mark.claims_left > 0 AND v_mark.look_again_at > v_now THEN
    v_from_top := false;
    v_below_priority := v_mark.priority;
    v_below_slot := v_mark.slot_id;
  END IF;

  <<walk>>
  LOOP
    v_rows := 0;
    FOR v_candidate IN
      SELECT s.id, s.item_id, s.priority,
        -- OFFSET 0 keeps each of these an index probe per slot, IS TRUE makes it one by item
        NOT EXISTS (SELECT 1 FROM labeling_ranking r
                     WHERE r.item_id = s.item_id AND (r.labeler_id = p_labeler) IS TRUE OFFSET 0)
        AND NOT EXISTS (SELECT 1 FROM labeling_skip k
                     WHERE k.item_id = s.item_id AND k.labeler_id = p_labeler OFFSET 0)
        AND NOT EXISTS (SELECT 1 FROM labeling_demonstration d
                     WHERE d.item_id = s.item_id AND (d.labeler_id = p_labeler) IS TRUE OFFSET 0)
        AND s.item_id <> ALL (p_not_items) AS fits
      FROM (
        SELECT queue.id, queue.item_id, queue.priority
          FROM unnest(p_audiences) mine(audience) CROSS JOIN LATERAL (
            SELECT o.id, o.item_id, o.priority FROM labeling_slot o
             WHERE o.audience_id = mine.audience AND o.state = 'open'
               AND (o.priority, o.id) < (v_below_priority, v_below_slot)
             ORDER BY o.priority DESC, o.id DESC LIMIT 50) queue
         ORDER BY queue.priority DESC, queue.id DESC LIMIT 50) s
      ORDER BY s.priority DESC, s.id DESC
    LOOP
      v_rows := v_rows + 1;
      v_below_priority := v_candidate.priority;
      v_below_slot := v_candidate.id;
      -- nobody judges an answer they wrote themselves
      IF v_candidate.fits AND NOT EXISTS (
        SELECT 1 FROM labeling_itemcompletion n JOIN corpus_completion c ON c.id = n.completion_id
         WHERE n.item_id = v_candidate.item_id AND (c.author_id = p_labeler) IS TRUE)
      THEN
        SELECT s.id INTO v_slot FROM labeling_slot s
          WHERE s.id = v_candidate.id AND s.state = 'open' AND s.audience_id = ANY (p_audiences)
            FOR NO KEY UPDATE SKIP LOCKED;
        EXIT walk WHEN FOUND;
      END IF;
      v_passed := v_passed + 1;
    END LOOP;
    IF v_rows < 50 THEN  -- the end of the queue
      v_below_priority := '-Infinity';
      EXIT walk;
    END IF;
  END LOOP;

  -- A long walk pays for itself: a hundred slots passed buy one claim, and a slot passed buys a
  -- millisecond (a minute at most), during which the next walks start where this one ended.
  IF NOT v_from_top THEN
    UPDATE labeling_queuemark
       SET priority = v_below_priority, slot_id = v_below_slot, claims_left = claims_left - 1
     WHERE labeler_id = p_labeler AND project_id = p_project;
  ELSIF v_passed > 200 THEN
    INSERT INTO labeling_queuemark
      (labeler_id, project_id, priority, slot_id, claims_left, look_again_at)
    VALUES (p_labeler, p_project, v_below_priority, v_below_slot, v_passed / 100,
            v_now + least(v_passed, 60000) * interval '1 millisecond')
    ON CONFLICT (labeler_id, project_id) DO UPDATE
      SET priority = excluded.priority, slot_id = excluded.slot_id,
          claims_left = excluded.claims_left, look_again_at = excluded.look_again_at;
  END IF;
  RETURN v_slot;
END $$;

-- Whoever may get more than before sees it with the next claim, not when a mark runs out.
CREATE OR REPLACE FUNCTION labeling_forget_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'projects_groupmember' THEN
    DELETE FROM labeling_queuemark q USING projects_membership m
     WHERE m.id = NEW.membership_id AND q.labeler_id = m.user_id AND q.project_id = m.project_id;
  ELSE
    DELETE FROM labeling_queuemark q
     WHERE q.labeler_id = NEW.user_id AND q.project_id = NEW.project_id;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_forget_mark AFTER INSERT ON projects_groupmember
FOR EACH ROW EXECUTE FUNCTION labeling_forget_mark();

CREATE OR REPLACE TRIGGER labeling_forget_mark AFTER UPDATE OF languages ON projects_membership
FOR EACH ROW EXECUTE FUNCTION labeling_forget_mark();

-- Give this slot, locked by the caller, to this labeler, and keep what is shown and in which order.
CREATE OR REPLACE FUNCTION labeling_lend(
  p_slot uuid, p_item uuid, p_project uuid, p_labeler uuid, p_token uuid, p_presentation uuid,
  p_seed bigint, p_locale text, p_device text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE labeling_slot
     SET state = 'leased', labeler_id = p_labeler, lease_token = p_token,
         lease_until = clock_timestamp() + labeling_lease_length(p_labeler, p_project)
   WHERE id = p_slot;
  INSERT INTO labeling_presentation
    (id, slot_id, labeler_id, lease_token, guideline_version_id, "order", seed, locale, device,
     screen)
  SELECT p_presentation, p_slot, p_labeler, p_token,
    (SELECT g.id FROM projects_guidelineversion g WHERE g.project_id = p_project
      ORDER BY g.number DESC LIMIT 1),
    -- the shuffle: sorted by the MD5 of seed and completion id, which anybody can repeat
    coalesce((SELECT array_agg(n.completion_id ORDER BY md5(p_seed::text || n.completion_id::text))
                FROM labeling_itemcompletion n WHERE n.item_id = p_item), '{}'),
    p_seed, p_locale, p_device, labeling_screen(p_project, p_item);
END $$;

CREATE OR REPLACE FUNCTION labeling_claim(
  p_labeler uuid, p_project uuid, p_holding uuid[], p_token uuid, p_presentation uuid,
  p_seed bigint, p_locale text, p_device text, OUT outcome text, OUT assignment json
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_now timestamptz;
  v_lease record;
  v_draft record;
  v_leases integer := 0;
  v_slots uuid[] := '{}';
  v_items uuid[] := '{}';
  v_audiences bigint[];
  v_slot uuid;
BEGIN
  PERFORM labeling_lock_labeler(p_labeler);
  v_now := clock_timestamp();

  -- What I already have, what I worked on last first: after a reload I go on where I was. A lease that
  -- ran out is still mine as long as nobody took the slot.
  FOR v_lease IN
    SELECT s.id, s.item_id, s.project_id, s.lease_until FROM labeling_slot s
     WHERE s.labeler_id = p_labeler AND s.state = 'leased' AND (NOT s.is_private OR EXISTS (
             SELECT 1 FROM labeling_item i WHERE i.id = s.item_id AND i.control <> ''))
     ORDER BY (SELECT d.updated_at FROM labeling_draft d
                WHERE d.slot_id = s.id AND d.labeler_id = p_labeler) DESC NULLS LAST,
              s.lease_until, s.id
       FOR NO KEY UPDATE OF s
  LOOP
    IF v_lease.project_id = p_project THEN
      v_leases := v_leases + 1;
    END IF;
    v_slots := v_slots || v_lease.id;
    v_items := v_items || v_lease.item_id;
    IF v_slot IS NULL AND v_lease.project_id = p_project AND v_lease.id <> ALL (p_holding) THEN
      v_slot := v_lease.id;
    END IF;
    IF v_lease.lease_until <= v_now AND (v_lease.id = ANY (p_holding) OR v_lease.id = v_slot) THEN
      UPDATE labeling_slot
         SET lease_until = v_now + labeling_lease_length(p_labeler, v_lease.project_id)
       WHERE id = v_lease.id;
    END IF;
  END LOOP;
  IF v_slot IS NOT NULL THEN
    outcome := 'held';
    assignment := labeling_assignment(v_slot);
    RETURN;
  END IF;
  IF v_leases >= 3 THEN
    outcome := 'too_many_leases';
    RETURN;
  END IF;
  outcome := labeling_refusal(p_labeler, p_project);
  IF outcome IS NOT NULL THEN
    RETURN;
  END IF;

  -- Leases that ran out are free again now, not when a sweeper comes by.
  PERFORM labeling_sweep(p_project, 20);

  -- On my screen though the lease was lost: not to be handed to me a second time.
  IF NOT p_holding <@ v_slots THEN
    SELECT v_items || coalesce(array_agg(s.item_id), '{}') INTO v_items
      FROM labeling_slot s WHERE s.id = ANY (p_holding);
  END IF;

  v_audiences := labeling_audiences(p_labeler, p_project);
  -- Work I began and lost to the clock comes back to me first, if it is still free.
  FOR v_draft IN SELECT d.slot_id FROM labeling_draft d WHERE d.labeler_id = p_labeler
                  ORDER BY d.updated_at DESC LIMIT 20
  LOOP
    SELECT s.id INTO v_slot FROM labeling_slot s
     WHERE s.id = v_draft.slot_id AND s.project_id = p_project AND s.state = 'open'
       AND s.audience_id = ANY (v_audiences) AND s.item_id <> ALL (v_items)
       FOR NO KEY UPDATE SKIP LOCKED;
    EXIT WHEN FOUND;
  END LOOP;
  IF v_slot IS NULL THEN
    SELECT n.slot, n.seed INTO v_slot, p_seed
      FROM labeling_next(p_labeler, p_project, v_items, v_audiences, p_seed) n;
  END IF;
  IF v_slot IS NULL THEN
    outcome := 'nothing';
    RETURN;
  END IF;
  PERFORM labeling_lend(v_slot, s.item_id, p_project, p_labeler, p_token, p_presentation,
                        p_seed, p_locale, p_device) FROM labeling_slot s WHERE s.id = v_slot;
  outcome := 'new';
  assignment := labeling_assignment(v_slot);
END $$;
