"""The process that reads a Parquet file (see parquet_files): `python -m … FILE AFTER` writes a line of JSON for
each row: its number, its size and the row (null: too long); a rule and its words where the file is broken.

A column chunk is read page by page, never whole.
"""

import datetime
import decimal
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from annotation.corpus.lines import MAX_LINE, MAX_TOTAL, BrokenFile, Line, chunks_of, is_packed

BATCH_ROWS = 256
BUFFER_BYTES = 1 << 20
MAX_MEMORY = 4 << 30  # 256 rows of a MiB, as Arrow and as Python has them, and the libraries
OUT_OF_MEMORY = 71  # its exit code; a fault of ours would be 1
BROKEN = "the Parquet file cannot be read: "


def rows_of(path: Path, after: int) -> Iterator[Line]:
    """The rows whose number, from 1, is above `after`; raises BrokenFile."""
    number = 0
    with opened(path) as parquet:
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
        except MemoryError:  # Arrow's is one of its errors too
            raise
        except _errors() as error:
            broken = BrokenFile("bad_parquet", f"{BROKEN}{str(error)[:200]}")
            broken.line = number + 1
            raise broken from None


def _errors() -> tuple[type[Exception], ...]:
    import pyarrow  # slow to load, and most imports don't need it

    return (pyarrow.ArrowException, OSError)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file, by its directory so far; raises BrokenFile."""
    import pyarrow.parquet

    with _unpacked(path) as file:
        try:
            parquet = pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER_BYTES)
            _check_size(parquet.metadata)
        except _errors() as error:
            raise BrokenFile("bad_parquet", f"{BROKEN}{str(error)[:200]}") from None
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


def main(path: str, after: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    try:
        for line in rows_of(Path(path), int(after)):
            print(json.dumps([line.number, line.size, line.data], default=str))
    except BrokenFile as error:
        print(json.dumps([error.line, error.rule, error.message]))
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main(*sys.argv[1:])
