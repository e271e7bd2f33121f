"""Items out of what a draw by a sampling mix drew."""

from __future__ import annotations

from uuid import UUID

from annotation.celery import app
from annotation.runs import dispatch
from annotation.runs.services import mix_items


@app.task(name=dispatch.MAKE_MIX_ITEMS)  # type: ignore[untyped-decorator]
def make_items(draw_id: str) -> None:
    """Make them or walk away; the message may be late, doubled or about a draw that is not ready."""
    mix_items.make(UUID(draw_id))
