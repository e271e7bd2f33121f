"""Who may be handed what, worked out when work is made rather than when it is asked for.

A slot names its audience: a language, and the groups it is reserved for. A claim walks the queues of
the audiences that its labeler belongs to, so what is reserved for others costs it nothing, however
much there is of it. Whether a project hands out anything at all is asked in one function.
"""

from importlib import import_module

from django.db import migrations, models

from annotation.lib.sql import frozen

claiming = import_module("annotation.labeling.migrations.0004_claim")
screen = import_module("annotation.labeling.migrations.0007_screen")
private = import_module("annotation.labeling.migrations.0010_private_slots")
qualified = import_module("annotation.labeling.migrations.0011_qualified_first")

AUDIENCE_OF = """
-- The audience of an item: its own groups or else its prompt set's, the language of its prompt.
CREATE FUNCTION labeling_audience_of(p_item uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_project uuid;
  v_groups uuid[];
  v_language text;
  v_audience bigint;
BEGIN
  SELECT i.project_id, coalesce(nullif(t.language, ''), q.language),
         ARRAY(SELECT g FROM unnest(
           CASE WHEN i.reserved_for <> '{}' THEN i.reserved_for ELSE q.reserved_for END) g ORDER BY g)
    INTO v_project, v_language, v_groups
    FROM labeling_item i JOIN corpus_prompt t ON t.id = i.prompt_id
    JOIN corpus_promptset q ON q.id = t.prompt_set_id WHERE i.id = p_item;
  LOOP
    SELECT a.id INTO v_audience FROM labeling_audience a
     WHERE a.project_id = v_project AND a.groups = v_groups AND a.language = v_language;
    EXIT WHEN FOUND OR v_project IS NULL;
    INSERT INTO labeling_audience (project_id, groups, language)
    VALUES (v_project, v_groups, v_language) ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN v_audience;
END $$;
"""

SLOT_AUDIENCE = """
CREATE FUNCTION labeling_slot_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.audience_id := labeling_audience_of(NEW.item_id);
  RETURN NEW;
END $$;
CREATE TRIGGER labeling_slot_audience BEFORE INSERT ON labeling_slot
FOR EACH ROW EXECUTE FUNCTION labeling_slot_audience();
"""
SLOT_AUDIENCE_BACK = """
DROP TRIGGER labeling_slot_audience ON labeling_slot;
DROP FUNCTION labeling_slot_audience();
"""

READS = """
-- Whether somebody who reads these languages (none: all) reads this one. "zh" and "zh-Hans" meet,
-- "zh-Hans" and "zh-Hant" do not.
CREATE FUNCTION labeling_reads(p_languages text[], p_language text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT p_languages = '{}' OR EXISTS (
    SELECT 1 FROM unnest(p_languages) l(known)
     WHERE lower(known) = lower(p_language)
        OR starts_with(lower(known), lower(p_language) || '-')
        OR starts_with(lower(p_language), lower(known) || '-'))
$$;
"""

AUDIENCES = """
-- The audiences of a project that a labeler belongs to. There are a few of them, not as many as slots.
CREATE FUNCTION labeling_audiences(p_labeler uuid, p_project uuid) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_membership uuid;
  v_languages text[];
  v_groups uuid[];
BEGIN
  SELECT m.id, m.languages INTO v_membership, v_languages FROM projects_membership m
   WHERE m.user_id = p_labeler AND m.project_id = p_project AND m.role = 'labeler';
  v_groups := ARRAY(SELECT n.group_id FROM projects_groupmember n
                     WHERE n.membership_id = v_membership);
  RETURN ARRAY(
    SELECT a.id FROM labeling_audience a
     WHERE a.project_id = p_project AND (a.groups = '{}' OR a.groups && v_groups)
       AND labeling_reads(coalesce(v_languages, '{}'), a.language));
END $$;
"""

CLOSED = """
-- Why a project hands out nothing new: archived | paused | ended | budget_reached; null: it does.
-- What is in people's hands counts as done, so that the budget is not overrun.
CREATE FUNCTION labeling_closed(p_project uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_project record;
BEGIN
  SELECT p.state, p.ends_at, p.budget INTO v_project FROM projects_project p WHERE p.id = p_project;
  RETURN CASE
    WHEN v_project.state <> 'active' THEN v_project.state
    WHEN v_project.ends_at <= clock_timestamp() THEN 'ended'
    WHEN labeling_budget_left(p_project, v_project.budget) <= 0 THEN 'budget_reached'
  END;
END $$;
"""

