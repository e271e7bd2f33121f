"""Parquet, as a stream of rows, read in a process of its own whose memory has a bound.

How large a row becomes stands nowhere: one text of a dictionary may be told in every row, so a file of
some kilobytes can hold more than any memory. What does not fit ends that process, and neither the web
nor a worker.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import annotation
from annotation.corpus.incoming.parquet_reader import BROKEN, OUT_OF_MEMORY, opened
from annotation.corpus.lines import BrokenFile, Line

MAGIC = b"PAR1"
_READER = "annotation.corpus.incoming.parquet_reader"


def row_count(path: Path) -> int:
    """How many rows the file says it has."""
    with opened(path) as parquet:
        return int(parquet.metadata.num_rows)


def read_parquet(path: Path, *, after: int = 0) -> Iterator[Line]:
    """The rows whose number, from 1, is above `after`; raises BrokenFile."""
    reached = after
    with _reader(path, after) as process:
        for text in _lines(process):
            number, size, row = json.loads(text)
            if isinstance(row, str):  # why it ends here, and in place of a size the rule
                raise _broken(size, row, number)
            reached = number
            yield Line(number, row, size=size)
        status = process.wait()
        if status == OUT_OF_MEMORY or status < 0:  # below 0: killed, by what could not allocate
            words = f"{BROKEN}its rows do not fit into memory"
            raise _broken("expands_too_much", words, reached + 1)
        if status:
            raise RuntimeError(f"the process that reads Parquet ended with {status}; see its words")


def _broken(rule: str, message: str, line: int) -> BrokenFile:
    error = BrokenFile(rule, message)
    error.line = line
    return error


def _lines(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


@contextmanager
def _reader(path: Path, after: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, which is gone afterwards however far it was read."""
    process = subprocess.Popen(
        [sys.executable, "-m", _READER, str(path.resolve()), str(after)],
        cwd=Path(annotation.__path__[0]).parent,
        env={"PATH": os.environ.get("PATH", ""), "ARROW_DEFAULT_MEMORY_POOL": "system"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _lines(process).close()
