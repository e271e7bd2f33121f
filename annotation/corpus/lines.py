"""Lines of a file as a stream: plain or gzip by content, bounded in line length and expansion.

Memory stays at a chunk and a line, whatever the file claims to be.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAX_LINE = 1024 * 1024
CHUNK = 256 * 1024
# A file of JSON shrinks 3 to 30 times; one that grows a hundredfold is made to hurt.
MAX_RATIO = 100
RATIO_FROM = 64 * 1024 * 1024
MAX_TOTAL = 32 * 1024**3
GZIP_MAGIC = b"\x1f\x8b"
BLANK = b" \t\r\n\v\f\0,;|"  # also of an empty row of a table
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, or one row of a table or array that was read already.

    `data` is None when it is longer than allowed. `fault`: rule and message of what made it
    unreadable. `size`: bytes, about, where `data` is a row.
    """

    number: int
    data: bytes | dict[str, Any] | None
    fault: tuple[str, str] | None = None
    size: int = 0

    @property
    def weight(self) -> int:
        """Bytes, about."""
        return len(self.data) if isinstance(self.data, bytes) else self.size


class BrokenFile(Exception):
    """The file cannot be read on from `line`. `rule`: see docs/data-format.md."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.line = 1


def read_lines(
    path: Path, *, after: int = 0, max_line: int = MAX_LINE, most_blank: int | None = None
) -> Iterator[Line]:
    """The lines of the file whose number is above `after`, counted from 1; raises BrokenFile.

    Lines end with "\\n". Blank lines are left out but counted.
    """
    with path.open("rb") as file:
        for line in split_lines(chunks_of(file, most_blank), max_line=max_line):
            if line.number > after and (not isinstance(line.data, bytes) or line.data.strip()):
                yield line


def split_lines(chunks: Iterator[bytes], *, max_line: int = MAX_LINE) -> Iterator[Line]:
    """Every line of the byte stream, also blank ones; too long ones without their content."""
    number, rest, too_long = 0, b"", False
    while True:
        try:
            chunk = next(chunks, None)
        except BrokenFile as error:
            error.line = number + 1
            raise
        if chunk is None:
            break
        pieces = (rest + chunk).split(b"\n") if not too_long else chunk.split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            number += 1
            if number == 1:
                piece = piece.removeprefix(BOM)
            yield Line(number, None if too_long or len(piece) > max_line else piece)
            too_long = False
        if len(rest) > max_line:
            too_long, rest = True, b""
        elif too_long:
            rest = b""
    if rest or too_long:
        number += 1
        piece = rest.removeprefix(BOM) if number == 1 else rest
        yield Line(number, None if too_long else piece)


def is_packed(file: BinaryIO) -> bool:
    """Whether the file is gzip; leaves it at its beginning."""
    packed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    return packed


def chunks_of(file: BinaryIO, most_blank: int | None = None) -> Iterator[bytes]:
    """The bytes of the file, unpacked where it is gzip; raises BrokenFile.

    `most_blank`: `mostly_blank` where more than so many bytes follow each other without a word.
    """
    blank = 0
    for chunk in _unpacked(file):
        blank = 0 if chunk.strip(BLANK) else blank + len(chunk)
        if most_blank is not None and blank > most_blank:
            raise BrokenFile("mostly_blank", f"more than {most_blank} bytes in a row are blank")
        yield chunk


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    if not is_packed(file):
        while chunk := file.read(CHUNK):
            yield chunk
        return
    total = 0
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            while chunk := unpacked.read(CHUNK):
                total += len(chunk)
                _check_expansion(total, file.tell())
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise BrokenFile("bad_gzip", f"the compressed file is damaged: {error}") from None


def _check_expansion(unpacked: int, packed: int) -> None:
    if unpacked > MAX_TOTAL or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed):
        raise BrokenFile(
            "expands_too_much", f"{packed} compressed bytes turned into more than {unpacked}"
        )
