"""What an experiment hands to the report: claims, tables and plots. Knows no experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.learning.statistics import Interval


@dataclass(frozen=True)
class Claim:
    """Something that should be so, what was seen, and whether it held."""

    text: str
    seen: str
    holds: bool

    @classmethod
    def above_zero(cls, text: str, seen: Interval) -> Claim:
        """Holds where the whole interval is above 0."""
        return cls(text, str(seen), seen.low > 0)

    @classmethod
    def not_below_zero(cls, text: str, seen: Interval) -> Claim:
        """Fails where the whole interval is below 0, and where one seed stands alone."""
        return cls(text, str(seen), seen.high >= 0 and seen.count > 1)


@dataclass(frozen=True)
class Table:
    """Rows of words and figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Findings:
    """One experiment's part of the report."""

    title: str
    about: str
    claims: Sequence[Claim]
    tables: Sequence[Table] = ()
    plots: Sequence[str] = ()  # <svg> elements
    figures: dict[str, Any] = field(default_factory=dict)  # for report.json
