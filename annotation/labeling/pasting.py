"""Rows typed or pasted in the browser: a few prompts with their answers become items at once.

The importers of files do the work, so a row that is there already is not doubled and a bad one is
named by its number; this merely puts the rows into their form and makes the items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.accounts.models import User
from annotation.corpus.imports import Counts, run_import
from annotation.corpus.lines import Line
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import Issue
from annotation.corpus.services import prompt_set_for_import
from annotation.labeling.imports import importer_for
from annotation.labeling.models import Item
from annotation.labeling.services import Made, make_items
from annotation.lib import json
from annotation.projects.models import Project

SOURCE = "pasted"


@dataclass
class Pasted:
    """The prompt set the rows went to, the items made of it, what was refused."""

    prompt_set: PromptSet
    made: Made
    issues: list[Issue] = field(default_factory=list)


@transaction.atomic
def paste(
    *, actor: User, project: Project, name: str, kind: str, rows: Sequence[dict[str, Any]]
) -> Pasted:
    """Store rows `{prompt, completions}` in the prompt set of that name and make items of all of it.

    For demonstrations the prompts alone are stored. Doing it twice adds nothing. Raises Refused when
    the prompt set stands for another purpose.
    """
    writing = kind == Item.Kind.DEMONSTRATION
    purpose = PromptSet.Purpose.SFT if writing else PromptSet.Purpose.REWARD
    prompt_set = prompt_set_for_import(actor=actor, project=project, name=name, purpose=purpose)
    issues: list[Issue] = []

    def keep(_last: int, _counts: Counts, found: list[Issue]) -> None:
        issues.extend(found)

    run_import(importer_for("prompts", prompt_set), _prompts(rows), on_batch=keep)
    if not writing:
        run_import(importer_for("completions", prompt_set), _completions(rows), on_batch=keep)
    made = make_items(actor=actor, project=project, prompt_set=prompt_set, kind=kind)
    return Pasted(prompt_set, made, issues)


def _prompts(rows: Sequence[dict[str, Any]]) -> Iterator[Line]:
    for number, row in enumerate(rows, 1):
        yield _line(number, {"prompt": row["prompt"], "source": SOURCE})


def _completions(rows: Sequence[dict[str, Any]]) -> Iterator[Line]:
    for number, row in enumerate(rows, 1):
        for text in row["completions"]:
            yield _line(number, {"prompt": row["prompt"], "completion": text, "source": SOURCE})


def _line(number: int, row: dict[str, Any]) -> Line:
    return Line(number, json.canonical(row))
