"""Processes that a killed supervisor left behind, found by what they hold, never by a bare number.

A process id alone proves nothing: it may belong to somebody else by now. Looks into /proc; on
systems without it nothing is found, and the servers' own checks have to do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

RUN_MARK = "TIEBREAK_RUN"
_PROC = Path("/proc")


def working_in(folder: Path) -> list[int]:
    """Processes whose working directory is this folder: PostgreSQL's live in their cluster."""
    return _matching(lambda process: os.readlink(process / "cwd") == str(folder))


def marked_with(run: str) -> list[int]:
    """Processes that were started under this run's mark."""
    mark = f"{RUN_MARK}={run}".encode()
    return _matching(lambda process: mark in (process / "environ").read_bytes().split(b"\0"))


def running_program(program: Path, folder: Path) -> list[int]:
    """Processes of this program that work in this folder."""
    return _matching(
        lambda process: (
            os.readlink(process / "cwd") == str(folder)
            and Path(os.readlink(process / "exe")).name == program.name
        )
    )


def _matching(test: Callable[[Path], bool]) -> list[int]:
    found = []
    for process in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone, or not ours to look into
            if test(process) and int(process.name) != os.getpid() and not _dead(process):
                found.append(int(process.name))
    return found


def _dead(process: Path) -> bool:
    """A zombie counts as dead: where the first process does not reap, it stays for ever."""
    return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def end(find: Callable[[], list[int]], patience: float, ask_with: int = signal.SIGTERM) -> None:
    """Ask the processes that `find` returns to end, and end them by force after `patience` s."""
    asked: set[int] = set()
    deadline = time.monotonic() + patience
    while pids := find():
        late = time.monotonic() > deadline
        for pid in pids:
            if late or pid not in asked:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if late else ask_with)
                asked.add(pid)
        if time.monotonic() > deadline + 10:
            return
        time.sleep(0.05)