BUDGET_LEFT = """
-- Judgments that may still be asked for; null without a budget.
CREATE FUNCTION labeling_budget_left(p_project uuid, p_budget integer) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
  IF p_budget IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN p_budget
    - coalesce((SELECT sum(t.counted) FROM labeling_tally t WHERE t.project_id = p_project), 0)
    - (SELECT count(*) FROM labeling_slot s WHERE s.project_id = p_project AND s.state = 'leased'
        AND s.lease_until > clock_timestamp());
END $$;
"""

CAPPED = """
-- Whether a labeler has done in the last 24 hours, or has at hand, as much as they may.
CREATE FUNCTION labeling_capped(p_labeler uuid, p_project uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_cap integer;
BEGIN
  SELECT coalesce(m.daily_cap, p.daily_cap) INTO v_cap FROM projects_project p
    LEFT JOIN projects_membership m
      ON m.project_id = p.id AND m.user_id = p_labeler AND m.role = 'labeler'
   WHERE p.id = p_project;
  IF v_cap IS NULL THEN
    RETURN false;
  END IF;
  RETURN v_cap <=
    (SELECT count(*) FROM labeling_ranking r
      WHERE r.labeler_id = p_labeler AND r.created_at > clock_timestamp() - interval '24 hours'
        AND r.project_id = p_project AND r.state <> 'withdrawn')
    + (SELECT count(*) FROM labeling_demonstration d
      WHERE d.labeler_id = p_labeler AND d.created_at > clock_timestamp() - interval '24 hours'
        AND d.project_id = p_project AND d.state <> 'withdrawn' AND d.ranking_id IS NULL)
    + (SELECT count(*) FROM labeling_slot s
      WHERE s.labeler_id = p_labeler AND s.project_id = p_project AND s.state = 'leased');
END $$;
"""

REFUSAL = """
-- Why this labeler is handed nothing new: as labeling_closed | not_qualified | daily_cap; null: they are.
-- Near the end of the budget claims take turns, so that together they do not overrun it; farther off
-- there cannot be as many of them at once as judgments are left.
CREATE FUNCTION labeling_refusal(p_labeler uuid, p_project uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_budget integer;
  v_why text;
BEGIN
  SELECT p.budget INTO v_budget FROM projects_project p WHERE p.id = p_project;
  IF labeling_budget_left(p_project, v_budget) < 500 THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('budget:' || p_project::text, 0));
  END IF;
  v_why := labeling_closed(p_project);
  IF v_why IS NOT NULL THEN
    RETURN v_why;
  END IF;
  PERFORM 1 FROM projects_project p WHERE p.id = p_project AND p.pass_mark IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM projects_membership m
                     WHERE m.user_id = p_labeler AND m.project_id = p_project
                       AND m.role = 'labeler' AND m.qualified_at IS NOT NULL);
  IF FOUND THEN
    RETURN 'not_qualified';
  END IF;
  IF labeling_capped(p_labeler, p_project) THEN
    RETURN 'daily_cap';
  END IF;
  RETURN NULL;
END $$;
"""

# The queues are walked by the index open_slots_by_audience, merged fifty slots at a time; the
# planner's other ideas (scanning, bitmaps, hashing) are switched off because statistics of a queue are
# always stale.
PICK = """
CREATE FUNCTION labeling_pick(
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
  v_audiences bigint[];
  v_slot uuid;
BEGIN
  PERFORM labeling_lock_labeler(p_labeler);
  v_now := clock_timestamp();

  -- What I already have. A lease that ran out is still mine as long as nobody took the slot.
  FOR v_lease IN
    SELECT s.id, s.item_id, s.project_id, s.lease_until FROM labeling_slot s
     WHERE s.labeler_id = p_labeler AND s.state = 'leased' AND NOT s.is_private
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
    v_slot := labeling_pick(p_labeler, p_project, v_items, v_audiences);
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

# Whoever may get more than before sees it with the next claim, not when a mark runs out.
FORGET_MARKS = """
CREATE FUNCTION labeling_forget_mark() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER labeling_forget_mark AFTER INSERT ON projects_groupmember
FOR EACH ROW EXECUTE FUNCTION labeling_forget_mark();
CREATE TRIGGER labeling_forget_mark AFTER UPDATE OF languages ON projects_membership
FOR EACH ROW EXECUTE FUNCTION labeling_forget_mark();
"""
FORGET_MARKS_BACK = """
DROP TRIGGER labeling_forget_mark ON projects_membership;
DROP TRIGGER labeling_forget_mark ON projects_groupmember;
DROP FUNCTION labeling_forget_mark();
"""

# A group for which work is reserved stays: without it nobody at all would be handed that work.
IN_USE = """
CREATE FUNCTION labeling_group_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM corpus_promptset q
              WHERE q.project_id = OLD.project_id AND OLD.id = ANY (q.reserved_for))
     OR EXISTS (SELECT 1 FROM labeling_audience a CROSS JOIN LATERAL (
                  SELECT 1 FROM labeling_slot s
                   WHERE s.audience_id = a.id AND s.state = 'open' LIMIT 1) waiting
                 WHERE a.project_id = OLD.project_id AND OLD.id = ANY (a.groups))
     OR EXISTS (SELECT 1 FROM labeling_slot s JOIN labeling_audience a ON a.id = s.audience_id
                 WHERE s.project_id = OLD.project_id AND s.state = 'leased'
                   AND OLD.id = ANY (a.groups))
  THEN
    RAISE EXCEPTION 'work is reserved for this group'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'group_in_use';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER labeling_group_in_use BEFORE DELETE ON projects_group
