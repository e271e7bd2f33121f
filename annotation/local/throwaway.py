"""Servers for one test run or one command, on data that is deleted at the end.

A run that was killed leaves its folder behind; the next one deletes it, because its lock is free.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from annotation.local.environment import settings
from annotation.local.services import LocalServices

PREFIX = f"tiebreak-throwaway-{os.getuid()}-"


@contextlib.contextmanager
def throwaway_servers() -> Iterator[dict[str, str]]:
    """Start servers in a new folder; yields the environment that programs need to use them."""
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)  # as root the servers run as another account
    services = LocalServices(folder, durable=False)
    owner = os.getpid()
    try:
        with services:
            yield settings(services.data, services.env)
    finally:
        if os.getpid() == owner:  # a forked child must not delete what its parent uses
            services.destroy()


def remove_abandoned() -> None:
    """Delete the folders of killed runs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
