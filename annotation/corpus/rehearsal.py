"""A dry run: each batch is written for real in a transaction that is taken back.

So the database itself says what it would refuse, and locks are held for a batch, not for a file. What
earlier batches would have stored is remembered on disk, since it is gone from the tables: the second
of two equal rows is there already, whichever batches they are in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import TracebackType

from django.db import connection, transaction

from annotation.corpus.imports import Importer, Outcome
from annotation.corpus.rows import BaseRow, CompletionRow, PromptRow
from annotation.corpus.texts import hash_of

Write = Callable[[Importer, list[BaseRow]], Outcome]


class DryRun:
    """Use as a context. `make_set`: stores the target while a batch is tried, where it is new."""

    def __init__(self, make_set: Callable[[], None] | None = None) -> None:
        self._make_set = make_set
        # An unnamed database of SQLite's is a file that vanishes with the connection.
        self._seen = sqlite3.connect("", check_same_thread=False)
        self._seen.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, content BLOB) WITHOUT ROWID")

    def __enter__(self) -> DryRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.close()

    def write(self, importer: Importer, rows: list[BaseRow], write: Write) -> Outcome:
        outcome = Outcome()
        fresh = [row for row in rows if not self._was_seen(row, outcome)]
        if fresh:
            tried = self._try(importer, fresh, write)
            outcome.added += tried.added
            outcome.issues += tried.issues
            outcome.elsewhere += tried.elsewhere
            refused = {issue.line for issue in tried.issues}
            self._remember([row for row in fresh if row.line not in refused])
        return outcome

    def _try(self, importer: Importer, rows: list[BaseRow], write: Write) -> Outcome:
        with transaction.atomic():
            if self._make_set is not None:
                self._make_set()
            outcome = write(importer, rows)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
        return outcome

    def _was_seen(self, row: BaseRow, outcome: Outcome) -> bool:
        """Whether an earlier batch had this row, or one that this contradicts (then it is refused).

        The wording is that of the importers, which say the same of what is stored.
        """
        known, marks = 0, _marks(row)
        for field, key, content in marks:
            found = self._seen.execute("SELECT content FROM seen WHERE key = ?", [key]).fetchone()
            if found is None:
                continue
            if found[0] != content:
                message = f"an earlier row of this file has the same {field}, with other content"
                outcome.refuse(row, field, "different_content", message)
                return True
            if field == "prompt":
                return True
            known += 1
        return known == len(marks)

    def _remember(self, rows: list[BaseRow]) -> None:
        marks = [(key, content) for row in rows for _, key, content in _marks(row)]
        self._seen.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", marks)
        self._seen.commit()


def _marks(row: BaseRow) -> list[tuple[str, bytes, bytes]]:
    """By what the row is known again: (field, key, content)."""
    if isinstance(row, PromptRow):
        marks = [("prompt", _key("prompt", row.prompt.hash), _key(row.reference, row.extras))]
        if row.id:
            marks.insert(0, ("id", _key("id", row.source, row.id), _key(row.prompt.hash)))
        return marks
    if isinstance(row, CompletionRow):
        where = row.prompt_id if row.prompt is None else row.prompt.hash
        return [
            ("id", _key("row", where, *one.identity), _key(one.text, one.system))
            for one in row.completions
        ]
    return [("id", _key("row", *row.identity), _key(row.content_hash))]


def _key(*parts: object) -> bytes:
    return bytes.fromhex(hash_of(list(parts))[:32])
