"""What the first rows of a file are: the format that most of them match, and by which fields."""

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from annotation.corpus.incoming.files import FileKind, file_kind, read_file
from annotation.corpus.incoming.formats import COLUMNS, ORDER, Columns
from annotation.corpus.incoming.formats.base import said
from annotation.corpus.incoming.formats.columns import guess, kinds_of_mapping
from annotation.corpus.lines import BrokenFile, Line
from annotation.corpus.rows import Row, RowError, load

SAMPLE = 50
MOST_BLANK = 1 << 20  # somebody waits for these rows
MAX_COLUMNS = 200


@dataclass
class Match:
    """A format that fits `rows` of the rows looked at, by these fields; the kinds it may give."""

    format: str
    rows: int
    fields: list[str]
    kinds: list[str]


@dataclass
class Detected:
    """The beginning of a file. `formats`: those that fit, best first, never empty.

    `broken`: rule and message of a file that cannot be read on after these rows.
    """

    file: FileKind
    looked_at: int
    columns: list[str]
    formats: list[Match]
    guessed: Columns
    lines: list[Line] = field(default_factory=list)
    broken: tuple[str, str] | None = None

    @property
    def best(self) -> Match:
        return self.formats[0]

    def kinds_of_columns(self, columns: Columns) -> tuple[str, ...]:
        """What these rows can become under that mapping, the likeliest first."""
        return kinds_of_columns(columns, _rows(self.lines))

    def examples(self) -> dict[str, str]:
        """The first value of each column, cut short."""
        found: dict[str, str] = {}
        for row in filter(None, map(_row, self.lines)):
            for name in self.columns:
                if name not in found and said(row.get(name)):
                    found[name] = _visible(row[name])
        return found


def detect(path: Path, *, encoding: str = "", delimiter: str = "") -> Detected:
    """Look at the first rows; raises BrokenFile when it is no file that can be read at all."""
    kind = file_kind(path, encoding=encoding, delimiter=delimiter)
    lines: list[Line] = []
    broken = None
    try:
        for line in islice(read_file(path, kind, most_blank=MOST_BLANK), SAMPLE):
            lines.append(line)
    except BrokenFile as error:
        if not lines:
            raise
        if error.rule != "mostly_blank":  # which an import reads on
            broken = (error.rule, error.message)
    rows = _rows(lines)
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    columns = list(names)[:MAX_COLUMNS]
    guessed = guess(columns)
    return Detected(kind, len(lines), columns, _matches(rows, guessed), guessed, lines, broken)


def _visible(value: object, most: int = 80) -> str:
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = told[:most].encode("utf-8", errors="replace").decode("utf-8")
    return text.replace("\x00", "\ufffd")


def _rows(lines: list[Line]) -> list[Row]:
    return [row for row in map(_row, lines) if row is not None]


def _row(line: Line) -> Row | None:
    if line.fault is not None:
        return None
    try:
        return line.data if isinstance(line.data, dict) else load(line.data)
    except RowError:
        return None


def _matches(rows: list[Row], guessed: Columns) -> list[Match]:
    found = []
    for one in ORDER[:-1]:
        hits = [(row, fields) for row in rows if (fields := one.matches(row))]
        if hits:
            fields = Counter(fields for _, fields in hits).most_common(1)[0][0]
            kinds = Counter(one.kinds_for(row) for row, _ in hits).most_common(1)[0][0]
            kinds = usual_first(kinds, [row for row, _ in hits], "prompt", "completion")
            found.append(Match(one.name, len(hits), list(fields), list(kinds)))
    found.sort(key=lambda match: -match.rows)  # stable: ORDER decides between equals
    mapped = [name for names in guessed.values() for name in names]
    kinds = kinds_of_columns(guessed, rows)
    found.append(Match(COLUMNS.name, len(rows), mapped[:8], list(kinds)))
    return found


def kinds_of_columns(columns: Columns, rows: list[Row]) -> tuple[str, ...]:
    """What rows with this mapping can become, the likeliest first."""
    kinds = kinds_of_mapping(columns)
    names = [columns.get(field, [""])[0] for field in ("prompt", "completion")]
    return usual_first(kinds, rows, *names)


def usual_first(
    kinds: tuple[str, ...], rows: list[Row], prompt: str, answer: str
) -> tuple[str, ...]:
    """The kinds, completions before demonstrations where one prompt comes with several answers."""
    if not {"demonstrations", "completions"} <= set(kinds):
        return kinds
    answers: dict[str, str] = {}
    for row in rows:
        question, told = _visible(row.get(prompt), 10_000), _visible(row.get(answer), 10_000)
        if answers.setdefault(question, told) != told:
            return ("completions", *(kind for kind in kinds if kind != "completions"))
    return kinds
