"""Rules between settings, which JSON Schema cannot say: `rules` in a stage's schema.

The learning library writes them (rewardmodel/config/rules.py says what they mean) and applies them
itself when a run starts; here they are applied when the run is asked for. Knows no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_TESTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "one_of": ("must be", lambda value, allowed: value in allowed),
    "divides": ("must divide", lambda value, other: other % value == 0),
    "at_most": ("must be <=", lambda value, other: value <= other),
    "at_least": ("must be >=", lambda value, other: value >= other),
    "below": ("must be <", lambda value, other: value < other),
    "above": ("must be >", lambda value, other: value > other),
}


def settings_in(rule: Mapping[str, Any]) -> set[str]:
    """The settings that a rule speaks of."""
    than = rule["than"]
    other = {than} if isinstance(than, str) else set()
    return {rule["setting"], *rule.get("when", {}), *rule.get("unless", {})} | other


def broken(rules: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Setting and words of each rule that the values break, each allowed by itself."""
    found = []
    for rule in rules:
        words = _broken(rule, values)
        if words:
            found.append((rule["setting"], words))
    return found


def _broken(rule: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    when, unless = rule.get("when", {}), rule.get("unless", {})
    if any(values[name] not in allowed for name, allowed in when.items()):
        return ""
    if any(values[name] in allowed for name, allowed in unless.items()):
        return ""
    name, than, times = rule["setting"], rule["than"], rule.get("times", 1)
    value, other = values[name], values[than] if isinstance(than, str) else than
    relation, holds = _TESTS[rule["must"]]
    if holds(value * times if times != 1 else value, other):
        return ""
    shown = " or ".join(map(str, other)) if isinstance(other, list) else f"{other:g}"
    what = f"{than} {shown}" if isinstance(than, str) else shown
    words = f"{name}: {value}{f' times {times}' if times != 1 else ''} {relation} {what}"
    if when:
        given = (f"{key} {' or '.join(map(str, allowed))}" for key, allowed in when.items())
        words += " with " + ", ".join(given)
    return f"{words}: {rule['why']}" if rule.get("why") else words
