"""Sending hints to the workers: bounded by half a second, and allowed to fail.

A hint may be lost, doubled or late: a reconciler sends it again from the rows. So its failure is
nobody's problem but the log's. What the hints are called stands in `runs/dispatch.py`.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from annotation.celery import app

logger = logging.getLogger(__name__)

HINT_EXPIRES_S = 120
SEND_WITHIN_S = 0.5
MOST_WAITING = 20

_sender: ThreadPoolExecutor | None = None
_waiting: set[Future[None]] = set()
_lock = threading.Lock()


def send(name: str, kwargs: dict[str, Any], queue: str) -> bool:
    """Publish one message; whether it went out within half a second. Never raises."""
    global _sender
    with _lock:
        _waiting.difference_update({future for future in _waiting if future.done()})
        if len(_waiting) >= MOST_WAITING:
            return False  # the broker hangs: enough wait for it already
        if _sender is None:
            _sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hints")
        future = _sender.submit(_publish, name, kwargs, queue)
        _waiting.add(future)
    try:
        future.result(timeout=SEND_WITHIN_S)
    except Exception as error:
        future.cancel()
        logger.warning("hint %s was not sent: %s", name, type(error).__name__)
        return False
    return True


def _publish(name: str, kwargs: dict[str, Any], queue: str) -> None:
    app.send_task(
        name, kwargs=kwargs, queue=queue, expires=HINT_EXPIRES_S, ignore_result=True, retry=False
    )


def waiting(queue: str) -> int | None:
    """How many messages wait in a queue; None where the broker does not answer."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            # Not passive: over Redis an empty queue does not exist.
            return int(connection.default_channel.queue_declare(queue).message_count)
    except Exception:
        return None


def _forget_after_fork() -> None:
    """A forked child has no sender thread; it must start its own."""
    global _lock, _sender
    _lock, _sender = threading.Lock(), None
    _waiting.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
