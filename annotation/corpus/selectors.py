"""Reads around prompts, sampling plans and completions."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast

from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from annotation.projects.models import Project


def prompt_sets_of(project: Project) -> QuerySet[PromptSet]:
    """The project's prompt sets; each has `prompt_count`, without retired prompts."""
    standing = Q(prompts__retired_at__isnull=True)
    return PromptSet.objects.filter(project=project).annotate(
        prompt_count=Count("prompts", filter=standing)
    )


def prompt_set(prompt_set_id: UUID) -> PromptSet | None:
    """One prompt set with its `prompt_count`."""
    found = PromptSet.objects.filter(id=prompt_set_id).first()
    return None if found is None else prompt_sets_of(found.project).get(id=prompt_set_id)


def prompts_of(prompts: PromptSet, *, search: str = "") -> QuerySet[Prompt]:
    """The standing prompts of a set; `search` looks in the text of all messages."""
    rows = Prompt.objects.filter(prompt_set=prompts, retired_at=None)
    if search:
        rows = rows.annotate(written=Cast("messages", TextField())).filter(
            written__icontains=search
        )
    return rows


def sampling_plans_of(project: Project) -> QuerySet[SamplingPlan]:
    """How completions may be drawn in the project."""
    return SamplingPlan.objects.filter(project=project)


def latest_version(project: Project, name: str) -> PromptSet | None:
    """The newest version of the prompt set of that name."""
    named = PromptSet.objects.filter(project=project, name=name, retired_at=None)
    return named.order_by("-version").first()
