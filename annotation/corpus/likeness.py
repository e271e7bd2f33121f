"""What counts as nearly the same, and the groups that links make.

Two prompts are nearly the same when the Jaccard similarity of their shingles (corpus.fingerprints) is
at least THRESHOLD: of the pieces that either has, seven in ten are in both. One changed word in a
sentence of twelve stays above it; another question of the same form falls below.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from annotation.corpus.texts import Message

THRESHOLD = 0.7
Link = tuple[UUID, UUID, float]


def compared_text(messages: Sequence[Message]) -> str:
    """What of a chat is compared: all but system messages, which many prompts share."""
    spoken = [one["content"] for one in messages if one["role"] != "system"]
    return "\n".join(spoken or [one["content"] for one in messages])


def groups(links: Iterable[Link]) -> list[list[UUID]]:
    """The connected parts of the links; members oldest first, the part with the newest one first."""
    parent: dict[UUID, UUID] = {}

    def root(one: UUID) -> UUID:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other, _ in links:
        first, second = root(one), root(other)
        parent[max(first, second)] = min(first, second)
    found: dict[UUID, list[UUID]] = {}
    for one in list(parent):
        found.setdefault(root(one), []).append(one)
    return sorted((sorted(members) for members in found.values()), key=max, reverse=True)
