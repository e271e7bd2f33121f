"""What kind of file it is, by its content, and its rows as a stream."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotation.corpus.incoming.csv_files import DELIMITERS, delimiter_of, read_csv
from annotation.corpus.incoming.json_files import read_array
from annotation.corpus.incoming.parquet_files import MAGIC, read_parquet, row_count
from annotation.corpus.incoming.text import ENCODINGS, encoding_of, first_text, foreign_encoding
from annotation.corpus.lines import BOM, BrokenFile, Line, chunks_of, is_packed, read_lines

CONTAINERS = ("jsonl", "json", "csv", "parquet")
_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or a zip archive: save the sheet as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV (UTF-8)",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it, or use gzip",
    b"BZh": "compressed with bzip2: unpack it, or use gzip",
    b"%PDF": "a PDF document",
}


@dataclass(frozen=True, slots=True)
class FileKind:
    """How the file is to be read. `encoding` and `delimiter` are those of CSV."""

    container: str
    packed: bool = False
    encoding: str = ""
    delimiter: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_table(self) -> bool:
        return self.container in ("csv", "parquet")


def file_kind(path: Path, *, encoding: str = "", delimiter: str = "") -> FileKind:
    """What the content says, with the encoding and delimiter given, if any; raises BrokenFile."""
    with path.open("rb") as file:
        packed = is_packed(file)
        head = next(chunks_of(file), b"")
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise BrokenFile("unknown_file", f"this is {what}")
    if head.startswith(MAGIC):
        return FileKind("parquet", packed)
    start = head.removeprefix(BOM).lstrip()[:1]
    if foreign := foreign_encoding(head):
        raise BrokenFile("not_utf8", f"this is JSON in {foreign}: save it as UTF-8")
    if start == b"[":
        return FileKind("json", packed)
    if start == b"{":
        if head.removeprefix(BOM).lstrip().partition(b"\n")[0].strip() == b"{":
            message = "one JSON object over several lines: write one object per line, or an array"
            raise BrokenFile("unknown_file", message)
        return FileKind("jsonl", packed)
    if not start:
        raise BrokenFile("empty", "the file is empty")
    encoding = encoding if encoding in ENCODINGS else encoding_of(path)
    if b"\x00" in head and encoding != "utf-16":
        raise BrokenFile("unknown_file", "this is no text, and no Parquet file either")
    if delimiter not in DELIMITERS:
        delimiter = delimiter_of(first_text(path, encoding))
    return FileKind("csv", packed, encoding, delimiter)


def read_file(
    path: Path, kind: FileKind, *, after: int = 0, most_blank: int | None = None
) -> Iterator[Line]:
    """The rows whose number is above `after`; raises BrokenFile. `most_blank`: see `chunks_of`."""
    if kind.container == "parquet":
        return read_parquet(path, after=after)
    if kind.container == "json":
        return read_array(path, after=after, most_blank=most_blank)
    if kind.container == "csv":
        return read_csv(path, kind.encoding, kind.delimiter, after=after, most_blank=most_blank)
    return read_lines(path, after=after, most_blank=most_blank)


def expected_rows(path: Path, kind: FileKind) -> int | None:
    """Rows of a Parquet file, lines of a plain text; None where only reading the file tells."""
    if kind.container == "parquet":
        try:
            return row_count(path)
        except BrokenFile:
            return None
    if kind.packed or kind.container == "json":
        return None
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
