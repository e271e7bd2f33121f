"""Copying what a trainer reports into the tables, each line once.

`events.jsonl` carries sequence numbers; the last one copied stands in the run's row and moves in the
same transaction as the rows it stands for. `completions.jsonl` is protected by the uniqueness of a
sampled completion. Every transaction begins by checking the lease.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.corpus.models import Completion
from annotation.runs.models import Checkpoint, Run, RunEvent, RunMetric
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.translate import completion_row, storable

LINES_AT_ONCE = 500
INTERRUPTED = 75  # exit code of a trainer that saved and left
AS_EVENTS = {
    "started": "trainer_started",
    "finished": "trainer_finished",
    "interrupted": "trainer_interrupted",
    "failed": "trainer_failed",
    "checkpoint": "checkpoint",
    "sample": "sample",
    "warning": "warning",
    "alarm": "alarm",
}
LARGEST_PAYLOAD = 64_000
ALARM_FIELDS = ("code", "since", "step", "figures", "message")
# Which fields of which events stand with the run as what it was made with.
MADE_WITH = {
    "started": ("versions", "hardware"),
    "memory": ("total_bytes", "parts", "free_bytes"),
    "finished": ("peak_bytes",),
}


class Lines:
    """The whole lines of a growing file; a torn last line waits for its end.

    Lines count as taken only when they are stored: after a failure they come again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._taken = self._read = 0

    def next(self) -> list[bytes]:
        """Up to LINES_AT_ONCE lines beyond those taken."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return []
        with file:
            file.seek(self._taken)
            lines = [line for line in islice(file, LINES_AT_ONCE) if line.endswith(b"\n")]
        self._read = self._taken + sum(map(len, lines))
        return lines

    def taken(self) -> None:
        """What `next` gave last is stored."""
        self._taken = self._read


class EventTail:
    """Copies events.jsonl. `failure` is the last reason a trainer of this try gave for ending."""

    def __init__(self, lease: Lease, directory: Path) -> None:
        self.lease = lease
        self.failure: tuple[str, str] | None = None
        self.exit_code: int | None = None  # as the trainer itself says it
        self.started = False
        self._lines = Lines(directory / "events.jsonl")
        row = Run.objects.values_list("copied_seq", "last_step", "alarms", "provenance")
        self._seq, self._step, self._alarms, self._provenance = row.get(id=lease.run_id)

    def pump(self) -> None:
        """Copy what is new. Raises LeaseLost."""
        while lines := self._lines.next():
            events = [event for line in lines if (event := _parsed(line)) is not None]
            self._store([event for event in events if event["seq"] > self._seq])
            self._lines.taken()

    def _store(self, events: list[dict[str, Any]]) -> None:
        if not events:
            return
        steps = [
            step for e in events if e["type"] == "checkpoint" and (step := _step(e)) is not None
        ]
        furthest = max([self._step, *steps])
        values = {"copied_seq": events[-1]["seq"], **_progress(events)}
        if furthest > self._step:
            values |= {"last_step": furthest, "tries_without_progress": 0}
        alarms = with_alarms(self._alarms, events)
        provenance = {**self._provenance, **made_with(events)}
        if (rows := unused_rows(events)) is not None:
            values["left_out"] = rows
        if (alarms, provenance) != (self._alarms, self._provenance):
            values |= {"alarms": alarms, "provenance": provenance}
        with transaction.atomic():
            lifecycle.write(self.lease, **values)
            RunMetric.objects.bulk_create(
                [metric for e in events for metric in self._metrics(e)], ignore_conflicts=True
            )
            Checkpoint.objects.bulk_create(
                [c for e in events if (c := self._checkpoint(e)) is not None], ignore_conflicts=True
            )
            RunEvent.objects.bulk_create([self._event(e) for e in events if e["type"] in AS_EVENTS])
        self._seq, self._step = events[-1]["seq"], furthest
        self._alarms, self._provenance = alarms, provenance
        for event in events:
            if event["type"] == "failed":
                self.failure = (str(event.get("code", "")), str(event.get("message", "")))
                code = event.get("exit_code")
                self.exit_code = code if isinstance(code, int) else None
            if event["type"] == "interrupted":
                self.exit_code = INTERRUPTED
            self.started = self.started or event["type"] == "started"

    def _metrics(self, event: dict[str, Any]) -> Iterator[RunMetric]:
        step, values = _step(event), event.get("values")
        if event["type"] != "metric" or step is None or not isinstance(values, dict):
            return
        for name, value in values.items():
            usable = isinstance(value, int | float) and not isinstance(value, bool)
            if usable and math.isfinite(value):
                yield RunMetric(
                    run_id=self.lease.run_id,
                    step=step,
                    name=str(name)[:80],
                    value=float(value),
                    at=_moment(event),
                )

    def _checkpoint(self, event: dict[str, Any]) -> Checkpoint | None:
        step = _step(event)
        if event["type"] != "checkpoint" or step is None:
            return None
        return Checkpoint(
            run_id=self.lease.run_id,
            step=step,
            epoch=self.lease.epoch,
            manifest_sha256=str(event.get("manifest_sha256", ""))[:64],
            bytes=int(event.get("bytes") or 0),
        )

    def _event(self, event: dict[str, Any]) -> RunEvent:
        payload = {key: event[key] for key in event if key not in ("seq", "type")}
        if len(json.dumps(payload)) > LARGEST_PAYLOAD:
            payload = {"note": "too large to keep here; see events.jsonl"}
        return RunEvent(
            run_id=self.lease.run_id,
            epoch=self.lease.epoch,
            type=AS_EVENTS[event["type"]],
            payload=payload,
        )


class CompletionTail:
    """Copies completions.jsonl of a sampling run into completions."""

    def __init__(self, lease: Lease, run: Run, directory: Path) -> None:
        self.lease = lease
        self.run = run
        self._lines = Lines(directory / "completions.jsonl")
        self._count = 0  # lines seen; a resumed run begins at the first again
        self._furthest = run.last_step

    def pump(self) -> None:
        """Store what is new. Raises LeaseLost."""
        while lines := self._lines.next():
            count = self._count + len(lines)
            values: dict[str, Any] = {"last_step": max(count, self._furthest)}
            if count > self._furthest:
                values["tries_without_progress"] = 0
            with transaction.atomic():
                lifecycle.write(self.lease, **values)
                Completion.objects.bulk_create(
                    [completion_row(self.run, json.loads(line)) for line in lines],
                    ignore_conflicts=True,
                )
            self._lines.taken()
            self._count, self._furthest = count, max(count, self._furthest)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """One event, its texts made storable; None for a line that is none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("seq"), int):
        return None
    if not isinstance(event.get("type"), str):
        return None
    cleaned: dict[str, Any] = storable(event)
    return cleaned


