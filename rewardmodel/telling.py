"""What a person at a command line is told: now and then how far a run is, and at its end what came of it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ProgressListener = Callable[[str, int, int], None]

EVERY_S = 10.0
MOST = 6
# worth a place in one line, the most telling first; of the report's other figures the file tells
HEADLINES = (
    *("ended", "accuracy", "length_baseline", "win_rate", "score_before", "score_after"),
    *("score", "kl_after", "stop_rate_after", "validation_loss"),
    *("validation_perplexity", "held_out_loss", "held_out_perplexity", "perplexity", "kl"),
    *("demonstrations", "completions", "chosen", "picked", "stop_rate", "updates"),
)
RESULTS = ("model", "chosen", "completions.jsonl", "picks.jsonl", "report.json", "report.html")


class ProgressLines:
    """One line in `every_s` seconds at most, of whatever phase is at work then."""

    def __init__(self, say: Callable[[str], None], every_s: float = EVERY_S) -> None:
        self._say, self._every_s = say, every_s
        self._at = -math.inf

    def update(self, phase: str, done: int, total: int) -> None:
        """How far a phase has come."""
        now = time.monotonic()
        if now - self._at < self._every_s:
            return
        self._at = now
        self._say(f"{phase}: {done} of {total}")


def outcome(directory: Path) -> str:
    """One line about a complete run: where its results lie, and the headline figures of its report."""
    there = [name for name in RESULTS if (directory / name).exists()]
    line = f"complete: {', '.join(str(directory / name) for name in there) or directory}"
    try:
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return line
    figures = headlines(report)
    return f"{line}; {', '.join(figures)}" if figures else line


def headlines(report: Mapping[str, Any]) -> list[str]:
    """The figures of a report that are worth a line, in words; that it ended well goes without saying."""
    found: dict[str, str] = {}
    for name, value in _figures(report):
        if (name, value) != ("ended", "complete"):
            found.setdefault(name, value)
    return [f"{name} {found[name]}" for name in HEADLINES if name in found][:MOST]


def _figures(thing: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every figure by its own name, outer ones before inner ones."""
    inner = []
    for name, value in thing.items():
        if isinstance(value, Mapping):
            if isinstance(value.get("value"), int | float):
                yield name, _with_interval(value)
            else:
                inner.append(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, value if isinstance(value, str) else _number(value)
    for part in inner:
        yield from _figures(part)


def _with_interval(estimate: Mapping[str, Any]) -> str:
    value, low, high = (estimate.get(part) for part in ("value", "low", "high"))
    if low is None or high is None:
        return _number(value)
    return f"{_number(value)} ({_number(low)} to {_number(high)})"


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3g}"
