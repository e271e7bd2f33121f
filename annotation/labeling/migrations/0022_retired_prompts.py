"""A retired prompt is handed out no more: its open items are void until it is restored.

Whoever retires it (an act, an edit, a report that was upheld), what waits goes out of circulation in the
same statement, and comes back by the same way. Judgments stay; who holds a lease may finish. Slots are
locked before items, as everywhere. A slot that is given back meanwhile (`labeling_slot_kept_out`) does
not open either.
"""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION labeling_follow_prompts() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER labeling_follow_prompts AFTER UPDATE ON corpus_prompt
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION labeling_follow_prompts();
"""
FOLLOW_BACK = """
DROP TRIGGER labeling_follow_prompts ON corpus_prompt;
DROP FUNCTION labeling_follow_prompts();
"""

KEPT_OUT = """
CREATE OR REPLACE FUNCTION labeling_slot_kept_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM labeling_item i {join} WHERE i.id = NEW.item_id AND {out};
  IF FOUND THEN
    NEW.state := 'void';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0021_audience_by_index"),
        ("corpus", "0008_control_purpose"),
    ]
    operations = [
        migrations.RunSQL(
            KEPT_OUT.format(
                join="JOIN corpus_prompt t ON t.id = i.prompt_id",
                out="(i.state IN ('triage', 'void') OR t.retired_at IS NOT NULL)",
            ),
            KEPT_OUT.format(join="", out="i.state IN ('triage', 'void')"),
        ),
        migrations.RunSQL(FOLLOW, FOLLOW_BACK),
    ]
