"""Import of rows into a prompt set: which importer takes which kind, and which set rows go to."""

from typing import Any
from uuid import UUID

from annotation.accounts.models import User
from annotation.corpus.imports import CompletionImporter, Importer, PromptImporter
from annotation.corpus.models import PromptSet
from annotation.corpus.selectors import latest_version
from annotation.corpus.services import check_purpose, prompt_set_for_import
from annotation.labeling.import_demonstrations import DemonstrationImporter
from annotation.labeling.import_rankings import RankingImporter
from annotation.lib.errors import Refused
from annotation.projects.models import Project

KINDS = ("prompts", "completions", "rankings", "demonstrations")
DEFAULT_PURPOSE = {"demonstrations": PromptSet.Purpose.SFT}


def importer_for(kind: str, prompt_set: PromptSet) -> Importer:
    """The importer of rows of that kind into that prompt set; see corpus.imports.run_import."""
    importers: dict[str, type[Any]] = {
        "prompts": PromptImporter,
        "completions": CompletionImporter,
        "rankings": RankingImporter,
        "demonstrations": DemonstrationImporter,
    }
    if kind not in importers:
        raise Refused("unknown_kind", f"Rows are {', '.join(KINDS)}.")
    importer: Importer = importers[kind](prompt_set)
    return importer


def target_prompt_set(
    *,
    actor: User | None,
    project: Project,
    kind: str,
    prompt_set_id: UUID | None = None,
    name: str = "",
    purpose: str = "",
    language: str = "",
) -> PromptSet:
    """The prompt set an import goes to: by id, or by name, made when there is none of that name."""
    found = planned_prompt_set(
        project=project,
        kind=kind,
        prompt_set_id=prompt_set_id,
        name=name,
        purpose=purpose,
        language=language,
    )
    if not found._state.adding:
        return found
    return prompt_set_for_import(
        actor=actor, project=project, name=name, purpose=found.purpose, language=language
    )


def planned_prompt_set(
    *,
    project: Project,
    kind: str,
    prompt_set_id: UUID | None = None,
    name: str = "",
    purpose: str = "",
    language: str = "",
) -> PromptSet:
    """The prompt set an import would go to; one that is not there yet is not stored. Raises Refused."""
    if prompt_set_id is not None:
        found = PromptSet.objects.filter(id=prompt_set_id, project=project).first()
        if found is None or found.purpose == PromptSet.Purpose.CONTROL:
            raise Refused("unknown_prompt_set", "The project has no such prompt set.")
    elif not name:
        raise Refused("missing_prompt_set", "Name the prompt set the rows belong to.")
    else:
        found = latest_version(project, name)
    if found is None:
        purpose = purpose or DEFAULT_PURPOSE.get(kind, PromptSet.Purpose.REWARD)
        check_purpose(project, name, purpose)
        return PromptSet(
            project=project,
            name=name,
            version=1,
            purpose=purpose,
            language=language or project.language,
        )
    if purpose:
        check_purpose(project, found.name, purpose)
    return found
