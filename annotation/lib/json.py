"""Strict JSON: what Python's reader lets through silently is refused here, with the rule's name.

NaN and Infinity, duplicate keys, lone surrogates, U+0000, documents too deep, numbers too long.
"""

import json
from typing import Any

MAX_DEPTH = 32


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
        raise StrictJSONError("bad_json", f"{error.msg} at column {error.colno}") from None
    except ValueError:
        raise StrictJSONError("number_too_long", "a number has too many digits") from None
    _check(value, max_depth)
    return value


def check_text(text: str) -> None:
    """Refuse characters that Postgres or UTF-8 cannot hold."""
    if "\x00" in text:
        raise StrictJSONError("nul", "the character U+0000 cannot be stored")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StrictJSONError(
            "lone_surrogate", f"a lone surrogate (half a character) at position {error.start}"
        ) from None


def canonical(value: Any) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8. For hashing."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise StrictJSONError("duplicate_key", f"the key {key[:60]!r} stands twice")
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise StrictJSONError("nan", f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise StrictJSONError("too_deep", f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise StrictJSONError("nan", "a number is too large")
