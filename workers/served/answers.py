"""What a server answered, piece by piece or whole, with every field looked at before it is believed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

LARGEST_SAID = 4000
# Of what a server says of a model; times and permissions change without the model changing.
TOLD = ("id", "object", "owned_by", "root", "parent", "max_model_len", "meta", "quantization")
ENDS = {"stop": "stop", "length": "length", "eos": "stop", "eos_token": "stop"}


class NoAnswer(Exception):
    """This prompt gets no completion; others may. `rule` is stable: too_long, ended_otherwise, …"""

    def __init__(self, rule: str, words: str) -> None:
        super().__init__(words)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Said:
    """One place of the text: the token, its probability, and the likeliest as (token, probability)."""

    token: str
    probability: float
    log_prob: float  # natural log
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One completion. `tokens` and `places` are None where the server did not say."""

    text: str
    tokens: int | None
    finish_reason: str  # stop | length
    places: tuple[Said, ...] | None


class Answering:
    """An answer on its way."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._places: list[Said] = []
        self.finish_reason: str | None = None
        self.tokens: int | None = None
        self.used: int | None = None

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def take_whole(self, body: dict[str, Any]) -> None:
        """An answer in one piece."""
        choice = _first(body)
        if choice is None:
            raise NoAnswer("no_choice", "the server answered without a choice")
        message = choice.get("message")
        self._take(choice, message if isinstance(message, dict) else {})
        self._take_usage(body)

    def take_piece(self, body: dict[str, Any]) -> bool:
        """One event of a stream; whether the text grew."""
        choice = _first(body)
        self._take_usage(body)
        if choice is None:
            return False
        before = len(self._texts)
        delta = choice.get("delta")
        self._take(choice, delta if isinstance(delta, dict) else {})
        return len(self._texts) > before

    def _take(self, choice: dict[str, Any], message: dict[str, Any]) -> None:
        content = message.get("content")
        if isinstance(content, str) and content:
            self._texts.append(content)
        told = choice.get("logprobs")
        rows = told.get("content") if isinstance(told, dict) else None
        if isinstance(rows, list):
            self._places += [said for row in rows if (said := _place(row)) is not None]
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish_reason = reason

    def _take_usage(self, body: dict[str, Any]) -> None:
        usage = body.get("usage")
        if isinstance(usage, dict):
            self.tokens = _count(usage.get("completion_tokens"), self.tokens)
            self.used = _count(usage.get("total_tokens"), self.used)

    def answer(self) -> Answer:
        """The completion. Raises NoAnswer where it ended otherwise than a completion ends."""
        end = ENDS.get(self.finish_reason or "")
        if end is None:
            words = f"the server ended the answer with {str(self.finish_reason)[:40]!r}"
            raise NoAnswer("ended_otherwise", words)
        return Answer(self.text, self.tokens, end, tuple(self._places) or None)


def said_of(model: str, body: dict[str, Any]) -> dict[str, Any]:
    """What identifies the model in the server's list. Raises NoAnswer where it is not in there."""
    rows = body.get("data")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = next((row for row in rows if row.get("id") == model), None)
    if found is None:
        raise NoAnswer("no_model", f"the server does not offer the model {model}")
    told = {name: found[name] for name in TOLD if found.get(name) is not None}
    if len(json.dumps(told)) > LARGEST_SAID:
        told = {name: value for name, value in told.items() if not isinstance(value, dict | list)}
    return told


def _first(body: dict[str, Any]) -> dict[str, Any] | None:
    choices = body.get("choices")
    found = choices[0] if isinstance(choices, list) and choices else None
    return found if isinstance(found, dict) else None


def _count(value: Any, before: int | None) -> int | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if usable else before


def _place(row: Any) -> Said | None:
    one = _token(row)
    if one is None:
        return None
    others = row.get("top_logprobs")
    likeliest = [_token(other) for other in others] if isinstance(others, list) else []
    known = tuple((token, probability) for token, probability, _ in filter(None, likeliest))
    return Said(one[0], one[1], one[2], known[:20])


def _token(row: Any) -> tuple[str, float, float] | None:
    """Token, probability and its natural log."""
    if not isinstance(row, dict) or not isinstance(row.get("token"), str):
        return None
    value = row.get("logprob")
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return None
    log_prob = max(-9999.0, min(0.0, float(value)))
    return row["token"], math.exp(log_prob), log_prob
