-- Control items come in where ordinary work is handed out: in the claim, in its transaction.
--
-- When one is due (see ControlMark) and there is one that this labeler has not met, they get a copy of
-- their own with a private slot; else, and in all other cases, what they would have got anyway. Keys of
-- the copy look as old as those of other work, its slot is lent by the same function, and whoever had it
-- is not given the original (nor the other way round).

-- A fresh UUIDv7 that says it was made when this one was.
CREATE OR REPLACE FUNCTION labeling_id_like(p_other uuid) RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (left(p_other::text, 13) || '-7' || right(gen_random_uuid()::text, 21))::uuid
$$;

-- Whether, at this place of a labeler's work, a control of the kind is due, and in which stratum.
-- Strata are 100 / rate hand-outs long. One that came to its end too late (two kinds at one place) may
-- still be served at the very beginning of the next.
CREATE OR REPLACE FUNCTION labeling_control_stratum(
  p_seed text, p_percent double precision, p_place integer, p_settled integer
) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_long double precision;
  v_stratum integer;
  v_drawn double precision;
BEGIN
  IF p_percent <= 0 THEN
    RETURN NULL;
  END IF;
  v_long := 100 / p_percent;
  v_stratum := floor(p_place / v_long);
  IF p_settled < v_stratum AND p_place - ceil(v_stratum * v_long) < 3 AND v_stratum > 0 THEN
    RETURN v_stratum - 1;
  END IF;
  v_drawn := ('x' || left(md5(p_seed || ':' || v_stratum), 8))::bit(32)::bigint / 4294967296.0;
  IF p_settled <= v_stratum AND p_place >= floor((v_stratum + v_drawn) * v_long) THEN
    RETURN v_stratum;
  END IF;
  RETURN NULL;
END $$;

-- A gold item or a trap that this labeler may get and has not met.
CREATE OR REPLACE FUNCTION labeling_pick_prepared(
  p_kind text, p_labeler uuid, p_project uuid, p_items uuid[], p_seed text
) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_membership uuid;
  v_languages text[];
  v_groups uuid[];
  v_found uuid;
BEGIN
  SELECT m.id, m.languages INTO v_membership, v_languages FROM projects_membership m
   WHERE m.user_id = p_labeler AND m.project_id = p_project AND m.role = 'labeler';
  v_groups := ARRAY(SELECT n.group_id FROM projects_groupmember n
                     WHERE n.membership_id = v_membership);
  SELECT c.item_id INTO v_found
    FROM labeling_controlitem c
    JOIN labeling_item i ON i.id = c.item_id
    JOIN corpus_prompt t ON t.id = i.prompt_id
    JOIN corpus_promptset q ON q.id = t.prompt_set_id
   WHERE c.project_id = p_project AND c.kind = p_kind
     AND labeling_reads(coalesce(v_languages, '{}'), coalesce(nullif(t.language, ''), q.language))
     AND (i.reserved_for = '{}' OR i.reserved_for && v_groups)
     AND (q.reserved_for = '{}' OR i.reserved_for <> '{}' OR q.reserved_for && v_groups)
     AND c.retired_at IS NULL AND c.stale_at IS NULL
     AND (c.expires_at IS NULL OR c.expires_at > clock_timestamp())
     AND i.state <> 'open' AND i.state <> 'triage' AND t.retired_at IS NULL
     AND c.item_id <> ALL (p_items) AND (c.source_id IS NULL OR c.source_id <> ALL (p_items))
     AND NOT EXISTS (SELECT 1 FROM labeling_item mine WHERE mine.control_for_id = p_labeler
           AND mine.project_id = p_project AND mine.control_of_id = c.item_id)
     AND NOT EXISTS (SELECT 1 FROM labeling_ranking r
           WHERE r.item_id IN (c.item_id, c.source_id) AND r.labeler_id = p_labeler)
     AND NOT EXISTS (SELECT 1 FROM labeling_skip k
           WHERE k.item_id IN (c.item_id, c.source_id) AND k.labeler_id = p_labeler)
     AND NOT EXISTS (SELECT 1 FROM labeling_report p
           WHERE p.prompt_id = i.prompt_id AND p.completion_id IS NULL AND p.state <> 'dismissed')
     AND NOT EXISTS (SELECT 1 FROM labeling_itemcompletion n
           JOIN corpus_completion w ON w.id = n.completion_id
          WHERE n.item_id = c.item_id
            AND (w.withdrawn_at IS NOT NULL OR w.author_id = p_labeler))
   ORDER BY md5(p_seed || c.item_id::text) LIMIT 1;
  RETURN v_found;
END $$;

