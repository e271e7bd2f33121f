"""Under a supervisor: stop at once when it dies or stops renewing the lease.

The supervisor writes one byte to standard input for each renewal. Silence means that another
process may own the run by now, so nothing more may be written: not even a checkpoint. An `s` among
the bytes asks the run to stop: a launcher in between would not pass a signal on. Of several processes
of one run, which all inherit the launcher's standard input, the first on each host reads; the others
look whether it is closed, for they are in sessions of their own and may outlive a launcher that is killed.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading

from rewardmodel.errors import EXIT_ORPHANED

SILENCE_S = 45.0
STOP = b"s"
_PR_SET_PDEATHSIG = 1


def watch_standard_input(silence_s: float = SILENCE_S) -> None:
    """Start watching. The process leaves with code 76, without clean-up, when the lease is lost."""
    parent = os.getppid()
    if sys.platform == "linux":
        # Belt and braces: a trainer stuck in a long operation dies with its parent too.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(EXIT_ORPHANED)
    reads = os.environ.get("LOCAL_RANK", "0") == "0"
    target, told = (_watch, (silence_s,)) if reads else (_watch_for_the_end, ())
    threading.Thread(target=target, args=told, daemon=True, name="lease-watch").start()


def _watch_for_the_end() -> None:
    """Leave when nobody holds the other end; what is written there is for the one who reads."""
    poll = select.poll()
    poll.register(0, 0)  # a hang-up is told unasked
    poll.poll()
    os._exit(EXIT_ORPHANED)


def _watch(silence_s: float) -> None:
    while True:
        ready, _, _ = select.select([0], [], [], silence_s)
        if not ready or not (said := os.read(0, 4096)):
            os._exit(EXIT_ORPHANED)
        if STOP in said:
            os.kill(os.getpid(), signal.SIGTERM)
