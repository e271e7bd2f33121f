"""How often labelers agree where they judged the same two completions. Reads judgments only.

A unit is one pair of completions of one item, judged by two different people; it agrees when both
preferred the same side. Ties say nothing about a preference and are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from annotation.labeling.models import Ranking
from annotation.projects.models import Project
from annotation.quality.coefficients import share_interval
from annotation.quality.models import QualityReport

AT_ONCE_UP_TO = 5000

# One row per item and pair of labelers. Items with one judgment never reach the joins.
BY_ITEM = """
WITH twice AS (
  SELECT item_id FROM labeling_ranking
  WHERE project_id = %(project)s AND state = 'counted'
  GROUP BY item_id HAVING count(DISTINCT labeler_id) > 1
), said AS MATERIALIZED (
  SELECT c.item_id, c.labeler_id, c.is_tie, c.chosen_id,
         least(c.chosen_id, c.rejected_id) AS one, greatest(c.chosen_id, c.rejected_id) AS other
  FROM comparison c JOIN twice ON twice.item_id = c.item_id
)
SELECT a.item_id, a.labeler_id, b.labeler_id,
       count(*) FILTER (WHERE NOT (a.is_tie OR b.is_tie)) AS pairs,
       count(*) FILTER (WHERE NOT (a.is_tie OR b.is_tie) AND a.chosen_id = b.chosen_id) AS agreeing,
       count(*) FILTER (WHERE a.is_tie OR b.is_tie) AS ties
FROM said a
JOIN said b ON b.item_id = a.item_id AND b.one = a.one AND b.other = a.other
           AND b.labeler_id > a.labeler_id
GROUP BY a.item_id, a.labeler_id, b.labeler_id
"""

NAMES = """
SELECT id, CASE WHEN display_name <> '' THEN display_name ELSE username END
FROM accounts_user WHERE id = ANY(%(ids)s)
"""


@dataclass
class Tally:
    """Pairs judged by two people, and how many of them agree; by item, for the interval."""

    pairs: int = 0
    agreeing: int = 0
    by_item: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    def add(self, item: UUID, pairs: int, agreeing: int) -> None:
        if pairs:
            before = self.by_item.get(item, (0, 0))
            self.by_item[item] = (before[0] + pairs, before[1] + agreeing)
            self.pairs += pairs
            self.agreeing += agreeing

    @property
    def agreement(self) -> float | None:
        return self.agreeing / self.pairs if self.pairs else None


def agreement(project: Project) -> dict[str, Any]:
    """Agreement of the project's labelers, all together and each with the others."""
    with connection.cursor() as cursor:
        cursor.execute(BY_ITEM, {"project": project.pk})
        rows = cursor.fetchall()
    total, ties = Tally(), 0
    people: dict[UUID, Tally] = {}
    for item, first, second, pairs, agreeing, tied in rows:
        total.add(item, pairs, agreeing)
        ties += tied
        for labeler in (first, second):
            people.setdefault(labeler, Tally()).add(item, pairs, agreeing)
    return _told(total, ties, people)


def _told(total: Tally, ties: int, people: dict[UUID, Tally]) -> dict[str, Any]:
    names = _names(list(people))
    return {
        "pairs": total.pairs,
        "agreeing": total.agreeing,
        "items": len(total.by_item),
        "ties_excluded": ties,
        "agreement": total.agreement,
        "interval": interval(list(total.by_item.values())),
        "labelers": [
            {
                "id": labeler,
                "name": names[labeler],
                "pairs": tally.pairs,
                "agreement": tally.agreement,
                "interval": interval(list(tally.by_item.values())),
            }
            for labeler, tally in sorted(people.items(), key=lambda each: names[each[0]])
        ],
    }


def agreement_shown(project: Project) -> dict[str, Any]:
    """Agreement now, or, in a project too big to reckon it while somebody waits, of the last report."""
    few = Ranking.objects.filter(project=project, state="counted")[: AT_ONCE_UP_TO + 1].count()
    if few <= AT_ONCE_UP_TO:
        return agreement(project)
    done = QualityReport.objects.filter(project=project).exclude(finished_at=None)
    report = done.order_by("-id").first()
    if report is None:
        return _told(Tally(), 0, {})
    between = report.body["agreement"]["between"]
    rows = report.body["agreement"]["labelers"]
    names = _names([UUID(row["labeler"]) for row in rows])
    return {
        "pairs": between["pairs"],
        "agreeing": between["agreeing"],
        "items": between["prompts"],
        "ties_excluded": between["ties"],
        "agreement": between["agreement"],
        "interval": between["interval"],
        "labelers": [
            {"id": row["labeler"], "name": names[UUID(row["labeler"])], **row["others"]}
            for row in rows
        ],
    }


def interval(items: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """95 % interval of a share, from (pairs, agreeing) of each item; None without any pair."""
    counts = np.array(items, dtype=float).reshape(-1, 2)
    return share_interval(counts[:, 0], counts[:, 1])


def _names(ids: list[UUID]) -> dict[UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(NAMES, {"ids": ids})
        return dict(cursor.fetchall())
