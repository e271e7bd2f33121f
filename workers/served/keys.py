"""Where a worker finds the key of a server, and how it keeps it to itself.

A key is read when a server is asked and goes into one header. It stands in no row, message or log line;
what a server says is cleaned of it, should it repeat it.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from annotation.lib.servers import ModelServer
from rewardmodel.errors import Refused
from workers.redaction import HIDDEN

LONGEST_WORDS = 300


def key_of(server: ModelServer) -> str:
    """The key; empty where the deployment names none. Raises Refused where it is named and missing."""
    if server.key_file is not None:
        return _usable(server, "file", _read(server, server.key_file))
    if server.key_env is not None:
        return _usable(server, f"variable {server.key_env}", os.environ.get(server.key_env, ""))
    return ""


def _read(server: ModelServer, path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        words = f"the key of the server {server.name} cannot be read from its file: "
        raise Refused("no_key", words + type(error).__name__) from None


def _usable(server: ModelServer, place: str, text: str) -> str:
    key = text.strip()
    if not key:
        words = f"this worker has no key of the server {server.name}: its {place} is empty"
        raise Refused("no_key", words)
    if not key.isascii() or not key.isprintable() or " " in key:
        words = f"the key of the server {server.name} holds signs that no key has"
        raise Refused("no_key", words)
    return key


def without(key: str, text: str) -> str:
    """Words of a server, short and without the key."""
    cleaned = text.replace(key, HIDDEN) if key else text
    return " ".join(cleaned.split())[:LONGEST_WORDS]


def names_of_keys() -> set[str]:
    """Variables that hold keys: nothing a worker starts needs them."""
    return {server.key_env for server in settings.MODEL_SERVERS.values() if server.key_env}
