"""Rules between settings: which combinations make no sense, as data.

JSON Schema bounds each setting by itself and cannot compare two, so a stage's schema carries these
under `rules`, for whoever fills in settings without this library to apply (a server, a form).
A rule says of one setting what must hold of it, always or only where others have certain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Operand = str | float | Sequence[Any]  # another setting, a number, or the values that may be

_TESTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "one_of": ("must be", lambda value, allowed: value in allowed),
    "divides": ("must divide", lambda value, other: other % value == 0),
    "at_most": ("must be <=", lambda value, other: value <= other),
    "at_least": ("must be >=", lambda value, other: value >= other),
    "below": ("must be <", lambda value, other: value < other),
    "above": ("must be >", lambda value, other: value > other),
}


@dataclass(frozen=True)
class Rule:
    """`setting` stands in the relation `must` to `than`, where all of `when` and none of `unless`.

    when, unless: settings with the values that count. times: `setting` is multiplied by it first.
    """

    setting: str
    must: str
    than: Operand
    why: str = ""
    when: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    unless: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    times: int = 1

    def broken_by(self, values: Mapping[str, Any]) -> str | None:
        """What is wrong with settings that are each allowed by themselves, in words; None: nothing."""
        if any(values[name] not in allowed for name, allowed in self.when.items()):
            return None
        if any(values[name] in allowed for name, allowed in self.unless.items()):
            return None
        value = values[self.setting]
        than = values[self.than] if isinstance(self.than, str) else self.than
        words, holds = _TESTS[self.must]
        if holds(value * self.times if self.times != 1 else value, than):
            return None
        return "".join(self._in_words(value, words, than))

    def _in_words(self, value: Any, words: str, than: Any) -> Iterator[str]:
        yield f"{self.setting} {value}"
        if self.times != 1:
            yield f" times {self.times}"
        shown = " or ".join(map(str, than)) if isinstance(than, (list, tuple)) else f"{than:g}"
        yield f" {words} {self.than + ' ' if isinstance(self.than, str) else ''}{shown}"
        if self.when:
            yield " with " + ", ".join(
                f"{name} {' or '.join(map(str, allowed))}" for name, allowed in self.when.items()
            )
        if self.why:
            yield f": {self.why}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in a schema; what is as usual is left out."""
        found: dict[str, Any] = {"setting": self.setting, "must": self.must, "than": self.than}
        for name in ("why", "when", "unless"):
            if value := getattr(self, name):
                found[name] = value
        return found | ({"times": self.times} if self.times != 1 else {})
