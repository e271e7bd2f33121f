"""A JSON array, as a stream of its elements; never more than one of them in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path

from annotation.corpus.lines import MAX_LINE, BrokenFile, Line, chunks_of

_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def read_array(path: Path, *, after: int = 0, most_blank: int | None = None) -> Iterator[Line]:
    """The elements whose number, from 1, is above `after`, each as JSON text; raises BrokenFile."""
    with path.open("rb") as file:
        number = 0
        try:
            for element in _elements(_texts(chunks_of(file, most_blank))):
                number += 1
                if number > after:
                    data = element.encode("utf-8", errors="surrogatepass")
                    yield Line(number, data if len(data) <= MAX_LINE else None)
        except BrokenFile as error:
            error.line = number + 1
            raise


def _texts(chunks: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BrokenFile("not_utf8", "the file is not UTF-8 from here on") from None


def _elements(texts: Iterator[str]) -> Iterator[str]:
    buffer, position, ended = "", 0, False
    opened = False
    while True:
        found = _BETWEEN.match(buffer, position)
        position = found.end() if found else position
        if not opened and position < len(buffer):
            if buffer[position] != "[":
                raise BrokenFile("bad_json", "the file does not begin with [")
            opened, position = True, position + 1
            continue
        if opened and position < len(buffer):
            if buffer[position] == "]":
                return
            end = _end(buffer, position)
            # A number or a word may go on in the next piece; an object or text that ends, ends.
            if end is not None and (end < len(buffer) or buffer[position] in '{["'):
                yield buffer[position:end]
                position = end
                continue
        if ended:
            message = "the array breaks off or is no JSON from here on"
            raise BrokenFile("bad_json", message)
        if len(buffer) - position > 2 * MAX_LINE:
            raise BrokenFile("bad_json", "no JSON, or an element longer than 1 MiB, from here on")
        piece = next(texts, None)
        ended = piece is None
        buffer, position = buffer[position:] + (piece or ""), 0


def _end(buffer: str, position: int) -> int | None:
    try:
        _, end = _DECODER.raw_decode(buffer, position)
    except (ValueError, RecursionError):
        return None
    return end
