"""The data folder: its lock, its secrets and what one start remembers for the next."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotation.local.errors import LocalError


class AlreadyRunning(LocalError):
    """Another process holds the data folder; `pid` names it where known."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Tiebreak is already running on {path} ({who}). "
            "See it with `python -m annotation.local status`, stop it with "
            "`python -m annotation.local stop`."
        )
        self.pid = pid


class DataDir:
    """A folder that holds everything one installation keeps."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    def create(self) -> None:
        """Make the folder with its private parts. One that exists keeps its permissions."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            # servers that run as another account pass through; they own folders further down
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if self.path.stat().st_uid != os.geteuid():
            raise LocalError(f"{self.path} belongs to another account; run this as its owner")
        for name in ("logs", "secrets"):
            (self.path / name).mkdir(mode=0o700, exist_ok=True)

    # the lock

    def lock(self) -> None:
        """Take the folder for this process; raises AlreadyRunning."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _number(os.read(handle, 32))
            os.close(handle)
            raise AlreadyRunning(self.path, pid) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._lock = handle

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def holder(self) -> int | None:
        """The process that holds the folder; None when nobody does. 0: held, by whom is unknown."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _number(os.read(handle, 32)) or 0
        finally:
            os.close(handle)
        return None

    # what is kept

    def secret(self, name: str, size: int = 32) -> str:
        """A random text made once and kept in a file that only its owner reads."""
        path = self.path / "secrets" / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(size))
        return path.read_text()

    def remember(self, **facts: Any) -> None:
        write_private(self.path / "state.json", json.dumps({**self.recall(), **facts}, indent=1))

    def recall(self) -> dict[str, Any]:
        try:
            found = json.loads((self.path / "state.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    def port(self, name: str, wishes: Iterable[int] = (0,)) -> int:
        """The port used last time if it is still free, else the first free one of `wishes`.

        0 stands for any. Raises LocalError when all are taken.
        """
        ports = dict(self.recall().get("ports", {}))
        last = [ports[name]] if name in ports else []
        found = next(filter(None, map(free_port, (*last, *wishes))), None)
        if found is None:
            raise LocalError(f"every port wished for {name} is taken on 127.0.0.1")
        if ports.get(name) != found:
            self.remember(ports={**ports, name: found})
        return found


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 that is either there whole or not at all."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def free_port(port: int) -> int | None:
    """This port on the loopback address, or any free one for 0; None when it is taken."""
    with socket.socket() as probe:
        # as the servers do: a port whose last connections are still closing counts as free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])


def any_port() -> int:
    """A port that is free on the loopback address now."""
    found = free_port(0)
    if found is None:
        raise LocalError("no free port on 127.0.0.1")
    return found


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None
