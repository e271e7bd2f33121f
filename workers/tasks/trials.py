"""The task behind the playground."""

from __future__ import annotations

from uuid import UUID

from annotation.celery import app
from annotation.runs.services.trying import PLAY


@app.task(name=PLAY)  # type: ignore[untyped-decorator]
def play(trial_id: str) -> None:
    """Claim the trial or walk away; the message may be late, doubled or about an ended one."""
    # Loading torch takes seconds and memory: only the worker that serves people pays for it.
    from workers.playing import answer

    answer(UUID(trial_id))
