"""Judgments as arrays: what the statistics of quality work on, wherever the judgments come from.

Knows no rows. A *cluster* is a prompt: whatever is said about its completions hangs together. A pair of
completions of one prompt is judged twice where two judgments hold both, be they of one item or of two.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PAIRS_AT_MOST = 2_000_000
"""Pairs of prompts that were judged more than once that one report looks at; beyond, prompts are drawn
at random (an interval from two million pairs is narrower than anybody needs)."""


class Names:
    """Numbers for names, in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __getitem__(self, name: Hashable) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def all(self) -> list[Any]:
        return list(self._numbers)


@dataclass(frozen=True)
class Judged:
    """R judgments and their P placements.

    start (R+1,): where the placements of each judgment begin. completion (P,): numbers that name a
    completion of its prompt. tier (P,): 0 is unplaced. shown (P,): place on the screen from 1.
    by (R,): number of the labeler; randomised (R,): the order on the screen was drawn, so it says
    nothing about the answers. week (R,): days since 1970 of the Monday, 0 unknown. seconds (R,): nan
    unknown. grade (P, axes): 1..7, 0 none.
    """

    cluster: Ints
    by: Ints
    language: Ints
    guideline: Ints
    week: Ints
    seconds: Floats
    randomised: NDArray[np.bool_]
    start: Ints
    completion: Ints
    tier: Ints
    shown: Ints
    length: Floats
    grade: Ints
    direct: Ints
    """(D, 4): judgment, better, worse, is a tie."""
    labelers: list[str]
    languages: list[str]
    guidelines: list[str]
    axes: list[str]
    clusters: int

    @property
    def count(self) -> int:
        return len(self.cluster)

    @property
    def of(self) -> Ints:
        """(P,) the judgment of each placement."""
        return np.repeat(np.arange(self.count), np.diff(self.start))


@dataclass
class Builder:
    """Collects judgments prompt by prompt; all of one prompt must come one after another."""

    axes: Sequence[str] = ()
    _rows: dict[str, array[Any]] = field(
        default_factory=lambda: {
            **{n: array("i") for n in ("by", "language", "guideline", "week", "cluster")},
            **{n: array("b") for n in ("randomised", "tier", "shown", "grade")},
            **{n: array("f") for n in ("seconds", "length")},
            **{n: array("q") for n in ("start", "completion", "direct")},
        }
    )
    labelers: Names = field(default_factory=Names)
    languages: Names = field(default_factory=Names)
    guidelines: Names = field(default_factory=Names)
    _prompt: Hashable = None
    _clusters: int = 0
    _completions: dict[Hashable, int] = field(default_factory=dict)
    _known: int = 0

    def add(
        self,
        *,
        prompt: Hashable,
        labeler: str,
        completions: Sequence[Hashable],
        tiers: Sequence[int | None],
        shown: Sequence[int],
        lengths: Sequence[float] | None = None,
        grades: Sequence[Mapping[str, int] | None] | None = None,
        direct: Iterable[tuple[Hashable, Hashable, bool]] = (),
        language: str = "",
        guideline: str = "",
        week: int = 0,
        seconds: float | None = None,
        randomised: bool = False,
    ) -> None:
        """One judgment; `completions` are names inside the prompt, the same text may stand once."""
        rows = self._rows
        if self._clusters == 0 or prompt != self._prompt:
            self._prompt, self._completions = prompt, {}
            self._clusters += 1
        number = len(rows["by"])
        rows["cluster"].append(self._clusters - 1)
        rows["by"].append(self.labelers[labeler])
        rows["language"].append(self.languages[language])
        rows["guideline"].append(self.guidelines[guideline])
        rows["week"].append(week)
        rows["seconds"].append(float("nan") if seconds is None else seconds)
        rows["randomised"].append(randomised)
        rows["start"].append(len(rows["tier"]))
        rows["completion"].extend(self._number(name) for name in completions)
        rows["tier"].extend(tier or 0 for tier in tiers)
        rows["shown"].extend(shown)
        rows["length"].extend(lengths if lengths is not None else [0.0] * len(completions))
        for place in range(len(completions) if self.axes else 0):
            said = grades[place] if grades else None
            rows["grade"].extend(int((said or {}).get(axis, 0)) for axis in self.axes)
        for better, worse, tie in direct:
            rows["direct"].extend([number, self._number(better), self._number(worse), int(tie)])

    def _number(self, name: Hashable) -> int:
        if name not in self._completions:
            self._completions[name] = self._known
            self._known += 1
        return self._completions[name]

    def done(self) -> Judged:
        rows = self._rows
        ints = {
            name: np.array(rows[name], dtype=np.int64)
            for name in (
                "cluster",
                "by",
                "language",
                "guideline",
                "week",
                "completion",
                "tier",
                "shown",
            )
        }
        return Judged(
            **ints,
            seconds=np.array(rows["seconds"], dtype=float),
            length=np.array(rows["length"], dtype=float),
            randomised=np.array(rows["randomised"], dtype=bool),
            start=np.append(np.array(rows["start"], dtype=np.int64), len(rows["tier"])),
            grade=np.array(rows["grade"], dtype=np.int64).reshape(
                len(rows["tier"]), len(self.axes)
            ),
            direct=np.array(rows["direct"], dtype=np.int64).reshape(-1, 4),
            labelers=[str(name) for name in self.labelers.all()],
            languages=[str(name) for name in self.languages.all()],
            guidelines=[str(name) for name in self.guidelines.all()],
            axes=list(self.axes),
            clusters=self._clusters,
        )


