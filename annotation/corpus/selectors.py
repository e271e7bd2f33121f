"""Reads around prompts, sampling plans and completions."""

from uuid import UUID

from django.db.models import F, IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from annotation.corpus.bulk import read_rows
from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from annotation.lib import json
from annotation.projects.figures import counter, figures
from annotation.projects.models import Project

COUNTS = """
WITH mine AS (
  SELECT p.id, p.prompt_set_id, p.retired_at IS NULL AS stands
    FROM corpus_prompt p JOIN corpus_promptset s ON s.id = p.prompt_set_id
   WHERE s.project_id = %s
), answers AS (
  SELECT c.prompt_id, count(*) AS n FROM corpus_completion c JOIN mine ON mine.id = c.prompt_id
   WHERE c.withdrawn_at IS NULL GROUP BY c.prompt_id
), work AS (
  SELECT i.prompt_id, count(*) AS n, bool_or(i.counted > 0) AS judged
    FROM labeling_item i WHERE i.project_id = %s GROUP BY i.prompt_id
)
SELECT mine.prompt_set_id, count(*) FILTER (WHERE stands), count(*) FILTER (WHERE NOT stands),
       coalesce(sum(answers.n), 0), coalesce(sum(work.n), 0), count(*) FILTER (WHERE judged)
  FROM mine LEFT JOIN answers ON answers.prompt_id = mine.id
  LEFT JOIN work ON work.prompt_id = mine.id
 GROUP BY mine.prompt_set_id
"""
# Of a set that is younger than the figures: counted now.
STANDING = """
coalesce((%s::jsonb -> corpus_promptset.id::text ->> 'standing')::int,
         (SELECT count(*) FROM corpus_prompt p
           WHERE p.prompt_set_id = corpus_promptset.id AND p.retired_at IS NULL))
"""


@counter
def set_counts(project: Project) -> dict[str, dict[str, int]]:
    """Of each set with prompts: those in use, retired ones, completions, items, prompts that were judged."""
    names = ("standing", "retired", "completions", "items", "judged")
    rows = read_rows(COUNTS, [project.pk, project.pk])
    return {str(key): dict(zip(names, map(int, values), strict=True)) for key, *values in rows}


def prompt_sets_of(project: Project) -> QuerySet[PromptSet]:
    """The project's prompt sets but those of control items; each has `prompt_count`, without retired prompts."""
    counts, _ = figures(project, set_counts)
    standing = RawSQL(STANDING, [json.canonical(counts).decode()], IntegerField())
    ordinary = PromptSet.objects.exclude(purpose=PromptSet.Purpose.CONTROL)
    return ordinary.filter(project=project).annotate(prompt_count=standing)


def prompt_set(prompt_set_id: UUID) -> PromptSet | None:
    """One prompt set with its `prompt_count`."""
    found = PromptSet.objects.filter(id=prompt_set_id).first()
    return None if found is None else prompt_sets_of(found.project).filter(id=prompt_set_id).first()


def holder(project_id: UUID, text_hash: str, purpose: str) -> Prompt | None:
    """The prompt of this text in a set of that purpose; a standing one first."""
    found = Prompt.objects.filter(
        text_hash=text_hash, prompt_set__project_id=project_id, prompt_set__purpose=purpose
    )
    return (
        found.select_related("prompt_set").order_by(F("retired_at").desc(nulls_first=True)).first()
    )


def sampling_plans_of(project: Project) -> QuerySet[SamplingPlan]:
    """How completions may be drawn in the project: the plans that people wrote down."""
    return SamplingPlan.objects.filter(project=project, made_for_trial=False)


def latest_version(project: Project, name: str) -> PromptSet | None:
    """The newest version of the prompt set of that name."""
    named = PromptSet.objects.filter(project=project, name=name, retired_at=None).exclude(
        purpose=PromptSet.Purpose.CONTROL
    )
    return named.order_by("-version").first()
