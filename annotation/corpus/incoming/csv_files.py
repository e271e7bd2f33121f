"""CSV, as a stream of rows: each a dict of texts by the names in the first row.

A row's number is its number in a spreadsheet: the names are row 1. A cell may hold line breaks. A first
line `sep=;`, by which Excel is told the delimiter, is no row.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from annotation.corpus.incoming.text import as_utf8
from annotation.corpus.lines import MAX_LINE, BrokenFile, Line, chunks_of, split_lines

DELIMITERS = (",", "\t", ";", "|")
MAX_COLUMNS = 1000
MAX_ROW = 4 * MAX_LINE  # in memory; a row above MAX_LINE is refused, but the next ones are read
_SAYS_DELIMITER = re.compile(r'"?sep=(.)"?\r?', re.IGNORECASE)
csv.field_size_limit(MAX_LINE)


def delimiter_of(text: str) -> str:
    """What `sep=` says, else what splits the first rows most evenly into the most columns."""
    if (said := told_delimiter(text.partition("\n")[0])) in DELIMITERS:
        return said
    best, score = ",", 0.0
    for delimiter in DELIMITERS:
        rows = _first_rows(text, delimiter)
        width = len(rows[0]) if rows else 0
        even = sum(len(row) == width for row in rows) / max(1, len(rows))
        if width > 1 and width * even**4 > score:
            best, score = delimiter, width * even**4
    return best


def told_delimiter(line: str) -> str:
    """The delimiter that a line `sep=;` tells, or ""."""
    found = _SAYS_DELIMITER.fullmatch(line)
    return found[1] if found else ""


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.splitlines(keepends=True)[:200], delimiter=delimiter):
            if row:
                rows.append(row)
    except csv.Error:
        pass
    return rows[:-1] if len(rows) > 2 else rows  # the last one may be cut


class _Lines:
    """The lines of the file as text, and what was wrong with those read since `take_fault`."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.fault: tuple[str, str] | None = None
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            if not isinstance(line.data, bytes):
                self.fault = ("too_long", "the line is longer than 1 MiB")
                yield "\n"
                continue
            self.size += len(line.data) + 1
            if self.size > MAX_ROW:
                raise BrokenFile("bad_csv", "a row does not end: a quotation mark is missing")
            try:
                text = line.data.decode("utf-8")
            except UnicodeDecodeError as error:
                message = f"not text of the file's encoding at byte {error.start} of the line"
                self.fault = ("bad_encoding", message)
                text = line.data.decode("utf-8", errors="replace")
            if line.number > 1 or not told_delimiter(text):
                yield text.removesuffix("\r") + "\n"

    def take(self) -> tuple[tuple[str, str] | None, int]:
        found = self.fault, self.size
        self.fault, self.size = None, 0
        return found


def read_csv(
    path: Path, encoding: str, delimiter: str, *, after: int = 0, most_blank: int | None = None
) -> Iterator[Line]:
    """The rows below the names whose number is above `after`; raises BrokenFile."""
    with path.open("rb") as file:
        lines = _Lines(split_lines(as_utf8(chunks_of(file, most_blank), encoding)))
        reader = csv.reader(lines, delimiter=delimiter)
        names: list[str] | None = None
        number = 0
        while True:
            number += 1
            fault: tuple[str, str] | None = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells, fault = [], ("bad_csv", f"the row cannot be read: {error}")
            except BrokenFile as error:
                error.line = number
                raise
            found, size = lines.take()
            fault = fault or found
            if names is None:
                if cells:
                    names = _names(cells)
                continue
            if number <= after or (not any(cells) and fault is None):
                continue
            yield _line(number, names, cells, fault, size)


def _names(cells: list[str]) -> list[str]:
    """The names of the columns; one without a name or with a name twice gets its number."""
    names: list[str] = []
    for position, cell in enumerate(cells[:MAX_COLUMNS], start=1):
        name = cell.replace("\ufeff", "").strip()[:120]
        names.append(name if name and name not in names else f"{name} ({position})".strip())
    return names


def _line(
    number: int, names: list[str], cells: list[str], fault: tuple[str, str] | None, size: int
) -> Line:
    if fault is None and any(cells[len(names) :]):
        message = f"the row has {len(cells)} cells, the first row names {len(names)} columns"
        fault = ("wrong_length", message)
    if fault is not None:
        return Line(number, b"", fault=fault, size=size)
    if size > MAX_LINE:
        return Line(number, None, size=size)
    row = {name: cell for name, cell in zip(names, cells, strict=False) if cell != ""}
    return Line(number, row, size=size)
