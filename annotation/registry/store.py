"""The artifact store: directories of files kept under the digest of what is in them.

`<artifact dir>/<aa>/<digest>/`, digest = SHA-256 over the sorted (path, SHA-256) list. Files come in
by copying, are hashed while they are copied, and appear under their name in one rename. What could
run code when loaded (pickles, scripts) and what could point elsewhere (links, odd paths) is refused.
With storage elsewhere (lib/storage.py) the folder on this disk holds copies: see cache.py.
Knows nothing of models: see inspection.py.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.conf import settings

from annotation.lib import parts
from annotation.lib.errors import Refused
from annotation.lib.storage import NotStored, is_remote, storage
from annotation.registry import cache
from annotation.registry.models import Artifact

logger = logging.getLogger(__name__)

KEPT_SUFFIXES = frozenset(
    {".safetensors", ".json", ".jsonl", ".txt", ".jinja", ".model", ".tiktoken"}
)
# What lies beside the weights in a downloaded directory and is of no use here.
SUMS = "SHA256SUMS"
PASSED_OVER = frozenset(
    {".gitattributes", ".gitignore", ".DS_Store", "LICENSE", "LICENSE.txt", "NOTICE", SUMS}
)
PASSED_OVER_SUFFIX = ".md"
PASSED_OVER_FOLDERS = frozenset({".git", ".cache", "__MACOSX"})
MAX_FILES = 10_000
_PIECE = 1 << 20


class ArtifactRefused(Refused):
    """A directory that may not become an artifact; the message names the file and the rule."""

    def __init__(self, message: str) -> None:
        super().__init__("artifact_refused", message)


class ArtifactDamaged(Exception):
    """A stored artifact is not what its digest says; nothing may be loaded from it."""


@dataclass(frozen=True)
class Ingested:
    """What was put into the store; the row is written by `remember`, in the caller's transaction."""

    digest: str
    files: dict[str, str]
    bytes: int