-- Something this labeler judged long enough ago, of which they had no second look yet.
CREATE OR REPLACE FUNCTION labeling_pick_repeat(
  p_labeler uuid, p_project uuid, p_items uuid[], p_seed text, p_after integer, p_hours integer
) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_found uuid;
BEGIN
  SELECT past.item_id INTO v_found
    FROM (SELECT r.item_id, r.created_at FROM labeling_ranking r
            JOIN labeling_item i ON i.id = r.item_id
           WHERE r.labeler_id = p_labeler AND r.project_id = p_project AND r.state = 'counted'
             AND i.control = '' AND NOT i.is_imported AND i.state IN ('open', 'done')
           ORDER BY r.created_at DESC OFFSET p_after LIMIT 300) past
   WHERE past.created_at < clock_timestamp() - make_interval(hours => p_hours)
     AND past.item_id <> ALL (p_items)
     AND NOT EXISTS (SELECT 1 FROM labeling_item mine WHERE mine.control_for_id = p_labeler
           AND mine.project_id = p_project AND mine.control_of_id = past.item_id)
     AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = past.item_id AND s.is_private)
     AND NOT EXISTS (SELECT 1 FROM labeling_itemcompletion n
           JOIN corpus_completion w ON w.id = n.completion_id
          WHERE n.item_id = past.item_id AND w.withdrawn_at IS NOT NULL)
   ORDER BY md5(p_seed || past.item_id::text) LIMIT 1;
  RETURN v_found;
END $$;

