"""How far a project is, and when it will be done at the recent pace: a range, never a point.

The pace is the mean of the last days with its standard error; days are 24 hours back from now, at
most seven, none of them before the first judgment in that time. The range is the 80 % interval of
the mean under a normal approximation: with few days, or uneven ones, it is wide, and without a slowest
pace above zero it has no end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from django.utils import timezone

from annotation.labeling.models import Item
from annotation.lib.statements import fetch_all
from annotation.projects.figures import counter, figures
from annotation.projects.models import Project

DAYS = 7
Z80 = 1.2816

BY_DAY = """
SELECT coalesce(j.n, 0)
  FROM generate_series(0, %(days)s - 1) back
  LEFT JOIN (
   SELECT floor(extract(epoch FROM now() - created_at) / 86400)::int AS back, count(*) AS n FROM (
    SELECT r.created_at FROM labeling_ranking r
     WHERE (SELECT i.control = '' FROM labeling_item i WHERE i.id = r.item_id)
       AND r.project_id = %(project)s AND r.state = 'counted' AND r.presentation_id IS NOT NULL
       AND r.created_at > now() - %(days)s * interval '24 hours'
    UNION ALL
    SELECT created_at FROM labeling_demonstration
     WHERE project_id = %(project)s AND state = 'counted' AND presentation_id IS NOT NULL
       AND ranking_id IS NULL AND created_at > now() - %(days)s * interval '24 hours'
   ) judged GROUP BY 1
  ) j USING (back) ORDER BY back
"""
COUNTED = (
    "SELECT coalesce(sum(counted), 0)::bigint FROM labeling_tally WHERE project_id = %(project)s"
)
WANTED = """
SELECT coalesce(sum(needed), 0)::bigint FROM labeling_item
 WHERE project_id = %(project)s AND state IN ('open', 'done') AND NOT is_imported AND control = ''
"""
CLOSED = "SELECT labeling_closed(%(project)s::uuid)"


@dataclass(frozen=True)
class Pace:
    """Judgments a day: mean and 80 % interval, from this many days."""

    low: float
    mean: float
    high: float
    days: int


def pace_of(per_day: Sequence[int]) -> Pace | None:
    """From counts a day, today first; None with less than two days on record."""
    last = max((at for at, count in enumerate(per_day) if count), default=-1)
    days = list(per_day[: last + 1])
    if len(days) < 2:
        return None
    mean = sum(days) / len(days)
    variance = sum((one - mean) ** 2 for one in days) / (len(days) - 1)
    margin = Z80 * sqrt(variance / len(days))
    return Pace(max(0.0, mean - margin), mean, mean + margin, len(days))


def days_for(left: int, pace: Pace | None) -> tuple[float | None, float | None]:
    """The fewest and the most days that `left` judgments take; None: cannot be said."""
    if pace is None or pace.high <= 0:
        return None, None
    return left / pace.high, left / pace.low if pace.low > 0 else None


@counter
def wanted_judgments(project: Project) -> int:
    """How many judgments all items together want."""
    return int(fetch_all(WANTED, {"project": project.pk})[0][0])


def progress_of(project: Project) -> dict[str, Any]:
    """Done, wanted, why closed if so, the pace and the range of the end."""
    names = {"project": project.pk, "days": DAYS}
    counted = fetch_all(COUNTED, names)[0][0]
    wanted, _ = figures(project, wanted_judgments)
    goal = wanted if project.budget is None else project.budget
    left = max(0, goal - counted)
    pace = pace_of([row[0] for row in fetch_all(BY_DAY, names)])
    soonest, latest = days_for(left, pace)
    return {
        "state": project.state,
        "closed": fetch_all(CLOSED, names)[0][0] or "",
        "counted": counted,
        "wanted": wanted,
        "budget": project.budget,
        "left": left,
        "ends_at": project.ends_at,
        "pace": pace,
        "soonest": _in(soonest),
        "latest": _in(latest),
        "waits": Item.objects.filter(project=project, state=Item.State.TRIAGE).count(),
    }


def _in(days: float | None) -> datetime | None:
    """The moment that many days ahead; None too far ahead to mean anything."""
    if days is None or days > 3650:
        return None
    return timezone.now() + timedelta(days=days)
