"""Which prompts of a draw get an older completion, and whose place it takes; by the seed alone.

The order is that of a hash of seed and prompt text, so that the same prompts under the same seed give
the same choice on every installation. Knows no rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID


def _digest(*parts: object) -> str:
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).hexdigest()


def chosen_for_older(seed: int, percent: int, hashes: Iterable[str]) -> list[str]:
    """The share of the prompts (by text hash) that gets an older completion, halves rounded up."""
    order = sorted(hashes, key=lambda text_hash: _digest(seed, text_hash))
    return order[: (len(order) * percent + 50) // 100]


def giver(seed: int, text_hash: str, counts: Sequence[int]) -> int:
    """Which part (by position) gives a place, each as likely as it has places."""
    place = int(_digest(seed, text_hash, "place")[:8], 16) % sum(counts)
    for position, count in enumerate(counts):
        if place < count:
            return position
        place -= count
    raise AssertionError("a place beyond the last")


def shuffled(seed: int, prompts: Iterable[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    """Prompts by key and text hash in an order that only seed and texts decide."""
    return sorted(prompts, key=lambda one: _digest(seed, one[1]))
