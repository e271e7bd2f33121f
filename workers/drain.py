"""Whether this worker has been told to stop: running jobs then save and give their run back.

One byte of memory shared with the pool's child processes. The signal handlers that Celery installed
are kept and called after the byte is set; Celery's own `worker_shutting_down` comes too late, after
the wait for the jobs.
"""

from __future__ import annotations

import mmap
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

_shared = mmap.mmap(-1, 1)  # anonymous and shared: forked children see a change at once


def begin() -> None:
    """From now on jobs stop at their next safe point."""
    _shared[0] = 1


def wanted() -> bool:
    """Whether jobs are to stop."""
    return _shared[0] == 1


def listen() -> None:
    """Set the byte on the signals that stop a worker. Call it in the main thread, once."""
    for number in STOPPING:
        signal.signal(number, _also(signal.getsignal(number)))


def _also(earlier: Any) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        begin()
        if callable(earlier):
            earlier(number, frame)

    return handle
