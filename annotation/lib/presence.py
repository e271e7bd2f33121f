"""Which programs are there: each says so every 15 seconds, in the broker.

A hint, not a fact: who falls silent is forgotten after 50 seconds, and where the broker forgot
everything all are back within 15. Whether a run is being worked on is said by its lease alone.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from datetime import UTC, datetime
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

EVERY_S, KEPT_S = 15.0, 50
PREFIX = "tiebreak:present:"
NAMED = "TIEBREAK_PROGRAM_NAME"
Facts = dict[str, Any]


def own_name() -> str:
    """What this program is called in leases; a child process is called as its parent."""
    return os.environ.get(NAMED) or socket.gethostname()


def take_name(name: str) -> None:
    """Be called this from now on."""
    os.environ[NAMED] = name


def announce(**facts: Any) -> None:
    """From now on say that this program is there, in a thread of its own. Never raises."""
    known = {**facts, "name": own_name(), "started_at": _now(), "version": settings.VERSION}
    threading.Thread(target=_keep_saying, args=(known,), name="presence", daemon=True).start()


def _keep_saying(facts: Facts) -> None:
    silence = threading.Event()
    while True:
        try:
            say(facts)
        except redis.RedisError as error:
            logger.debug("presence not said: %s", error)
        silence.wait(EVERY_S)


def say(facts: Facts) -> None:
    """Say it once."""
    with _broker() as broker:
        broker.set(PREFIX + facts["name"], json.dumps({**facts, "seen_at": _now()}), ex=KEPT_S)


def present() -> list[Facts] | None:
    """Who is there, by name; None where the broker does not answer."""
    try:
        with _broker() as broker:
            keys = list(broker.scan_iter(PREFIX + "*", count=500))
            found = [json.loads(value) for value in (broker.mget(keys) if keys else []) if value]
    except (redis.RedisError, ValueError):
        return None
    return sorted(found, key=lambda one: str(one["name"]))


def _broker() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def _now() -> str:
    return datetime.now(UTC).isoformat()
