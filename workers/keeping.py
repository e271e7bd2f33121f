"""Keeping a short lease while a policy writes: a thread with a database connection of its own renews it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError


@contextmanager
def kept(name: str, renew: Callable[[], bool]) -> Iterator[threading.Event]:
    """Call `renew` every few seconds until it says that the lease is lost; then the event is set."""
    done, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not done.wait(settings.ENV.run_renew_seconds):
                close_old_connections()
                with suppress(DatabaseError, OSError):
                    if not renew():
                        lost.set()
                        return
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=name, daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        done.set()
        thread.join()
