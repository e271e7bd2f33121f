"""Primary keys: UUIDv7 (RFC 9562), so that keys sort by creation and indexes stay dense."""

import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils import compat

_FIXED = 7 << 76 | 2 << 62  # of the lower 80 bits: version and variant
_RANDOM = (1 << 80) - 1 & ~(15 << 76 | 3 << 62)


def new_id() -> UUID:
    """A fresh UUIDv7 of the standard library's type. Within a millisecond they count on."""
    return compat.uuid7()


def lowest_at(moment: datetime) -> UUID:
    """The lowest key that can be made at this moment: keys sort by their first 48 bits, milliseconds."""
    milliseconds = max(0, min(int(moment.timestamp() * 1000), (1 << 48) - 1))
    return UUID(int=milliseconds << 80)


def id_like(other: UUID) -> UUID:
    """A new key that looks as old as the other; the rest of it is chance.

    Labelers see keys of completions, and keys tell when: two policies are sampled one after the other, so that
    on every item the answer with the smaller key would be the first one's. Keys that count on would tell which
    answers were drawn together, and which of two that were typed came first.
    """
    return UUID(int=other.int >> 80 << 80 | _FIXED | secrets.randbits(80) & _RANDOM)


def blind_id() -> UUID:
    """A fresh UUIDv7 without the count: for what labelers see of what is made many at a time."""
    return id_like(new_id())
