"""The one task behind every run."""

from __future__ import annotations

from uuid import UUID

from annotation.celery import app
from annotation.runs.dispatch import DRIVE
from workers.supervisor import drive as work


@app.task(name=DRIVE)  # type: ignore[untyped-decorator]
def drive(run_id: str) -> None:
    """Claim the run or walk away; the message may be late, doubled or about a run that has ended."""
    work(UUID(run_id))
