"""Import of judgments: rows become items, slots that are done, and rankings or demonstrations.

An imported ranking item is a prompt with its completions in order, their systems and the criterion.
Several judges of it become several slots. A judge who judged it twice makes a repeat item, because
one person has one slot of an item. Completions are told apart by item and position: real data holds
identical texts that were ranked apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import Count

from annotation.accounts.models import User
from annotation.corpus.bulk import copy_rows, json_text, read_rows
from annotation.corpus.imports import (
    OWN_SOURCE,
    CompletionImporter,
    Importer,
    KnownPrompt,
    Outcome,
    PromptImporter,
    as_uuid,
    ensure_prompts,
    imported_completions,
    insert_completions,
)
from annotation.corpus.models import Completion, PromptSet
from annotation.corpus.ranking_rows import RankingRow, parse_ranking_row
from annotation.corpus.rows import BaseRow, DemonstrationRow, parse_demonstration_row
from annotation.corpus.selectors import latest_version
from annotation.corpus.services import check_purpose, prompt_set_for_import
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.models import (
    Demonstration,
    DirectComparison,
    Item,
    ItemCompletion,
    Judgment,
    Placement,
    Ranking,
    Slot,
)
from annotation.lib.errors import Refused
from annotation.lib.ids import id_like, new_id
from annotation.projects.models import Project
from annotation.projects.services import imported_labelers

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


# --- which rows are new -----------------------------------------------------------------------
class NewJudgment(NamedTuple):
    """A row that is not stored yet, and the key its judgment will have."""

    row: Any
    client_uuid: UUID


def new_judgments(
    model: type[Ranking] | type[Demonstration],
    prompt_set: PromptSet,
    rows: Sequence[BaseRow],
    outcome: Outcome,
) -> list[NewJudgment]:
    """Rows that are not stored in the project; an id that names other content is refused in `outcome`.

    `outcome` learns too of rows that stand in another prompt set, where they stay.
    """
    project_id = prompt_set.project_id
    own = _own_judgments(model, project_id, rows)
    keyed = [
        NewJudgment(row, _client_uuid(model, project_id, row))
        for row in rows
        if not (row.source == OWN_SOURCE and row.id in own)
    ]
    table = model._meta.db_table
    seen: dict[UUID, str] = dict(
        read_rows(
            f"SELECT client_uuid, content_hash FROM {table} WHERE client_uuid = ANY(%s)",
            [[key for _, key in keyed]],
        )
    )
    there = set(seen)
    same = [UUID(key) for key in own]
    same += [e.client_uuid for e in keyed if seen.get(e.client_uuid) == e.row.content_hash]
    outcome.elsewhere += _in_other_sets(model, prompt_set, same)
    new = []
    for entry in keyed:
        content = entry.row.content_hash
        if seen.setdefault(entry.client_uuid, content) != content:
            outcome.refuse(
                entry.row,
                "id",
                "different_content",
                f"the row {entry.row.id!r} was imported before with other content",
            )
        elif entry.client_uuid not in there:
            there.add(entry.client_uuid)
            new.append(entry)
    return new


def _in_other_sets(
    model: type[Ranking] | type[Demonstration], prompt_set: PromptSet, keys: list[UUID]
) -> Counter[str]:
    """How many of these judgments stand in other prompt sets, by the set's name."""
    found = model.objects.filter(client_uuid__in=keys).exclude(item__prompt__prompt_set=prompt_set)
    by_set = found.values_list(
        "item__prompt__prompt_set__name", "item__prompt__prompt_set__version"
    )
    return Counter({f"{name} v{version}": n for name, version, n in by_set.annotate(Count("pk"))})


def _own_judgments(
    model: type[Ranking] | type[Demonstration], project_id: UUID, rows: Iterable[BaseRow]
) -> set[str]:
    """Ids of rows that this project itself exported; what people did here comes back as it is."""
    keys = [as_uuid(row.id) for row in rows if row.source == OWN_SOURCE]
    found = model.objects.filter(
        project_id=project_id, client_uuid__in=[key for key in keys if key is not None]
    )
    return {str(key) for key in found.values_list("client_uuid", flat=True)}


def _client_uuid(
    model: type[Ranking] | type[Demonstration], project_id: UUID, row: BaseRow
) -> UUID:
    return uuid5(project_id, "\n".join([model.__name__.lower(), *row.identity]))


# --- items and slots --------------------------------------------------------------------------
# One look-up per family and one for its repeats; see read_rows.
FAMILIES = """
WITH base AS MATERIALIZED (
  SELECT wanted.key AS family, i.id, i.needed FROM unnest(%s::text[]) AS wanted(key)
  CROSS JOIN LATERAL (SELECT id, needed FROM labeling_item
    WHERE project_id = %s AND key = wanted.key OFFSET 0) i
)
SELECT family, family, id, needed FROM base
UNION ALL
SELECT base.family, r.key, r.id, r.needed FROM base
CROSS JOIN LATERAL (SELECT key, id, needed FROM labeling_item
  WHERE repeat_of_id = base.id OFFSET 0) r
"""


