"""What a ranking says, brought into one form. Knows no database; what may be said is in `rules`.

Two submissions say the same when their canonical forms are equal: the order inside a tier, the lease
they were sent under and the time and reading they took play no part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotation.corpus.texts import hash_of


@dataclass(frozen=True)
class DirectContent:
    """Two completions compared head to head; strength 1 slight, 2 clear, 3 large, or not given."""

    better: UUID
    worse: UUID
    is_tie: bool = False
    strength: int | None = None


@dataclass(frozen=True)
class SpanContent:
    """A highlighted passage. `start` and `end` count UTF-16 units of the rendered answer; where they
    disagree with `quote`, the quote is right.
    """

    start: int
    end: int
    quote: str
    flag: str | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "flag": self.flag,
            "note": self.note,
        }


@dataclass(frozen=True)
class ReadingContent:
    """How long a completion was on screen, and how far it was seen without a gap."""

    visible_ms: int
    read_percent: int


@dataclass(frozen=True)
class BetterAnswer:
    """An answer the labeler wrote instead, perhaps starting from one of those shown."""

    text: str
    based_on: UUID | None = None


@dataclass(frozen=True)
class RankingContent:
    """A weak order as it was given: tiers best first, and everything said beside them."""

    tiers: list[list[UUID]]
    unplaced: list[UUID] = field(default_factory=list)
    cannot_judge: list[UUID] = field(default_factory=list)
    unacceptable_below: int | None = None
    direct: list[DirectContent] = field(default_factory=list)
    mode: str = "tiers"
    grades: Mapping[UUID, Mapping[str, int]] = field(default_factory=dict)
    flags: Mapping[UUID, list[str]] = field(default_factory=dict)
    spans: Mapping[UUID, list[SpanContent]] = field(default_factory=dict)
    notes: Mapping[UUID, str] = field(default_factory=dict)
    note: str = ""
    better_answer: BetterAnswer | None = None
    reading: Mapping[UUID, ReadingContent] = field(default_factory=dict)
    unread_accepted: bool = False

    def completions(self) -> list[UUID]:
        """Everything that was put somewhere, in the order of the content."""
        placed = [one for tier in self.tiers for one in tier]
        return placed + self.unplaced + self.cannot_judge

    def canonical(self) -> dict[str, Any]:
        """The JSON form in which equal judgments are equal."""
        better = self.better_answer
        return {
            "tiers": [sorted(map(str, tier)) for tier in self.tiers],
            "unplaced": sorted(map(str, self.unplaced)),
            "cannot_judge": sorted(map(str, self.cannot_judge)),
            "unacceptable_below": self.unacceptable_below,
            "direct": sorted(
                [str(one.better), str(one.worse), one.is_tie, one.strength or 0]
                for one in self.direct
            ),
            "mode": self.mode,
            "grades": {str(key): dict(grades) for key, grades in self.grades.items() if grades},
            "flags": {str(key): sorted(flags) for key, flags in self.flags.items() if flags},
            "spans": {
                str(key): sorted(
                    [one.start, one.end, one.quote, one.flag or "", one.note] for one in spans
                )
                for key, spans in self.spans.items()
                if spans
            },
            "notes": {str(key): note for key, note in self.notes.items() if note},
            "note": self.note,
            "better_answer": better and [better.text, str(better.based_on or "")],
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
        return [self._placement(*place) for place in places]

    def _placement(self, one: UUID, tier: int | None, cannot_judge: bool) -> dict[str, Any]:
        reading = self.reading.get(one)
        return {
            "completion": str(one),
            "tier": tier,
            "cannot_judge": cannot_judge,
            "grades": dict(self.grades.get(one, {})),
            "flags": self.flags.get(one, []),
            "spans": [span.as_json() for span in self.spans.get(one, [])],
            "note": self.notes.get(one, ""),
            "visible_ms": reading and reading.visible_ms,
            "read_percent": reading and reading.read_percent,
        }
