"""Which workers there are for a run, and why one that waits is not taken up.

A hint from the broker (lib/presence.py), so an answer may be 50 seconds old.
"""

from __future__ import annotations

from typing import Any

from annotation.celery import CLASSES
from annotation.runs.kinds import KINDS
from annotation.runs.models import Run

REASONS = (
    *("turn", "no_worker", "no_worker_of_class", "too_few_workers", "unknown"),
    *("pause", "gather"),  # until its next try; for its other hosts
)
Program = dict[str, Any]


def of_class(programs: list[Program], queue: str, needs: str) -> list[Program]:
    """The workers that may take runs of a queue that need this class; empty: any."""
    return [
        one
        for one in programs
        if queue in one.get("queues", []) and (not needs or one.get("hardware") == needs)
    ]


def counted(programs: list[Program], queue: str) -> dict[str, int]:
    """How many workers of each class a queue has."""
    return {name: len(of_class(programs, queue, name)) for name in CLASSES}


def why_waiting(run: Run, programs: list[Program] | None, *, is_in_line: bool = True) -> str:
    """One of REASONS; `turn`: workers are there, others go first."""
    gathers = run.status == Run.Status.RUNNING
    if not is_in_line and not gathers:
        return "pause"
    if programs is None:
        return "gather" if gathers else "unknown"
    queue = KINDS[run.kind].queue
    there = len(of_class(programs, queue, run.needs))
    if there:
        enough = there >= run.launch.get("machines", 1)
        return ("gather" if gathers else "turn") if enough else "too_few_workers"
    return "no_worker_of_class" if of_class(programs, queue, "") else "no_worker"


def there_for(run: Run, programs: list[Program] | None) -> int | None:
    """How many workers may take part in a run; None where nobody knows."""
    return None if programs is None else len(of_class(programs, KINDS[run.kind].queue, run.needs))
