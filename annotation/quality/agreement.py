"""What labelers agree on, and each with themselves: every figure with interval and counts. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.quality import coefficients as co
from annotation.quality.coefficients import Array, Ints
from annotation.quality.judged import Couples, Judged, Pairs, couples_of, pairs_of

GRADES = 7
COUPLES_OF_LABELERS = 200
"""Pairs of labelers that are told one by one: those with most in common."""
TOLD_FROM = 20


class Comparisons:
    """The pairs of judgments that were judged more than once, and who agreed with whom."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        self.pairs: Pairs = pairs_of(judged)
        self.couples: Couples = couples_of(self.pairs)
        first, second = self.couples
        self.cluster = self.pairs.cluster[first]
        self.one, self.other = self.pairs.by[first], self.pairs.by[second]
        self.said, self.also = self.pairs.verdict[first], self.pairs.verdict[second]
        self.between = self.one != self.other
        self.group, self.groups = co.grouped(self.cluster, judged.clusters)

    def figures(self, where: NDArray[np.bool_]) -> dict[str, Any]:
        """Agreement, kappa and tau-b of the couples where `where` is True."""
        said, also, group = self.said[where], self.also[where], self.group[where]
        strict = (said != 0) & (also != 0)
        counts = np.bincount(self.cluster[where][strict], minlength=self.judged.clusters)
        hits = np.bincount(
            self.cluster[where][strict & (said == also)], minlength=self.judged.clusters
        )
        agreeing, total = int(hits.sum()), int(counts.sum())
        rows = np.column_stack(
            [np.ones(len(said)), said == also, (said == 0) * 1 + (also == 0), np.full(len(said), 2)]
        ).astype(float)
        return {
            "pairs": total,
            "agreeing": agreeing,
            "prompts": int((counts > 0).sum()),
            "couples": len(said),
            "ties": int((~strict).sum()),
            "agreement": agreeing / total if total else None,
            "interval": co.share_interval(counts.astype(float), hits.astype(float)),
            "kappa": told(co.figure(self._sums(group, rows), co.outcome_kappa_of)),
        }

    def _sums(self, group: Ints, rows: Array) -> Array:
        return co.sum_by(group, self.groups, rows)

    def tau_b(self, where: NDArray[np.bool_]) -> dict[str, Any] | None:
        """Mean tau-b over two judgments with at least two pairs in common, prompts as clusters."""
        first, second = self.couples.first[where], self.couples.second[where]
        keys = np.column_stack([self.pairs.judgment[first], self.pairs.judgment[second]])
        if not len(keys):
            return None
        _, start, names = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        names = names.ravel()
        said, also = self.said[where].astype(float), self.also[where].astype(float)
        sums = co.sum_by(names, len(start), np.column_stack([said * also, said**2, also**2]))
        tau = co.tau_b_of(sums)
        held = np.isfinite(tau) & (np.bincount(names, minlength=len(start)) > 1)
        group = self.group[where][start][held]
        rows = np.column_stack([tau[held], np.ones(int(held.sum()))])
        return told(co.figure(self._sums(group, rows), co.ratio_of), judgments=int(held.sum()))

    def fleiss(self) -> dict[str, Any] | None:
        """Fleiss' kappa over pairs as units, first/tie/second as categories; one say per labeler."""
        pairs = self.pairs
        keys = np.column_stack([pairs.low, pairs.high, pairs.by])
        if not len(keys):
            return None
        _, once = np.unique(keys, axis=0, return_index=True)
        _, start, unit = np.unique(keys[once, :2], axis=0, return_index=True, return_inverse=True)
        unit = unit.ravel()
        verdict = pairs.verdict[once]
        counts = np.stack(
            [np.bincount(unit, verdict == value, len(start)) for value in (1, 0, -1)], axis=1
        )
        held = counts.sum(axis=1) > 1
        counts = counts[held]
        # which side comes first is a convention: each unit stands both ways round
        rows = co.fleiss_sums(counts) + co.fleiss_sums(counts[:, ::-1])
        group, groups = co.grouped(pairs.cluster[once][start][held], self.judged.clusters)
        found = co.figure(co.sum_by(group, groups, rows), co.fleiss_kappa_of)
        return told(found, units=len(counts))

    def cohen(self) -> dict[str, Any]:
        """Cohen's kappa of every two labelers, and its mean weighted by what they have in common."""
        between = self.between
        a = np.minimum(self.one, self.other)[between]
        b = np.maximum(self.one, self.other)[between]
        keys, names = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
        names = names.ravel()
        swap = (self.one > self.other)[between]
        said, also = self.said[between], self.also[between]
        x, y = np.where(swap, also, said) + 1, np.where(swap, said, also) + 1
        table = np.bincount(names * 9 + x * 3 + y, minlength=len(keys) * 9)
        table = table.reshape(-1, 3, 3).astype(float)
        kappa = co.cohen_kappa_of(np.asarray(table + table[:, ::-1, ::-1], dtype=np.float64))
        counts = table.sum(axis=(1, 2))
        strict = counts - table[:, 1].sum(axis=1) - table[:, :, 1].sum(axis=1) + table[:, 1, 1]
        agreeing = table[:, 0, 0] + table[:, 2, 2]
        held = np.isfinite(kappa) & (counts >= TOLD_FROM)
        order = [i for i in np.argsort(-counts, kind="stable") if held[i]]
        mean = float(np.average(kappa[held], weights=counts[held])) if held.any() else None
        return {
            "mean": mean,
            "couples": int(held.sum()),
            "labelers": [
                {
                    "one": self.judged.labelers[keys[i][0]],
                    "other": self.judged.labelers[keys[i][1]],
                    "pairs": int(counts[i]),
                    "kappa": float(kappa[i]),
                    "agreement": float(agreeing[i] / strict[i]) if strict[i] else None,
                }
                for i in order[:COUPLES_OF_LABELERS]
            ],
        }

    def by_labeler(self) -> list[dict[str, Any]]:
        """Each labeler with the others, and with themselves."""
        rows = []
        order = np.arange(len(self.judged.labelers))
        strict = (self.said != 0) & (self.also != 0)
        same = self.said == self.also
        for number in order:
            mine = ((self.one == number) | (self.other == number)) & strict
            if not mine.any():
                continue
            row: dict[str, Any] = {"labeler": self.judged.labelers[number]}
            for name, where in (("others", mine & self.between), ("self", mine & ~self.between)):
                _, cluster = np.unique(self.cluster[where], return_inverse=True)
                counts = np.bincount(cluster).astype(float)
                hits = np.bincount(cluster, same[where]).astype(float)
                row[name] = {
                    "pairs": int(counts.sum()),
                    "agreement": float(hits.sum() / counts.sum()) if counts.sum() else None,
                    "interval": co.share_interval(counts, hits),
                }
            rows.append(row)
        return rows

    def slices(self) -> dict[str, list[dict[str, Any]]]:
        """By language, number of completions, guideline version and week; where both judgments share it."""
        first = self.pairs.judgment[self.couples.first]
        second = self.pairs.judgment[self.couples.second]
        judged = self.judged
        sizes = np.diff(judged.start)
        # a couple belongs to the week of its later judgment
        weeks = np.maximum(judged.week[first], judged.week[second])
        found = {
            "language": self._slice(judged.language, first, second, judged.languages),
            "k": self._slice(sizes, first, second, None),
            "guideline": self._slice(judged.guideline, first, second, judged.guidelines),
        }
        found["week"] = [
            {
                "name": str(np.datetime64(int(week), "D")),
                **self.figures(self.between & (weeks == week)),
            }
            for week in np.unique(weeks[self.between])
            if week > 0
        ]
        return found

    def _slice(
        self, value: Ints, first: Ints, second: Ints, names: list[str] | None
    ) -> list[dict[str, Any]]:
        both = self.between & (value[first] == value[second])
        return [
            {
                "name": str(number) if names is None else names[number],
                **self.figures(both & (value[first] == number)),
            }
            for number in np.unique(value[first][both])
        ]


