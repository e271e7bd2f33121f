"""Parquet, as a stream of rows; a column chunk is read page by page, never whole."""

import datetime
import decimal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from annotation.corpus.lines import MAX_LINE, MAX_TOTAL, BrokenFile, Line, chunks_of, is_packed

MAGIC = b"PAR1"
BATCH_ROWS = 256
BUFFER_BYTES = 1 << 20
_BROKEN = "the Parquet file cannot be read: "


def read_parquet(path: Path, *, after: int = 0) -> Iterator[Line]:
    """The rows whose number, from 1, is above `after`; raises BrokenFile."""
    number = 0
    with _opened(path) as parquet:
        try:
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                if number + rows <= after:
                    number += rows
                    continue
                for batch in parquet.iter_batches(
                    BATCH_ROWS, row_groups=[group], use_threads=False
                ):
                    for row in batch.to_pylist():
                        number += 1
                        if number > after:
                            yield _line(number, row)
        except _errors() as error:
            broken = BrokenFile("bad_parquet", f"{_BROKEN}{str(error)[:200]}")
            broken.line = number + 1
            raise broken from None


def row_count(path: Path) -> int:
    """How many rows the file says it has."""
    with _opened(path) as parquet:
        return int(parquet.metadata.num_rows)


def _errors() -> tuple[type[Exception], ...]:
    import pyarrow  # slow to load, and most imports don't need it

    return (pyarrow.ArrowException, OSError)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import pyarrow.parquet

    with _unpacked(path) as file:
        try:
            parquet = pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER_BYTES)
            _check_size(parquet.metadata)
        except _errors() as error:
            raise BrokenFile("bad_parquet", f"{_BROKEN}{str(error)[:200]}") from None
        try:
            yield parquet
        finally:
            parquet.close()


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The file itself, or its content on disk where it is gzip: Parquet is read from the end."""
    with path.open("rb") as file:
        if not is_packed(file):
            yield file
            return
        with tempfile.TemporaryFile(dir=path.parent) as plain:
            for chunk in chunks_of(file):
                plain.write(chunk)
            plain.seek(0)
            yield plain


def _check_size(metadata: Any) -> None:
    total = sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    if total > MAX_TOTAL or total > MAX_LINE * max(1, metadata.num_rows):
        raise BrokenFile("expands_too_much", "the rows are longer than 1 MiB on average")


def _line(number: int, row: dict[str, Any]) -> Line:
    plain = {name: _plain(value) for name, value in row.items() if value is not None}
    size = _size(plain)
    return Line(number, plain if size <= MAX_LINE else None, size=size)


def _plain(value: Any) -> Any:
    """The value as JSON has it; nulls of a struct are left out, since Parquet fills them in."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | datetime.timedelta):
        return str(value)
    if isinstance(value, bytes):
        # What is no text is refused later on, and only where it is used.
        return value.decode("utf-8", errors="surrogateescape")
    return value


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else 3 * len(value)
    if isinstance(value, dict):
        return sum(len(name) + _size(inner) + 4 for name, inner in value.items())
    if isinstance(value, list):
        return sum(_size(inner) + 2 for inner in value)
    return 8
