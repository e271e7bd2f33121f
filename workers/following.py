"""Working as one of the hosts of a run that another worker leads.

Such a worker writes about nothing but its seat. Its files lie in a folder of their own, which is gone when
it leaves the seat, so it does not matter whether the hosts share a disk: the first process of the run alone
reads and writes the run's directory, on the lead's host, and gives the others what they need of it.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from annotation.registry.cache import Hold
from annotation.runs.models import Run
from annotation.runs.services import seats
from annotation.runs.services.lifecycle import Lease, LeaseLost
from annotation.runs.services.seats import Seat
from workers import drain, translate
from workers.heartbeat import Heartbeat
from workers.jobs import Stopped, safe_point
from workers.patience import POLL_S, UNREACHABLE, patiently
from workers.redaction import redacted
from workers.trainer import Place, Trainer, kept_alive

logger = logging.getLogger(__name__)

LOOK_S = 1.0
NOT_STARTED = 1  # exit code of processes that never were


def follow(seat: Seat) -> str:
    """Be this host until the try is over. How it went, in a word."""
    lease = Lease(seat.run_id, seat.epoch)
    try:
        with Heartbeat(lease, partial(seats.renew, seat)) as heart:
            _try(seat, heart)
    except LeaseLost:
        logger.warning("run %s: its try %s is over for this host", seat.run_id, seat.epoch)
        return "lease lost"
    return "ended"


def _try(seat: Seat, heart: Heartbeat) -> None:
    try:
        with _own_folder(seat.run_id) as folder, Hold() as hold:
            code, message = _Host(seat, heart, hold, folder).go()
    except Stopped:
        patiently(heart, lambda: _leave(seat))
        return
    except LeaseLost:
        raise
    except Exception as error:
        logger.error("run %s: %s", seat.run_id, traceback.format_exc())
        code, message = NOT_STARTED, f"{type(error).__name__}: {error}"
    message = translate.storable(redacted(message, os.environ))
    patiently(heart, lambda: seats.end(seat, code, message))


def _leave(seat: Seat) -> None:
    if not seats.leave(seat):  # the lead had just said that it starts
        seats.end(seat, NOT_STARTED, "the worker was stopped")


@contextmanager
def _own_folder(run_id: UUID) -> Iterator[Path]:
    """A new one for each taking of a seat, gone at the end of it.

    Hosts may share a disk, and who had the seat before may still be about to leave it.
    """
    root = _swept()
    folder = Path(tempfile.mkdtemp(prefix=f"{run_id}_", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swept() -> Path:
    """Where such folders lie. What is left of runs that ended goes."""
    root = Path(settings.ARTIFACT_DIR) / "seats"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in root.iterdir():
        with suppress(ValueError):
            run_id = UUID(path.name.partition("_")[0])
            if not Run.objects.filter(pk=run_id, status__in=Run.ACTIVE).exists():
                shutil.rmtree(path, ignore_errors=True)
    return root


class _Host:
    """One launcher with its processes, from the inputs to its end."""

    def __init__(self, seat: Seat, heart: Heartbeat, hold: Hold, folder: Path) -> None:
        self.seat, self.heart, self.hold, self.folder = seat, heart, hold, folder

    def go(self) -> tuple[int, str]:
        """Exit code and last words. Raises Stopped or LeaseLost."""
        run = translate.run_with_inputs(self.seat.run_id)
        translate.prepare(run, self.hold, self.folder)
        patiently(self.heart, lambda: seats.say_ready(self.seat))
        place = Place(int(run.launch["machines"]), self.seat.rank, self._address())
        trainer = Trainer(
            self.folder, run.kind, self.seat.epoch, self.hold.descriptors, run.launch, place
        )
        with kept_alive(trainer, self.heart):
            code = self._watch(trainer)
        return code, trainer.last_words() if code else ""

    def _address(self) -> str:
        """Where the processes meet, as soon as the lead says so."""
        while True:
            safe_point(self.heart)
            close_old_connections()
            with suppress(*UNREACHABLE):
                if found := seats.address_of(self.seat):
                    return found
            self.heart.lost.wait(POLL_S)

    def _watch(self, trainer: Trainer) -> int:
        """Until the processes end. Raises LeaseLost as soon as the try is over."""
        deadline: float | None = None
        looked_at = 0.0
        while (code := trainer.exit_code) is None:
            self.heart.check()
            close_old_connections()
            if time.monotonic() - looked_at > LOOK_S:
                looked_at = time.monotonic()
                with suppress(*UNREACHABLE):
                    seats.address_of(self.seat)
            if deadline is None and drain.wanted():
                # all processes stop together, and the first saves: the lead sees to that
                patiently(self.heart, self._ask_to_stop)
                deadline = time.monotonic() + settings.ENV.run_stop_seconds
            if deadline is not None and time.monotonic() > deadline:
                trainer.kill()
            self.heart.lost.wait(POLL_S)
        return code

    def _ask_to_stop(self) -> None:
        seats.leave(self.seat)
