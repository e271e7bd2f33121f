"""Writing rows as JSONL and Parquet: streamed, hashed, and the same bytes for the same rows.

Parquet: fixed version, codec, level and row groups; no time and no name of a machine is written.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
GROUP = 1000
GROUP_CHARACTERS = 16_000_000
"""A row group ends with so many rows, or with about so much text: that much is held in memory."""

TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
TEXTS, INDICES = pa.list_(pa.string()), pa.list_(pa.int32())
NUMBERS = pa.list_(pa.float64())
DIRECT = pa.struct(
    [("better", pa.int32()), ("worse", pa.int32()), ("tie", pa.bool_()), ("strength", pa.int32())]
)
ORDER = (
    *(("id", pa.string()), ("item", pa.string()), ("source", pa.string()), ("lang", pa.string())),
    *(("judge", pa.string()), ("labeler", pa.string()), ("prompt", TURNS)),
    *(("completions", TEXTS), ("systems", TEXTS), ("ranking", pa.list_(INDICES))),
    *(("unranked", INDICES), ("cannot_judge", INDICES), ("unacceptable_below", pa.int32())),
    *(("direct", pa.list_(DIRECT)), ("grades", pa.string()), ("flags", pa.list_(TEXTS))),
    *(("spans", pa.string()), ("notes", TEXTS), ("note", pa.string()), ("mode", pa.string())),
    *(("guideline", pa.int32()), ("presented", INDICES), ("active_ms", pa.int64())),
    ("created_at", pa.string()),
)


def _preference(content: Any, prompt: Any) -> tuple[tuple[str, Any], ...]:
    return (
        *(("id", pa.string()), ("prompt", prompt), ("chosen", content), ("rejected", content)),
        *(("ranking_id", pa.string()), ("lang", pa.string()), ("labeler", pa.string())),
        *(("tie", pa.bool_()), ("direct", pa.bool_()), ("strength", pa.int32())),
        *(("tier_gap", pa.int32()), ("weight", pa.float64())),
    )


SCHEMAS: dict[str, tuple[tuple[str, Any], ...]] = {
    "rankings": ORDER,
    "pairs": _preference(TURNS, TURNS),
    "pairs_plain": _preference(pa.string(), pa.string()),
    "consensus": (
        *(("item", pa.string()), ("prompt", TURNS), ("completions", TEXTS), ("lang", pa.string())),
        *(("method", pa.string()), ("judges", pa.int32()), ("judgments", pa.int32())),
        *(("ranking", pa.list_(INDICES)), ("unranked", INDICES)),
        *(("scores", NUMBERS), ("low", NUMBERS), ("high", NUMBERS), ("better", pa.list_(NUMBERS))),
    ),
    "demonstrations": (
        *(("id", pa.string()), ("messages", TURNS), ("lang", pa.string())),
        *(("author", pa.string()), ("guideline", pa.int32()), ("created_at", pa.string())),
    ),
}
ALWAYS = ("prompt", "completions", "ranking")
AS_JSON = ("grades", "spans")
"""Their form differs from row to row: JSON text in Parquet, as they are in JSONL."""


class Writer(Protocol):
    """A file that rows are written to, one after the other."""

    rows: int

    def write(self, row: Row) -> None: ...

    def close(self) -> None: ...


class JsonLines:
    """One object a line. `terse`: what says nothing (null, empty, false) is left out, as imports have it."""

    def __init__(self, path: Path, terse: bool) -> None:
        self.rows = 0
        self._terse = terse
        self._file = path.open("wb")

    def write(self, row: Row) -> None:
        if self._terse:
            row = {
                name: value
                for name, value in row.items()
                if name in ALWAYS or not _is_silent(value)
            }
        self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self.rows += 1

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class Parquet:
    """Rows of one of `SCHEMAS`."""

    def __init__(self, path: Path, part: str, margin: bool) -> None:
        self.rows = 0
        fields = list(SCHEMAS[part])
        if margin and part.startswith("pairs"):
            fields.append(("margin", pa.float64()))
        self._schema = pa.schema(fields)
        self._held: list[Row] = []
        self._characters = 0
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            version="2.6",
            compression="zstd",
            compression_level=3,
            write_statistics=True,
            store_schema=True,
        )

    def write(self, row: Row) -> None:
        line = {**row, **{name: json.dumps(row[name], ensure_ascii=False, sort_keys=True)
                          for name in AS_JSON if name in row}}  # fmt: skip
        self._held.append(line)
        self._characters += sum(map(len, row.get("completions", ()))) + 1000
        self.rows += 1
        if len(self._held) >= GROUP or self._characters >= GROUP_CHARACTERS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_pylist(self._held, schema=self._schema)
            self._writer.write_table(table, row_group_size=len(self._held))
        self._held, self._characters = [], 0


def _is_silent(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_silent(each) for each in value)
    return value is None or value == "" or value == {} or value is False
