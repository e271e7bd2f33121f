"""The other hosts of a run, as the worker that leads it sees them: waited for, started, watched.

Nothing here ends a trainer or a run: the supervisor does, by what it is told here.
"""

from __future__ import annotations

import time
from contextlib import suppress

from django.conf import settings
from django.db import close_old_connections

from annotation.runs.models import Run
from annotation.runs.services import lifecycle, seats
from annotation.runs.services.lifecycle import Lease
from annotation.runs.services.seats import Host
from workers import hardware
from workers.addresses import free_port, is_for_this_host_alone, own_address
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.patience import POLL_S, UNREACHABLE
from workers.trainer import Place

LOOK_S = 1.0
# Processes that fail on one host fail on all, and the first knows best why: it gets this long to say so.
LAST_WORDS_S = 10.0


class NotGathered(Exception):
    """The hosts did not come together. `gave_way`: to a run that has waited for longer."""

    def __init__(self, message: str, *, gave_way: bool = False) -> None:
        super().__init__(message)
        self.gave_way = gave_way


class HostFailed(Exception):
    """A host could not begin; the message names it and says why."""


class Group:
    """The hosts of one try. Opens their seats at once, so that they prepare while the lead does."""

    def __init__(self, lease: Lease, run: Run, heart: Heartbeat) -> None:
        self.lease, self.heart = lease, heart
        self.machines = int(run.launch["machines"])
        self.owner = run.lease_owner
        self.leaving = ""  # the worker that was told to stop
        self._looked_at = 0.0
        self._failed_at: float | None = None
        seats.open_seats(lease, self.machines)

    def gather(self) -> Place:
        """Wait until all are ready, tell them where to meet, and say so.

        Raises NotGathered, HostFailed, Stopped or LeaseLost.
        """
        deadline = time.monotonic() + settings.ENV.run_gather_seconds
        came = 1
        while True:
            safe_point(self.heart)
            close_old_connections()
            with suppress(*UNREACHABLE):
                if lifecycle.cancel_asked(self.lease):
                    self.heart.cancelled.set()
                    continue
                found = seats.look(self.lease)
                if place := self._started(found):
                    return place
                came = self._told(found, came)
                self._give_up(came, time.monotonic() > deadline)
            self.heart.lost.wait(POLL_S)

    def _started(self, found: list[Host]) -> Place | None:
        for host in found:
            if host.exit_code is not None:
                raise HostFailed(_ended(host))
        if not all(host.is_ready and host.is_live for host in found):
            return None
        self._check_address(found)
        address = f"{own_address()}:{free_port()}"
        if not seats.start(self.lease, address, self.owner):
            return None
        return Place(self.machines, 0, address)

    def _check_address(self, found: list[Host]) -> None:
        """Processes of other hosts would call their own host at a loopback address until they give up."""
        own = seats.program_of(self.owner)
        for host in found:
            if _host_of(host.program) != _host_of(own) and is_for_this_host_alone():
                raise HostFailed(
                    f"the worker {own} knows no address at which the worker {host.program} reaches it "
                    "from another host: set TIEBREAK_WORKER_ADDRESS on its host"
                )

    def _told(self, found: list[Host], before: int) -> int:
        """How many hosts are there, for those who watch."""
        came = 1 + sum(host.is_live for host in found)
        if came != before:
            lifecycle.write(self.lease, progress_done=came)
        return came

    def _give_up(self, came: int, waited: bool) -> None:
        if came == self.machines:  # they still fetch what they need
            return
        if waited:
            raise NotGathered(
                f"it needs {self.machines} workers at once, and {came} came within "
                f"{settings.ENV.run_gather_seconds:.0f} s"
            )
        if seats.older_waits(self.lease, self.owner, hardware.own_class()):
            words = "it gave way to a run that has waited for its workers for longer"
            raise NotGathered(words, gave_way=True)

    def lost(self) -> bool:
        """Whether a host is gone, so that the lead's processes would wait for it in vain."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at = time.monotonic()
        found = seats.look(self.lease)
        leaving = next((host for host in found if host.is_leaving), None)
        self.leaving = leaving.program if leaving else ""
        if any(host.exit_code is None and not host.is_live for host in found):
            return True
        if self._failed_at is None and any(host.exit_code for host in found):
            self._failed_at = time.monotonic()
        return self._failed_at is not None and time.monotonic() - self._failed_at > LAST_WORDS_S

    def why_not(self) -> tuple[str, str]:
        """After a try that failed: code and message of a host that is gone; empty where none is.

        Its lease may still run: who does not renew it in time is gone too. Raises LeaseLost.
        """
        before = {host.id: host.lease_until for host in seats.look(self.lease)}
        deadline = time.monotonic() + 1.5 * settings.ENV.run_renew_seconds
        while True:
            self.heart.check()
            found = seats.look(self.lease)
            silent = [one for one in found if one.exit_code is None and not one.is_live]
            unknown = [
                one for one in found if one.exit_code is None and one.lease_until == before[one.id]
            ]
            if not unknown or silent or time.monotonic() > deadline:
                break
            self.heart.lost.wait(POLL_S)
        if silent := silent or unknown:
            return "host_lost", f"the worker {silent[0].program} fell silent"
        failed = next((host for host in found if host.exit_code), None)
        return ("host_failed", _ended(failed)) if failed else ("", "")


def _host_of(program: str) -> str:
    """Programs are called queue@host."""
    return program.rpartition("@")[2]


def _ended(host: Host) -> str:
    ended = f"the processes of the worker {host.program} ended with code {host.exit_code}"
    return f"{ended}: {host.message}" if host.message else ended
