"""Imported demonstrations: items, slots that are done, and the texts that people wrote."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotation.corpus.bulk import copy_rows, json_text
from annotation.corpus.imports import KnownPrompt, Outcome
from annotation.corpus.models import Completion, PromptSet
from annotation.corpus.rows import DemonstrationRow, parse_demonstration_row
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.import_judgments import (
    JUDGMENT,
    Families,
    judgment_columns,
    labelers_of,
    new_with_prompts,
)
from annotation.labeling.models import Demonstration, Item
from annotation.lib.ids import id_like, new_id


@dataclass
class DemonstrationImporter:
    """Demonstration rows; their prompts go to one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_demonstration_row)

    def write(self, rows: list[DemonstrationRow]) -> Outcome:
        outcome = Outcome()
        project = self.prompt_set.project
        new, known = new_with_prompts(Demonstration, self.prompt_set, rows, outcome)
        keys = [self._family(entry.row) for entry in new]
        families = Families(Demonstration, project.id, Item.Kind.DEMONSTRATION.value)
        families.load(set(keys))
        names = [(entry.row.source, _author(entry.row)) for entry in new]
        authors = labelers_of(project, names)
        completions, demonstrations = [], []
        for entry, name, key in zip(new, names, keys, strict=True):
            prompt, author = known[entry.row.prompt.hash], authors[name]
            item_id, slot_id = families.place(key, author, prompt.id)
            common = judgment_columns(project.id, entry, item_id, slot_id, author)
            completion_id = id_like(prompt.id)
            completions.append((completion_id, prompt.id, author, entry.row, prompt))
            text = entry.row.text
            demonstrations.append((new_id(), *common, prompt.id, completion_id, text))
        self._insert(completions, families, demonstrations)
        outcome.added = len(new)
        return outcome

    def _family(self, row: DemonstrationRow) -> str:
        return hash_of(["imported demonstration", str(self.prompt_set.id), row.prompt.hash])

    @staticmethod
    def _insert(
        completions: list[tuple[UUID, UUID, UUID, DemonstrationRow, KnownPrompt]],
        families: Families,
        demonstrations: list[tuple[Any, ...]],
    ) -> None:
        columns = ("id", "prompt_id", "origin", "author_id", "text", "text_hash", "meta")
        copy_rows(
            Completion,
            columns,
            (
                (
                    key,
                    prompt_id,
                    "human",
                    author,
                    row.text,
                    text_hash(row.text),
                    json_text(_demonstration_meta(row, prompt)),
                )
                for key, prompt_id, author, row, prompt in completions
            ),
        )
        families.write()
        copy_rows(
            Demonstration,
            ("id", *JUDGMENT, "prompt_id", "completion_id", "text"),
            demonstrations,
        )


def _author(row: DemonstrationRow) -> str:
    return row.author or row.source or "import"


def _demonstration_meta(row: DemonstrationRow, prompt: KnownPrompt) -> dict[str, Any]:
    meta: dict[str, Any] = {"id": row.id, "row": row.extras}
    if row.prompt.is_plain != prompt.is_plain:
        meta["plain"] = row.prompt.is_plain
    return meta
