"""One child process: started in its own session, dying with its parent, stopped as a group.

The death signal follows the thread that forked, so children are started from the main thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation.local.account import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(death_signal: int) -> Callable[[], None]:
    """What a child runs before its program: ask for a signal when the parent dies.

    Comes after the change of account, which would clear the request. Other systems than Linux
    have no such request; there the next start clears what was left behind.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return prepare


@dataclass
class Child:
    """A program that is kept running, its log, and how it wants to be stopped."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path = Path("/")
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGTERM
    grace: float = 10.0
    before_start: Callable[[], None] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0
    log_began_at: int = 0  # where in the log the program's own lines begin

    def start(self) -> None:
        """Start the program; its output goes to the end of the log file."""
        if self.before_start is not None:
            self.before_start()
        switch = self.account is not None and self.account.switch
        with self.log.open("ab") as log:
            self.log_began_at = log.tell()
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.cwd,
                env=dict(self.env),
                start_new_session=True,
                umask=0o077,
                user=self.account.uid if self.account and switch else None,
                group=self.account.gid if self.account and switch else None,
                extra_groups=[] if switch else None,
                preexec_fn=die_with_parent(self.death_signal),
            )
        self.started_at = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Whether the program has ended within that time."""
        if self.process is None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return not self.running

    def kill_group(self) -> None:
        """End whatever is left of the program's process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask, wait for the grace period, then end by force."""
        self.ask_to_stop()
        self.wait(self.grace)
        self.kill_group()

    def last_words(self, lines: int = 12) -> str:
        """The end of the log, for a message about a failed start."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])
