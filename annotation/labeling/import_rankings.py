"""Imported rankings: items with their answers in order, slots that are done, placements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotation.corpus.bulk import copy_rows, json_text
from annotation.corpus.imports import KnownPrompt, Outcome, imported_completions, insert_completions
from annotation.corpus.models import PromptSet
from annotation.corpus.ranking_rows import RankingRow, parse_ranking_row
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.import_judgments import (
    JUDGMENT,
    Families,
    NewJudgment,
    judgment_columns,
    labelers_of,
    new_with_prompts,
)
from annotation.labeling.models import DirectComparison, Item, ItemCompletion, Placement, Ranking
from annotation.lib.ids import id_like, new_id
from annotation.projects.models import Project


@dataclass
class RankingImporter:
    """Ranking rows; their prompts go to one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_ranking_row)

    def write(self, rows: list[RankingRow]) -> Outcome:
        outcome = Outcome()
        project = self.prompt_set.project
        new, known = new_with_prompts(Ranking, self.prompt_set, rows, outcome)
        batch = _RankingBatch(self.prompt_set, project, known)
        batch.add(new)
        batch.write()
        outcome.added = len(new)
        return outcome


@dataclass
class _RankingBatch:
    """The rows of one batch on their way into the tables."""

    prompt_set: PromptSet
    project: Project
    known: dict[str, KnownPrompt]
    rankings: list[tuple[Any, ...]] = field(default_factory=list)
    placements: list[tuple[Any, ...]] = field(default_factory=list)
    direct: list[tuple[Any, ...]] = field(default_factory=list)
    completions: list[tuple[UUID, UUID, str, str, str, None]] = field(default_factory=list)
    item_completions: list[tuple[UUID, UUID, int]] = field(default_factory=list)

    def add(self, entries: list[NewJudgment]) -> None:
        contents = [self._content(entry.row) for entry in entries]
        families = [
            hash_of(["imported ranking", content, entry.row.criterion])
            for content, entry in zip(contents, entries, strict=True)
        ]
        self.families = Families(Ranking, self.project.id, Item.Kind.RANKING.value)
        self.families.load(set(families))
        self.ids = self._completion_ids(contents, entries)
        labelers = labelers_of(
            self.project, ((entry.row.source, entry.row.labeler) for entry in entries)
        )
        for entry, content, family in zip(entries, contents, families, strict=True):
            row: RankingRow = entry.row
            prompt = self.known[row.prompt.hash]
            labeler = labelers[(row.source, row.labeler)]
            before = len(self.families.made)
            item_id, slot_id = self.families.place(family, labeler, prompt.id)
            texts = self.ids[content]
            if len(self.families.made) > before:
                self.item_completions += [(item_id, key, n) for n, key in enumerate(texts)]
            common = judgment_columns(self.project.id, entry, item_id, slot_id, labeler)
            self._add_ranking(row, common, texts, prompt)

    def write(self) -> None:
        """Everything in the order the foreign keys ask for."""
        insert_completions(self.completions)
        self.families.write()
        copy_rows(ItemCompletion, ("item_id", "completion_id", "position"), self.item_completions)
        copy_rows(
            Ranking,
            (
                "id",
                *JUDGMENT,
                "source_id",
                "unacceptable_below",
                "active_ms",
                "note",
                "mode",
                "unread_accepted",
                "meta",
            ),
            self.rankings,
        )
        copy_rows(Placement, PLACEMENT, self.placements)
        copy_rows(
            DirectComparison,
            ("ranking_id", "better_id", "worse_id", "is_tie", "strength"),
            self.direct,
        )

    def _content(self, row: RankingRow) -> str:
        """What is ranked, whoever ranks it."""
        return hash_of([str(self.prompt_set.id), row.prompt.hash, row.completions, row.systems])

    def _completion_ids(
        self, contents: list[str], entries: list[NewJudgment]
    ) -> dict[str, list[UUID]]:
        """The completions of each content in order, stored ones or new ones."""
        rows = {content: entry.row for content, entry in zip(contents, entries, strict=True)}
        wanted = {
            content: [text_hash(f"{content}:{n}") for n in range(len(row.completions))]
            for content, row in rows.items()
        }
        prompt_of = {content: self.known[row.prompt.hash].id for content, row in rows.items()}
        stored = imported_completions(
            (prompt_of[content], key) for content, keys in wanted.items() for key in keys
        )
        ids: dict[str, list[UUID]] = defaultdict(list)
        for content, row in rows.items():
            systems = row.systems or [""] * len(row.completions)
            for key, text, system in zip(wanted[content], row.completions, systems, strict=True):
                found = stored.get((prompt_of[content], key))
                if found is None:
                    made = id_like(prompt_of[content])
                    self.completions.append((made, prompt_of[content], key, system, text, None))
                ids[content].append(made if found is None else found.id)
        return ids

    def _add_ranking(
        self, row: RankingRow, common: tuple[Any, ...], texts: list[UUID], prompt: KnownPrompt
    ) -> None:
        ranking_id = new_id()
        self.rankings.append(
            (
                ranking_id,
                *common,
                row.id,
                row.unacceptable_below,
                row.active_ms,
                row.note,
                row.mode,
                row.unread_accepted,
                json_text(ranking_meta(row, prompt)),
            )
        )
        self.placements += placements_of(row, ranking_id, texts)
        self.direct += [
            (ranking_id, texts[pair.better], texts[pair.worse], pair.tie, pair.strength)
            for pair in row.direct
        ]


PLACEMENT = (
    "ranking_id",
    "completion_id",
    "tier",
    "cannot_judge",
    "grades",
    "flags",
    "spans",
    "note",
    "visible_ms",
    "read_percent",
    "shown_at",
)


def placements_of(
    row: RankingRow, ranking_id: UUID, texts: Sequence[UUID]
) -> list[tuple[Any, ...]]:
    """One placement per completion, in the order of PLACEMENT."""
    tiers = {index: tier for tier, members in enumerate(row.ranking, 1) for index in members}
    order = row.presented if row.presented is not None else range(len(texts))
    shown_at = {index: position for position, index in enumerate(order, 1)}
    unjudgeable = set(row.cannot_judge)
    reading = [one or {} for one in row.reading]
    return [
        (
            ranking_id,
            completion_id,
            tiers.get(index),
            index in unjudgeable,
            json_text(row.grades[index] or {}),
            row.flags[index],
            json_text(row.spans[index]),
            row.notes[index],
            reading[index].get("visible_ms"),
            reading[index].get("read_percent"),
            shown_at[index],
        )
        for index, completion_id in enumerate(texts)
    ]


def ranking_meta(row: RankingRow, prompt: KnownPrompt) -> dict[str, Any]:
    """What the tables have no column for, so that the export gives the row back as it came.

    `row`: further fields. `written`: tiers and lists whose order is not ascending. `plain`: how the
    prompt was spelled where that differs from the stored one. `presented`: the order was told.
    """
    meta: dict[str, Any] = {"row": row.extras, "systems": row.systems is not None}
    written = {
        name: value
        for name, value in (
            ("ranking", row.ranking),
            ("unranked", row.unranked),
            ("cannot_judge", row.cannot_judge),
        )
        if not _ascending(value)
    }
    if written:
        meta["written"] = written
    if row.prompt.is_plain != prompt.is_plain:
        meta["plain"] = row.prompt.is_plain
    if row.presented is not None:
        meta["presented"] = True
    return meta


def _ascending(value: list[Any]) -> bool:
    lists = value if value and isinstance(value[0], list) else [value]
    return all(members == sorted(members) for members in lists)
