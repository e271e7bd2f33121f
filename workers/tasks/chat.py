"""The tasks behind live chat."""

from __future__ import annotations

from uuid import UUID

from annotation.celery import app
from annotation.labeling.services.replying import PREPARE, REPLY


@app.task(name=REPLY)  # type: ignore[untyped-decorator]
def reply(turn_id: str) -> None:
    """Claim the turn or walk away; the message may be late, doubled or about an answered turn."""
    # Loading torch takes seconds and memory: only the worker that serves chats pays for it.
    from workers.chatting import answer

    answer(UUID(turn_id))


@app.task(name=PREPARE)  # type: ignore[untyped-decorator]
def prepare(version_id: str) -> None:
    """Somebody began a conversation: load the policy while they write."""
    from workers.chatting import prepare as load

    load(UUID(version_id))
