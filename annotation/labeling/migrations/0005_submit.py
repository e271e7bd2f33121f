"""The acts of keeping a lease and of judging; see 0004 for why they are functions and how they lock."""

from django.db import migrations

HAS_JUDGED = """
-- Whether a judgment was already made under this very lease.
CREATE FUNCTION labeling_has_judged(p_item uuid, p_presentation uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM labeling_ranking r
                  WHERE r.item_id = p_item AND (r.presentation_id = p_presentation) IS TRUE)
      OR EXISTS (SELECT 1 FROM labeling_demonstration d
                  WHERE d.item_id = p_item AND (d.presentation_id = p_presentation) IS TRUE);
END $$;
"""

EXTEND = """
-- Renew a lease; take it up again when it ran out and the slot is still free. Null: it is lost.
CREATE FUNCTION labeling_extend(p_labeler uuid, p_slot uuid, p_token uuid) RETURNS timestamptz
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_slot labeling_slot%ROWTYPE;
  v_presentation uuid;
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
  SELECT p.id INTO v_presentation FROM labeling_presentation p
   WHERE p.lease_token = p_token AND p.slot_id = p_slot AND p.labeler_id = p_labeler;
  IF FOUND AND v_slot.state = 'open'
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
  OUT project uuid, OUT prompt uuid, OUT shown uuid[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  v_slot labeling_slot%ROWTYPE;
  v_old_state text;
  v_kind text;
  v_free boolean;
BEGIN
  SELECT p.id, p.guideline_version_id, p."order" INTO presentation, guideline, shown
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

  IF p_supersedes IS NOT NULL THEN
    SELECT r.state INTO v_old_state FROM labeling_ranking r
     WHERE r.id = p_supersedes AND r.slot_id = p_slot AND (r.labeler_id = p_labeler) IS TRUE
       AND NOT EXISTS (SELECT 1 FROM labeling_ranking n WHERE n.supersedes_id = r.id);
    IF NOT FOUND THEN
      outcome := 'unknown_ranking';
      RETURN;
    END IF;
    IF v_old_state = 'counted' THEN
      UPDATE labeling_ranking SET state = 'withdrawn', withdrawn_at = clock_timestamp()
       WHERE id = p_supersedes;
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

STORED = """
-- What is stored under this client_uuid: 'new' (nothing), 'same', or 'different'.
CREATE FUNCTION labeling_stored(
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
"""

SUBMIT = """
CREATE FUNCTION labeling_submit_ranking(
  p_labeler uuid, p_slot uuid, p_token uuid, p_client uuid, p_hash text, p_ranking uuid,
  p_supersedes uuid, p_cut smallint, p_active_ms integer, p_note text, p_completions uuid[],
  p_placements jsonb, p_direct jsonb, OUT outcome text, OUT judgment uuid, OUT state text,
  OUT item uuid, OUT created timestamptz, OUT shown uuid[]
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
     unacceptable_below, meta)
  VALUES
    (judgment, created, p_slot, item, v_settled.project, p_labeler, p_client, p_hash,
     v_settled.presentation, v_settled.guideline, state, p_supersedes, p_active_ms, p_note, '',
     p_cut, '{}');
  INSERT INTO labeling_placement
    (ranking_id, completion_id, tier, cannot_judge, grade, flags, note, shown_at)
  SELECT judgment, x.completion, x.tier, x.cannot_judge, x.grade, x.flags, x.note,
         array_position(v_settled.shown, x.completion)
    FROM jsonb_to_recordset(p_placements) AS x(
      completion uuid, tier smallint, cannot_judge boolean, grade smallint, flags text[], note text);
  IF p_direct IS NOT NULL THEN
    INSERT INTO labeling_directcomparison (ranking_id, better_id, worse_id, is_tie, strength)
    SELECT judgment, x.better, x.worse, x.is_tie, x.strength
      FROM jsonb_to_recordset(p_direct) AS x(
        better uuid, worse uuid, is_tie boolean, strength smallint);
  END IF;
END $$;
"""

FUNCTIONS = {
    "labeling_has_judged": HAS_JUDGED,
    "labeling_extend": EXTEND,
    "labeling_settle": SETTLE,
    "labeling_stored": STORED,
    "labeling_submit_ranking": SUBMIT,
}


class Migration(migrations.Migration):
    dependencies = [("labeling", "0004_claim")]
    operations = [
        migrations.RunSQL(sql, f"DROP FUNCTION {name}") for name, sql in FUNCTIONS.items()
    ]
