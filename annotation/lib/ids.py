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
