"""Import of files of rows: the machine for every kind, and the kinds that live in this app.

A batch of lines is one transaction that also holds whatever `on_batch` writes, so a killed import is
resumed from the last progress it recorded, and a line is never counted twice. Importing a file again
adds nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from annotation.corpus.bulk import copy_rows, json_text, read_rows
from annotation.corpus.lines import BrokenFile, Line
from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion, Prompt, PromptSet, Split
from annotation.corpus.rows import (
    BaseRow,
    CompletionRow,
    GivenCompletion,
    Issue,
    ParsedPrompt,
    PromptRow,
    Row,
    RowError,
    parse_completion_row,
    parse_prompt_row,
)
from annotation.corpus.services import SIDES, lock_corpus
from annotation.corpus.texts import hash_of, text_hash
from annotation.lib.ids import id_like, new_id

BATCH_LINES = 1000
BATCH_BYTES = 4 * 1024 * 1024
# A batch is longer than a request, and may have to wait for the batch of another import.
PATIENCE = (
    "SELECT set_config('statement_timeout', '300s', true), set_config('lock_timeout', '120s', true)"
)
# `source` of rows that this server exported: their ids are its own keys.
OWN_SOURCE = "tiebreak"


def wait_as_imports_do() -> None:
    """Until the end of this transaction have the patience of an import, not that of a request."""
    read_rows(PATIENCE, [])


@dataclass
class Counts:
    """Lines so far: read = added + already + refused. `elsewhere`: as in Outcome."""

    read: int = 0
    added: int = 0
    already: int = 0
    refused: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, int]:
        """The counts of lines alone."""
        return {name: getattr(self, name) for name in ("read", "added", "already", "refused")}


@dataclass
class Outcome:
    """What became of a batch of rows; rows that are in neither were there already.

    `elsewhere`: how many of those stand in other prompt sets than the one asked for, by set.
    """

    added: int = 0
    issues: list[Issue] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)

    def refuse(self, row: BaseRow, field: str, rule: str, message: str) -> None:
        self.issues.append(Issue(row.line, field, rule, message))


class Importer(Protocol):
    """One kind of row."""

    prompt_set: PromptSet

    def parse(self, number: int, data: bytes | Row | None) -> BaseRow:
        """The row of a line; raises RowError."""

    def write(self, rows: list[Any]) -> Outcome:
        """Insert what is new; raises IntegrityError or DataError when the database refuses."""


OnBatch = Callable[[int, Counts, list[Issue]], None]


def run_import(
    importer: Importer,
    lines: Iterable[Line],
    *,
    on_batch: OnBatch | None = None,
    batch_lines: int = BATCH_LINES,
    rehearsal: Rehearsal | None = None,
) -> Counts:
    """Import the lines (see corpus.lines.read_lines, whose `after` resumes an earlier import).

    With a rehearsal nothing but what `on_batch` writes stays: every batch is written, checked by the
    database and taken back.

    After each batch, and in its transaction, `on_batch(last line, counts, issues of the batch)` is
    called; what it raises undoes that batch and ends the import. A file that breaks off is reported
    as the issue of the line after the last good one.
    """
    counts = Counts()
    source = iter(lines)
    broken: BrokenFile | None = None
    while broken is None:
        batch, broken = _next_batch(source, batch_lines)
        if not batch and broken is None:
            break
        issues = []
        if broken is not None:
            issues.append(Issue(broken.line, "", broken.rule, broken.message))
            counts.read += 1
        last = broken.line if broken is not None else batch[-1].number
        _import_batch(importer, batch, last, counts, issues, on_batch, rehearsal)
    return counts


def _next_batch(source: Iterator[Line], batch_lines: int) -> tuple[list[Line], BrokenFile | None]:
    batch: list[Line] = []
    size = 0
    try:
        for line in source:
            batch.append(line)
            size += line.weight
            if len(batch) >= batch_lines or size >= BATCH_BYTES:
                break
    except BrokenFile as error:
        return batch, error
    return batch, None


def _import_batch(
    importer: Importer,
    batch: list[Line],
    last: int,
    counts: Counts,
    issues: list[Issue],
    on_batch: OnBatch | None,
    rehearsal: Rehearsal | None,
) -> None:
    rows = []
    for line in batch:
        try:
            if line.fault is not None:
                raise RowError("", *line.fault)
            rows.append(importer.parse(line.number, line.data))
        except RowError as error:
            issues.append(Issue(line.number, error.field, error.rule, error.message))
    with transaction.atomic():
        wait_as_imports_do()
        lock_corpus(importer.prompt_set.project_id)
        if not rows:
            outcome = Outcome()
        elif rehearsal is None:
            outcome = _write(importer, rows)
        else:
            outcome = rehearsal.write(importer, rows, _write)
        issues = sorted(issues + outcome.issues, key=lambda issue: issue.line)
        counts.read += len(batch)
        counts.added += outcome.added
        counts.refused += len(issues)
        counts.elsewhere += outcome.elsewhere
        counts.already = counts.read - counts.added - counts.refused
        if on_batch is not None:
            on_batch(last, counts, issues)


def _write(importer: Importer, rows: list[BaseRow]) -> Outcome:
    """All rows at once; when the database refuses, one by one, so that only the bad one is lost."""
    try:
        with transaction.atomic():
            return importer.write(rows)
    except (IntegrityError, DataError) as error:
        if len(rows) == 1:
            return _refused_by_database(rows[0], error)
    whole = Outcome()
    for row in rows:
        part = _write(importer, [row])
        whole.added += part.added
        whole.issues += part.issues
        whole.elsewhere += part.elsewhere
    return whole


class Rehearsal(Protocol):
    """Tells what writing would do, and leaves nothing."""

    def write(
        self,
        importer: Importer,
        rows: list[BaseRow],
        write: Callable[[Importer, list[BaseRow]], Outcome],
    ) -> Outcome:
        """What would become of the rows."""


def _refused_by_database(row: BaseRow, error: Exception) -> Outcome:
    diagnosis = getattr(error.__cause__, "diag", None)
    rule = getattr(diagnosis, "constraint_name", None) or "refused_by_database"
    message = getattr(diagnosis, "message_primary", None) or "the database refused this row"
    return Outcome(issues=[Issue(row.line, "", rule, message)])


# --- prompts, which every kind of row brings along --------------------------------------------
class KnownPrompt(NamedTuple):
    """A prompt of the set."""

    id: UUID
    is_plain: bool


def ensure_prompts(
    prompt_set: PromptSet, rows: Sequence[BaseRow], outcome: Outcome
) -> dict[str, KnownPrompt]:
    """The prompts of the rows by hash, created where they are missing.

    Rows whose prompt is on the other side of the loop are refused in `outcome`; their hashes are
    missing in the answer.
    """
    prompts: dict[str, tuple[BaseRow, ParsedPrompt]] = {}
    for row in rows:
        prompt: ParsedPrompt = row.prompt  # type: ignore[attr-defined]
        prompts.setdefault(prompt.hash, (row, prompt))
    known = known_prompts(prompt_set, prompts)
    taken = taken_by_other_side(prompt_set, prompts.keys() - known.keys())
    new = []
    for key, (row, prompt) in prompts.items():
        if key not in known and key not in taken:
            known[key] = KnownPrompt(new_id(), prompt.is_plain)
            new.append((known[key].id, prompt, row))
    if new:
        copy_rows(
            Prompt,
            (
                *("id", "prompt_set_id", "messages", "is_plain", "text_hash"),
                *("language", "tags", "split"),
            ),
            (
                (
                    *(key, prompt_set.id, json_text(p.messages), p.is_plain, p.hash),
                    *(row.lang, row.tags, row.split or Split.TRAIN.value),
                )
                for key, p, row in new
            ),
        )
    for row in rows:
        if row.prompt.hash in taken:  # type: ignore[attr-defined]
            refuse_side(outcome, row, prompt_set)
    return known


def known_prompts(prompt_set: PromptSet, hashes: Iterable[str]) -> dict[str, KnownPrompt]:
    """The prompts of the set with these hashes."""
    rows = read_rows(
        "SELECT p.text_hash, p.id, p.is_plain FROM unnest(%s::text[]) AS wanted(key) "
        "CROSS JOIN LATERAL (SELECT text_hash, id, is_plain FROM corpus_prompt "
        "WHERE prompt_set_id = %s AND text_hash = wanted.key OFFSET 0) p",
        [list(hashes), prompt_set.id],
    )
    return {key: KnownPrompt(prompt_id, is_plain) for key, prompt_id, is_plain in rows}


def taken_by_other_side(prompt_set: PromptSet, hashes: Iterable[str]) -> set[str]:
    """Those hashes that the other side of the loop uses in this project."""
    if prompt_set.purpose not in SIDES:
        return set()
    rows = read_rows(
        "SELECT u.text_hash FROM unnest(%s::text[]) AS wanted(key) "
        "CROSS JOIN LATERAL (SELECT text_hash, side FROM corpus_promptuse "
        "WHERE project_id = %s AND text_hash = wanted.key OFFSET 0) u WHERE u.side <> %s",
        [list(hashes), prompt_set.project_id, prompt_set.purpose],
    )
    return {key for (key,) in rows}


def refuse_side(outcome: Outcome, row: BaseRow, prompt_set: PromptSet) -> None:
    """The prompt of the row is used on the other side."""
    side = "RL" if prompt_set.purpose == PromptSet.Purpose.REWARD else "reward"
    outcome.refuse(
        row, "prompt", "prompt_on_one_side_only", f"this is a {side} prompt of the project already"
    )


# --- kinds ------------------------------------------------------------------------------------
class _ThereAlready(NamedTuple):
    """What the set says about a prompt that comes again."""

    reference: Any
    extras: Any
    tags: list[str]
    split: str


@dataclass
class PromptImporter:
    """Prompt rows into one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_prompt_row)

    def write(self, rows: list[PromptRow]) -> Outcome:
        outcome = Outcome()
        hashes = {row.prompt.hash for row in rows}
        there = self._there(hashes)
        ids = self._ids([row.id for row in rows if row.id])
        taken = taken_by_other_side(self.prompt_set, hashes - there.keys())
        new: dict[str, PromptRow] = {}
        for row in rows:
            key = row.prompt.hash
            if row.id and ids.get((row.source, row.id), key) != key:
                outcome.refuse(
                    row, "id", "different_content", f"{row.id!r} names another prompt already"
                )
            elif key in there:
                self._check_same(row, there[key], outcome)
            elif key in taken:
                refuse_side(outcome, row, self.prompt_set)
            else:
                new[key] = row
                there[key] = _ThereAlready(
                    row.reference, row.extras, row.tags, row.split or Split.TRAIN
                )
                ids[(row.source, row.id)] = key
        self._insert(new)
        outcome.added = len(new)
        return outcome

    def _there(self, hashes: set[str]) -> dict[str, _ThereAlready]:
        rows = read_rows(
            "SELECT p.text_hash, p.reference, p.meta, p.tags, p.split FROM unnest(%s::text[]) AS wanted(key) "
            "CROSS JOIN LATERAL (SELECT text_hash, reference, meta, tags, split FROM corpus_prompt "
            "WHERE prompt_set_id = %s AND text_hash = wanted.key OFFSET 0) p",
            [list(hashes), self.prompt_set.id],
        )
        return {
            key: _ThereAlready(_read(reference), _read(meta), *rest)
            for key, reference, meta, *rest in rows
        }

    def _ids(self, ids: list[str]) -> dict[tuple[str, str], str]:
        rows = read_rows(
            "SELECT p.source, p.source_id, p.text_hash FROM unnest(%s::text[]) AS wanted(key) "
            "CROSS JOIN LATERAL (SELECT source, source_id, text_hash FROM corpus_prompt "
            "WHERE prompt_set_id = %s AND source_id = wanted.key AND source_id <> '' OFFSET 0) p",
            [ids, self.prompt_set.id],
        )
        return {(source, source_id): key for source, source_id, key in rows}

    @staticmethod
    def _check_same(row: PromptRow, there: _ThereAlready, outcome: Outcome) -> None:
        """The same prompt again is fine; other things said about it would be lost, so say so."""
        if hash_of([row.reference, row.extras]) != hash_of([there.reference, there.extras]):
            outcome.refuse(
                row,
                "prompt",
                "different_content",
                "the set holds this prompt already, with another reference or other fields",
            )
        elif not set(row.tags) <= set(there.tags):
            outcome.refuse(
                row, "tags", "different_content", "the set holds this prompt without these tags"
            )
        elif row.split not in ("", there.split):
            outcome.refuse(
                row, "split", "different_content", f"the set holds this prompt as {there.split}"
            )

    def _insert(self, new: dict[str, PromptRow]) -> None:
        copy_rows(
            Prompt,
            (
                "id",
                "prompt_set_id",
                "messages",
                "is_plain",
                "text_hash",
                "language",
                "source",
                "source_id",
                "reference",
                "meta",
                "tags",
                "split",
            ),
            (
                (
                    new_id(),
                    self.prompt_set.id,
                    json_text(row.prompt.messages),
                    row.prompt.is_plain,
                    key,
                    row.lang,
                    row.source,
                    row.id,
                    None if row.reference is None else json_text(row.reference),
                    json_text(row.extras),
                    row.tags,
                    row.split or Split.TRAIN.value,
                )
                for key, row in new.items()
            ),
        )


