"""Who labels what: the work of a project by prompt set and audience, and who may do it; for reads."""

from typing import Any
from uuid import UUID

from annotation.corpus.models import PromptSet
from annotation.lib.statements import fetch_all
from annotation.projects.figures import counter, figures
from annotation.projects.models import Group, Project

WORK = """
SELECT t.prompt_set_id, s.audience_id, count(DISTINCT s.item_id),
       count(*) FILTER (WHERE s.state = 'open'), count(*) FILTER (WHERE s.state = 'leased'),
       count(*) FILTER (WHERE s.state = 'done'), floor(min(s.priority)), floor(max(s.priority)),
       min(i.needed), max(i.needed)
  FROM labeling_slot s JOIN labeling_item i ON i.id = s.item_id
  JOIN corpus_prompt t ON t.id = i.prompt_id
 WHERE s.project_id = %(project)s AND s.state <> 'void' AND NOT s.is_private AND NOT i.is_imported
 GROUP BY 1, 2
"""
# Labelers who may be handed it; who are in the groups; who read the language.
ELIGIBLE = """
SELECT a.id, a.groups, a.language,
       count(m.id) FILTER (WHERE member AND reader),
       count(m.id) FILTER (WHERE member), count(m.id) FILTER (WHERE reader)
  FROM labeling_audience a
  LEFT JOIN projects_membership m ON m.project_id = a.project_id AND m.role = 'labeler'
   AND EXISTS (SELECT 1 FROM accounts_user u
                WHERE u.id = m.user_id AND u.is_active AND NOT u.is_pseudonymous)
  CROSS JOIN LATERAL (
    SELECT a.groups = '{}' OR EXISTS (
             SELECT 1 FROM projects_groupmember n
              WHERE n.membership_id = m.id AND n.group_id = ANY (a.groups)) AS member,
           labeling_reads(coalesce(m.languages, '{}'), a.language) AS reader) fits
 WHERE a.project_id = %(project)s GROUP BY a.id
"""


@counter
def work_counts(project: Project) -> list[list[Any]]:
    """Rows of prompt set, audience and WORK's figures."""
    return [
        [str(prompt_set), audience, *map(int, counts)]
        for prompt_set, audience, *counts in fetch_all(WORK, {"project": project.pk})
    ]


def assignments_of(project: Project) -> list[dict[str, Any]]:
    """A row per prompt set and audience with work; those that nobody may do come first."""
    names = {"project": project.pk}
    sets = {one.pk: one for one in PromptSet.objects.filter(project=project)}
    groups = {one.pk: one for one in Group.objects.filter(project=project)}
    audiences = {row[0]: row[1:] for row in fetch_all(ELIGIBLE, names)}
    rows = []
    for prompt_set, audience, *counts in figures(project, work_counts)[0]:
        items, opened, leased, done, low, high, least, most = counts
        reserved_for, language, eligible, members, readers = audiences[audience]
        rows.append(
            {
                "prompt_set": sets[UUID(prompt_set)],
                "language": language,
                "groups": [groups[one] for one in reserved_for if one in groups],
                "items": items,
                "open": opened,
                "leased": leased,
                "done": done,
                "eligible": eligible,
                "priority": [low, high],
                "needed": [least, most],
                "warning": _warning(opened, eligible, members, readers),
            }
        )
    return sorted(rows, key=_place)


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    one = row["prompt_set"]
    return not row["warning"], one.name, one.version, row["language"], len(row["groups"])


def _warning(opened: int, eligible: int, members: int, readers: int) -> str:
    """Why nobody may do open work: nobody_in_groups | nobody_reads | nobody; empty: somebody may."""
    if not opened or eligible:
        return ""
    if not members:
        return "nobody_in_groups" if readers else "nobody"
    return "nobody_reads"
