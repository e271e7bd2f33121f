"""How near an order comes to the expected one. Pure arithmetic; knows no database."""

from collections.abc import Sequence
from dataclasses import dataclass

Tiers = Sequence[Sequence[str]]
POINTS = {"same": 1.0, "tie": 0.5, "reversed": 0.0, "missing": 0.0}


@dataclass(frozen=True)
class PairSaid:
    """A strict pair of the expected order, and what the labeler made of it."""

    better: str
    worse: str
    said: str
    """same | tie | reversed | missing (at least one of the two was not placed)"""


def compare(expected: Tiers, given: Tiers) -> list[PairSaid]:
    """Every strict pair of the expected order with what was said about it, best tiers first."""
    place = {one: number for number, tier in enumerate(given) for one in tier}
    return [
        PairSaid(better, worse, _said(place.get(better), place.get(worse)))
        for number, tier in enumerate(expected)
        for better in tier
        for below in expected[number + 1 :]
        for worse in below
    ]


def points_of(pairs: Sequence[PairSaid]) -> float:
    """One for a pair ordered alike, half for a tie."""
    return sum(POINTS[pair.said] for pair in pairs)


def _said(better: int | None, worse: int | None) -> str:
    if better is None or worse is None:
        return "missing"
    if better == worse:
        return "tie"
    return "same" if better < worse else "reversed"
