"""Which encoding a text file has, and its bytes as UTF-8."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from annotation.corpus.lines import BOM, CHUNK, chunks_of

ENCODINGS = ("utf-8", "gb18030", "utf-16")
LOOKED_AT = 1 << 20
_HIGH = re.compile(rb"[\x80-\xff]+")


def encoding_of(path: Path) -> str:
    """UTF-8 where the text is that, else GB18030 (Chinese Excel), UTF-16 by its mark.

    The first MiB that holds a byte above 127 decides, wherever in the file it stands.
    """
    sample = b""
    with path.open("rb") as file:
        for number, chunk in enumerate(chunks_of(file)):
            if number == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if sample or not chunk.isascii():
                sample += chunk
                if len(sample) >= LOOKED_AT:
                    break
    if _decodes(sample, "utf-8") or not _decodes(sample, "gb18030"):
        return "utf-8"
    return "gb18030"


def _decodes(sample: bytes, encoding: str) -> bool:
    """Whether the sample is text of this encoding; it may begin and end within a character."""
    for start in range(4):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(sample[start:])
        except UnicodeDecodeError:
            continue
        return True
    return False


def foreign_encoding(head: bytes) -> str:
    """The likely encoding of JSON that is not UTF-8, by how the file begins; "" where it may be UTF-8.

    A file with a few bad lines among good ones is UTF-8: those lines are told one by one.
    """
    wide = _wide(head)
    if wide:
        return (
            "UTF-16"
            if head.decode(wide, errors="ignore").lstrip("\ufeff \r\n\t")[:1] in "[{"
            else ""
        )
    if head.removeprefix(BOM).lstrip()[:1] not in (b"[", b"{"):
        return ""
    lines = head.split(b"\n")
    if len(lines) > 1 and len(head) >= CHUNK:
        lines.pop()  # it may be cut
    told = [line for line in lines if not line.isascii()]
    if len(told) * 10 < len(lines) or any(_decodes(line, "utf-8") for line in told):
        return ""
    foreign = b"\n".join(told)
    return "GB18030 (GBK)" if _is_chinese(foreign) else "Latin-1 (Windows-1252)"


def _wide(head: bytes) -> str:
    """The flavour of UTF-16, by its mark or by how "{" is written in it."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return {
        b"{\x00": "utf-16-le",
        b"[\x00": "utf-16-le",
        b"\x00{": "utf-16-be",
        b"\x00[": "utf-16-be",
    }.get(head[:2], "")


def _is_chinese(text: bytes) -> bool:
    """GB18030 writes most characters as two bytes above 127; an accented letter is mostly alone."""
    runs = [len(run) for run in _HIGH.findall(text)]
    return 2 * sum(run % 2 == 0 for run in runs) > len(runs) and _decodes(text, "gb18030")


def as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes in UTF-8; what is no text of `encoding` stays as it is and so is no UTF-8 either."""
    if encoding == "utf-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    for chunk in chunks:
        yield _utf8(decoder.decode(chunk))
    yield _utf8(decoder.decode(b"", final=True))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def first_text(path: Path, encoding: str, size: int = LOOKED_AT) -> str:
    """About the first `size` bytes as text, without a byte-order mark."""
    found = b""
    with path.open("rb") as file:
        for chunk in as_utf8(chunks_of(file), encoding):
            found += chunk
            if len(found) >= size:
                break
    return found.removeprefix(BOM).decode("utf-8", errors="replace")
