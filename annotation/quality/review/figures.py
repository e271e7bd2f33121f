"""How far the judgments of an item lie apart, kept on a row per item for the review queue.

Triggers write a `Stir` for whatever happens to an item; `refresh` works the figures of stirred items
out anew. Losing a call costs time, never truth: the stirs stay until they are used up. Control items
are not reviewed, so their stirs come to nothing. Whether a stirred item wants a further opinion is
looked at afterwards (`opinions`).
"""

from typing import Any

from django.db import connection, transaction

from annotation.lib import locks
from annotation.quality.opinions import note_judged
from annotation.quality.review_models import REASONS as REASONS

BATCH = 500
FASTER_THAN = 0.2
"""Of the project's median active time: too quick to have read what others read."""
MEDIAN_OF = 1000

# What a reason adds to the place in the queue, beside the share of discordant pairs (0..1).
WEIGHTS = {
    "cut": 0.25,
    "flags": 0.1,
    "cannot_judge": 0.5,
    "reported": 0.5,
    "skipped": 0.4,
    "fast": 0.3,
}

TAKE = """
DELETE FROM quality_stir WHERE id IN (SELECT id FROM quality_stir ORDER BY id LIMIT %s)
RETURNING item_id
"""

# Pairs of judgments (a before b) of one item, and what they say about the same things. The figures
# of one item do not depend on any other.
FIGURES = """
WITH wanted AS (SELECT DISTINCT unnest(%(ids)s::uuid[]) AS item_id),
judged AS MATERIALIZED (
  SELECT r.id, r.item_id, r.project_id, r.labeler_id, r.guideline_version_id, r.active_ms,
         r.created_at, r.unacceptable_below
    FROM wanted w JOIN labeling_ranking r ON r.item_id = w.item_id AND r.state = 'counted'
), placed AS MATERIALIZED (
  SELECT r.item_id, r.id AS ranking_id, p.completion_id, p.tier, p.cannot_judge, p.flags,
         CASE WHEN p.tier IS NOT NULL THEN p.tier <= r.unacceptable_below END AS acceptable
    FROM judged r JOIN labeling_placement p ON p.ranking_id = r.id
), said AS MATERIALIZED (
  SELECT c.item_id, c.ranking_id, c.is_tie, c.chosen_id,
         least(c.chosen_id, c.rejected_id) AS one, greatest(c.chosen_id, c.rejected_id) AS other
    FROM comparison c WHERE c.item_id = ANY(%(ids)s::uuid[])
), orders AS (
  SELECT a.item_id, count(*) AS pairs, count(*) FILTER (WHERE a.chosen_id <> b.chosen_id) AS apart
    FROM said a JOIN said b ON b.item_id = a.item_id AND b.one = a.one AND b.other = a.other
                           AND b.ranking_id > a.ranking_id
   WHERE NOT a.is_tie AND NOT b.is_tie GROUP BY a.item_id
), ties AS (
  SELECT item_id, avg(is_tie::int) AS share FROM said GROUP BY item_id
), cuts AS (
  SELECT a.item_id, count(*) AS pairs, count(*) FILTER (WHERE a.acceptable <> b.acceptable) AS apart
    FROM placed a JOIN placed b ON b.item_id = a.item_id AND b.completion_id = a.completion_id
                               AND b.ranking_id > a.ranking_id
   WHERE a.acceptable IS NOT NULL AND b.acceptable IS NOT NULL GROUP BY a.item_id
), per_ranking AS (
  SELECT item_id, ranking_id, avg(cannot_judge::int) >= 0.5 AS gave_up,
         bool_or(acceptable) IS TRUE AND bool_and(acceptable) IS FALSE AS inside
    FROM placed GROUP BY item_id, ranking_id
), ways AS (
  SELECT item_id, bool_or(gave_up) AS gave_up, bool_or(inside) AS inside
    FROM per_ranking GROUP BY item_id
), counts AS (
  SELECT j.item_id, count(*) AS n, array_agg(DISTINCT j.labeler_id) AS labelers,
         array_remove(array_agg(DISTINCT g.number), NULL) AS guidelines,
         min(j.active_ms) AS quickest, max(j.created_at) AS last_at
    FROM judged j LEFT JOIN projects_guidelineversion g ON g.id = j.guideline_version_id
   GROUP BY j.item_id
), flagged AS (
  SELECT p.item_id, p.completion_id, flag, count(*) AS k
    FROM placed p CROSS JOIN unnest(p.flags) AS flag GROUP BY 1, 2, 3
), flags AS (
  SELECT f.item_id, sum(f.k * (c.n - f.k))::float / sum(c.n * (c.n - 1) / 2) AS apart
    FROM flagged f JOIN counts c ON c.item_id = f.item_id WHERE c.n > 1 GROUP BY f.item_id
), medians AS (
  SELECT p.project_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.active_ms) AS median
    FROM (SELECT DISTINCT project_id FROM judged) p
   CROSS JOIN LATERAL (
     SELECT r.active_ms FROM labeling_ranking r
      WHERE r.project_id = p.project_id AND r.active_ms IS NOT NULL
      ORDER BY r.created_at DESC LIMIT %(median_of)s) latest
   GROUP BY p.project_id
), skips AS (
  SELECT k.item_id, count(*) AS n, max(k.created_at) AS last_at
    FROM wanted w JOIN labeling_skip k ON k.item_id = w.item_id GROUP BY k.item_id
), reports AS (
  SELECT r.item_id, max(r.created_at) AS last_at
    FROM wanted w JOIN labeling_report r ON r.item_id = w.item_id AND r.state = 'open'
   GROUP BY r.item_id
), decided AS (
  SELECT a.item_id, max(a.created_at) AS last_at
    FROM wanted w JOIN quality_adjudication a ON a.item_id = w.item_id GROUP BY a.item_id
), facts AS (
  SELECT i.id AS item_id, i.project_id, i.state AS item_state, t.prompt_set_id, t.language,
         coalesce(c.n, 0) AS judgments, coalesce(c.labelers, '{}') AS labelers,
         coalesce(c.guidelines, '{}') AS guidelines,
         CASE WHEN c.n > 1 THEN coalesce(o.apart::float / o.pairs, 0) END AS discordant,
         cu.apart::float / cu.pairs AS cut_differs,
         CASE WHEN c.n > 1 THEN coalesce(f.apart, 0) END AS flags_differ,
         ti.share AS tied, coalesce(wy.inside, false) AS cut_inside,
         coalesce(wy.gave_up, false) AS gave_up, re.item_id IS NOT NULL AS reported,
         i.state = 'triage' OR coalesce(s.n, 0) >= 2 AS skipped,
         coalesce(c.quickest < m.median * %(faster_than)s, false) AS fast,
         greatest(c.last_at, s.last_at, re.last_at, i.created_at) AS last_at,
         d.last_at AS decided_at
    FROM wanted w
    JOIN labeling_item i ON i.id = w.item_id AND i.control = ''
    JOIN corpus_prompt t ON t.id = i.prompt_id
    LEFT JOIN counts c ON c.item_id = i.id
    LEFT JOIN orders o ON o.item_id = i.id
    LEFT JOIN ties ti ON ti.item_id = i.id
    LEFT JOIN cuts cu ON cu.item_id = i.id
    LEFT JOIN ways wy ON wy.item_id = i.id
    LEFT JOIN flags f ON f.item_id = i.id
    LEFT JOIN medians m ON m.project_id = i.project_id
    LEFT JOIN skips s ON s.item_id = i.id
    LEFT JOIN reports re ON re.item_id = i.id
    LEFT JOIN decided d ON d.item_id = i.id
)
INSERT INTO quality_reviewentry AS e
  (item_id, project_id, state, weight, reasons, judgments, discordant, cut_differs, flags_differ,
   tied, cut_inside, labelers, guidelines, prompt_set_id, language, last_at)
SELECT item_id, project_id,
       CASE WHEN decided_at >= last_at OR item_state = 'void' THEN 'decided' ELSE 'open' END,
       coalesce(discordant, 0) + coalesce(cut_differs, 0) * %(cut)s
         + coalesce(flags_differ, 0) * %(flags)s + gave_up::int * %(cannot_judge)s
         + reported::int * %(reported)s + skipped::int * %(skipped)s + fast::int * %(fast)s,
       array_remove(ARRAY[
         CASE WHEN discordant > 0 THEN 'order' END, CASE WHEN cut_differs > 0 THEN 'cut' END,
         CASE WHEN flags_differ > 0 THEN 'flags' END, CASE WHEN gave_up THEN 'cannot_judge' END,
         CASE WHEN reported THEN 'reported' END, CASE WHEN skipped THEN 'skipped' END,
         CASE WHEN fast THEN 'fast' END], NULL),
       judgments, discordant, cut_differs, flags_differ, tied, cut_inside, labelers, guidelines,
       prompt_set_id, language, last_at
  FROM facts
ON CONFLICT (item_id) DO UPDATE SET
  state = excluded.state, weight = excluded.weight, reasons = excluded.reasons,
  judgments = excluded.judgments, discordant = excluded.discordant,
  cut_differs = excluded.cut_differs, flags_differ = excluded.flags_differ, tied = excluded.tied,
  cut_inside = excluded.cut_inside, labelers = excluded.labelers,
  guidelines = excluded.guidelines, prompt_set_id = excluded.prompt_set_id,
  language = excluded.language, last_at = excluded.last_at
"""


@transaction.atomic
def refresh(most: int = BATCH) -> int:
    """Work out up to `most` stirs; how many there were. 0 too where somebody else is at it.

    One at a time: figures that were read earlier must never be written later.
    """
    if not locks.try_hold("review figures"):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [most])
        stirred = [row[0] for row in cursor.fetchall()]
        if stirred:
            names: dict[str, Any] = {
                "ids": list(set(stirred)),
                "median_of": MEDIAN_OF,
                "faster_than": FASTER_THAN,
                **WEIGHTS,
            }
            cursor.execute(FIGURES, names)
            note_judged(names["ids"])
    return len(stirred)


def refresh_all() -> int:
    """Until nothing is left that nobody else works on."""
    total = 0
    while done := refresh():
        total += done
    return total
