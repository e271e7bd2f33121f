"""What a data card counts, from the rows as they are written: one pass, nothing kept but sums.

Agreement needs the judgments of one item side by side; they wait in a file, not in memory.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from annotation.delivery.datasets.consensus import Judged
from annotation.delivery.datasets.rows import Row, pairs
from annotation.quality.selectors import interval

Said = dict[tuple[int, int], int]


@dataclass
class Tally:
    """Counts over the rankings and demonstrations of a dataset."""

    folder: Path
    rankings: int = 0
    demonstrations: int = 0
    with_ties: int = 0
    with_cut: int = 0
    strict_pairs: int = 0
    tied_pairs: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    k: Counter[int] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    guidelines: Counter[int] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    labelers: set[str] = field(default_factory=set)
    prompts: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._path = self.folder / ".judged"
        self._judged = sqlite3.connect(self._path)
        self._judged.execute("CREATE TABLE judged (item TEXT, labeler TEXT, said TEXT)")
        self.orders = Judged(self._judged)

    def ranking(self, ranking: Row, details: Row) -> None:
        """Count one ranking."""
        self.rankings += 1
        self._person(ranking, details)
        self.k[len(ranking["completions"])] += 1
        self.modes[details["mode"] or "unknown"] += 1
        self.systems.update(details["systems"])
        self.with_ties += any(len(tier) > 1 for tier in ranking["ranking"])
        self.with_cut += ranking["unacceptable_below"] is not None
        said = []
        for pair in pairs(ranking):
            self.tied_pairs += pair.tie
            self.strict_pairs += not pair.tie
            if not pair.tie:
                said.append(f"{pair.better}>{pair.worse}")
        row = (details["item"], details["labeler"], " ".join(said))
        self._judged.execute("INSERT INTO judged VALUES (?, ?, ?)", row)

    def demonstration(self, demonstration: Row, details: Row) -> None:
        """Count one demonstration."""
        self.demonstrations += 1
        self._person(demonstration, details)

    def _person(self, row: Row, details: Row) -> None:
        self.languages[row["lang"]] += 1
        self.labelers.add(details["labeler"])
        self.prompts.add(hash(tuple((each["role"], each["content"]) for each in row["prompt"])))
        if details["guideline"] is not None:
            self.guidelines[details["guideline"]] += 1

    def agreement(self) -> dict[str, Any]:
        """The share of strict pairs on which two labelers of an item agree, with its interval: as
        docs/glossary.md has it, and as the agreement page shows it."""
        by_item: list[tuple[int, int]] = []
        for judgments in self._by_item():
            both, agreeing = 0, 0
            for (first, a), (second, b) in combinations(judgments, 2):
                if first == second:
                    continue
                for pair in {key for key in a if key in b}:
                    both += 1
                    agreeing += a[pair] == b[pair]
            if both:
                by_item.append((both, agreeing))
        total = sum(n for n, _ in by_item)
        agreed = sum(a for _, a in by_item)
        bounds = interval(by_item)
        return {
            "items": len(by_item),
            "pairs": total,
            "agreeing": agreed,
            "share": round(agreed / total, 6) if total else None,
            "interval": [round(each, 6) for each in bounds] if bounds else None,
        }

    def _by_item(self) -> Iterator[list[tuple[str, Said]]]:
        self._judged.execute("CREATE INDEX by_item ON judged (item)")
        found = self._judged.execute(
            "SELECT item, labeler, said FROM judged WHERE item IN "
            "(SELECT item FROM judged GROUP BY item HAVING count(*) > 1) ORDER BY item, labeler"
        )
        item, held = None, list[tuple[str, Said]]()
        for key, labeler, said in found:
            if key != item and held:
                yield held
                held = []
            item = key
            held.append((labeler, _said(said)))
        if held:
            yield held

    def close(self) -> None:
        """Forget the file."""
        self._judged.close()
        self._path.unlink(missing_ok=True)

    def as_json(self) -> dict[str, Any]:
        """The counts, sorted."""
        return {
            "rankings": self.rankings,
            "demonstrations": self.demonstrations,
            "rankings_with_ties": self.with_ties,
            "rankings_with_cut": self.with_cut,
            "strict_pairs": self.strict_pairs,
            "tied_pairs": self.tied_pairs,
            "labelers": len(self.labelers),
            "prompts": len(self.prompts),
            "languages": dict(sorted(self.languages.items())),
            "completions_per_ranking": {str(k): n for k, n in sorted(self.k.items())},
            "modes": dict(sorted(self.modes.items())),
        }


def _said(text: str) -> Said:
    said: Said = {}
    for pair in text.split():
        better, worse = map(int, pair.split(">"))
        said[min(better, worse), max(better, worse)] = better
    return said
