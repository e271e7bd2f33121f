"""Primary keys: UUIDv7 (RFC 9562), so that keys sort by creation and indexes stay dense."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A fresh UUIDv7 of the standard library's type."""
    return compat.uuid7()