@dataclass
class CompletionImporter:
    """Completion rows; their prompts go to one prompt set."""

    prompt_set: PromptSet
    parse = staticmethod(parse_completion_row)

    def write(self, rows: list[CompletionRow]) -> Outcome:
        outcome = Outcome()
        own = self._own([row.id for row in rows if row.source == OWN_SOURCE])
        rows = [row for row in rows if row.id not in own or row.source != OWN_SOURCE]
        with_prompt = [row for row in rows if row.prompt is not None]
        known = ensure_prompts(self.prompt_set, with_prompt, outcome)
        by_id = self._by_id([row.prompt_id for row in rows if row.prompt is None])
        wanted: list[tuple[UUID, CompletionRow]] = []
        for row in rows:
            prompt_id = self._prompt_of(row, known, by_id)
            if prompt_id is not None:
                wanted.append((prompt_id, row))
            elif row.prompt_id in by_id:
                message = "the set holds prompts of this id from several sources; give its source"
                outcome.refuse(row, "prompt_id", "several_prompts", message)
            elif row.prompt is None:
                outcome.refuse(
                    row, "prompt_id", "unknown_prompt", "the set holds no prompt of this id"
                )
        self._insert(wanted, outcome)
        return outcome

    @staticmethod
    def _prompt_of(
        row: CompletionRow, known: dict[str, KnownPrompt], by_id: dict[str, dict[str, UUID]]
    ) -> UUID | None:
        if row.prompt is None:
            named = by_id.get(row.prompt_id, {})
            only = next(iter(named.values())) if len(named) == 1 else None
            return named.get(row.source, only)
        found = known.get(row.prompt.hash)
        return None if found is None else found.id

    def _own(self, ids: list[str]) -> set[str]:
        """Those ids that name completions of this project: rows it exported itself."""
        keys = [key for key in map(as_uuid, ids) if key is not None]
        found = Completion.objects.filter(
            id__in=keys, prompt__prompt_set__project_id=self.prompt_set.project_id
        )
        return {str(key) for key in found.values_list("id", flat=True)}

    def _by_id(self, ids: list[str]) -> dict[str, dict[str, UUID]]:
        """Prompts by their id; those that came with one id, by their sources."""
        found = Prompt.objects.filter(prompt_set=self.prompt_set, source_id__in=ids)
        named: dict[str, dict[str, UUID]] = {}
        rows = found.exclude(source_id="").values_list("source", "source_id", "id")
        for source, name, key in rows:
            named.setdefault(name, {})[source] = key
        keys = [key for key in map(as_uuid, ids) if key is not None]
        own = Prompt.objects.filter(prompt_set=self.prompt_set, id__in=keys)
        return {str(key): {"": key} for key in own.values_list("id", flat=True)} | named

    def _insert(self, wanted: list[tuple[UUID, CompletionRow]], outcome: Outcome) -> None:
        told = [
            (prompt_id, row, {hash_of(["completion", *c.identity]): c for c in row.completions})
            for prompt_id, row in wanted
        ]
        there = imported_completions(
            (prompt_id, key) for prompt_id, _, given in told for key in given
        )
        seen = {pair: (found.text_hash, found.system) for pair, found in there.items()}
        new: list[tuple[UUID, UUID, str, GivenCompletion, Row]] = []
        for prompt_id, row, given in told:
            contents = {(prompt_id, key): (text_hash(c.text), c.system) for key, c in given.items()}
            if any(seen.get(pair, content) != content for pair, content in contents.items()):
                outcome.refuse(
                    row, "id", "different_content", f"{row.id!r} names another completion already"
                )
                continue
            fresh = [(key, c) for key, c in given.items() if (prompt_id, key) not in seen]
            seen |= contents
            new += [(id_like(prompt_id), prompt_id, key, c, row.extras) for key, c in fresh]
            outcome.added += bool(fresh)
        insert_completions(
            (
                completion_id,
                prompt_id,
                key,
                given.system,
                given.text,
                json_text(({"id": given.id} if given.id else {}) | extras),
            )
            for completion_id, prompt_id, key, given, extras in new
        )


