"""Log files of bounded size.

A child writes to its file directly, so nothing is lost when the supervisor dies. Turning a file
over therefore copies it and cuts it to nothing; the child goes on at the new end.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LIMIT = 5 * 1024 * 1024
KEPT = 2


def turn_over(log: Path, limit: int = LIMIT) -> bool:
    """Move a log's text to `NAME.1` (and that of before to `NAME.2`) once it exceeds `limit` bytes."""
    if not log.exists() or log.stat().st_size <= limit:
        return False
    for number in range(KEPT, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    shutil.copy2(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    return True
