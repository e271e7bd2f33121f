"""Which account the servers run as, and what that account can reach.

PostgreSQL refuses to run as root. As root the servers therefore run as `nobody`, an account that
is on every machine; none is created.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from annotation.local.errors import LocalError


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