def chosen(judged: Judged, keep: NDArray[np.bool_]) -> Judged:
    """Only the judgments where `keep` (R,) is True; the numbers of everything else stay."""
    sizes = np.diff(judged.start)
    placed = np.repeat(keep, sizes)
    renumbered = np.cumsum(keep) - 1
    direct = judged.direct[keep[judged.direct[:, 0]]].copy()
    direct[:, 0] = renumbered[direct[:, 0]]
    by_row = {
        name: getattr(judged, name)[keep]
        for name in ("cluster", "by", "language", "guideline", "week", "seconds", "randomised")
    }
    by_place = {
        name: getattr(judged, name)[placed]
        for name in ("completion", "tier", "shown", "length", "grade")
    }
    return Judged(
        **by_row,
        **by_place,
        start=np.concatenate([[0], np.cumsum(sizes[keep])]),
        direct=direct,
        labelers=judged.labelers,
        languages=judged.languages,
        guidelines=judged.guidelines,
        axes=judged.axes,
        clusters=judged.clusters,
    )


def judged_twice(judged: Judged, most: int = PAIRS_AT_MOST, seed: int = 0) -> tuple[Judged, float]:
    """The judgments of prompts that were judged more than once, and the share of those prompts taken."""
    twice = np.bincount(judged.cluster, minlength=judged.clusters) > 1
    sizes = np.diff(judged.start)
    pairs = np.bincount(judged.cluster, sizes * (sizes - 1) / 2, judged.clusters) * twice
    share = 1.0
    if pairs.sum() > most:
        order = np.random.default_rng(seed).permutation(judged.clusters)
        within = np.zeros(judged.clusters, dtype=bool)
        within[order[np.cumsum(pairs[order]) <= most]] = True
        share = float((within & twice).sum() / twice.sum())
        twice &= within
    return chosen(judged, twice[judged.cluster]), share


class Pairs(NamedTuple):
    """N pairs that a judgment says something about; `low` and `high` are completions, low < high.

    verdict: 1 low is better, -1 high is better, 0 a tie. earlier: 1 low was shown before high, else
    -1. longer: log2 of the length of low over that of high. weight: 2/K, so that a judgment of K
    completions weighs as much as K - 1 comparisons.
    """

    judgment: Ints
    cluster: Ints
    by: Ints
    low: Ints
    high: Ints
    verdict: Ints
    earlier: Ints
    longer: Floats
    weight: Floats


