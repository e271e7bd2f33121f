"""The append-only event log of a run: how a run speaks to whoever watches it.

One JSON object a line with a sequence number that goes on rising across restarts. A line torn by
a crash is cut off when the log is opened again. Knows nothing of what the events mean.
"""

from __future__ import annotations

import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class EventLog:
    """Appends events to `events.jsonl`; each reaches the file before the call returns.

    silent: write nothing. Of several processes of one run the first alone speaks.
    """

    def __init__(self, path: Path, *, silent: bool | None = None) -> None:
        self.path = path
        self._silent = os.environ.get("RANK", "0") != "0" if silent is None else silent
        if not self._silent:
            self._sequence = _cut_torn_line(path)
            self._file = path.open("ab", buffering=0)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event. Non-finite numbers become null: JSON has no NaN."""
        if self._silent:
            return
        self._sequence += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = {"seq": self._sequence, "at": at, "type": event, **fields}
        line = json.dumps(_finite(row), ensure_ascii=False, allow_nan=False)
        self._file.write(line.encode("utf-8", errors="replace") + b"\n")

    def metric(self, step: int, values: dict[str, float]) -> None:
        """Append figures of one step."""
        self.write("metric", step=step, values=values)

    def warning(self, code: str, message: str) -> None:
        """Append something a person should know that does not stop the run."""
        self.write("warning", code=code, message=message)

    def data_read(self, rows: str, *, used: int, given: int, used_in_part: int = 0) -> None:
        """Append how many of the rows that were handed in are used at all, and how many of these in part."""
        self.write("data_read", rows=rows, used=used, given=given, used_in_part=used_in_part)

    def alarm(self, fields: dict[str, Any]) -> None:
        """Append an alarm of `rewardmodel.alarms`; whether it stops the run stands in it."""
        self.write("alarm", **fields)

    def alarm_end(self, fields: dict[str, Any]) -> None:
        """Append that an alarm is over, or back."""
        self.write("alarm_end", **fields)

    def close(self) -> None:
        """Flush to disk and close."""
        if self._silent:
            return
        os.fsync(self._file.fileno())
        self._file.close()


def _cut_torn_line(path: Path) -> int:
    """Drop what follows the last newline; return the last sequence number (0: empty log)."""
    if not path.exists():
        return 0
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) != len(content):
        os.truncate(path, len(whole))
    for line in reversed(whole.splitlines()):
        try:
            return int(json.loads(line)["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return value
