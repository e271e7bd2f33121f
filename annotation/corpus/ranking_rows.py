"""A ranking row: completions of one prompt and a weak order over them, by one judge.

Positions in `completions` are what all other fields speak of. Tiers come best first; completions of
one tier are tied.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from annotation.corpus.rows import (
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

MAX_COMPLETIONS = 256
MAX_NOTE = 4000
MAX_COMPLETION_NOTE = 2000
MAX_FLAGS = 50
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
        "notes",
        "note",
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
    grades: list[int | None]
    flags: list[list[str]]
    notes: list[str]
    note: str
    active_ms: int | None
    presented: list[int] | None


def parse_ranking_row(number: int, data: bytes | None) -> RankingRow:
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
        grades=_per_completion(row, "grades", k, _grade, None),
        flags=_per_completion(row, "flags", k, _flags, []),
        notes=_per_completion(row, "notes", k, _completion_note, ""),
        note=text_of(row, "note", max_length=MAX_NOTE),
        active_ms=_number(row, "active_ms", 2**31 - 1),
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


def _grade(value: Any, path: str) -> int | None:
    return None if value is None else whole_number(value, path, low=GRADES[0], high=GRADES[1])


def _flags(value: Any, path: str) -> list[str]:
    return list_of(value, path, partial(check_text, max_length=40), high=MAX_FLAGS)


def _completion_note(value: Any, path: str) -> str:
    return check_text(value, path, MAX_COMPLETION_NOTE)


def _presented(row: Row, k: int) -> list[int] | None:
    if row.get("presented") is None:
        return None
    order = _exactly(indices_of(row["presented"], "presented", k), "presented", k)
    if len(set(order)) < k:
        raise RowError("presented", "completion_shown_twice", "every completion is shown once")
    return order
