"""What a ranking says, checked and brought into one form. Knows no database.

Two submissions say the same when their canonical forms are equal: the order inside a tier, the lease
they were sent under and the time they took play no part.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotation.corpus.texts import hash_of
from annotation.lib.errors import Invalid

Error = tuple[str, str, str]


@dataclass(frozen=True)
class DirectContent:
    """Two completions compared head to head; strength 1 slight, 2 clear, 3 large, or not given."""

    better: UUID
    worse: UUID
    is_tie: bool = False
    strength: int | None = None


@dataclass(frozen=True)
class RankingContent:
    """A weak order as it was given: tiers best first, and everything said beside them."""

    tiers: list[list[UUID]]
    unplaced: list[UUID] = field(default_factory=list)
    cannot_judge: list[UUID] = field(default_factory=list)
    unacceptable_below: int | None = None
    direct: list[DirectContent] = field(default_factory=list)
    grades: Mapping[UUID, int] = field(default_factory=dict)
    flags: Mapping[UUID, list[str]] = field(default_factory=dict)
    notes: Mapping[UUID, str] = field(default_factory=dict)
    note: str = ""

    def completions(self) -> list[UUID]:
        """Everything that was put somewhere, in the order of the content."""
        placed = [one for tier in self.tiers for one in tier]
        return placed + self.unplaced + self.cannot_judge

    def check(self, *, allow_ties: bool, known_flags: Collection[str]) -> None:
        """Refuse what contradicts itself or the project's settings; raises Invalid."""
        errors = [
            *self._order_errors(allow_ties),
            *self._direct_errors(),
            *self._other(known_flags),
        ]
        if errors:
            raise Invalid(*errors)

    def check_shown(self, shown: Collection[UUID]) -> None:
        """Refuse completions that were not shown, and missing ones; raises Invalid."""
        given = set(self.completions())
        errors = [
            ("tiers", "not_shown", f"The completion {one} is not part of this item.")
            for one in sorted(given - set(shown))
        ]
        errors += [
            ("tiers", "missing", f"The completion {one} stands nowhere.")
            for one in sorted(set(shown) - given)
        ]
        raise Invalid(*errors or [("tiers", "invalid", "These are not the completions shown.")])

    def canonical(self) -> dict[str, Any]:
        """The JSON form in which equal judgments are equal."""
        return {
            "tiers": [sorted(map(str, tier)) for tier in self.tiers],
            "unplaced": sorted(map(str, self.unplaced)),
            "cannot_judge": sorted(map(str, self.cannot_judge)),
            "unacceptable_below": self.unacceptable_below,
            "direct": sorted(
                [str(one.better), str(one.worse), one.is_tie, one.strength or 0]
                for one in self.direct
            ),
            "grades": {str(key): grade for key, grade in self.grades.items()},
            "flags": {str(key): sorted(flags) for key, flags in self.flags.items() if flags},
            "notes": {str(key): note for key, note in self.notes.items() if note},
            "note": self.note,
        }

    def hash(self, *, slot_id: UUID, supersedes: UUID | None) -> str:
        """SHA-256 (hex) of what is said, and about what."""
        return hash_of([str(slot_id), str(supersedes or ""), self.canonical()])

    def placements(self) -> list[dict[str, Any]]:
        """One row per completion, as the database function takes them."""
        places: list[tuple[UUID, int | None, bool]] = [
            (one, number, False) for number, tier in enumerate(self.tiers, 1) for one in tier
        ]
        places += [(one, None, False) for one in self.unplaced]
        places += [(one, None, True) for one in self.cannot_judge]
        return [
            {
                "completion": str(one),
                "tier": tier,
                "cannot_judge": cannot_judge,
                "grade": self.grades.get(one),
                "flags": self.flags.get(one, []),
                "note": self.notes.get(one, ""),
            }
            for one, tier, cannot_judge in places
        ]

    def _order_errors(self, allow_ties: bool) -> Iterator[Error]:
        if not any(self.tiers):
            yield ("tiers", "empty", "Place at least one completion, or skip the item.")
        for number, tier in enumerate(self.tiers):
            if not tier:
                yield (f"tiers[{number}]", "empty", "A tier holds at least one completion.")
            if len(tier) > 1 and not allow_ties:
                yield (f"tiers[{number}]", "tie", "This project does not allow ties.")
        for one, times in Counter(self.completions()).items():
            if times > 1:
                yield ("tiers", "twice", f"The completion {one} stands in {times} places.")
        cut = self.unacceptable_below
        if cut is not None and not 0 <= cut <= len(self.tiers):
            yield (
                "unacceptable_below",
                "out_of_range",
                f"The number of acceptable tiers is 0 to {len(self.tiers)}.",
            )

    def _direct_errors(self) -> Iterator[Error]:
        judged = set(self.completions()) - set(self.cannot_judge)
        seen: set[frozenset[UUID]] = set()
        for number, one in enumerate(self.direct):
            name = f"direct[{number}]"
            pair = frozenset((one.better, one.worse))
            if one.better == one.worse:
                yield (name, "same", "A comparison needs two different completions.")
            elif not pair <= judged:
                yield (name, "not_judged", "Both sides must be completions that were judged.")
            elif pair in seen:
                yield (name, "twice", "These two are already compared.")
            if one.is_tie and one.strength is not None:
                yield (f"{name}.strength", "tie", "A tie has no strength.")
            seen.add(pair)

    def _other(self, known_flags: Collection[str]) -> Iterator[Error]:
        given = set(self.completions())
        said: list[tuple[str, Mapping[UUID, Any]]] = [
            ("grades", self.grades),
            ("flags", self.flags),
            ("notes", self.notes),
        ]
        for name, values in said:
            for one in values:
                if one not in given:
                    yield (f"{name}.{one}", "not_shown", "This completion is not in the ranking.")
        for one, flags in self.flags.items():
            for flag in flags:
                if flag not in known_flags:
                    yield (f"flags.{one}", "unknown", f"This project has no flag {flag[:40]!r}.")
            if len(set(flags)) < len(flags):
                yield (f"flags.{one}", "twice", "A flag is set once.")