class StoredCompletion(NamedTuple):
    """An imported completion that is there."""

    id: UUID
    text_hash: str
    system: str


def imported_completions(
    pairs: Iterable[tuple[UUID, str]],
) -> dict[tuple[UUID, str], StoredCompletion]:
    """The imported completions of these (prompt, import key) pairs."""
    prompts, keys = [], []
    for prompt_id, key in pairs:
        prompts.append(prompt_id)
        keys.append(key)
    if not keys:
        return {}
    rows = read_rows(
        "SELECT c.prompt_id, c.import_key, c.id, c.text_hash, c.system "
        "FROM unnest(%s::uuid[], %s::text[]) AS wanted(prompt_id, key) CROSS JOIN LATERAL "
        "(SELECT prompt_id, import_key, id, text_hash, system FROM corpus_completion "
        "WHERE prompt_id = wanted.prompt_id AND import_key = wanted.key AND origin = 'import' "
        "OFFSET 0) c",
        [prompts, keys],
    )
    return {(row[0], row[1]): StoredCompletion(*row[2:]) for row in rows}


def insert_completions(rows: Iterable[tuple[UUID, UUID, str, str, str, str | None]]) -> None:
    """Insert (id, prompt, import key, system, text, meta as JSON text)."""
    copy_rows(
        Completion,
        (
            "id",
            "prompt_id",
            "origin",
            "import_key",
            "system",
            "text",
            "shown_text",
            "text_hash",
            "meta",
        ),
        (
            (
                key,
                prompt,
                "import",
                name,
                system,
                text,
                shown_or_none(text),
                text_hash(text),
                meta,
            )
            for key, prompt, name, system, text, meta in rows
        ),
    )


def _read(column: str | None) -> Any:
    """The value of a JSON column, which a plain query gives as text."""
    return None if column is None else json.loads(column)


def as_uuid(text: str) -> UUID | None:
    """The UUID whose usual spelling this is, if it is one."""
    try:
        key = UUID(text)
    except ValueError:
        return None
    return key if str(key) == text else None