-- This labeler's own copy of an item, with a private slot; the caller lends it.
CREATE OR REPLACE FUNCTION labeling_control_copy(
  p_kind text, p_source uuid, p_labeler uuid, p_project uuid
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_like record;
  v_item uuid;
  v_slot uuid;
BEGIN
  -- as old as what they were handed last, else as any work of the project
  SELECT r.item_id AS item, r.slot_id AS slot INTO v_like FROM labeling_ranking r
   WHERE r.labeler_id = p_labeler AND r.project_id = p_project
   ORDER BY r.created_at DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT s.item_id AS item, s.id AS slot INTO v_like FROM labeling_slot s
      JOIN labeling_item i ON i.id = s.item_id
     WHERE s.project_id = p_project AND i.control = '' LIMIT 1;
    IF NOT FOUND THEN
      SELECT p_source AS item, p_source AS slot INTO v_like;
    END IF;
  END IF;
  v_item := labeling_id_like(v_like.item);
  v_slot := labeling_id_like(v_like.slot);
  INSERT INTO labeling_item (id, created_at, project_id, prompt_id, kind, state, needed, counted,
                             priority, control, control_of_id, control_for_id, is_imported, key,
                             meta, reserved_for)
  SELECT v_item, clock_timestamp(), p_project, i.prompt_id, i.kind, 'open', 1, 0, i.priority, p_kind,
         p_source, p_labeler, false,
         encode(sha256(convert_to(p_kind || p_source || p_labeler, 'UTF8')), 'hex'), '{}',
         i.reserved_for
    FROM labeling_item i WHERE i.id = p_source;
  INSERT INTO labeling_itemcompletion (item_id, completion_id, position)
  SELECT v_item, n.completion_id, n.position FROM labeling_itemcompletion n
   WHERE n.item_id = p_source;
  INSERT INTO labeling_slot (id, created_at, item_id, project_id, number, state, labeler_id,
                             lease_token, lease_until, is_private, priority)
  VALUES (v_slot, clock_timestamp(), v_item, p_project, 1, 'leased', p_labeler,
          gen_random_uuid(), clock_timestamp(), true, 0);
  RETURN v_slot;
END $$;

-- A seed near this one under which the answers stand otherwise than when they were judged first.
CREATE OR REPLACE FUNCTION labeling_other_order(p_item uuid, p_labeler uuid, p_seed bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_before uuid[];
  v_now uuid[];
BEGIN
  SELECT p."order" INTO v_before FROM labeling_ranking r
    JOIN labeling_presentation p ON p.id = r.presentation_id
   WHERE r.item_id = p_item AND r.labeler_id = p_labeler AND r.state = 'counted';
  FOR v_step IN 0..20 LOOP
    SELECT array_agg(n.completion_id ORDER BY md5((p_seed + v_step)::text || n.completion_id::text))
      INTO v_now FROM labeling_itemcompletion n WHERE n.item_id = p_item;
    IF v_now IS DISTINCT FROM v_before THEN
      RETURN p_seed + v_step;
    END IF;
  END LOOP;
  RETURN p_seed;
END $$;

-- The slot to hand out next, and the seed of its order: a control item where one is due and there is
-- one, else the top of the queue. The schedule moves on with everything that is handed out.
CREATE OR REPLACE FUNCTION labeling_next(
  p_labeler uuid, p_project uuid, p_items uuid[], p_audiences bigint[], p_seed bigint,
  OUT slot uuid, OUT seed bigint
) LANGUAGE plpgsql AS $$
DECLARE
  v_set labeling_controlsettings%ROWTYPE;
  v_mark labeling_controlmark%ROWTYPE;
  v_kind text;
  v_percent double precision;
  v_settled integer;
  v_stratum integer;
  v_source uuid;
  v_item uuid;
  v_items uuid[] := p_items;
BEGIN
  seed := p_seed;
  SELECT * INTO v_set FROM labeling_controlsettings WHERE project_id = p_project
     AND gold_percent + repeat_percent + trap_percent > 0;
  IF FOUND THEN
    SELECT * INTO v_mark FROM labeling_controlmark
     WHERE labeler_id = p_labeler AND project_id = p_project AND epoch = v_set.epoch;
    IF NOT FOUND THEN
      v_mark.epoch := v_set.epoch;
      v_mark.handed := 0;
      v_mark.gold := 0;
      v_mark.repeat := 0;
      v_mark.trap := 0;
    END IF;
    FOREACH v_kind IN ARRAY ARRAY['repeat', 'gold', 'trap'] LOOP
      v_percent := CASE v_kind WHEN 'gold' THEN v_set.gold_percent
                     WHEN 'repeat' THEN v_set.repeat_percent ELSE v_set.trap_percent END;
      v_settled := CASE v_kind WHEN 'gold' THEN v_mark.gold
                     WHEN 'repeat' THEN v_mark.repeat ELSE v_mark.trap END;
      v_stratum := labeling_control_stratum(
        v_set.secret || ':' || v_set.epoch || ':' || p_labeler || ':' || v_kind,
        v_percent, v_mark.handed, v_settled);
      CONTINUE WHEN v_stratum IS NULL;
      IF v_kind = 'repeat' THEN
        v_source := labeling_pick_repeat(p_labeler, p_project, p_items, p_seed::text,
                                         v_set.repeat_after_items, v_set.repeat_after_hours);
      ELSE
        v_source := labeling_pick_prepared(v_kind, p_labeler, p_project, p_items, p_seed::text);
      END IF;
      CONTINUE WHEN v_source IS NULL;
      slot := labeling_control_copy(v_kind, v_source, p_labeler, p_project);
      IF v_kind = 'repeat' THEN
        seed := labeling_other_order(v_source, p_labeler, p_seed);
        v_mark.repeat := v_stratum + 1;
      ELSIF v_kind = 'gold' THEN
        v_mark.gold := v_stratum + 1;
      ELSE
        v_mark.trap := v_stratum + 1;
      END IF;
      EXIT;
    END LOOP;
  END IF;

  WHILE slot IS NULL LOOP
    slot := labeling_pick(p_labeler, p_project, v_items, p_audiences);
    EXIT WHEN slot IS NULL;
    SELECT s.item_id INTO v_item FROM labeling_slot s WHERE s.id = slot;
    EXIT WHEN NOT EXISTS (
      SELECT 1 FROM labeling_controlitem c WHERE (c.item_id = v_item OR c.source_id = v_item)
         AND EXISTS (SELECT 1 FROM labeling_item mine WHERE mine.control_for_id = p_labeler
               AND mine.project_id = p_project AND mine.control_of_id = c.item_id));
    v_items := v_items || v_item;  -- they had it as a control item
    slot := NULL;
  END LOOP;

  IF v_mark.epoch IS NOT NULL AND slot IS NOT NULL THEN
    INSERT INTO labeling_controlmark (labeler_id, project_id, epoch, handed, gold, repeat, trap)
    VALUES (p_labeler, p_project, v_mark.epoch, v_mark.handed + 1, v_mark.gold, v_mark.repeat,
            v_mark.trap)
    ON CONFLICT (labeler_id, project_id) DO UPDATE
      SET epoch = excluded.epoch, handed = excluded.handed, gold = excluded.gold,
          repeat = excluded.repeat, trap = excluded.trap;
  END IF;
END $$;

-- What the counts of a labeler's progress must add so that they move with a control item as they do
-- with any other work: controls handed to them, those of them that stand, and the places of the
-- present strata that are still to come.
CREATE OR REPLACE FUNCTION labeling_control_counts(
  p_labeler uuid, p_project uuid, OUT handed integer, OUT done integer, OUT ahead integer
) LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_set labeling_controlsettings%ROWTYPE;
  v_mark labeling_controlmark%ROWTYPE;
BEGIN
  SELECT count(*), count(*) FILTER (WHERE i.counted > 0) INTO handed, done FROM labeling_item i
   WHERE i.control_for_id = p_labeler AND i.project_id = p_project;
  ahead := 0;
  SELECT * INTO v_set FROM labeling_controlsettings WHERE project_id = p_project;
  IF FOUND THEN
    SELECT * INTO v_mark FROM labeling_controlmark
     WHERE labeler_id = p_labeler AND project_id = p_project AND epoch = v_set.epoch;
    ahead := (v_set.gold_percent > 0
              AND coalesce(v_mark.gold, 0) <= coalesce(v_mark.handed, 0) * v_set.gold_percent / 100)::int
           + (v_set.repeat_percent > 0
              AND coalesce(v_mark.repeat, 0) <= coalesce(v_mark.handed, 0) * v_set.repeat_percent / 100)::int
           + (v_set.trap_percent > 0
              AND coalesce(v_mark.trap, 0) <= coalesce(v_mark.handed, 0) * v_set.trap_percent / 100)::int;
  END IF;
END $$;
