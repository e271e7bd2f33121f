"""Keeping the review queue's figures, the bulk acts and the relabel plans going."""

from __future__ import annotations

from annotation.celery import app
from annotation.quality.review import upkeep
from annotation.runs import dispatch


@app.task(name=dispatch.KEEP_UP_REVIEW)  # type: ignore[untyped-decorator]
def keep_up() -> None:
    """A turn of everything that waits."""
    upkeep.keep_up()
