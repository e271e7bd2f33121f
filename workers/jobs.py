"""What the jobs that run inside the worker share: import, export, making items."""

from __future__ import annotations

from workers.heartbeat import Heartbeat


class Stopped(Exception):
    """The job came to a safe point because it was asked to end."""


def safe_point(heart: Heartbeat) -> None:
    """Between two batches: raise LeaseLost or Stopped where the job must not go on."""
    heart.check()
    if heart.stop_wanted:
        raise Stopped
