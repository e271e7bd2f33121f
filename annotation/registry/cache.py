"""Copies of artifacts on this disk, where the files themselves are kept elsewhere.

The folder is that of the store. What was used longest ago goes first when room is needed. Whoever uses a
copy holds a shared lock on a small file of its digest, its trainer holds it too; such a copy stays. Where
the store is this folder itself nothing is ever removed and no lock is taken.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from django.conf import settings

from annotation.lib.storage import is_remote

logger = logging.getLogger(__name__)

USES = ".uses"


class Hold:
    """A context in which the copies that it was told of stay on this disk."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self.descriptors:
            os.close(self.descriptors.pop())

    def take(self, digest: str) -> None:
        """Keep this one, and count it as used now."""
        if not is_remote():
            return
        path = _use(digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.descriptors.append(handle)
        fcntl.flock(handle, fcntl.LOCK_SH)
        os.utime(handle)


def _use(digest: str) -> Path:
    return Path(settings.ARTIFACT_DIR) / USES / digest


def make_room(needed: int) -> None:
    """Remove copies that nobody uses until so many bytes fit within the limit."""
    limit = settings.ENV.tiebreak_cache_gb * 1e9
    copies = [path for path in Path(settings.ARTIFACT_DIR).glob("??/*") if len(path.name) == 64]
    sizes = {path: _size(path) for path in copies}
    total = sum(sizes.values())
    for path in sorted(copies, key=_last_use):
        if total + needed <= limit:
            return
        if _remove(path):
            total -= sizes[path]
    if total + needed > limit:
        logger.warning(
            "the copies in use and the next one need %.1f GB, more than TIEBREAK_CACHE_GB",
            (total + needed) / 1e9,
        )


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _last_use(directory: Path) -> float:
    try:
        return _use(directory.name).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove(directory: Path) -> bool:
    """Whether nobody used it and it is gone: under another name at once, so never in part."""
    path = _use(directory.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        trash = Path(tempfile.mkdtemp(prefix=".incoming-", dir=settings.ARTIFACT_DIR))
        directory.rename(trash / directory.name)
        shutil.rmtree(trash, ignore_errors=True)
        return True
    finally:
        os.close(handle)
