"""Figures, sizes and times in words for people; programs read JSON, which stays exact. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
UNITS = ("B", "kB", "MB", "GB", "TB")
LISTED = 12  # a longer list is told by its length
ESTIMATE = ("value", "low", "high")
ASKED = {"kl": "at most {}", "stop_rate": "at least {}"}
CONFIDENT = (
    "above {} with confidence"  # of every other gate: the lower end is held against the bound
)


def number(value: float) -> str:
    """Four significant digits; whole numbers whole."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e15 else f"{value:.4g}"


def size(count: float | None) -> str:
    """Bytes in the unit that fits, as the browser shows them."""
    if count is None:
        return "-"
    unit = 0
    while count >= 1000 and unit < len(UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.{1 if count < 10 and unit else 0}f} {UNITS[unit]}"


def duration(seconds: float | None) -> str:
    """A span of time in its two largest units."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{number(seconds) if seconds < 10 else round(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def moment(at: str | None) -> str:
    """A time to the minute."""
    return "-" if at is None else at[:16].replace("T", " ")


def is_estimate(value: Any) -> bool:
    """Whether this is a figure with its interval."""
    return isinstance(value, dict) and all(
        isinstance(value.get(name), int | float) for name in ESTIMATE
    )


def gate_in_words(gate: Mapping[str, Any]) -> str:
    """A figure held against its bound: name, interval, whether it holds, and what length alone gives."""
    told = f"{gate['gate']} {_measured(gate)}"
    if gate["bound"] is not None:
        told += f", {'holds' if gate['passed'] else 'does not hold'}: {asked_in_words(gate)}"
    if over := gate.get("over_length"):
        told += f", over “the longer text wins” {in_words(over)}"
    return told


def asked_in_words(gate: Mapping[str, Any]) -> str:
    """The bound of a gate."""
    return ASKED.get(gate["gate"], CONFIDENT).format(number(gate["bound"]))


def _measured(gate: Mapping[str, Any]) -> str:
    if gate["value"] is None:
        return "not measured"
    if gate["low"] is None and (clusters := gate.get("clusters")) is not None:
        rests = f"from {clusters} prompts or sets of answers: too few for an interval"
        return f"{number(gate['value'])} ({rests})"
    parts = {part: gate[part] for part in ESTIMATE}
    return in_words(parts if is_estimate(parts) else gate["value"])


def in_words(value: Any, name: str = "") -> str:
    """A value in words; its name says whether it counts bytes or seconds."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _with_unit(value, name)
    if isinstance(value, str):
        return moment(value) if MOMENT.match(value) else value
    if isinstance(value, list):
        return _list(value, name)
    if isinstance(value, Mapping) and {"gate", "bound", "passed"} <= value.keys():
        return gate_in_words(value)
    if is_estimate(value):
        middle, low, high = (number(value[part]) for part in ESTIMATE)
        return f"{middle} ({low} to {high})"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {in_words(part, str(key))}" for key, part in value.items())
    return json.dumps(value, ensure_ascii=False)


def _with_unit(value: float, name: str) -> str:
    if name == "bytes" or name.endswith("_bytes"):
        return size(value)
    if name == "seconds" or name.endswith("_seconds"):
        return duration(value)
    return number(value)


def _list(value: list[Any], name: str) -> str:
    if len(value) > LISTED:
        return f"{len(value)} entries"
    apart = "; " if any(isinstance(one, dict) for one in value) else ", "
    return apart.join(in_words(one, name) for one in value)


def leaves(thing: Any, path: str = "", *, split: bool = False) -> Iterator[tuple[str, Any]]:
    """Every leaf with its path. A list is one leaf, and a figure with its interval too unless `split`."""
    if not isinstance(thing, Mapping) or (is_estimate(thing) and not split):
        yield path, thing
        return
    for name, part in thing.items():
        yield from leaves(part, f"{path}.{name}" if path else str(name), split=split)