def pairs_of(judged: Judged) -> Pairs:
    """All pairs. A direct comparison speaks for its pair, otherwise the tiers do (view `comparison`)."""
    parts = []
    sizes = np.diff(judged.start)
    for size in np.unique(sizes[sizes > 1]):
        rows = np.flatnonzero(sizes == size)
        places = judged.start[rows][:, None] + np.arange(size)
        i, j = np.triu_indices(size, 1)
        a, b = places[:, i].ravel(), places[:, j].ravel()
        parts.append((np.repeat(rows, len(i)), a, b))
    empty = np.zeros(0, dtype=np.int64)
    judgment, a, b = (
        np.concatenate([part[n] for part in parts]) if parts else empty for n in range(3)
    )
    swap = judged.completion[a] > judged.completion[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    low, high = judged.completion[a], judged.completion[b]
    placed = (judged.tier[a] > 0) & (judged.tier[b] > 0)
    verdict = np.where(placed, np.sign(judged.tier[b] - judged.tier[a]), 0)
    said = placed | _speak_directly(judged, judgment, low, high, verdict)
    counts = np.bincount(judgment[said], minlength=judged.count)
    # K(K-1)/2 pairs weigh K-1 together: 2/K with K from the number of pairs
    k = (1 + np.sqrt(1 + 8 * counts)) / 2
    length = np.log2(np.maximum(judged.length, 1.0))
    keep = np.flatnonzero(said)
    judgment, a, b = judgment[keep], a[keep], b[keep]
    return Pairs(
        judgment=judgment,
        cluster=judged.cluster[judgment],
        by=judged.by[judgment],
        low=low[keep],
        high=high[keep],
        verdict=verdict[keep],
        earlier=np.where(judged.shown[a] < judged.shown[b], 1, -1),
        longer=length[a] - length[b],
        weight=2 / k[judgment],
    )


def _speak_directly(
    judged: Judged, judgment: Ints, low: Ints, high: Ints, verdict: Ints
) -> NDArray[np.bool_]:
    """Overwrite the verdicts of pairs that were compared directly; which pairs those are."""
    said = np.zeros(len(judgment), dtype=bool)
    number, better, worse, tie = judged.direct.T
    asked = np.flatnonzero(np.isin(judgment, number))
    if not len(asked):
        return said
    pairs = np.column_stack([judgment[asked], low[asked], high[asked]])
    spoken = np.column_stack([number, np.minimum(better, worse), np.maximum(better, worse)])
    _, names = np.unique(np.concatenate([pairs, spoken]), axis=0, return_inverse=True)
    names = names.ravel()
    answer = np.full(names.max() + 1, 2)
    answer[names[len(pairs) :]] = np.where(tie > 0, 0, np.where(better < worse, 1, -1))
    found = answer[names[: len(pairs)]]
    hit = asked[found < 2]
    said[hit], verdict[hit] = True, found[found < 2]
    return said


class Couples(NamedTuple):
    """M times that one pair was judged twice: indices into the pairs, the earlier judgment first."""

    first: Ints
    second: Ints


def couples_of(pairs: Pairs) -> Couples:
    """Every two judgments of one pair."""
    order = np.lexsort((pairs.judgment, pairs.high, pairs.low))
    low, high = pairs.low[order], pairs.high[order]
    new = np.flatnonzero(np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])))
    if not len(order):
        return Couples(order, order)
    sizes = np.diff(np.append(new, len(order)))
    first, second = [], []
    for size in np.unique(sizes[sizes > 1]):
        places = new[sizes == size][:, None] + np.arange(size)
        i, j = np.triu_indices(size, 1)
        first.append(order[places[:, i].ravel()])
        second.append(order[places[:, j].ravel()])
    empty = np.zeros(0, dtype=np.int64)
    return Couples(
        np.concatenate(first) if first else empty, np.concatenate(second) if second else empty
    )
