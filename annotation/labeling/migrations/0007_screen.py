"""What is shown and what may be said about it: the functions of 0004 and 0005, grown.

A presentation keeps the screen it was made for, a judgment can be opened again and stands until its
successor is handed in, and a better answer comes and goes with the ranking it was written beside.
"""

from importlib import import_module

from django.db import migrations

claiming = import_module("annotation.labeling.migrations.0004_claim")
submitting = import_module("annotation.labeling.migrations.0005_submit")

SCREEN = """
-- How an item is shown now: the project's settings. Items of another size than two are no duels.
CREATE FUNCTION labeling_screen(p_project uuid, p_item uuid) RETURNS jsonb
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
"""

# Everything a labeler gets to see. The keys are spelled out: origin, version, system, source,
# sampling settings and lengths have no way in.
ASSIGNMENT = """
CREATE FUNCTION labeling_assignment(p_slot uuid) RETURNS json
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
"""

LEND = """
-- Give this slot, locked by the caller, to this labeler, and keep what is shown and in which order.
CREATE FUNCTION labeling_lend(
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
"""

CLAIM = """
CREATE FUNCTION labeling_claim(
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
  v_slot uuid;
BEGIN
  PERFORM labeling_lock_labeler(p_labeler);
  v_now := clock_timestamp();

  -- What I already have. A lease that ran out is still mine as long as nobody took the slot.
  FOR v_lease IN
    SELECT s.id, s.item_id, s.project_id, s.lease_until FROM labeling_slot s
     WHERE s.labeler_id = p_labeler AND s.state = 'leased'
     ORDER BY s.lease_until, s.id FOR NO KEY UPDATE
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
  PERFORM 1 FROM projects_project WHERE id = p_project AND state = 'active';
  IF NOT FOUND THEN
    outcome := 'paused';
    RETURN;
  END IF;

  -- Leases that ran out are free again now, not when a sweeper comes by.
  PERFORM labeling_sweep(p_project, 20);

  -- On my screen though the lease was lost: not to be handed to me a second time.
  IF NOT p_holding <@ v_slots THEN
    SELECT v_items || coalesce(array_agg(s.item_id), '{}') INTO v_items
      FROM labeling_slot s WHERE s.id = ANY (p_holding);
  END IF;

  -- Work I began and lost to the clock comes back to me first, if it is still free.
  FOR v_draft IN SELECT d.slot_id FROM labeling_draft d WHERE d.labeler_id = p_labeler
                  ORDER BY d.updated_at DESC LIMIT 20
  LOOP
    SELECT s.id INTO v_slot FROM labeling_slot s
     WHERE s.id = v_draft.slot_id AND s.project_id = p_project AND s.state = 'open'
       AND s.item_id <> ALL (v_items) FOR NO KEY UPDATE SKIP LOCKED;
    EXIT WHEN FOUND;
  END LOOP;
  IF v_slot IS NULL THEN
    v_slot := labeling_pick(p_labeler, p_project, v_items);
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
"""

EXTEND = """
-- Renew a lease, also one on a judgment that was opened again; take it up again when it ran out and the slot is still free. Null: it is lost.
CREATE FUNCTION labeling_extend(p_labeler uuid, p_slot uuid, p_token uuid) RETURNS timestamptz
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
"""

# Finished work is never refused for a timer: it counts while the slot is free or mine, and is kept
# as surplus otherwise. What is refused was never handed out like that (outcome = why).
SETTLE = """
CREATE FUNCTION labeling_settle(
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
"""

SUBMIT = """
CREATE FUNCTION labeling_submit_ranking(
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
"""

# Whoever takes a ranking back, its better answer goes with it, and so does the completion of a
# demonstration that does not stand.
TOGETHER = """
CREATE FUNCTION labeling_better_answer_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE labeling_demonstration SET state = NEW.state, withdrawn_at = NEW.withdrawn_at
   WHERE ranking_id = NEW.id AND state <> NEW.state;
  RETURN NULL;
END $$;
CREATE TRIGGER labeling_better_answer_follows AFTER UPDATE OF state ON labeling_ranking
FOR EACH ROW EXECUTE FUNCTION labeling_better_answer_follows();
CREATE FUNCTION labeling_written_completion_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE corpus_completion
     SET withdrawn_at = CASE WHEN NEW.state = 'withdrawn' THEN clock_timestamp() END
   WHERE id = NEW.completion_id AND (withdrawn_at IS NULL) = (NEW.state = 'withdrawn');
  RETURN NULL;
END $$;
CREATE TRIGGER labeling_written_completion_follows AFTER UPDATE OF state ON labeling_demonstration
FOR EACH ROW EXECUTE FUNCTION labeling_written_completion_follows();
"""
TOGETHER_BACK = """
DROP TRIGGER labeling_written_completion_follows ON labeling_demonstration;
DROP FUNCTION labeling_written_completion_follows();
DROP TRIGGER labeling_better_answer_follows ON labeling_ranking;
DROP FUNCTION labeling_better_answer_follows();
"""

# Their parameters change: the old ones go first, and come back when this is taken back.
REPLACED = {
    "labeling_lend": (claiming.LEND, LEND),
    "labeling_claim": (claiming.CLAIM, CLAIM),
    "labeling_settle": (submitting.SETTLE, SETTLE),
    "labeling_submit_ranking": (submitting.SUBMIT, SUBMIT),
}


def again(sql: str) -> str:
    """The function in place of the one of that name and those parameters."""
    return sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0006_richer_judgments")]
    operations = [
        migrations.RunSQL(SCREEN, "DROP FUNCTION labeling_screen"),
        migrations.RunSQL(again(ASSIGNMENT), again(claiming.ASSIGNMENT)),
        migrations.RunSQL(again(EXTEND), again(submitting.EXTEND)),
        *(
            migrations.RunSQL(f"DROP FUNCTION {name}; {new}", f"DROP FUNCTION {name}; {old}")
            for name, (old, new) in REPLACED.items()
        ),
        migrations.RunSQL(TOGETHER, TOGETHER_BACK),
        migrations.RunSQL(claiming.FOREIGN_KEYS, migrations.RunSQL.noop),
    ]