def _step(event: dict[str, Any]) -> int | None:
    step = event.get("step")
    return step if isinstance(step, int) and not isinstance(step, bool) and step >= 0 else None


def _moment(event: dict[str, Any]) -> datetime | None:
    """When the trainer said it; None where it does not say so."""
    try:
        at = datetime.fromisoformat(str(event.get("at")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def with_alarms(known: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The alarms of a run with what new events say; each code once, as it was first raised.

    `until`: the last step at which it was seen, once it is over; None while it goes on.
    """
    found = {alarm["code"]: alarm for alarm in known}
    for event in events:
        code = event.get("code")
        if event["type"] == "alarm" and isinstance(code, str):
            told = {name: event.get(name) for name in ALARM_FIELDS}
            first = found.get(code) or {**told, "stops": event.get("stops") is True}
            found[code] = {**first, "until": None}
        elif event["type"] == "alarm_end" and code in found:
            found[code] = {**found[code], "until": event.get("until")}
    return list(found.values())


def made_with(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What the trainer says of its code, libraries and machine, and of the memory it needs."""
    found: dict[str, Any] = {}
    for event in events:
        told = {name: event[name] for name in MADE_WITH.get(event["type"], ()) if event.get(name)}
        if told:
            found |= {"memory": told} if event["type"] == "memory" else told
    return found


def unused_rows(events: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The latest word on how many of the rows that were handed in the trainer does not use, or in part."""
    for event in reversed(events):
        used, given = event.get("used"), event.get("given")
        if event["type"] == "data_read" and isinstance(used, int) and isinstance(given, int):
            rows, in_part = str(event.get("rows", ""))[:40], event.get("used_in_part")
            return {
                "rows": rows,
                "left_out": max(0, given - used),
                "used_in_part": in_part if isinstance(in_part, int) else 0,
                "of": given,
            }
    return None


def _progress(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The latest word on how far it has come."""
    for event in reversed(events):
        done, total = event.get("done"), event.get("total")
        if event["type"] == "progress" and isinstance(done, int) and isinstance(total, int):
            phase = str(event.get("phase", ""))[:40]
            return {"progress_done": done, "progress_total": total, "phase": phase}
    return {}
