"""Judgments as rows of the import format: the same weak orders as they came in or were made here.

People who judged in the browser appear under a stable pseudonym, never by name. Only counted
judgments are exported.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from annotation.corpus.bulk import read_rows
from annotation.corpus.exports import (
    export_completions,
    export_prompts,
    in_chunks,
    in_order,
    system_name,
)
from annotation.corpus.imports import OWN_SOURCE
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import Row
from annotation.corpus.texts import written_form
from annotation.labeling.models import Demonstration, Ranking
from annotation.lib.errors import Missing
from annotation.projects.models import Project

AfterChunk = Callable[[], None] | None


def export_rows(
    kind: str,
    project: Project,
    prompt_set: PromptSet | None = None,
    after_chunk: AfterChunk = None,
) -> Iterator[Row]:
    """The project's rows of that kind (prompts, completions, rankings, demonstrations)."""
    exporters = {
        "prompts": export_prompts,
        "completions": export_completions,
        "rankings": export_rankings,
        "demonstrations": export_demonstrations,
    }
    if kind not in exporters:
        raise Missing(f"There is no export of {kind!r}.")
    return exporters[kind](project, prompt_set, after_chunk)


def pseudonym(project_id: UUID, user_id: UUID) -> str:
    """A name for a person that stays the same within a project and says nothing about them."""
    digest = hashlib.sha256(f"pseudonym\n{project_id}\n{user_id}".encode()).hexdigest()
    return f"labeler-{digest[:16]}"


def export_rankings(
    project: Project, prompt_set: PromptSet | None = None, after_chunk: AfterChunk = None
) -> Iterator[Row]:
    """Counted rankings in the order they came in."""
    rows = Ranking.objects.filter(
        project=project, state="counted", item__control=""
    ).select_related("item__prompt", "guideline_version")
    if prompt_set is not None:
        rows = rows.filter(item__prompt__prompt_set=prompt_set)
    for chunk in in_chunks(rows, after_chunk):
        parts = _Parts.of(chunk)
        for ranking in chunk:
            yield in_order(parts.row(ranking))


# One index look-up per key (see corpus.bulk.read_rows): plans made for a small table or for a stale
# estimate would read the whole table once for every row of a chunk.
COMPLETIONS = """
SELECT i.item_id, c.id, c.text, c.origin, c.system, v.kind, v.name, v.number
FROM unnest(%s::uuid[]) AS wanted(key)
CROSS JOIN LATERAL (
  SELECT item_id, completion_id, position FROM labeling_itemcompletion
   WHERE item_id = wanted.key OFFSET 0) i
CROSS JOIN LATERAL (
  SELECT id, text, origin, system, policy_version_id FROM corpus_completion
   WHERE id = i.completion_id OFFSET 0) c
LEFT JOIN registry_modelversion v ON v.id = c.policy_version_id
ORDER BY i.item_id, i.position
"""
PLACEMENTS = """
SELECT p.* FROM unnest(%s::uuid[]) AS wanted(key)
CROSS JOIN LATERAL (
  SELECT ranking_id, completion_id, tier, cannot_judge, grades::text, flags, spans::text, note,
         visible_ms, read_percent, shown_at
    FROM labeling_placement WHERE ranking_id = wanted.key OFFSET 0) p
"""
DIRECT = """
SELECT d.ranking_id, d.better_id, d.worse_id, d.is_tie, d.strength
FROM unnest(%s::uuid[]) AS wanted(key)
CROSS JOIN LATERAL (
  SELECT id, ranking_id, better_id, worse_id, is_tie, strength
    FROM labeling_directcomparison WHERE ranking_id = wanted.key OFFSET 0) d
ORDER BY d.id
"""


class _Shown(NamedTuple):
    """A completion of an item."""

    id: UUID
    text: str
    system: str


class _Placed(NamedTuple):
    """A placement, without its keys."""

    tier: int | None
    cannot_judge: bool
    grades: dict[str, int]
    flags: list[str]
    spans: list[Row]
    note: str
    visible_ms: int | None
    read_percent: int | None
    shown_at: int

    @classmethod
    def of(cls, row: Sequence[Any]) -> "_Placed":
        """From a row of PLACEMENTS, whose JSON columns come as text."""
        tier, cannot_judge, grades, flags, spans, *rest = row
        return cls(tier, cannot_judge, json.loads(grades), flags, json.loads(spans), *rest)

    @property
    def reading(self) -> Row | None:
        if self.visible_ms is None:
            return None
        return {"visible_ms": self.visible_ms, "read_percent": self.read_percent}


class _Pair(NamedTuple):
    """A direct comparison."""

    better: UUID
    worse: UUID
    tie: bool
    strength: int | None


