"""A ranking row: completions of one prompt and a weak order over them, by one judge.

Positions in `completions` are what all other fields speak of. Tiers come best first; completions of
one tier are tied.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from annotation.corpus.rows import (
    MAX_COMPLETIONS,
    MAX_NAME,
    BaseRow,
    ParsedPrompt,
    Row,
    RowError,
    base_fields,
    check_text,
    extras_of,
    indices_of,
    list_of,
    load,
    prompt_of,
    text_of,
    texts_of,
    whole_number,
)

MAX_NOTE = 4000
MAX_COMPLETION_NOTE = 2000
MAX_FLAGS = 50
MAX_AXES = 20
MAX_SPANS = 200
MAX_QUOTE = 20_000
MAX_OFFSET = 2**31 - 1
MAX_MS = 2**31 - 1
MODES = ("tiers", "duel", "guided", "best_worst", "drag_list")
STRENGTHS = (1, 3)
GRADES = (1, 7)

KNOWN = frozenset(
    {
        "id",
        "prompt",
        "completions",
        "systems",
        "ranking",
        "unranked",
        "cannot_judge",
        "unacceptable_below",
        "direct",
        "grades",
        "flags",
        "spans",
        "notes",
        "note",
        "mode",
        "reading",
        "unread_accepted",
        "active_ms",
        "presented",
    }
)


@dataclass(frozen=True, slots=True)
class Direct:
    """Two completions compared head to head; a tie has no better one, only an order of writing."""

    better: int
    worse: int
    tie: bool
    strength: int | None


@dataclass(slots=True, kw_only=True)
class RankingRow(BaseRow):
    """One judgment. `presented` is the order on the screen; None when it is not known."""

    prompt: ParsedPrompt
    completions: list[str]
    systems: list[str] | None
    criterion: str
    labeler: str
    ranking: list[list[int]]
    unranked: list[int]
    cannot_judge: list[int]
    unacceptable_below: int | None
    direct: list[Direct]
    grades: list[dict[str, int] | None]
    flags: list[list[str]]
    spans: list[list[Row]]
    notes: list[str]
    note: str
    mode: str
    reading: list[Row | None]
    unread_accepted: bool
    active_ms: int | None
    presented: list[int] | None


def parse_ranking_row(number: int, data: bytes | Row | None) -> RankingRow:
    """`{prompt, completions, ranking, …}`; see docs/data-format.md for all fields."""
    row = load(data)
    completions = _completions(row)
    k = len(completions)
    ranking, unranked, cannot_judge = _places(row, k)
    return RankingRow(
        **base_fields(number, row),
        prompt=prompt_of(row),
        completions=completions,
        systems=_systems(row, k),
        criterion=text_of(row, "criterion", max_length=MAX_NAME),
        labeler=_labeler(row),
        ranking=ranking,
        unranked=unranked,
        cannot_judge=cannot_judge,
        unacceptable_below=_number(row, "unacceptable_below", len(ranking)),
        direct=_direct(row, k),
        grades=_per_completion(row, "grades", k, _grades, None),
        flags=_per_completion(row, "flags", k, _flags, []),
        spans=_per_completion(row, "spans", k, _spans, []),
        notes=_per_completion(row, "notes", k, _completion_note, ""),
        note=text_of(row, "note", max_length=MAX_NOTE),
        mode=_mode(row),
        reading=_per_completion(row, "reading", k, _reading, None),
        unread_accepted=_yes_or_no(row, "unread_accepted"),
        active_ms=_number(row, "active_ms", MAX_MS),
        presented=_presented(row, k),
        extras=extras_of(row, set(KNOWN)),
    )


def _completions(row: Row) -> list[str]:
    if "completions" not in row:
        raise RowError("completions", "missing", "completions is missing")
    return texts_of(row["completions"], "completions", low=2, high=MAX_COMPLETIONS)


def _systems(row: Row, k: int) -> list[str] | None:
    if row.get("systems") is None:
        return None
    check = partial(check_text, max_length=MAX_NAME)
    return _exactly(list_of(row["systems"], "systems", check, high=MAX_COMPLETIONS), "systems", k)


def _labeler(row: Row) -> str:
    """Who judged: the labeler, else the kind of judge, else the source."""
    for name in ("labeler", "judge", "source"):
        if given := text_of(row, name, max_length=MAX_NAME):
            return given
    return "import"


def _places(row: Row, k: int) -> tuple[list[list[int]], list[int], list[int]]:
    """Tiers, left out, unjudgeable: each completion exactly once. All may be left out: a blank."""
    if "ranking" not in row:
        raise RowError("ranking", "missing", "ranking is missing")
    ranking = list_of(row["ranking"], "ranking", partial(indices_of, k=k), high=k)
    for number, members in enumerate(ranking):
        if not members:
            raise RowError(
                f"ranking[{number}]", "empty_tier", "a tier holds at least one completion"
            )
    unranked = indices_of(row.get("unranked", []), "unranked", k)
    cannot_judge = indices_of(row.get("cannot_judge", []), "cannot_judge", k)
    _each_once(ranking, unranked, cannot_judge, k)
    return ranking, unranked, cannot_judge


def _each_once(
    ranking: list[list[int]], unranked: list[int], cannot_judge: list[int], k: int
) -> None:
    seen: dict[int, str] = {}
    for name, members in _named_places(ranking, unranked, cannot_judge):
        for member in members:
            if member in seen:
                both_tiers = name.startswith("ranking") and seen[member].startswith("ranking")
                rule = "completion_in_two_tiers" if both_tiers else "completion_in_two_places"
                raise RowError(name, rule, f"completion {member} stands in {seen[member]} as well")
            seen[member] = name
    if len(seen) < k:
        left = next(index for index in range(k) if index not in seen)
        raise RowError(
            "ranking",
            "completion_left_out",
            f"completion {left} is neither ranked nor listed as unranked",
        )


def _named_places(
    ranking: list[list[int]], unranked: list[int], cannot_judge: list[int]
) -> Iterable[tuple[str, list[int]]]:
    for number, members in enumerate(ranking):
        yield f"ranking[{number}]", members
    yield "unranked", unranked
    yield "cannot_judge", cannot_judge


def _number(row: Row, name: str, high: int) -> int | None:
    value = row.get(name)
    return None if value is None else whole_number(value, name, low=0, high=high)


def _direct(row: Row, k: int) -> list[Direct]:
    found = list_of(
        row.get("direct", []), "direct", partial(_direct_pair, k=k), high=k * (k - 1) // 2
    )
    seen: set[frozenset[int]] = set()
    for number, pair in enumerate(found):
        both = frozenset((pair.better, pair.worse))
        if both in seen:
            raise RowError(f"direct[{number}]", "duplicate_pair", "this pair was compared already")
        seen.add(both)
    return found


def _direct_pair(value: Any, path: str, *, k: int) -> Direct:
    if not isinstance(value, dict):
        raise RowError(path, "wrong_type", f"{path} must be an object")
    for key in value:
        if key not in ("better", "worse", "tie", "strength"):
            raise RowError(path, "unknown_field", f"{key[:60]!r} is not known in {path}")
    sides = []
    for name in ("better", "worse"):
        if name not in value:
            raise RowError(f"{path}.{name}", "missing", f"{name} is missing")
        sides.append(
            whole_number(
                value[name], f"{path}.{name}", low=0, high=k - 1, rule="index_out_of_range"
            )
        )
    if sides[0] == sides[1]:
        raise RowError(path, "same_completion", "a pair has two sides")
    tie = value.get("tie", False)
    if not isinstance(tie, bool):
        raise RowError(f"{path}.tie", "wrong_type", "tie must be true or false")
    strength = value.get("strength")
    if strength is not None:
        whole_number(strength, f"{path}.strength", low=STRENGTHS[0], high=STRENGTHS[1])
    return Direct(sides[0], sides[1], tie, strength)


def _per_completion(row: Row, name: str, k: int, check: Any, absent: Any) -> list[Any]:
    if row.get(name) is None:
        return [absent] * k
    return _exactly(list_of(row[name], name, check, high=MAX_COMPLETIONS), name, k)


def _exactly(values: list[Any], name: str, k: int) -> list[Any]:
    if len(values) != k:
        raise RowError(name, "wrong_length", f"{name} needs one entry per completion, {k}")
    return values


def _grades(value: Any, path: str) -> dict[str, int] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        message = f'{path} must be null or an object like {{"overall": 5}}: axis and grade'
        raise RowError(path, "wrong_type", message)
    if not 1 <= len(value) <= MAX_AXES:
        rule = "too_many" if value else "empty"
        raise RowError(path, rule, f"{path} names 1 to {MAX_AXES} axes, or is null")
    for axis, grade in value.items():
        check_text(axis, path, max_length=40)
        whole_number(grade, f"{path}.{axis}", low=GRADES[0], high=GRADES[1])
    return value


def _flags(value: Any, path: str) -> list[str]:
    return list_of(value, path, partial(check_text, max_length=40), high=MAX_FLAGS)


def _spans(value: Any, path: str) -> list[Row]:
    return list_of(value, path, _span, high=MAX_SPANS)


def _span(value: Any, path: str) -> Row:
    """Where the passage stands in the rendered completion, its words, a flag or null, a note."""
    _fields(value, path, {"start", "end", "quote", "flag", "note"})
    start = whole_number(value["start"], f"{path}.start", low=0, high=MAX_OFFSET)
    whole_number(value["end"], f"{path}.end", low=start + 1, high=MAX_OFFSET)
    if not check_text(value["quote"], f"{path}.quote", MAX_QUOTE):
        raise RowError(f"{path}.quote", "empty", "a passage has words")
    if value["flag"] is not None:
        check_text(value["flag"], f"{path}.flag", 40)
    check_text(value["note"], f"{path}.note", MAX_COMPLETION_NOTE)
    return dict(value)


def _reading(value: Any, path: str) -> Row | None:
    if value is None:
        return None
    _fields(value, path, {"visible_ms", "read_percent"})
    whole_number(value["visible_ms"], f"{path}.visible_ms", low=0, high=MAX_MS)
    whole_number(value["read_percent"], f"{path}.read_percent", low=0, high=100)
    return dict(value)


def _fields(value: Any, path: str, names: set[str]) -> None:
    """An object with exactly these fields."""
    if not isinstance(value, dict):
        raise RowError(path, "wrong_type", f"{path} must be an object")
    for name in sorted(names - value.keys()):
        raise RowError(f"{path}.{name}", "missing", f"{name} is missing")
    for name in value.keys() - names:
        raise RowError(path, "unknown_field", f"{name[:60]!r} is not known in {path}")


def _mode(row: Row) -> str:
    mode = text_of(row, "mode")
    if mode and mode not in MODES:
        raise RowError("mode", "unknown_mode", f"modes are {', '.join(MODES)}")
    return mode


def _yes_or_no(row: Row, name: str) -> bool:
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise RowError(name, "wrong_type", f"{name} must be true or false")
    return value


def _completion_note(value: Any, path: str) -> str:
    return check_text(value, path, MAX_COMPLETION_NOTE)


def _presented(row: Row, k: int) -> list[int] | None:
    if row.get("presented") is None:
        return None
    order = _exactly(indices_of(row["presented"], "presented", k), "presented", k)
    if len(set(order)) < k:
        raise RowError("presented", "completion_shown_twice", "every completion is shown once")
    return order
