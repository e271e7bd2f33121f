"""Primary keys: UUIDv7 (RFC 9562), so that keys sort by creation and indexes stay dense."""

from datetime import datetime
from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A fresh UUIDv7 of the standard library's type."""
    return compat.uuid7()


def lowest_at(moment: datetime) -> UUID:
    """The lowest key that can be made at this moment: keys sort by their first 48 bits, milliseconds."""
    milliseconds = max(0, min(int(moment.timestamp() * 1000), (1 << 48) - 1))
    return UUID(int=milliseconds << 80)


def id_like(other: UUID) -> UUID:
    """A new key that looks as old as the other.

    Labelers see keys of completions, and keys tell when: two policies are sampled one after the other, so that
    on every item the answer with the smaller key would be the first one's.
    """
    return UUID(int=(other.int >> 80 << 80) | (new_id().int & ((1 << 80) - 1)))
