"""Where the servers keep their data and find their programs.

That is the data folder and the installed packages. Only root may need another place: where the
checkout lies in a private home, the servers' account cannot get there, and data and a copy of the
programs go to a system-wide folder. Permissions of folders that were there before are never
touched, and data that exists stays where it is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from annotation.local import binaries
from annotation.local.account import Account
from annotation.local.errors import LocalError
from annotation.local.state import DataDir, write_private

SYSTEM_FOLDERS = (Path("/var/lib/tiebreak"), Path("/var/tmp/tiebreak"))
OWNER = "belongs-to"


def server_home(data: DataDir, account: Account) -> Path:
    """The folder for server data; raises LocalError where none can be had or reached."""
    if (data.path / "postgres").exists():
        if account.reaches(data.path):
            return data.path
        raise LocalError(
            f"the servers run as `nobody`, which cannot enter {data.path} any more. Let it pass "
            f"through the folders above, or move the folders postgres and valkey from there to "
            f"{_system_home(data)} and try again."
        )
    remembered = data.recall().get("system_home")
    if remembered and _is_ours(Path(remembered), data):
        return _adopt(Path(remembered), data)
    if account.reaches(data.path):
        return data.path
    home = _system_home(data)
    if not account.reaches(home):
        raise LocalError(f"the servers cannot reach {data.path}, nor {home}")
    return home


def _system_home(data: DataDir) -> Path:
    """A system-wide folder for this data folder, made if it is not there."""
    name = hashlib.sha256(os.fsencode(data.path)).hexdigest()[:16]
    for folder in SYSTEM_FOLDERS:
        try:
            _own_folder(folder)
            # the plain name may be taken by an installation that has moved away since
            for home in (folder / name, *(folder / f"{name}-{n}" for n in range(1, 100))):
                if not home.exists() or _is_ours(home, data):
                    _own_folder(home)
                    return _adopt(home, data)
        except OSError:
            continue
    raise LocalError(f"the servers cannot reach {data.path}, and no folder under /var is writable")


def _is_ours(home: Path, data: DataDir) -> bool:
    """Whether this data folder put its data there: it, perhaps moved since, and not a copy."""
    try:
        owner = Path((home / OWNER).read_text())
    except OSError:
        return False
    return owner == data.path or not owner.exists()


def _adopt(home: Path, data: DataDir) -> Path:
    write_private(home / OWNER, str(data.path))
    data.remember(system_home=str(home))
    return home


def _own_folder(path: Path) -> None:
    """Make a folder that others may pass through, and refuse one that somebody else laid there."""
    try:
        path.mkdir(mode=0o711)
        path.chmod(0o711)  # mkdir obeys the umask
    except FileExistsError:
        found = path.lstat()
        if path.is_symlink() or not path.is_dir() or found.st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else") from None


@dataclass(frozen=True)
class Programs:
    """The server programs, at paths that the account can run."""

    postgres_bin: Path
    valkey_server: Path


def reachable_programs(home: Path, account: Account) -> Programs:
    """The installed programs, or copies below `home` where the account cannot run those."""
    package, valkey = binaries.postgres_package(), binaries.valkey_server()
    postgres = package / "pginstall" / "bin" / "postgres"
    if not account.reaches(postgres):
        package = _copy_of(package, home / "programs")
    if not account.reaches(valkey):
        valkey = _copy_of(valkey, home / "programs")
    return Programs(package / "pginstall" / "bin", valkey)


def _copy_of(source: Path, folder: Path) -> Path:
    """Copy a program with the libraries beside it; one made earlier from the same files serves."""
    stamp = source.stat()
    key = hashlib.sha256(f"{source} {stamp.st_mtime_ns} {stamp.st_ino}".encode()).hexdigest()[:16]
    place = folder / f"{source.name}-{key}"
    if not place.exists():
        folder.mkdir(mode=0o755, exist_ok=True)
        folder.chmod(0o755)
        for old in folder.glob(f"{source.name}-*"):  # another version, or a copy cut short
            shutil.rmtree(old)
        unfinished = place.with_name(place.name + ".part")
        unfinished.mkdir(mode=0o755)
        unfinished.chmod(0o755)
        for entry in (source, source.with_name(source.name + ".libs")):
            if entry.is_dir():
                shutil.copytree(entry, unfinished / entry.name, symlinks=True)
            elif entry.exists():
                shutil.copy2(entry, unfinished / entry.name)
        unfinished.rename(place)
    return place / source.name
