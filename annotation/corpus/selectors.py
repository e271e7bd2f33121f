"""Reads around prompts, sampling plans and completions."""

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from annotation.projects.models import Project


def prompt_sets_of(project: Project) -> QuerySet[PromptSet]:
    """The project's prompt sets but those of control items; each has `prompt_count`, without retired prompts."""
    standing = Q(prompts__retired_at__isnull=True)
    ordinary = PromptSet.objects.exclude(purpose=PromptSet.Purpose.CONTROL)
    return ordinary.filter(project=project).annotate(prompt_count=Count("prompts", filter=standing))


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
    """How completions may be drawn in the project."""
    return SamplingPlan.objects.filter(project=project)


def latest_version(project: Project, name: str) -> PromptSet | None:
    """The newest version of the prompt set of that name."""
    named = PromptSet.objects.filter(project=project, name=name, retired_at=None).exclude(
        purpose=PromptSet.Purpose.CONTROL
    )
    return named.order_by("-version").first()
