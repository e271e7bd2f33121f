"""The bytes of uploads: one file on this disk, or pieces in the storage where files are kept elsewhere.

A piece is a file `uploads/<id>/<offset>-<SHA-256>`; so it does not matter which web process took which
piece, and whoever reads the upload puts it together on its own disk, every piece checked.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from annotation.lib.errors import Conflict
from annotation.lib.storage import is_remote, storage, write_whole
from annotation.runs.models import Upload, uploads_folder

PREFIX = "uploads/"
COPY_KEPT_S = 86_400.0  # after its last use


class UploadDamaged(Conflict):
    """What is stored is not what was handed in; the message names the piece and the rule."""

    def __init__(self, words: str) -> None:
        super().__init__("upload_damaged", f"The stored file is not what was handed in: {words}.")


def folder() -> Path:
    """Where they lie on this disk, made where it is missing."""
    found = uploads_folder()
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def begin(upload: Upload) -> None:
    """Make place for what will come."""
    folder()
    if not is_remote():
        upload.path.touch(mode=0o600)


def write(upload: Upload, offset: int, data: bytes) -> None:
    """Keep a piece that follows what is there. Raises OSError where the disk is full."""
    if not is_remote():
        with upload.path.open("r+b") as file:
            file.seek(offset)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return
    with tempfile.NamedTemporaryFile(dir=folder(), prefix=".piece-") as file:
        file.write(data)
        file.flush()
        _put(upload.id, offset, Path(file.name), hashlib.sha256(data).hexdigest())


def send(upload_id: UUID, path: Path, sha256: str) -> None:
    """Into the storage of the deployment, what came whole and lies on this disk."""
    if is_remote():
        _put(upload_id, 0, path, sha256)


def _put(upload_id: UUID, offset: int, path: Path, sha256: str) -> None:
    kept, place = storage(), f"{PREFIX}{upload_id}/{offset:015d}-"
    kept.put(place + sha256, path)
    # a piece of another try whose row was never written
    kept.delete(key for key in kept.sizes(place) if key != place + sha256)


def stands(upload: Upload, offset: int, data: bytes) -> bool:
    """Whether these bytes are what is there at this place."""
    if not is_remote():
        with upload.path.open("rb") as file:
            file.seek(offset)
            return file.read(len(data)) == data
    found, position = b"", 0
    for key, size in sorted(storage().sizes(f"{PREFIX}{upload.id}/").items()):
        first, last = max(offset - position, 0), min(offset + len(data) - position, size)
        if first < last:
            found += b"".join(storage().read(key, first, last - first))
        position += size
    return found == data


def is_kept(upload: Upload) -> bool:
    """Whether its file is there."""
    if not is_remote():
        return upload.path.is_file()
    return sum(storage().sizes(f"{PREFIX}{upload.id}/").values()) >= upload.received > 0


def on_this_disk(upload: Upload) -> Path | None:
    """The file, whole; None where it is no longer kept. Raises UploadDamaged."""
    path = upload.path
    if not is_remote():
        return path if path.is_file() else None
    _forget_old(folder())
    if path.is_file() and path.stat().st_size == upload.received:
        os.utime(path)
        return path
    pieces = sorted(storage().sizes(f"{PREFIX}{upload.id}/").items())
    if not pieces:
        return None
    with write_whole(path) as temporary, temporary.open("wb") as file:
        for key, size in pieces:
            offset, _, sha256 = key.rpartition("/")[2].partition("-")
            if int(offset) >= upload.received:
                break
            if int(offset) != file.tell():
                raise UploadDamaged(f"{upload.filename}: the bytes from {file.tell()} are missing")
            digest = hashlib.sha256()
            for part in storage().read(key, 0, size):
                digest.update(part)
                file.write(part)
            if digest.hexdigest() != sha256:
                raise UploadDamaged(
                    f"{upload.filename}: the piece at {offset} is truncated or altered: its SHA-256 "
                    "is another"
                )
        if file.tell() != upload.received:
            raise UploadDamaged(f"{upload.filename}: the bytes from {file.tell()} are missing")
    return path


def _forget_old(where: Path) -> None:
    old = time.time() - COPY_KEPT_S
    for path in where.iterdir():
        if path.is_file() and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)


def delete(upload_id: UUID) -> None:
    """Let go of its bytes."""
    (uploads_folder() / str(upload_id)).unlink(missing_ok=True)
    if is_remote():
        storage().delete(storage().sizes(f"{PREFIX}{upload_id}/"))


def every() -> Iterator[tuple[UUID, float | None]]:
    """Those of which something is there, and when it was last changed; None: not known."""
    if is_remote():
        names = {key.split("/")[1]: None for key in storage().sizes(PREFIX)}
        found: dict[str, float | None] = dict(names)
    else:
        found = {path.name: path.stat().st_mtime for path in uploads_folder().glob("*")}
    for name, changed in found.items():
        try:
            yield UUID(name), changed
        except ValueError:
            continue


def is_full(error: OSError) -> bool:
    """Whether the disk has no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
