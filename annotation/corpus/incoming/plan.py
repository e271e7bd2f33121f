"""How a file is to be taken in: decided once, kept with the run, the same for check and import."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.corpus.imports import Importer, Outcome
from annotation.corpus.incoming.files import FileKind, expected_rows, read_file
from annotation.corpus.incoming.formats import FORMATS, Columns
from annotation.corpus.incoming.formats.columns import FIELDS, SEVERAL
from annotation.corpus.incoming.formats.rows import unpacked
from annotation.corpus.lines import Line
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import MAX_SOURCE, BaseRow, Row, RowError, load
from annotation.lib.errors import Invalid

KINDS = ("prompts", "completions", "rankings", "demonstrations")
# What a kind of row consists of; the rest of a converted row is what all kinds share.
_ORDER = ("ranking", "unranked", "scores")
_PARTS = ("completion", "completions", "systems", *_ORDER)


@dataclass(frozen=True, slots=True)
class Plan:
    """`source` names where rows with an id come from, if they don't say; `language` likewise."""

    file: FileKind
    format: str
    kind: str
    columns: Columns = field(default_factory=dict)
    source: str = ""
    language: str = ""

    def lines(self, path: Path, *, after: int = 0) -> Iterator[Line]:
        """The rows of the file above that number; raises BrokenFile."""
        return read_file(path, self.file, after=after)

    def total(self, path: Path) -> int | None:
        """Rows of a file that says so, lines of a plain one; None where only reading tells."""
        return expected_rows(path, self.file)

    def row(self, data: bytes | Row | None) -> Row:
        """Our row, not checked yet; raises RowError."""
        given = load(data) if not isinstance(data, dict) else data
        if self.format == "rows":
            return self._from_here(unpacked(given) if self.file.is_table else dict(given))
        found = as_kind(FORMATS[self.format].convert(given, self.columns), self.kind)
        if self.language and not found.get("lang"):
            found["lang"] = self.language
        return self._from_here(found)

    def _from_here(self, row: Row) -> Row:
        """The row with a source where it has an id and none: ids of two files are not one id."""
        if self.source and row.get("id") and not row.get("source"):
            row["source"] = self.source
        return row

    def as_dict(self) -> dict[str, Any]:
        """For the settings of a run."""
        return {
            "file": self.file.as_dict(),
            "format": self.format,
            "columns": self.columns,
            "source": self.source,
            "language": self.language,
        }

    @classmethod
    def from_dict(cls, kind: str, value: dict[str, Any]) -> "Plan":
        return cls(
            FileKind(**value["file"]),
            value["format"],
            kind,
            value["columns"],
            value["source"],
            value["language"],
        )


def source_of(filename: str) -> str:
    """What rows of that file are from, where they have ids and don't say."""
    return filename.partition(".")[0].strip()[:MAX_SOURCE] or "import"


def checked_columns(columns: Any, names: list[str] | None = None) -> Columns:
    """A mapping of our fields to columns of theirs. Raises Invalid naming the field."""
    errors = []
    found: Columns = {}
    if not isinstance(columns, dict):
        raise Invalid(("columns", "wrong_type", "columns must be an object"))
    for ours, given in columns.items():
        path = f"columns.{str(ours)[:40]}"
        theirs = [given] if isinstance(given, str) else given
        if ours not in FIELDS:
            errors.append((path, "unknown_field", f"fields are {', '.join(FIELDS)}"))
        elif not isinstance(theirs, list) or not all(isinstance(name, str) for name in theirs):
            errors.append((path, "wrong_type", f"{path} must be a column or a list of columns"))
        elif len(theirs) > 1 and ours not in SEVERAL:
            errors.append((path, "too_many", f"{ours} comes from one column"))
        elif names is not None and (absent := [name for name in theirs if name not in names]):
            message = f"the file has no column {absent[0][:60]!r}"
            errors.append((path, "unknown_column", message))
        elif theirs:
            found[ours] = theirs
    if errors:
        raise Invalid(*errors)
    return found


def as_kind(row: Row, kind: str) -> Row:
    """The row as one of that kind: a pair can give a prompt, or its better answer."""
    if kind == "rankings":
        if "completions" not in row:
            raise RowError("completions", "missing", "the row has no answers to rank")
        if "ranking" not in row:
            message = "nothing says which answer is better: no ranks, no scores, no order"
            raise RowError("ranking", "missing", message)
        row.pop("completion", None)
        return row
    if kind == "completions" and "completions" in row:
        for name in (*_ORDER, "completion"):
            row.pop(name, None)
        return row
    answer = row.get("completion")
    if answer is None and kind != "prompts" and "completions" in row:
        answer = _best(row)
    for name in _PARTS:
        row.pop(name, None)
    if kind == "prompts":
        if answer is not None and "reference" not in row:
            row["reference"] = answer
        row.pop("author", None)
        return row
    if answer is None:
        raise RowError("completion", "no_answer", "the row has no answer by the assistant")
    row["completion"] = answer
    return row


def _best(row: Row) -> Any:
    ranking = row.get("ranking")
    if not ranking or len(ranking[0]) != 1:
        raise RowError("ranking", "no_single_best", "no answer is better than all others")
    return row["completions"][ranking[0][0]]


@dataclass
class PlannedImporter:
    """An importer of rows that go through a plan first."""

    inner: Importer
    plan: Plan
    prompt_set: PromptSet = field(init=False)

    def __post_init__(self) -> None:
        self.prompt_set = self.inner.prompt_set

    def parse(self, number: int, data: bytes | Row | None) -> BaseRow:
        return self.inner.parse(number, self.plan.row(data) if data is not None else None)

    def write(self, rows: list[Any]) -> Outcome:
        return self.inner.write(rows)
