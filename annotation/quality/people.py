"""One labeler in figures, with the project's labelers beside them; and what others of the project did.

Figures are over a labeler's last 200 rankings of the last 90 days that were not withdrawn; at most 29
others stand beside them: 6,000 judgments at most, so that a page costs the same however large the
project is. A labeler with fewer than ten is left out of the distribution: their figures are chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.selectors import last_seen_at, sessions_of
from annotation.labeling.models import Report, Withdrawal
from annotation.lib.statements import fetch_all
from annotation.projects.groups import labelers_of
from annotation.projects.models import Project
from annotation.quality.models import Adjudication, PracticeAnswer, QualificationAttempt

RECENT = 200
BESIDE = 29
ENOUGH = 10
LATEST = 10_000
"""So many of the person's own judgments are counted by day and by state."""

# One row per labeler: what their recent rankings add up to. Times are active milliseconds.
FIGURES = """
WITH people AS (
  SELECT %(person)s::uuid AS user_id
  UNION
  (SELECT user_id FROM projects_membership
    WHERE project_id = %(project)s AND role = 'labeler' AND user_id <> %(person)s
    ORDER BY suspended_at NULLS FIRST, id DESC LIMIT %(beside)s)
), recent AS (
  SELECT r.* FROM people p CROSS JOIN LATERAL (
    SELECT id, labeler_id, active_ms, unread_accepted, created_at FROM labeling_ranking
     WHERE labeler_id = p.user_id AND project_id = %(project)s AND state <> 'withdrawn'
       AND created_at > now() - interval '90 days'
     ORDER BY created_at DESC, id DESC LIMIT %(recent)s) r
), tiers AS (
  -- One ranking after the other by the index, however the planner sees the largest table of all.
  SELECT r.id AS ranking_id, of_one.* FROM recent r CROSS JOIN LATERAL (
    SELECT l.tier, count(*) AS n,
           count(*) FILTER (WHERE l.cannot_judge) AS unjudged,
           count(*) FILTER (WHERE cardinality(l.flags) > 0) AS flagged
      FROM labeling_placement l WHERE l.ranking_id = r.id GROUP BY l.tier) of_one
), sums AS (
  SELECT ranking_id, sum(n) AS answers, sum(unjudged) AS unjudged, sum(flagged) AS flagged,
         coalesce(sum(n * (n - 1) / 2) FILTER (WHERE tier IS NOT NULL), 0) AS tied,
         coalesce(sum(n) FILTER (WHERE tier IS NOT NULL), 0) AS placed
    FROM tiers GROUP BY ranking_id
), rows AS (
  SELECT r.labeler_id, count(*) AS rankings, min(r.created_at) AS since,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY r.active_ms) AS median,
         count(r.active_ms) AS timed, sum(s.tied) AS tied,
         sum(s.placed * (s.placed - 1) / 2) AS pairs, sum(s.unjudged) AS unjudged,
         sum(s.answers) AS answers, sum(s.flagged) AS flagged,
         count(*) FILTER (WHERE r.unread_accepted) AS unread
    FROM recent r JOIN sums s ON s.ranking_id = r.id
   GROUP BY r.labeler_id
)
SELECT labeler_id, rankings, median, timed, tied, pairs, unjudged, answers, flagged, unread,
       (SELECT count(*) FROM labeling_skip k JOIN labeling_item i ON i.id = k.item_id
         WHERE k.labeler_id = rows.labeler_id AND k.created_at >= rows.since
           AND i.project_id = %(project)s)
  FROM rows
"""
DAYS = """
SELECT created_at::date::text, state, count(*) FROM (
  (SELECT created_at, state FROM labeling_ranking
    WHERE labeler_id = %(person)s AND project_id = %(project)s
      AND created_at > now() - interval '90 days' ORDER BY created_at DESC, id DESC
    LIMIT %(latest)s)
  UNION ALL
  (SELECT created_at, state FROM labeling_demonstration
    WHERE labeler_id = %(person)s AND project_id = %(project)s AND ranking_id IS NULL
      AND created_at > now() - interval '90 days' ORDER BY created_at DESC, id DESC
    LIMIT %(latest)s)) j
 GROUP BY 1, 2
"""
FLAGS = """
SELECT flag, count(*) FROM (
  SELECT id FROM labeling_ranking
   WHERE labeler_id = %(person)s AND project_id = %(project)s AND state <> 'withdrawn'
     AND created_at > now() - interval '90 days'
   ORDER BY created_at DESC, id DESC LIMIT %(recent)s) r
  JOIN labeling_placement l ON l.ranking_id = r.id CROSS JOIN LATERAL unnest(l.flags) AS flag
 GROUP BY flag ORDER BY 2 DESC, 1
"""
SKIPS = """
SELECT k.reason, count(*) FROM labeling_skip k JOIN labeling_item i ON i.id = k.item_id
 WHERE k.labeler_id = %(person)s AND k.created_at > now() - interval '90 days'
   AND i.project_id = %(project)s
 GROUP BY k.reason ORDER BY 2 DESC, 1
"""
# Of the newest acts of the project, those of one person, by what they are.
ACTS = """
SELECT action, count(*) FROM (
  SELECT actor_id, action FROM accounts_auditevent
   WHERE project_id = %(project)s AND at > now() - interval '90 days'
   ORDER BY id DESC LIMIT %(latest)s) newest
 WHERE actor_id = %(person)s GROUP BY action ORDER BY 2 DESC, 1
"""
SHOWN_DAYS = 56


