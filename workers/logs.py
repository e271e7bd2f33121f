"""Keeping the last lines of a trainer's output with its run, for whoever watches it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db.models.functions import Now

from annotation.runs.models import RunLog
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.redaction import redacted
from workers.translate import storable

LINES, BYTES = 200, 64_000
EVERY_S = 2.0


class LogTail:
    """Copies the end of a log file into the run's row of `RunLog`, at most every two seconds."""

    def __init__(self, lease: Lease, path: Path) -> None:
        self.lease, self.path = lease, path
        self._size, self._at = -1, 0.0

    def pump(self, *, ended: bool) -> None:
        """Copy if there is more than before. Raises LeaseLost."""
        if not ended and time.monotonic() - self._at < EVERY_S:
            return
        self._at = time.monotonic()
        try:
            size = self.path.stat().st_size
            if size == self._size:
                return
            text, cut = end_of(self.path)
        except OSError:
            return
        text = storable(redacted(text, os.environ))
        with lifecycle.guarded(self.lease):
            RunLog.objects.update_or_create(
                run_id=self.lease.run_id, defaults={"text": text, "cut": cut, "updated_at": Now()}
            )
        self._size = size


def end_of(path: Path) -> tuple[str, bool]:
    """The last whole lines of a file, and whether there are more before them."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = text.split("\n")
    if size > BYTES:
        lines = lines[1:]  # begins in the middle
    kept = lines[-LINES - 1 :]  # a log ends with a line end, so the last piece is empty
    return "\n".join(kept), size > BYTES or len(kept) < len(lines)
