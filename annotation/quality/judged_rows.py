"""A project's judgments as arrays, read once in bounded memory."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from annotation.lib import json
from annotation.projects.models import Project
from annotation.quality.judged import Builder, Judged

AT_ONCE = 2000

# One row for each judgment that counted at the cut-off, prompt by prompt. Only numbers and keys leave
# the database; of the texts, their lengths.
JUDGMENTS = """
SELECT i.prompt_id, r.labeler_id, r.created_at, r.active_ms, r.presentation_id IS NOT NULL,
       coalesce(nullif(t.language, ''), s.language), g.number, p.completions, p.tiers, p.shown,
       p.lengths, p.grades, d.direct
  FROM labeling_ranking r
  JOIN labeling_item i ON i.id = r.item_id
  JOIN corpus_prompt t ON t.id = i.prompt_id
  JOIN corpus_promptset s ON s.id = t.prompt_set_id
  LEFT JOIN projects_guidelineversion g ON g.id = r.guideline_version_id
 CROSS JOIN LATERAL (
   SELECT array_agg(q.completion_id ORDER BY q.shown_at) AS completions,
          array_agg(q.tier ORDER BY q.shown_at) AS tiers,
          array_agg(q.shown_at ORDER BY q.shown_at) AS shown,
          array_agg(char_length(c.text) ORDER BY q.shown_at) AS lengths,
          CASE WHEN %(graded)s THEN json_agg(q.grades ORDER BY q.shown_at)::text END AS grades
     FROM labeling_placement q JOIN corpus_completion c ON c.id = q.completion_id
    WHERE q.ranking_id = r.id) p
  LEFT JOIN LATERAL (
   SELECT json_agg(json_build_array(b.better_id, b.worse_id, b.is_tie))::text AS direct
     FROM labeling_directcomparison b WHERE b.ranking_id = r.id) d ON true
 WHERE r.project_id = %(project)s AND r.created_at <= %(cut_off)s AND i.control = ''
   AND (r.state = 'counted' OR (r.state = 'withdrawn' AND r.withdrawn_at > %(cut_off)s))
 ORDER BY i.prompt_id, r.id
"""


def judged_of_project(project: Project, cut_off: datetime) -> Judged:
    """What counted at the cut-off; labelers are named by their keys."""
    builder = Builder(axes=project.axes)
    for row in _rows(project, cut_off):
        prompt, labeler, at, active_ms, drawn, language, guideline, completions, *rest = row
        tiers, shown, lengths, grades, direct = rest
        names = [str(each) for each in completions or ()]
        builder.add(
            prompt=prompt,
            labeler=str(labeler),
            completions=names,
            tiers=tiers or (),
            shown=shown or (),
            lengths=lengths or (),
            grades=json.loads(grades) if grades else None,
            direct=[tuple(each) for each in json.loads(direct)] if direct else (),
            language=language,
            guideline="" if guideline is None else str(guideline),
            week=_monday(at),
            seconds=None if active_ms is None else active_ms / 1000,
            randomised=drawn,
        )
    return builder.done()


def _rows(project: Project, cut_off: datetime) -> Iterator[tuple[Any, ...]]:
    """By a cursor on the server: the client holds a few thousand rows."""
    given: dict[str, Any] = {
        "project": project.pk,
        "cut_off": cut_off,
        "graded": bool(project.axes),
    }
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(JUDGMENTS, given)
        while found := cursor.fetchmany(AT_ONCE):
            yield from found


def _monday(at: datetime) -> int:
    """Days from 1970 to the Monday of that week."""
    day = at.date()
    return (day - timedelta(days=day.weekday()) - date(1970, 1, 1)).days
