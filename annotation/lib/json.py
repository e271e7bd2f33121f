"""Strict JSON: what Python's reader lets through silently is refused here, with the rule's name.

NaN and Infinity, duplicate keys, lone surrogates, U+0000, documents too deep, numbers too long.
"""

import json
from typing import Any

MAX_DEPTH = 32
_INFINITIES = (float("inf"), float("-inf"))


class StrictJSONError(ValueError):
    """`rule` is a stable code: bad_json, nan, duplicate_key, lone_surrogate, nul, too_deep, number_too_long."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def loads(text: str | bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON text strictly; raises StrictJSONError naming the rule."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise StrictJSONError("not_utf8", f"not UTF-8 at byte {error.start}") from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except StrictJSONError:
        raise
    except RecursionError:
        raise StrictJSONError("too_deep", f"nested deeper than {max_depth} levels") from None
    except json.JSONDecodeError as error:
        raise StrictJSONError(
            "bad_json", f"no JSON from column {error.colno} on: {error.msg}"
        ) from None
    except ValueError:
        raise StrictJSONError("number_too_long", "a number has too many digits") from None
    _check(value, max_depth)
    return value


def check(value: Any, *, max_depth: int = MAX_DEPTH) -> None:
    """Refuse what `loads` would refuse, in a value that came from elsewhere than JSON text."""
    _check(value, max_depth)


def check_text(text: str) -> None:
    """Refuse characters that Postgres or UTF-8 cannot hold."""
    if "\x00" in text:
        raise StrictJSONError("nul", "the character U+0000 cannot be stored")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StrictJSONError(
            "lone_surrogate", f"a lone surrogate (half a character) at position {error.start}"
        ) from None


_CANONICAL = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
)


def canonical(value: Any) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8. For hashing."""
    return _CANONICAL.encode(value).encode("utf-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    names = [key for key, _ in pairs]
    twice = next(key for key in names if names.count(key) > 1)
    raise StrictJSONError("duplicate_key", f"the key {twice[:60]!r} stands twice")


def _no_constant(name: str) -> Any:
    raise StrictJSONError("nan", f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise StrictJSONError("too_deep", "nested too deeply")
    kind = type(value)
    if kind is str:
        check_text(value)
    elif kind is dict:
        for key, inner in value.items():
            check_text(key)
            _check(inner, depth - 1)
    elif kind is list:
        for inner in value:
            _check(inner, depth - 1)
    elif kind is float and (value != value or value in _INFINITIES):
        raise StrictJSONError("nan", "a number is too large, or none")