def told(found: co.Figure | None, **counts: int) -> dict[str, Any] | None:
    """A figure as it is stored."""
    if found is None:
        return None
    value, low, high = found
    return {"value": value, "interval": (low, high), **counts}


def agreement_of(judged: Judged) -> dict[str, Any]:
    """Everything about agreement in judgments of prompts that were judged more than once."""
    both = Comparisons(judged)
    return {
        "between": {
            **both.figures(both.between),
            "tau_b": both.tau_b(both.between),
            "fleiss": both.fleiss(),
            "cohen": both.cohen(),
        },
        "within": {**both.figures(~both.between), "tau_b": both.tau_b(~both.between)},
        "ranks": ranks_of(judged),
        "axes": grades_of(judged),
        "labelers": both.by_labeler(),
        "by": both.slices(),
    }


def ranks_of(judged: Judged) -> dict[str, Any]:
    """Kendall's W and ordinal alpha over judgments that placed exactly the same completions."""
    held = _placed_only(judged)
    w_rows: list[Array] = []
    alpha: Array | None = None
    most = 2 * int(np.diff(held.start).max(initial=1)) + 1
    groups, chance, panels_seen = 1, [0.0, 0.0], 0
    sizes = np.diff(held.start)
    for size in np.unique(sizes[sizes > 1]):
        rows = np.flatnonzero(sizes == size)
        places = held.start[rows][:, None] + np.arange(size)
        order = np.argsort(held.completion[places], axis=1)
        objects = np.take_along_axis(held.completion[places], order, axis=1)
        tiers = np.take_along_axis(held.tier[places], order, axis=1)
        _, panel = np.unique(objects, axis=0, return_inverse=True)
        panel = panel.ravel()
        _, once = np.unique(np.column_stack([panel, held.by[rows]]), axis=0, return_index=True)
        often = np.bincount(panel[once])[panel[once]] > 1
        once = once[often]
        if not len(once):
            continue
        _, start, panel = np.unique(panel[once], return_index=True, return_inverse=True)
        tiers, objects = tiers[once], objects[once]
        w, judges = co.kendall_w(tiers, panel, len(start))
        group, groups = co.grouped(held.cluster[rows][once], held.clusters)
        fine = np.isfinite(w)
        w_rows.append(
            co.sum_by(
                group[start][fine], groups, np.column_stack([w[fine], np.ones(int(fine.sum()))])
            )
        )
        chance[0] += float((1 / judges[fine]).sum())
        chance[1] += int(fine.sum())
        panels_seen += len(start)
        ranks, _ = co.mid_ranks(tiers)
        matrix = _alpha_of_ranks(ranks, objects, group, groups, most)
        alpha = matrix if alpha is None else alpha + matrix
    if not w_rows or alpha is None:
        return {"w": None, "alpha": None, "w_by_chance": None, "panels": 0}
    return {
        "w": told(co.figure(sum(w_rows[1:], w_rows[0]), co.ratio_of)),
        "w_by_chance": chance[0] / chance[1] if chance[1] else None,
        "alpha": told(co.figure(alpha, co.alpha_of)),
        "panels": panels_seen,
    }


