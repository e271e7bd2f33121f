"""Two ways to have a child: kept running, or sent on an errand once."""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass
from typing import BinaryIO

from annotation.local import logs
from annotation.local.children import Child
from annotation.local.console import Teller
from annotation.local.errors import LocalError

STEADY = 60.0  # a child that ran this long starts again at once
LONGEST_PAUSE = 30.0


@dataclass
class Kept:
    """A child that is started again when it dies, after a pause that doubles each time."""

    child: Child
    failures: int = 0
    due: float | None = None

    def look(self, tell: Teller) -> bool:
        """Start the child again if it is due; True when it was."""
        if self.due is None and not self.child.running:
            self._mourn(tell)
        if self.due is None or time.monotonic() < self.due:
            return False
        self.due = None
        try:
            self.child.start()
        except (OSError, LocalError) as error:
            self.due = time.monotonic() + LONGEST_PAUSE
            tell.trouble(self.child.name, f"does not start: {error}")
            return False
        tell.done(self.child.name, "started again")
        return True

    def _mourn(self, tell: Teller) -> None:
        pause = self.pause()
        again = f"{ending(self.child)}; starting it again in {pause:.0f} s"
        hint = f"; its last words are in {self.child.log}" if self.failures > 1 else ""
        tell.trouble(self.child.name, again + hint)
        self.child.kill_group()  # nothing of the old one may stand beside the new one
        self.due = time.monotonic() + pause

    def pause(self) -> float:
        """Seconds to wait before the next start."""
        steady = time.monotonic() - self.child.started_at > STEADY
        self.failures = 1 if steady else self.failures + 1
        return 0.0 if steady else min(LONGEST_PAUSE, 2.0 ** (self.failures - 1))


class Errand:
    """A program that runs to its end; `aloud` passes its lines on while it works."""

    def __init__(self, child: Child, tell: Teller, *, aloud: bool = False) -> None:
        self.child = child
        self.tell = tell
        self._heard: BinaryIO | None = None
        logs.turn_over(child.log)
        child.start()
        if aloud:
            self._heard = child.log.open("rb")
            self._heard.seek(child.log_began_at)

    def ended(self) -> bool:
        """Pass on what was said since the last look; whether the program has ended."""
        running = self.child.running  # asked first, so that the last lines are heard
        if self._heard is not None:
            for line in self._heard:
                self.tell.quote(line.decode("utf-8", "replace").rstrip())
            if not running:
                self._heard.close()
                self._heard = None
        return not running

    def check(self) -> None:
        """Raise LocalError with the program's last words if it failed."""
        process = self.child.process
        if process is not None and process.returncode:
            raise LocalError(f"{self.child.name} {ending(self.child)}:\n{self.child.last_words()}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.child.started_at


def ending(child: Child) -> str:
    """How a child's program ended, in words."""
    code = child.process.returncode if child.process is not None else 0
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"