def digest_of(files: Mapping[str, str]) -> str:
    """The name of a directory with these files (relative path -> SHA-256)."""
    listing = "".join(f"{path}\x00{sha256}\n" for path, sha256 in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


def path_of(digest: str) -> Path:
    """Where an artifact lies. Raises ValueError for what is no digest."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(f"not a digest: {digest[:80]!r}")
    return Path(settings.ARTIFACT_DIR) / digest[:2] / digest


def ingest(source: Path, *, also: frozenset[str] = frozenset()) -> Ingested:
    """Copy a directory into the store. Raises ArtifactRefused; an aborted copy leaves nothing.

    `also`: further endings to keep, of files that we wrote ourselves.
    """
    paths = list(_acceptable_files(source, also))
    if not paths:
        raise ArtifactRefused(f"{source} holds no file that could be kept.")
    root = Path(settings.ARTIFACT_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = Path(tempfile.mkdtemp(prefix=".incoming-", dir=root))
    try:
        files, size = {}, 0
        for relative in paths:
            files[relative.as_posix()], length = _copy(source, relative, temporary)
            size += length
        digest = digest_of(files)
        with cache.Hold() as hold:
            hold.take(digest)
            if is_remote():  # what was hashed just now; a copy that lies here may be damaged
                for name in files:
                    storage().put(_key(digest, name), temporary / name)
            _move_into_place(temporary, path_of(digest))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Ingested(digest, files, size)


def _key(digest: str, name: str) -> str:
    return f"{digest[:2]}/{digest}/{name}"


def remember(ingested: Ingested) -> Artifact:
    """The row of an ingested directory; the same content twice is one row."""
    artifact, _ = Artifact.objects.get_or_create(
        digest=ingested.digest, defaults={"files": ingested.files, "bytes": ingested.bytes}
    )
    return artifact


def verified(artifact: Artifact, hold: cache.Hold | None = None) -> Path:
    """The directory of an artifact on this disk after every byte was checked. Raises ArtifactDamaged.

    Where files are kept elsewhere they are fetched first; while `hold` lasts the copy stays.
    """
    directory = path_of(artifact.digest)
    if not is_remote():
        _check(artifact, directory)
        return directory
    with contextlib.ExitStack() as stack:
        (hold or stack.enter_context(cache.Hold())).take(artifact.digest)
        if directory.is_dir():
            try:
                _check(artifact, directory)
            except ArtifactDamaged as error:
                logger.warning("fetched anew: %s", error)
                shutil.rmtree(directory)
            else:
                return directory
        _fetch(artifact, directory)
    return directory


def _check(artifact: Artifact, directory: Path) -> None:
    if not directory.is_dir():
        raise ArtifactDamaged(f"artifact {artifact.digest[:12]} is missing from the store")
    found: dict[str, str] = {}
    for path in sorted(directory.rglob("*")):
        if path.is_symlink():
            raise ArtifactDamaged(f"artifact {artifact.digest[:12]} holds a link: {path.name}")
        if path.is_file():
            found[path.relative_to(directory).as_posix()] = sha256_of(path)
    if found != artifact.files or digest_of(found) != artifact.digest:
        changed = sorted(set(found.items()) ^ set(artifact.files.items()))
        name = changed[0][0] if changed else "its list of files"
        raise ArtifactDamaged(f"artifact {artifact.digest[:12]} is damaged: {name} differs")


def _fetch(artifact: Artifact, directory: Path) -> None:
    """A whole, checked copy from the storage, or ArtifactDamaged and nothing."""
    short, root = artifact.digest[:12], Path(settings.ARTIFACT_DIR)
    there = sizes_of(artifact)
    for name in sorted(artifact.files):
        if name not in there:
            raise ArtifactDamaged(f"artifact {short}: {name} is missing from the storage")
    cache.make_room(sum(there.values()))
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = Path(tempfile.mkdtemp(prefix=".incoming-", dir=root))
    try:
        for name, sha256 in artifact.files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            with (temporary / name).open("xb") as file:
                file.writelines(_checked(artifact.digest, name, sha256, 0, there[name]))
                file.flush()
                os.fsync(file.fileno())
            (temporary / name).chmod(0o440)
        _move_into_place(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _checked(digest: str, name: str, sha256: str, begin: int, length: int) -> Iterator[bytes]:
    """Bytes of a file in the storage. Of a file read from its beginning to the length that it has there
    the last piece comes only when all are what they were. Raises ArtifactDamaged."""
    whole, held = hashlib.sha256(), b""
    got = 0
    try:
        for piece in storage().read(_key(digest, name), begin, length):
            whole.update(piece)
            got += len(piece)
            if held:
                yield held
            held = piece
    except NotStored:
        words = f"artifact {digest[:12]}: {name} is missing from the storage"
        raise ArtifactDamaged(words) from None
    if begin == 0 and whole.hexdigest() != sha256:
        raise ArtifactDamaged(
            f"artifact {digest[:12]}: {name} is truncated or altered: the SHA-256 of its {got} bytes is "
            f"{whole.hexdigest()[:12]}…, recorded is {sha256[:12]}…"
        )
    if held:
        yield held


def is_stored(artifact: Artifact) -> bool:
    """Whether every file is there; what is in them is checked when they are loaded or sent."""
    return bool(artifact.files) and set(artifact.files) <= set(sizes_of(artifact))


def sizes_of(artifact: Artifact) -> dict[str, int]:
    """The bytes of those files that are there."""
    prefix = _key(artifact.digest, "")
    found = {key.removeprefix(prefix): size for key, size in storage().sizes(prefix).items()}
    return {name: size for name, size in found.items() if name in artifact.files}


def beginning_of(artifact: Artifact, name: str, length: int | None = None, begin: int = 0) -> bytes:
    """So many bytes of a file, unchecked; for looks at it. Raises NotStored."""
    return b"".join(storage().read(_key(artifact.digest, name), begin, length))


def sendable(artifact: Artifact, name: str, size: int) -> parts.Bytes:
    """A file on its way to a browser; one that is kept elsewhere is checked as it passes."""
    if not is_remote():
        return parts.Bytes(size, path=path_of(artifact.digest) / name)

    def source(begin: int, length: int) -> Iterator[bytes]:
        if begin == 0 and length == size:
            return _checked(artifact.digest, name, artifact.files[name], 0, length)
        return storage().read(_key(artifact.digest, name), begin, length)

    return parts.Bytes(size, source=source)


def is_passed_over(relative: PurePosixPath) -> bool:
    """Whether a file lies beside the weights of a downloaded directory and is of no use here."""
    return (
        relative.name in PASSED_OVER
        or relative.name.endswith(PASSED_OVER_SUFFIX)
        or not PASSED_OVER_FOLDERS.isdisjoint(relative.parts[:-1])
    )


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _acceptable_files(source: Path, also: frozenset[str] = frozenset()) -> Iterator[PurePosixPath]:
    """Relative paths of the files to keep, in order. Raises ArtifactRefused at the first bad one."""
    if source.is_symlink() or not source.is_dir():
        raise ArtifactRefused(f"{source} is not a directory.")
    count = 0
    for folder, folders, names in os.walk(source, followlinks=False):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER_FOLDERS)
        for name in [*folders, *sorted(names)]:
            relative = PurePosixPath((here / name).relative_to(source).as_posix())
            if name in folders:
                check_name(relative)
                if (here / name).is_symlink():
                    raise ArtifactRefused(f"{relative} is a link; copy the files themselves.")
                continue
            wanted = relative.suffix in also
            if not wanted and is_passed_over(relative):
                continue
            if wanted:
                check_name(relative)
            else:
                check_file(relative)
            if not stat.S_ISREG((here / name).lstat().st_mode):
                raise ArtifactRefused(
                    f"{relative} is a link or a special file; copy the files themselves."
                )
            count += 1
            if count > MAX_FILES:
                raise ArtifactRefused(f"{source} holds more than {MAX_FILES} files.")
            yield relative


def check_file(relative: PurePosixPath) -> None:
    """Whether a file of this relative path may be part of an artifact. Raises ArtifactRefused."""
    check_name(relative)
    if relative.suffix.lower() not in KEPT_SUFFIXES:
        kept = ", ".join(sorted(KEPT_SUFFIXES))
        raise ArtifactRefused(
            f"{relative} is refused: only {kept} files are kept (formats that can carry code, "
            "such as .bin, .pt, .pkl and .py, never are)."
        )


def check_name(relative: PurePosixPath) -> None:
    """Whether a path stays below its root and can be shown. Raises ArtifactRefused."""
    if relative.is_absolute() or not relative.parts:
        raise ArtifactRefused(f"{str(relative)!r} is not a relative path.")
    for part in relative.parts:
        printable = part.isprintable() and "\\" not in part and len(part.encode()) <= 200
        if part.startswith(".") or not printable:
            raise ArtifactRefused(f"{str(relative)!r} is not an acceptable name.")


def _copy(source: Path, relative: PurePosixPath, target: Path) -> tuple[str, int]:
    """Copy one file, hashing what is written; (SHA-256, bytes). Follows no link, whatever happens."""
    destination = target / relative
    destination.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        reader = os.open(source / relative, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ArtifactRefused(f"{relative} is a link; copy the files themselves.") from None
        raise
    with os.fdopen(reader, "rb") as original, destination.open("xb") as copy:
        while piece := original.read(_PIECE):
            digest.update(piece)
            size += copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    destination.chmod(0o440)
    return digest.hexdigest(), size


def _move_into_place(temporary: Path, final: Path) -> None:
    for folder, _, _ in os.walk(temporary):
        _sync_folder(Path(folder))
    final.parent.mkdir(exist_ok=True, mode=0o700)
    try:
        temporary.rename(final)
    except OSError as error:
        # The same content is there already: renaming onto a full directory is refused.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    _sync_folder(final.parent)
    _sync_folder(final.parent.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
