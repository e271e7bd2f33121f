"""From a snapshot's lines to the rows of a dataset: weak orders, pairs, demonstrations. Knows no rows of
the database and no file format.

Pairs follow docs/data-format.md: the tiers speak for every two placed completions, a direct comparison
speaks for its own two instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Row = dict[str, Any]
Ties = Literal["drop", "half"]
Margin = Literal["none", "tiers", "strength"]
SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}


@dataclass(frozen=True)
class Pair:
    """Two completions by index. `gap`: tiers between them, 0 for ties and direct comparisons alone."""

    better: int
    worse: int
    tie: bool
    direct: bool
    strength: int | None
    gap: int


def pairs(ranking: Row) -> list[Pair]:
    """Every pair that a ranking says something about, once, in the order of the indices."""
    tier_of = {index: number for number, tier in enumerate(ranking["ranking"]) for index in tier}
    found: dict[tuple[int, int], Pair] = {}
    placed = sorted(tier_of)
    for position, first in enumerate(placed):
        for second in placed[position + 1 :]:
            better, worse = sorted((first, second), key=lambda index: (tier_of[index], index))
            gap = tier_of[worse] - tier_of[better]
            found[first, second] = Pair(better, worse, gap == 0, False, None, gap)
    for one in ranking["direct"]:
        low, high = sorted((one["better"], one["worse"]))
        earlier = found.get((low, high))
        better, worse = (low, high) if one["tie"] else (one["better"], one["worse"])
        agrees = earlier is not None and not one["tie"] and earlier.better == better
        gap = earlier.gap if earlier is not None and agrees else 0
        found[low, high] = Pair(better, worse, one["tie"], True, one["strength"], gap)
    return [found[key] for key in sorted(found)]


def weak_order(ranking: Row, details: Row, *, with_origin: bool) -> Row:
    """A ranking in the form that the import takes, and the side of the split it is on."""
    unjudgeable = set(details["cannot_judge"])
    return {
        "id": ranking["id"],
        "item": details["item"],
        "source": "tiebreak",
        "lang": ranking["lang"],
        "judge": details["judge"],
        "labeler": details["labeler"],
        "prompt": ranking["prompt"],
        "completions": ranking["completions"],
        "systems": details["systems"] if with_origin else [],
        "ranking": ranking["ranking"],
        "unranked": [index for index in ranking["unranked"] if index not in unjudgeable],
        "cannot_judge": sorted(unjudgeable),
        "unacceptable_below": ranking["unacceptable_below"],
        "direct": ranking["direct"],
        "grades": details["grades"],
        "flags": details["flags"],
        "spans": details["spans"],
        "notes": details["notes"],
        "note": details["note"],
        "mode": details["mode"],
        "guideline": details["guideline"],
        "presented": details["presented"],
        "active_ms": details["active_ms"],
        "created_at": details["created_at"],
    }


def preference_rows(
    ranking: Row, details: Row, *, plain: bool, ties: Ties, margin: Margin
) -> Iterator[Row]:
    """The pairs of a ranking as TRL's preference rows, at its weight; a tie gives none, or both ways at
    half of it.

    `margin` writes a column that TRL's reward trainer subtracts; without it there is no such column.
    """
    texts = ranking["completions"]
    for pair in pairs(ranking):
        if pair.tie and ties == "drop":
            continue
        both = ((pair.better, pair.worse), (pair.worse, pair.better))
        for better, worse in both if pair.tie else both[:1]:
            row: Row = {
                "id": f"{ranking['id']}:{better}:{worse}",
                "prompt": as_text(ranking["prompt"]) if plain else ranking["prompt"],
                "chosen": _said(texts[better], plain),
                "rejected": _said(texts[worse], plain),
                "ranking_id": ranking["id"],
                "lang": ranking["lang"],
                "labeler": details["labeler"],
                "tie": pair.tie,
                "direct": pair.direct,
                "strength": pair.strength,
                "tier_gap": pair.gap,
                "weight": ranking["weight"] * (0.5 if pair.tie else 1.0),
            }
            if margin == "tiers":
                row["margin"] = float(pair.gap)
            elif margin == "strength":
                row["margin"] = float(0 if pair.tie else pair.strength or 1)
            yield row


def sft_row(demonstration: Row, details: Row) -> Row:
    """A demonstration as TRL's conversational language-modelling row."""
    answer = {"role": "assistant", "content": demonstration["completion"]}
    return {
        "id": demonstration["id"],
        "messages": [*demonstration["prompt"], answer],
        "lang": demonstration["lang"],
        "author": details["labeler"],
        "guideline": details["guideline"],
        "created_at": details["created_at"],
    }


def as_text(messages: list[dict[str, str]]) -> str:
    """A prompt as one text: a single user message as it is, a talk with a name before each turn."""
    if len(messages) == 1 and messages[0]["role"] == "user":
        return messages[0]["content"]
    turns = [f"{SPEAKERS[each['role']]}: {each['content']}" for each in messages]
    return "\n\n".join([*turns, "Assistant:"])


def _said(text: str, plain: bool) -> Any:
    return text if plain else [{"role": "assistant", "content": text}]
