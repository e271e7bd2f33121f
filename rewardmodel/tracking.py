"""A run's figures in other people's dashboards: a follower of events.jsonl.

events.jsonl stays the record. The follower reads it as any other program could and forwards metric
events to one of accelerate's trackers (tensorboard, wandb, mlflow, …); what it has forwarded is
remembered beside the log, so that starting again sends nothing twice. Knows no torch of its own.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rewardmodel.checkpoint import write_json_atomically
from rewardmodel.errors import Refused

PAUSE_S = 1.0


def check_tracker(name: str) -> None:
    """Raises Refused where accelerate has no such tracker, or its package is not installed."""
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    if name not in LOGGER_TYPE_TO_CLASS:
        raise Refused(
            "config_refused",
            f"--tracker {name!r}: not a tracker (known: {', '.join(sorted(LOGGER_TYPE_TO_CLASS))})",
        )
    if name not in {str(getattr(one, "value", one)) for one in get_available_trackers()}:
        raise Refused("config_refused", f"--tracker {name!r}: its package is not installed")


def open_tracker(name: str, directory: Path, settings: Mapping[str, Any]) -> Any:
    """One of accelerate's trackers, started."""
    from accelerate import PartialState
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS

    PartialState(cpu=True)  # accelerate logs through it; where processes were joined it is theirs
    kind = LOGGER_TYPE_TO_CLASS[name]
    if kind.requires_logging_directory:
        tracker = kind(directory.name, logging_dir=str(directory / "tracker"))
    else:
        tracker = kind(directory.name)
    tracker.main_process_only = False  # the first process alone follows
    tracker.start()
    tracker.store_init_configuration({key: _flat(value) for key, value in settings.items()})
    return tracker


def _flat(value: Any) -> str | int | float:
    """A setting as every tracker takes it."""
    if isinstance(value, str | int | float):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


class Follower:
    """Forwards metric events as they are written, in a thread of its own."""

    def __init__(self, directory: Path, name: str, make_tracker: Callable[[], Any]) -> None:
        self._events = directory / "events.jsonl"
        self._memory = directory / f"tracker-{name}.json"
        # Made when there is a figure to forward: by then the processes of the run have met.
        self._make_tracker = make_tracker
        self._tracker: Any = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="tracker")
        self._offset, self.forwarded = 0, self._remembered()
        self._waiting: list[dict[str, Any]] = []  # read, and not forwarded yet
        self._said = ""

    def _remembered(self) -> int:
        """Sequence number of the last event that was looked at."""
        try:
            return int(json.loads(self._memory.read_text())["seq"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Forward what is there, then end."""
        self._stop.set()
        self._thread.join()
        self._forward_or_say()
        if self._tracker is not None:
            self._tracker.finish()

    def _follow(self) -> None:
        while not self._stop.wait(PAUSE_S):
            self._forward_or_say()

    def _forward_or_say(self) -> None:
        """A dashboard out of reach must not end a run: the log has the figures."""
        try:
            self.forward()
        except Exception as error:  # trackers raise what they like
            words = f"tracker: {type(error).__name__}: {error}"
            if words != self._said:
                print(words, file=sys.stderr)
            self._said = words

    def forward(self) -> None:
        """Send what is new in the log, and what a tracker out of reach did not take before."""
        before = self.forwarded
        self._waiting += self._new_events()
        try:
            while self._waiting:
                event = self._waiting[0]
                if event["type"] == "metric" and event["seq"] > self.forwarded:
                    if self._tracker is None:
                        self._tracker = self._make_tracker()
                    values = {k: v for k, v in event["values"].items() if v is not None}
                    self._tracker.log(values, step=event["step"])
                self.forwarded = max(self.forwarded, event["seq"])
                del self._waiting[0]
        finally:
            if self.forwarded != before:
                write_json_atomically(self._memory, {"seq": self.forwarded})

    def _new_events(self) -> list[dict[str, Any]]:
        """Whole lines since the last look."""
        if not self._events.is_file():
            return []
        with self._events.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]
