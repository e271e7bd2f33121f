"""Where files are kept for good: a folder of this machine, or a bucket of S3-compatible storage.

Whole files under keys (`aa/digest/name`); a file that is there is whole. Credentials come from the
deployment's environment alone. What is in the files, and whether they are what they should be, is
checked by those who keep them here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from django.conf import settings

from annotation.lib.errors import Refused

PIECE = 1 << 20


class StorageFailed(Refused):
    """The storage refuses or cannot be reached; the message names the setting to look at."""

    status = 503

    def __init__(self, words: str) -> None:
        super().__init__("storage_failed", f"The file storage does not work: {words}.")


class NotStored(Exception):
    """There is no file under this key."""


class Storage(Protocol):
    """Whole files under keys. Every method may raise StorageFailed."""

    name: str

    def put(self, key: str, source: Path) -> None:
        """Keep a file; it appears under its key when all of it is there, in place of another."""

    def read(self, key: str, begin: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Its bytes, or so many from a position on. Raises NotStored."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key and bytes of everything whose key begins so."""

    def delete(self, keys: Iterable[str]) -> None:
        """Let go of files; those that are not there are passed over."""


class Folder:
    """Files below one folder."""

    name = "folder"

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, source: Path) -> None:
        target = self.root / key
        if source == target:
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with write_whole(target) as temporary:
            shutil.copyfile(source, temporary)

    def read(self, key: str, begin: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            file = (self.root / key).open("rb")
        except FileNotFoundError:
            raise NotStored(key) from None
        with file:
            file.seek(begin)
            left = length
            while piece := file.read(PIECE if left is None else min(PIECE, left)):
                if left is not None:
                    left -= len(piece)
                yield piece

    def sizes(self, prefix: str) -> dict[str, int]:
        folder = self.root / prefix.rpartition("/")[0]
        return {
            key: path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file() and (key := path.relative_to(self.root).as_posix()).startswith(prefix)
        }

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self.root / key).unlink(missing_ok=True)


@contextlib.contextmanager
def write_whole(target: Path) -> Iterator[Path]:
    """A temporary path beside `target` that takes its name, flushed, where the context ends well."""
    handle, name = tempfile.mkstemp(prefix=".incoming-", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def is_remote() -> bool:
    """Whether files are kept elsewhere, and this machine holds only copies of them."""
    return bool(settings.ENV.s3_bucket)


def storage() -> Storage:
    """The one of this deployment."""
    if not is_remote():
        return Folder(Path(settings.ARTIFACT_DIR))
    from annotation.lib.bucket import bucket

    return bucket(settings.ENV)
