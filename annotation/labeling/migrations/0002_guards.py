"""Judgments are append-only, slots never outnumber what is needed, and the view of pairs."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only

WITHIN_NEEDED = """
CREATE FUNCTION labeling_slot_within_needed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted smallint;
BEGIN
  SELECT needed INTO wanted FROM labeling_item WHERE id = NEW.item_id FOR KEY SHARE;
  IF NEW.number > wanted AND NEW.state <> 'void' THEN
    RAISE EXCEPTION 'slot % of an item that needs only %', NEW.number, wanted
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'slot_within_needed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER labeling_slot_within_needed BEFORE INSERT OR UPDATE OF number, item_id
ON labeling_slot FOR EACH ROW EXECUTE FUNCTION labeling_slot_within_needed();
CREATE FUNCTION labeling_item_covers_slots() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER labeling_item_covers_slots BEFORE UPDATE OF needed
ON labeling_item FOR EACH ROW EXECUTE FUNCTION labeling_item_covers_slots();
"""
WITHIN_NEEDED_BACK = """
DROP TRIGGER labeling_item_covers_slots ON labeling_item;
DROP FUNCTION labeling_item_covers_slots();
DROP TRIGGER labeling_slot_within_needed ON labeling_slot;
DROP FUNCTION labeling_slot_within_needed();
"""

# One row per unordered pair that a counted ranking says something about. A direct comparison speaks
# for its pair; otherwise the tiers do. A tie lists the completion shown first as "chosen".
COMPARISON = """
CREATE VIEW comparison AS
WITH pair AS (
  SELECT r.id AS ranking_id, r.item_id, r.project_id, r.labeler_id, r.created_at,
         a.completion_id AS a_id, b.completion_id AS b_id,
         a.tier AS a_tier, b.tier AS b_tier, a.shown_at AS a_shown_at, b.shown_at AS b_shown_at,
         d.better_id, d.is_tie AS direct_tie, d.strength
  FROM labeling_ranking r
  JOIN labeling_placement a ON a.ranking_id = r.id
  JOIN labeling_placement b ON b.ranking_id = r.id AND b.shown_at > a.shown_at
  LEFT JOIN labeling_directcomparison d ON d.ranking_id = r.id
   AND ((d.better_id = a.completion_id AND d.worse_id = b.completion_id)
     OR (d.better_id = b.completion_id AND d.worse_id = a.completion_id))
  WHERE r.state = 'counted'
    AND (d.id IS NOT NULL OR (a.tier IS NOT NULL AND b.tier IS NOT NULL))
), judged AS (
  SELECT pair.*,
         better_id IS NOT NULL AS is_direct,
         COALESCE(direct_tie, a_tier = b_tier) AS is_tie,
         CASE WHEN better_id IS NOT NULL THEN better_id = b_id AND NOT direct_tie
              ELSE b_tier < a_tier END AS b_wins
  FROM pair
)
SELECT ranking_id, item_id, project_id, labeler_id, created_at,
       CASE WHEN b_wins THEN b_id ELSE a_id END AS chosen_id,
       CASE WHEN b_wins THEN a_id ELSE b_id END AS rejected_id,
       is_tie, is_direct, strength,
       abs(a_tier - b_tier)::smallint AS tier_gap,
       CASE WHEN b_wins THEN b_shown_at ELSE a_shown_at END AS chosen_shown_at,
       CASE WHEN b_wins THEN a_shown_at ELSE b_shown_at END AS rejected_shown_at
FROM judged;
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0001_initial")]
    operations = [
        migrations.RunSQL(WITHIN_NEEDED, WITHIN_NEEDED_BACK),
        migrations.RunSQL(*append_only("labeling_itemcompletion")),
        migrations.RunSQL(*append_only("labeling_presentation")),
        migrations.RunSQL(*append_only("labeling_ranking", mutable=("state", "withdrawn_at"))),
        migrations.RunSQL(*append_only("labeling_placement")),
        migrations.RunSQL(*append_only("labeling_directcomparison")),
        migrations.RunSQL(
            *append_only("labeling_demonstration", mutable=("state", "withdrawn_at"))
        ),
        migrations.RunSQL(
            *allowed_moves(
                "labeling_ranking",
                "state",
                {
                    "counted": ("withdrawn", "surplus"),
                    "surplus": ("withdrawn", "counted"),
                    "withdrawn": ("counted", "surplus"),
                },
            )
        ),
        migrations.RunSQL(
            *allowed_moves(
                "labeling_slot",
                "state",
                {
                    "open": ("leased", "done", "void"),
                    "leased": ("open", "done", "void"),
                    "done": ("open", "leased", "void"),
                    "void": ("open",),
                },
            )
        ),
        migrations.RunSQL(COMPARISON, "DROP VIEW comparison"),
    ]
