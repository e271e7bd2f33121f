"""Bytes on their way out: files and archives of known length, whole or from any position."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Bytes:
    """So many bytes: held, in a file, or from where `source` (position, length) reads them."""

    length: int
    held: bytes = b""
    path: Path | None = None
    source: Callable[[int, int], Iterator[bytes]] | None = None


Segments = Sequence[Bytes]


def of_file(path: Path) -> Segments:
    """A file."""
    return [Bytes(path.stat().st_size, path=path)]


def of_archive(root: str, files: Sequence[tuple[str, Bytes | bytes]]) -> Segments:
    """A tar of these files below `root`; the same files give the same bytes: no owner, no time."""
    segments = []
    for name, content in sorted(files, key=lambda each: each[0]):
        entry = tarfile.TarInfo(f"{root}/{name}")
        body = Bytes(len(content), held=content) if isinstance(content, bytes) else content
        entry.size, entry.mode = body.length, 0o644
        header = entry.tobuf(tarfile.PAX_FORMAT)
        segments += [Bytes(len(header), held=header), body]
        if padding := -entry.size % tarfile.BLOCKSIZE:
            segments.append(Bytes(padding, held=b"\0" * padding))
    end = 2 * tarfile.BLOCKSIZE
    return [*segments, Bytes(end, held=b"\0" * end)]


def length_of(segments: Segments) -> int:
    """All bytes."""
    return sum(each.length for each in segments)


def wanted(header: str, length: int) -> tuple[int, int] | None:
    """First and last position that a Range header asks for (RFC 9110, 14.2), within `length`; None to
    send everything. Raises ValueError where the range lies outside."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        begin, end = max(0, length - int(last)), length - 1
        if int(last) == 0:
            raise ValueError
    else:
        begin, end = int(first), min(int(last) if last else length - 1, length - 1)
        if last and int(last) < begin:
            return None
    if begin >= length:
        raise ValueError
    return begin, end


def read(segments: Segments, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from `begin` to `end`, both included."""
    position = 0
    for each in segments:
        first, last = max(begin - position, 0), min(end - position + 1, each.length)
        position += each.length
        if first >= last:
            continue
        if each.source is not None:
            yield from each.source(first, last - first)
            continue
        if each.path is None:
            yield each.held[first:last]
            continue
        with each.path.open("rb") as file:
            file.seek(first)
            left = last - first
            while left and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece


def sent(request: HttpRequest, segments: Segments, *, name: str, tag: str) -> HttpResponseBase:
    """The bytes as a download, or those of the range that is asked for. `tag` names the content."""
    length, etag = length_of(segments), f'"{tag}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Disposition": f'attachment; filename="{name.replace("/", "-")}"',
    }
    header = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        header = ""
    try:
        span = wanted(header, length) if header else None
    except ValueError:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{length}"})
    begin, end = span or (0, length - 1)
    answer = StreamingHttpResponse(
        read(segments, begin, end),
        status=206 if span else 200,
        content_type="application/octet-stream",
        headers={**headers, "Content-Length": str(end - begin + 1)},
    )
    if span:
        answer["Content-Range"] = f"bytes {begin}-{end}/{length}"
    return answer


def is_from_the_start(request: HttpRequest) -> bool:
    """Whether a request asks for the beginning: what comes after a cut goes on with `bytes=N-`."""
    header = request.headers.get("Range", "").strip()
    return not header.startswith("bytes=") or header.startswith("bytes=0-")