FOR EACH ROW EXECUTE FUNCTION labeling_group_in_use();
"""
IN_USE_BACK = """
DROP TRIGGER labeling_group_in_use ON projects_group;
DROP FUNCTION labeling_group_in_use();
"""

TALLY = """
CREATE FUNCTION labeling_item_tally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_more integer := NEW.counted;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    v_more := NEW.counted - OLD.counted;
  END IF;
  INSERT INTO labeling_tally (project_id, shard, counted)
  VALUES (NEW.project_id, pg_backend_pid() % 32, v_more)
  ON CONFLICT (project_id, shard) DO UPDATE SET counted = labeling_tally.counted + excluded.counted;
  RETURN NULL;
END $$;
CREATE TRIGGER labeling_item_tally AFTER UPDATE OF counted ON labeling_item
FOR EACH ROW WHEN (NEW.counted <> OLD.counted AND NOT NEW.is_imported)
EXECUTE FUNCTION labeling_item_tally();
CREATE TRIGGER labeling_item_tally_new AFTER INSERT ON labeling_item
FOR EACH ROW WHEN (NEW.counted > 0 AND NOT NEW.is_imported)
EXECUTE FUNCTION labeling_item_tally();
ALTER TABLE labeling_tally SET (fillfactor = 50, autovacuum_vacuum_threshold = 500);
INSERT INTO labeling_tally (project_id, shard, counted)
SELECT project_id, 0, sum(counted) FROM labeling_item
 WHERE counted > 0 AND NOT is_imported GROUP BY project_id;
"""
TALLY_BACK = """
DROP TRIGGER labeling_item_tally ON labeling_item;
DROP TRIGGER labeling_item_tally_new ON labeling_item;
DROP FUNCTION labeling_item_tally();
DELETE FROM labeling_tally;
"""

OLD_CLAIM = qualified.with_qualification(qualified.BEFORE)
BACKFILL = "UPDATE labeling_slot SET audience_id = labeling_audience_of(item_id)"

NEW = {
    "labeling_audience_of": AUDIENCE_OF,
    "labeling_reads": READS,
    "labeling_audiences": AUDIENCES,
    "labeling_budget_left": BUDGET_LEFT,
    "labeling_closed": CLOSED,
    "labeling_capped": CAPPED,
    "labeling_refusal": REFUSAL,
}


class Migration(migrations.Migration):
    dependencies = [("labeling", "0013_groups_and_audiences")]
    operations = [
        *(migrations.RunSQL(sql, f"DROP FUNCTION {name}") for name, sql in NEW.items()),
        migrations.RunSQL(SLOT_AUDIENCE, SLOT_AUDIENCE_BACK),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(claiming.FOREIGN_KEYS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                name="every_slot_has_an_audience", condition=models.Q(audience__isnull=False)
            ),
        ),
        migrations.RunSQL(
            f"DROP FUNCTION labeling_pick; {PICK}", f"DROP FUNCTION labeling_pick; {claiming.PICK}"
        ),
        migrations.RunSQL(screen.again(CLAIM), screen.again(OLD_CLAIM)),
        migrations.RunSQL(FORGET_MARKS, FORGET_MARKS_BACK),
        migrations.RunSQL(IN_USE, IN_USE_BACK),
        migrations.RunSQL(TALLY, TALLY_BACK),
        migrations.RunSQL(*frozen("labeling_audience", ("project_id", "groups", "language"))),
    ]