@dataclass(frozen=True)
class Row:
    """A labeler's sums."""

    labeler: UUID
    rankings: int
    median_ms: float | None
    timed: int
    tied: int
    pairs: int
    unjudged: int
    answers: int
    flagged: int
    unread: int
    skips: int


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# (name, unit, value, how many it rests on)
Metric = tuple[str, str, Callable[[Row], float | None], Callable[[Row], int]]
METRICS: Sequence[Metric] = (
    ("active_ms", "ms", lambda row: row.median_ms, lambda row: row.timed),
    ("ties", "share", lambda row: _share(row.tied, row.pairs), lambda row: row.pairs),
    (
        "skips",
        "share",
        lambda row: _share(row.skips, row.skips + row.rankings),
        lambda row: row.skips + row.rankings,
    ),
    (
        "cannot_judge",
        "share",
        lambda row: _share(row.unjudged, row.answers),
        lambda row: row.answers,
    ),
    ("flagged", "share", lambda row: _share(row.flagged, row.answers), lambda row: row.answers),
    ("unread", "share", lambda row: _share(row.unread, row.rankings), lambda row: row.rankings),
)


def _names(project: Project, person: User) -> dict[str, Any]:
    return {
        "project": project.pk,
        "person": person.pk,
        "recent": RECENT,
        "beside": BESIDE,
        "latest": LATEST,
    }


def _rows(project: Project, person: User, *, alone: bool) -> list[Row]:
    names = _names(project, person) | ({"beside": 0} if alone else {})
    return [Row(*_plain(row)) for row in fetch_all(FIGURES, names)]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sums of integers come as decimals."""
    labeler, rankings, median, *counts = row
    return (
        labeler,
        rankings,
        None if median is None else float(median),
        *(int(one or 0) for one in counts),
    )


def metrics(project: Project, person: User, *, with_others: bool) -> list[dict[str, Any]]:
    """Each figure of the person and, for reviewers, where the project's labelers lie.

    `others`: the 10th, 25th, 50th, 75th and 90th percentile over labelers with at least ten rankings.
    """
    rows = _rows(project, person, alone=not with_others)
    mine = next((row for row in rows if row.labeler == person.pk), None)
    enough = [row for row in rows if row.rankings >= ENOUGH]
    found = []
    for name, unit, value, count in METRICS:
        values = sorted(one for one in map(value, enough) if one is not None)
        found.append(
            {
                "name": name,
                "unit": unit,
                "value": None if mine is None else value(mine),
                "count": 0 if mine is None else count(mine),
                "others": percentiles(values) if with_others else None,
                "people": len(values) if with_others else 0,
            }
        )
    return found


def percentiles(values: Sequence[float]) -> list[float] | None:
    """The 10th, 25th, 50th, 75th and 90th, by linear interpolation; None below two values."""
    if len(values) < 2:
        return None
    cuts = quantiles(values, n=20, method="inclusive")
    return [cuts[at] for at in (1, 4, 9, 14, 17)]


def work_of(project: Project, person: User) -> dict[str, Any]:
    """Judgments by day and in all, skips by reason, flags, reports, practice and qualification."""
    names = _names(project, person)
    practised = PracticeAnswer.objects.filter(
        item__project=project, labeler=person, attempt=None
    ).aggregate(answers=Count("id"), points=Sum("points"), pairs=Sum("pairs"))
    return {
        **_by_day(fetch_all(DAYS, names)),
        "skips": [{"name": name, "count": count} for name, count in fetch_all(SKIPS, names)],
        "flags": [{"name": name, "count": count} for name, count in fetch_all(FLAGS, names)],
        "reports": Report.objects.filter(project=project, labeler=person).count(),
        "practice_answers": practised["answers"],
        "practice_agreement": (
            practised["points"] / practised["pairs"] if practised["pairs"] else None
        ),
        "attempts": list(
            QualificationAttempt.objects.filter(project=project, labeler=person).order_by("number")
        ),
    }


def acts_of(project: Project, person: User, *, all_acts: bool) -> dict[str, Any]:
    """What somebody did beside labeling: in review and, with `all_acts`, in the audit trail."""
    since = timezone.now() - timedelta(days=90)
    decided = Adjudication.objects.filter(project=project, reviewer=person, created_at__gt=since)
    outcomes = decided.values_list("outcome").annotate(n=Count("id")).order_by("-n", "outcome")
    taken_out = Withdrawal.objects.filter(project=project, created_at__gt=since, actor=person)
    answered = Report.objects.filter(project=project, decided_by=person, decided_at__gt=since)
    acts = fetch_all(ACTS, _names(project, person)) if all_acts else []
    return {
        "decisions": [{"name": name, "count": count} for name, count in outcomes],
        "judgments_withdrawn": taken_out.count(),
        "reports_decided": answered.count(),
        "acts": [{"name": name, "count": count} for name, count in acts],
    }


def _by_day(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Of the last eight weeks each day; of 90 days the sum of each state."""
    totals = dict.fromkeys(("counted", "surplus", "withdrawn"), 0)
    days: dict[str, int] = {}
    for day, state, count in rows:
        totals[state] += count
        if state != "withdrawn":
            days[day] = days.get(day, 0) + count
    today = timezone.now().date()
    shown = [str(today - timedelta(days=back)) for back in reversed(range(SHOWN_DAYS))]
    return {
        "days": [{"date": day, "count": days.get(day, 0)} for day in shown],
        "judgments": totals,
    }


def presence_of(person: User) -> tuple[datetime | None, int]:
    """When the person was last seen, and in how many places they are signed in."""
    return last_seen_at(person), len(sessions_of(person))


def placed_in(project: Project, person: User) -> dict[str, Any]:
    """The names of the labeler's groups and the languages they read."""
    held = labelers_of(project).filter(user=person).first()
    grouped = [one.group.name for one in held.grouped] if held else []  # type: ignore[attr-defined]
    return {"groups": grouped, "languages": held.languages if held else []}
