-- One row per unordered pair that a counted ranking says something about, those of control items left out.
-- A direct comparison speaks for its pair; otherwise the tiers do. A tie lists the completion shown first
-- as "chosen".

CREATE OR REPLACE VIEW comparison AS
WITH pair AS (
  SELECT r.id AS ranking_id, r.item_id, r.project_id, r.labeler_id, r.created_at,
         a.completion_id AS a_id, b.completion_id AS b_id,
         a.tier AS a_tier, b.tier AS b_tier, a.shown_at AS a_shown_at, b.shown_at AS b_shown_at,
         d.better_id, d.is_tie AS direct_tie, d.strength
  FROM labeling_ranking r
  JOIN labeling_item i ON i.id = r.item_id AND i.control = ''
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
