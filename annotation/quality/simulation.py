"""Campaigns with known labelers, for tests and benchmarks of the statistics of quality. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.quality.judged import Builder, Judged

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """Labelers of a simulated campaign; arrays (L,).

    ability multiplies the true score differences (0: a coin); first and slope are added to what the
    first answer, or each earlier one, seems worth, in logits.
    """

    ability: Floats
    first: Floats
    slope: Floats

    @classmethod
    def honest(cls, labelers: int, ability: float = 1.0) -> Planted:
        zeros = np.zeros(labelers)
        return cls(np.full(labelers, ability), zeros, zeros)


def campaign(
    planted: Planted,
    *,
    judgments_each: int,
    overlap: int = 3,
    k: int = 4,
    spread: float = 1.0,
    seed: int = 0,
) -> Judged:
    """Rankings by Gumbel noise on ability * score + bias of the place: pairs are Bradley–Terry."""
    rng = np.random.default_rng(seed)
    labelers = len(planted.ability)
    items = max(1, labelers * judgments_each // overlap)
    # everybody has the same number of judgments and nobody sees an item twice
    turns = [(np.arange(items) * overlap + place) % labelers for place in range(overlap)]
    shuffled = rng.permutation(labelers)
    builder = Builder()
    for item in range(items):
        score = rng.normal(0, spread, k)
        for turn in turns:
            labeler = int(shuffled[turn[item]])
            shown = rng.permutation(k) + 1
            worth = planted.ability[labeler] * score + planted.first[labeler] * (shown == 1)
            worth = worth - planted.slope[labeler] * (shown - (k + 1) / 2)
            order = np.argsort(-(worth + rng.gumbel(size=k)))
            tiers = np.empty(k, dtype=int)
            tiers[order] = np.arange(1, k + 1)
            builder.add(
                prompt=item,
                labeler=f"labeler {labeler:03}",
                completions=list(range(k)),
                tiers=tiers.tolist(),
                shown=shown.tolist(),
                randomised=True,
            )
    return builder.done()