def _alpha_of_ranks(ranks: Array, objects: Ints, group: Ints, groups: int, most: int) -> Array:
    """Coincidences of twice the mid-rank (2..2K) over completions as units."""
    size = ranks.shape[1]
    _, start, unit = np.unique(objects.ravel(), return_index=True, return_inverse=True)
    value = (2 * ranks).astype(np.int64).ravel()
    counts = np.zeros((len(start), most))
    np.add.at(counts, (unit.ravel(), value), 1)
    return co.coincidences(counts, np.repeat(group, size)[start], groups)


def grades_of(judged: Judged) -> list[dict[str, Any]]:
    """Ordinal alpha of the grades on every axis; units are completions, one say per labeler."""
    found = []
    by = judged.by[judged.of]
    cluster = judged.cluster[judged.of]
    for number, axis in enumerate(judged.axes):
        graded = np.flatnonzero(judged.grade[:, number] > 0)
        keys = np.column_stack([judged.completion[graded], by[graded]])
        _, once = np.unique(keys, axis=0, return_index=True)
        graded = graded[once]
        _, start, unit = np.unique(
            judged.completion[graded], return_index=True, return_inverse=True
        )
        counts = np.zeros((len(start), GRADES))
        np.add.at(counts, (unit.ravel(), judged.grade[graded, number] - 1), 1)
        group, groups = co.grouped(cluster[graded][start], judged.clusters)
        matrix = co.coincidences(counts, group, groups)
        units = int((counts.sum(axis=1) > 1).sum())
        found.append(
            {"axis": axis, "alpha": told(co.figure(matrix, co.alpha_of)), "completions": units}
        )
    return found


def _placed_only(judged: Judged) -> Judged:
    """The same judgments without the completions that were not placed."""
    placed = judged.tier > 0
    sizes = np.add.reduceat(np.append(placed, False).astype(np.int64), judged.start[:-1])
    sizes = np.where(np.diff(judged.start) > 0, sizes, 0) if judged.count else sizes[:0]
    return Judged(
        **{
            name: getattr(judged, name)
            for name in (
                "cluster", "by", "language", "guideline", "week", "seconds", "randomised", "direct",
                "labelers", "languages", "guidelines", "axes", "clusters",
            )
        },
        **{
            name: getattr(judged, name)[placed]
            for name in ("completion", "tier", "shown", "length", "grade")
        },
        start=np.concatenate([[0], np.cumsum(sizes)]),
    )  # fmt: skip
