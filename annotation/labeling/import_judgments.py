"""Import of judgments: rows become items, slots that are done, and rankings or demonstrations.

An imported ranking item is a prompt with its completions in order, their systems and the criterion.
Several judges of it become several slots. A judge who judged it twice makes a repeat item, because
one person has one slot of an item. Completions are told apart by item and position: real data holds
identical texts that were ranked apart.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import Count

from annotation.corpus.bulk import copy_rows, read_rows
from annotation.corpus.imports import OWN_SOURCE, KnownPrompt, Outcome, as_uuid, ensure_prompts
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import BaseRow
from annotation.corpus.texts import hash_of
from annotation.labeling.models import Demonstration, Item, Judgment, Ranking, Slot
from annotation.lib.ids import new_id
from annotation.projects.models import Project
from annotation.projects.services import imported_labelers


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


def new_with_prompts(
    model: type[Ranking] | type[Demonstration],
    prompt_set: PromptSet,
    rows: Sequence[BaseRow],
    outcome: Outcome,
) -> tuple[list[NewJudgment], dict[str, KnownPrompt]]:
    """New rows whose prompts stand in the set now, and these prompts by hash."""
    new = new_judgments(model, prompt_set, rows, outcome)
    known = ensure_prompts(prompt_set, [entry.row for entry in new], outcome)
    return [entry for entry in new if entry.row.prompt.hash in known], known


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
