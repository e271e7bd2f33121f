"""Which account the servers run as, and a place which that account can reach.

PostgreSQL refuses to run as root. As root the servers therefore run as `nobody`, an account that
is on every machine; none is created. Where the checkout lies in a private home, that account
cannot get there: data and a copy of the programs then go to a system-wide folder. Permissions of
folders that were there before are never touched.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from annotation.local import binaries
from annotation.local.errors import LocalError

SYSTEM_FOLDERS = (Path("/var/lib/tiebreak"), Path("/var/tmp/tiebreak"))


@dataclass(frozen=True)
class Account:
    """The account of the servers; `switch` says whether it is another one than ours."""

    uid: int
    gid: int
    switch: bool

    def owns(self, path: Path) -> None:
        """Give the account a folder or file that we made."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account may enter this folder, or run this program."""
        if not self.switch:
            return os.access(path, os.X_OK)
        done = subprocess.run(
            ["test", "-x", str(path)],
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            check=False,
        )
        return done.returncode == 0


def server_account() -> Account:
    """Ourselves, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise LocalError("run this as an ordinary user: there is no account `nobody`") from error
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def server_home(data_dir: Path, account: Account) -> Path:
    """The folder for server data: the data folder itself, or a system-wide one named after it.

    Raises LocalError where neither can be had.
    """
    if account.reaches(data_dir):
        return data_dir
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    for folder in SYSTEM_FOLDERS:
        try:
            _own_folder(folder)
            _own_folder(folder / name)
        except OSError:
            continue
        if account.reaches(folder / name):
            return folder / name
    raise LocalError(f"the servers cannot reach {data_dir}, nor any folder under /var")


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