@dataclass
class Families:
    """Imported items by what they are made of, each with its repeats, for one batch.

    A judge's first judgment of a family goes to the item itself, the second to its first repeat…
    """

    model: type[Ranking] | type[Demonstration]
    project_id: UUID
    kind: str
    judged: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    items: dict[str, UUID] = field(default_factory=dict)
    slots_of: Counter[UUID] = field(default_factory=Counter)
    grown: Counter[UUID] = field(default_factory=Counter)
    made: list[tuple[UUID, UUID, str, UUID | None]] = field(default_factory=list)
    fresh: set[UUID] = field(default_factory=set)
    slots: list[tuple[UUID, UUID, int, UUID]] = field(default_factory=list)

    def load(self, families: set[str]) -> None:
        """Read what is stored of these families (keys of their first items)."""
        rows = read_rows(FAMILIES, [list(families), self.project_id])
        family_of = {}
        for family, key, item_id, needed in rows:
            family_of[item_id] = family
            self.items[key] = item_id
            self.slots_of[item_id] = needed
        if not family_of:
            return
        table = self.model._meta.db_table
        for item_id, labeler_id in read_rows(
            f"SELECT item_id, labeler_id FROM {table} WHERE item_id = ANY(%s)", [list(family_of)]
        ):
            self.judged[(family_of[item_id], labeler_id)] += 1

    def place(self, family: str, labeler_id: UUID, prompt_id: UUID) -> tuple[UUID, UUID]:
        """A new done slot for this judge: (item, slot)."""
        number = self.judged[(family, labeler_id)]
        self.judged[(family, labeler_id)] += 1
        key = family if number == 0 else hash_of([family, "repeat", number])
        item_id = self.items.get(key)
        if item_id is None:
            item_id = self.items[key] = new_id()
            base = None if number == 0 else self.items[family]
            self.made.append((item_id, prompt_id, key, base))
            self.fresh.add(item_id)
        self.slots_of[item_id] += 1
        self.grown[item_id] += 1
        slot_id = new_id()
        self.slots.append((slot_id, item_id, self.slots_of[item_id], labeler_id))
        return item_id, slot_id

    def write(self) -> None:
        """Insert items, let items that were there grow, insert slots."""
        copy_rows(
            Item,
            (
                "id",
                "project_id",
                "prompt_id",
                "kind",
                "state",
                "needed",
                "counted",
                "is_imported",
                "repeat_of_id",
                "key",
            ),
            (
                (
                    item_id,
                    self.project_id,
                    prompt_id,
                    self.kind,
                    "done",
                    self.slots_of[item_id],
                    self.slots_of[item_id],
                    True,
                    base,
                    key,
                )
                for item_id, prompt_id, key, base in self.made
            ),
        )
        self._grow()
        copy_rows(
            Slot,
            ("id", "item_id", "project_id", "number", "state", "labeler_id"),
            (
                (slot_id, item_id, self.project_id, number, "done", labeler_id)
                for slot_id, item_id, number, labeler_id in self.slots
            ),
        )

    def _grow(self) -> None:
        more = {key: by for key, by in self.grown.items() if key not in self.fresh}
        if more:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE labeling_item i SET needed = needed + more.by, "
                    "counted = counted + more.by "
                    "FROM unnest(%s::uuid[], %s::int[]) AS more(id, by) WHERE i.id = more.id",
                    [list(more), list(more.values())],
                )


def labelers_of(project: Project, rows: Iterable[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The ids of the pseudonymous people behind (source, name)."""
    people = imported_labelers(project=project, wanted=set(rows))
    return {key: person.id for key, person in people.items()}


def judgment_columns(
    project_id: UUID, entry: NewJudgment, item_id: UUID, slot_id: UUID, labeler_id: UUID
) -> tuple[Any, ...]:
    """The columns that rankings and demonstrations share, in the order of JUDGMENT."""
    content = entry.row.content_hash
    return (slot_id, item_id, project_id, labeler_id, entry.client_uuid, content, COUNTED)


JUDGMENT = (
    "slot_id",
    "item_id",
    "project_id",
    "labeler_id",
    "client_uuid",
    "content_hash",
    "state",
)
COUNTED = Judgment.State.COUNTED.value


# --- rankings ---------------------------------------------------------------------------------
@dataclass
class RankingImporter:
    """Ranking rows; their prompts go to one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_ranking_row)

    def write(self, rows: list[RankingRow]) -> Outcome:
        outcome = Outcome()
        project = self.prompt_set.project
        new = new_judgments(Ranking, self.prompt_set, rows, outcome)
        known = ensure_prompts(self.prompt_set, [entry.row for entry in new], outcome)
        new = [entry for entry in new if entry.row.prompt.hash in known]
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


# --- demonstrations ---------------------------------------------------------------------------
@dataclass
class DemonstrationImporter:
    """Demonstration rows; their prompts go to one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_demonstration_row)

    def write(self, rows: list[DemonstrationRow]) -> Outcome:
        outcome = Outcome()
        project = self.prompt_set.project
        new = new_judgments(Demonstration, self.prompt_set, rows, outcome)
        known = ensure_prompts(self.prompt_set, [entry.row for entry in new], outcome)
        new = [entry for entry in new if entry.row.prompt.hash in known]
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
