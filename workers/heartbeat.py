"""Keeping a lease: a thread with a database connection of its own renews it and watches for wishes.

It stops renewing when the row says that somebody else has the run, or when the database was out of
reach for as long as the lease lasts; in both cases the job must write nothing more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError

from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease, LeaseLost
from workers import drain

logger = logging.getLogger(__name__)


class Heartbeat:
    """A context in which the lease is renewed. `lost` and `cancelled` are events.

    renew: says whether somebody asked to cancel, and raises LeaseLost; as a rule the run's own.
    """

    def __init__(self, lease: Lease, renew: Callable[[], bool] | None = None) -> None:
        self.lease = lease
        self._renew_lease = renew or partial(lifecycle.renew, lease)
        self.lost = threading.Event()
        self.cancelled = threading.Event()
        self._end = threading.Event()
        self._on_renewed: Callable[[], None] = lambda: None
        self._renewed_at = time.monotonic()
        self._thread = threading.Thread(
            target=self._beat, name=f"lease-{lease.run_id}", daemon=True
        )

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def tell(self, on_renewed: Callable[[], None]) -> None:
        """Call this after every renewal, beginning now."""
        self._on_renewed = on_renewed
        on_renewed()

    def check(self) -> None:
        """Raise LeaseLost when it is lost, also where this process slept through its expiry."""
        silent = time.monotonic() - self._renewed_at
        if self.lost.is_set() or silent > settings.ENV.run_lease_seconds:
            self.lost.set()
            raise LeaseLost

    @property
    def stop_wanted(self) -> bool:
        """Whether the job should come to a safe point and end: cancelled, or the worker stops."""
        return self.cancelled.is_set() or drain.wanted()

    def _beat(self) -> None:
        try:
            while not self._end.wait(settings.ENV.run_renew_seconds):
                if not self._renew():
                    self.lost.set()
                    return
        finally:
            connection.close()

    def _renew(self) -> bool:
        """Whether the lease is still ours, as far as we can know."""
        asked_at = time.monotonic()
        close_old_connections()
        try:
            if self._renew_lease():
                self.cancelled.set()
        except LeaseLost:
            return False
        except (DatabaseError, OSError) as error:
            logger.warning("run %s: lease not renewed: %s", self.lease.run_id, error)
            return time.monotonic() - self._renewed_at < settings.ENV.run_lease_seconds
        self._renewed_at = asked_at
        self._on_renewed()
        return True
