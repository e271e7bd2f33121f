"""Hashes of what audit events say, so that the chain holds when a name is taken out of the words.

The chain hashes this hash, never the words. Each event has a random salt: without it nobody tries
out names on the hash that stays in the chain after a deletion, and the salt goes with the name.
"""

import hashlib
from collections.abc import Iterable

from annotation.accounts.models import AuditEvent
from annotation.lib import json


def words_of(event: AuditEvent) -> str:
    """SHA-256 over the salt, `before` and `after` of the event."""
    salt = event.salt.bytes if event.salt else b""
    return hashlib.sha256(salt + json.canonical([event.before, event.after])).hexdigest()


def manifest_of(redacted: Iterable[tuple[int, str]]) -> str:
    """SHA-256 over the redactions of one deletion: event and hash of what is left, by event."""
    return hashlib.sha256(
        json.canonical(sorted([event, sha] for event, sha in redacted))
    ).hexdigest()