@dataclass
class _Parts:
    """What belongs to a chunk of rankings, read in three queries."""

    completions: dict[UUID, list[_Shown]]
    placements: dict[UUID, dict[UUID, _Placed]]
    direct: dict[UUID, list[_Pair]]

    @classmethod
    def of(cls, rankings: list[Ranking]) -> "_Parts":
        keys = [one.id for one in rankings]
        placements: dict[UUID, dict[UUID, _Placed]] = defaultdict(dict)
        for ranking_id, completion_id, *rest in read_rows(PLACEMENTS, [keys]):
            placements[ranking_id][completion_id] = _Placed.of(rest)
        direct: dict[UUID, list[_Pair]] = defaultdict(list)
        for ranking_id, *rest in read_rows(DIRECT, [keys]):
            direct[ranking_id].append(_Pair(*rest))
        items = {one.item_id for one in rankings}
        return cls(_completions_of(items), placements, direct)

    def row(self, ranking: Ranking) -> Row:
        completions = self.completions[ranking.item_id]
        placements = self.placements[ranking.id]
        placed = [placements[completion.id] for completion in completions]
        imported = "row" in ranking.meta
        row = _imported(ranking) if imported else _made_here(ranking)
        prompt = ranking.item.prompt
        is_plain = ranking.meta.get("plain", prompt.is_plain)
        row["prompt"] = written_form(prompt.messages, is_plain)
        row["completions"] = [completion.text for completion in completions]
        if not imported or ranking.meta["systems"]:
            row["systems"] = [completion.system for completion in completions]
        row |= _weak_order(placed, ranking.meta.get("written", {}))
        index = {completion.id: number for number, completion in enumerate(completions)}
        row |= _beyond_order(placed, ranking, self.direct[ranking.id], index)
        if not imported or ranking.meta.get("presented"):
            order = sorted(range(len(placed)), key=lambda number: placed[number].shown_at)
            row["presented"] = order
        return row


def _completions_of(item_ids: set[UUID]) -> dict[UUID, list[_Shown]]:
    found: dict[UUID, list[_Shown]] = defaultdict(list)
    for item_id, key, text, *origin in read_rows(COMPLETIONS, [list(item_ids)]):
        found[item_id].append(_Shown(key, text, system_name(*origin)))
    return found


def _imported(ranking: Ranking) -> Row:
    row: Row = dict(ranking.meta["row"])
    if ranking.source_id:
        row["id"] = ranking.source_id
    return row


def _made_here(ranking: Ranking) -> Row:
    row: Row = {
        "id": str(ranking.client_uuid),
        "source": OWN_SOURCE,
        "judge": "human",
        "labeler": pseudonym(ranking.project_id, ranking.labeler_id),
        "created_at": ranking.created_at.isoformat(),
    }
    if ranking.item.prompt.language:
        row["lang"] = ranking.item.prompt.language
    if ranking.guideline_version is not None:
        row["guideline"] = ranking.guideline_version.number
    return row


def _weak_order(placed: list[_Placed], written: dict[str, Any]) -> Row:
    """Tiers and what stands outside them, in the order they were written in."""
    tiers: dict[int, list[int]] = defaultdict(list)
    unranked, cannot_judge = [], []
    for number, placement in enumerate(placed):
        if placement.tier is not None:
            tiers[placement.tier].append(number)
        elif placement.cannot_judge:
            cannot_judge.append(number)
        else:
            unranked.append(number)
    row: Row = {"ranking": [tiers[tier] for tier in sorted(tiers)]}
    if unranked:
        row["unranked"] = unranked
    if cannot_judge:
        row["cannot_judge"] = cannot_judge
    return row | written


def _beyond_order(
    placed: list[_Placed],
    ranking: Ranking,
    direct: list[_Pair],
    index: dict[UUID, int],
) -> Row:
    """The cut, direct comparisons, and what was said of single completions, where there is any."""
    pairs = [
        {
            "better": index[pair.better],
            "worse": index[pair.worse],
            "tie": pair.tie,
            "strength": pair.strength,
        }
        for pair in direct
    ]
    row: Row = {
        "unacceptable_below": ranking.unacceptable_below,
        "direct": pairs or None,
        "grades": _unless_all_empty([one.grades or None for one in placed]),
        "flags": _unless_all_empty([one.flags for one in placed]),
        "spans": _unless_all_empty([one.spans for one in placed]),
        "notes": _unless_all_empty([one.note for one in placed]),
        "note": ranking.note or None,
        "mode": ranking.mode or None,
        "reading": _unless_all_empty([one.reading for one in placed]),
        "unread_accepted": ranking.unread_accepted or None,
        "active_ms": ranking.active_ms,
    }
    return {name: value for name, value in row.items() if value is not None}


def _unless_all_empty(values: list[Any]) -> list[Any] | None:
    return values if any(values) else None


def export_demonstrations(
    project: Project, prompt_set: PromptSet | None = None, after_chunk: AfterChunk = None
) -> Iterator[Row]:
    """Counted demonstrations in the order they came in."""
    rows = Demonstration.objects.filter(
        project=project, state="counted", item__control=""
    ).select_related("prompt", "completion", "guideline_version", "based_on")
    if prompt_set is not None:
        rows = rows.filter(prompt__prompt_set=prompt_set)
    for chunk in in_chunks(rows, after_chunk):
        for demonstration in chunk:
            yield in_order(_demonstration_row(demonstration))


def _demonstration_row(demonstration: Demonstration) -> Row:
    meta = demonstration.completion.meta
    prompt = demonstration.prompt
    if meta is not None:
        row: Row = dict(meta["row"])
        if meta["id"]:
            row["id"] = meta["id"]
    else:
        row = {
            "id": str(demonstration.client_uuid),
            "source": OWN_SOURCE,
            "author": pseudonym(demonstration.project_id, demonstration.labeler_id),
            "created_at": demonstration.created_at.isoformat(),
        }
        made = {
            "lang": prompt.language or None,
            "guideline": getattr(demonstration.guideline_version, "number", None),
            "active_ms": demonstration.active_ms,
            "note": demonstration.note or None,
            "based_on": demonstration.based_on.text if demonstration.based_on else None,
        }
        row |= {name: value for name, value in made.items() if value is not None}
    row["prompt"] = written_form(prompt.messages, (meta or {}).get("plain", prompt.is_plain))
    row["completion"] = demonstration.text
    return row
