"""The report of refused lines as a file: line, field, rule, message."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

REPORT = ("line", "field", "rule", "message")


def as_jsonl(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """One object per line."""
    for row in rows:
        yield json.dumps(dict(zip(REPORT, row, strict=True)), ensure_ascii=False).encode() + b"\n"


def as_csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """With the mark by which Excel knows UTF-8, and no cell that a spreadsheet would compute."""
    yield "\ufeff".encode()
    yield ",".join(REPORT).encode() + b"\r\n"
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow([_harmless(cell) for cell in row])
        yield text.getvalue().encode()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell and cell[0] in "=+-@\t\r" else cell
