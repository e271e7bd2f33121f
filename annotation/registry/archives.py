"""Opening an archive that somebody uploaded: tar, tar.gz or zip, whole and safe, or not at all.

Nothing of an archive is trusted. Members are read one after another and written by us (never by
`extract`): a link, a device, a path that leads out of the folder, a name that comes twice or a file that may
not be part of a model is refused by name before a byte of it is written.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from annotation.registry import store
from annotation.registry.store import ArtifactRefused

MAX_UNPACKED = 64 << 30
LONGEST_READ = 64 << 20  # a header never needs more; a forged one may ask for any size
_PIECE = 1 << 20
Tick = Callable[[], None]
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    ValueError,  # numbers and names in headers that are none
)


@dataclass(frozen=True)
class _Member:
    name: str
    is_folder: bool
    odd: str  # what it is where it is neither file nor folder
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, target: Path, tick: Tick = lambda: None) -> Path:
    """Write the files of an archive below `target`; the folder that holds config.json and the rest.

    One folder around everything is taken off. Where a SHA256SUMS lies in it, every file must be as it says.
    `tick` is called between pieces and may raise. Raises ArtifactRefused.
    """
    seen: set[PurePosixPath] = set()
    left = MAX_UNPACKED
    try:
        with _members(archive) as members:
            for member in members:
                tick()
                relative = _place(member)
                if relative is None:
                    continue
                if relative in seen:
                    raise ArtifactRefused(f"{relative} is in the archive twice.")
                seen.add(relative)
                if len(seen) > store.MAX_FILES:
                    raise ArtifactRefused(f"The archive holds more than {store.MAX_FILES} files.")
                left -= _write(member, target / relative, left, tick)
    except NotImplementedError as error:  # zipfile's refusal of Deflate64, as Windows packs
        raise ArtifactRefused(
            f"The archive is packed in a way that is not read here ({error}); pack a tar or tar.gz."
        ) from None
    except _BROKEN as error:
        raise ArtifactRefused(f"The archive is damaged: {error}.") from None
    except OSError as error:
        if error.errno not in (None, errno.ENAMETOOLONG):  # without a number: said by bz2
            raise
        raise ArtifactRefused(f"The archive is damaged: {error.strerror or error}.") from None
    if not seen:
        raise ArtifactRefused("The archive holds no file that could be kept.")
    inside = list(target.iterdir())
    root = inside[0] if len(inside) == 1 and inside[0].is_dir() else target
    _check_sums(root, tick)
    return root


def _place(member: _Member) -> PurePosixPath | None:
    """Where a member belongs; None for folders and for what is of no use here."""
    relative = PurePosixPath(member.name)
    if member.odd:
        raise ArtifactRefused(f"{member.name[:200]} is {member.odd}; pack the files themselves.")
    if relative.is_absolute() or ".." in relative.parts:
        raise ArtifactRefused(f"{member.name[:200]!r} leads out of the archive.")
    if member.is_folder or (relative.name != store.SUMS and store.is_passed_over(relative)):
        return None
    if relative.name == store.SUMS:
        store.check_name(relative)
    else:
        store.check_file(relative)
    return relative


def _write(member: _Member, path: Path, left: int, tick: Tick) -> int:
    size = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, path.open("xb") as file:
            while piece := source.read(_PIECE):
                tick()
                size += file.write(piece)
                if size > left:
                    raise ArtifactRefused(
                        f"The archive holds more than {MAX_UNPACKED >> 30} GiB unpacked."
                    )
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise ArtifactRefused(f"{member.name} is in the archive twice.") from None
    return size


def _check_sums(root: Path, tick: Tick) -> None:
    """Hold the files against SHA256SUMS, where the archive brings one (`sha256sum` writes it)."""
    sums = root / store.SUMS
    if not sums.is_file():
        return
    for line in sums.read_text("utf-8", "replace").splitlines():
        sha256, _, name = line.partition(" ")
        relative = PurePosixPath(name.strip().removeprefix("*"))
        if store.is_passed_over(relative):
            continue
        store.check_name(relative)
        tick()
        if not (root / relative).is_file() or store.sha256_of(root / relative) != sha256.lower():
            raise ArtifactRefused(f"{relative} is not the file that {store.SUMS} names.")


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    with archive.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"PK":
        with zipfile.ZipFile(archive) as packed:
            yield _of_zip(packed)
    elif start[:2] == b"\x1f\x8b":
        with (
            gzip.open(archive) as unzipped,
            tarfile.open(fileobj=_careful(unzipped), mode="r:") as tar,
        ):
            yield _of_tar(tar)
    elif tarfile.is_tarfile(archive):
        with archive.open("rb") as plain, tarfile.open(fileobj=_careful(plain), mode="r:") as tar:
            yield _of_tar(tar)
    else:
        raise ArtifactRefused("The file is no tar, tar.gz or zip archive.")


def _of_zip(packed: zipfile.ZipFile) -> Iterator[_Member]:
    for info in packed.infolist():
        mode = info.external_attr >> 16
        odd = "a link" if stat.S_ISLNK(mode) else ""
        if not odd and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            odd = "a special file"
        if info.flag_bits & 0x1:
            odd = "encrypted"
        yield _Member(info.filename, info.is_dir(), odd, lambda info=info: packed.open(info))  # type: ignore[misc]


def _of_tar(tar: tarfile.TarFile) -> Iterator[_Member]:
    for info in tar:
        odd = "a link" if info.islnk() or info.issym() else ""
        if not odd and not info.isreg() and not info.isdir():
            odd = "a special file"

        def opened(info: tarfile.TarInfo = info) -> IO[bytes]:
            found = tar.extractfile(info)
            assert found is not None  # a regular file
            return found

        yield _Member(info.name, info.isdir(), odd, opened)


def _careful(file: Any) -> IO[bytes]:
    return cast("IO[bytes]", _Careful(file))


class _Careful:
    """A file for tarfile: a header that claims to be huge is refused instead of read into memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_READ:
            raise ArtifactRefused("The archive holds a header of an impossible size.")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
