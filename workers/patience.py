"""Waiting for a database that is out of reach, for as long as the lease lasts."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections

from workers.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

POLL_S = 0.5
UNREACHABLE = (OperationalError, InterfaceError)


def patiently(heart: Heartbeat, act: Callable[[], None]) -> None:
    """Do it as soon as the database can be reached. Raises LeaseLost when that takes too long."""
    while True:
        close_old_connections()
        try:
            act()
            return
        except UNREACHABLE as error:
            logger.warning("run %s: waiting for the database: %s", heart.lease.run_id, error)
            heart.check()
            heart.lost.wait(POLL_S)
