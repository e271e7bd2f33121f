"""Several hosts for one run: the worker that leads opens seats, others take them.

The lead is whoever holds the run's lease; it alone writes about the run. It opens a seat for every
further host, and each is taken by another worker, which fetches the inputs and says that it is ready.
When all are, the lead tells them where their processes meet, and everybody starts. A seat has a lease
like a run's: who lost it writes nothing, and its lead ends the try. Before the start a seat that is left
is open again; after it a group that misses one cannot go on.

Everything here is one conditional statement by the database's clock, or is guarded by the lead's lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotation.lib import locks
from annotation.runs import dispatch
from annotation.runs.kinds import KINDS
from annotation.runs.models import GATHER, Run, RunSeat
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease, LeaseLost, seconds

_LIVE = ExpressionWrapper(Q(lease_until__gt=Now()), output_field=BooleanField())
_OF_THIS_TRY = Q(run__status=Run.Status.RUNNING, run__lease_epoch=F("epoch"))
_OPEN = (
    _OF_THIS_TRY
    & Q(run__lease_until__gt=Now(), address="", exit_code=None)
    & (Q(lease_until=None) | Q(lease_until__lte=Now()))
)


@dataclass(frozen=True)
class Seat:
    """A worker's right to be one of a run's hosts, while it renews it."""

    id: int
    run_id: UUID
    epoch: int
    rank: int
    owner: str


@dataclass(frozen=True)
class Host:
    """A seat as the lead sees it."""

    id: int
    program: str
    lease_until: datetime | None
    is_live: bool
    is_ready: bool
    is_leaving: bool
    exit_code: int | None
    message: str


def program_of(owner: str) -> str:
    """A lease is held by program:process:thread."""
    return owner.rsplit(":", 2)[0]


# --- of the worker that leads -------------------------------------------------------------------


@transaction.atomic
def open_seats(lease: Lease, machines: int) -> None:
    """One for every host beside the lead's; those of earlier tries are gone. Raises LeaseLost."""
    lifecycle.write(lease, phase=GATHER, progress_done=1, progress_total=machines)
    RunSeat.objects.filter(run_id=lease.run_id).delete()
    RunSeat.objects.bulk_create(
        RunSeat(run_id=lease.run_id, epoch=lease.epoch, rank=rank) for rank in range(1, machines)
    )
    run = Run.objects.only("kind", "needs").get(id=lease.run_id)
    for _ in range(1, machines):
        dispatch.hint_run(lease.run_id, run.kind, run.needs)


def look(lease: Lease) -> list[Host]:
    """The further hosts of this try, by rank."""
    return _hosts(_of_this_lease(lease))


def _of_this_lease(lease: Lease) -> QuerySet[RunSeat]:
    return RunSeat.objects.filter(run_id=lease.run_id, epoch=lease.epoch)


def _hosts(seats: QuerySet[RunSeat]) -> list[Host]:
    return [
        Host(
            id=seat.id,
            program=program_of(seat.owner),
            lease_until=seat.lease_until,
            is_live=bool(seat.is_live),  # NULL where nobody has it
            is_ready=seat.is_ready,
            is_leaving=seat.is_leaving,
            exit_code=seat.exit_code,
            message=seat.message,
        )
        for seat in seats.annotate(is_live=_LIVE).order_by("rank")
    ]


@transaction.atomic
def start(lease: Lease, address: str, lead: str) -> bool:
    """Tell all hosts where their processes meet, unless one of them left meanwhile.

    Which hosts take part becomes part of what the run was made with. Raises LeaseLost.
    """
    lifecycle.write(lease, lease_epoch=lease.epoch)  # the run's row before the seats'
    mine = _of_this_lease(lease)
    there = _hosts(mine.select_for_update())
    if not all(host.is_ready and host.is_live and host.exit_code is None for host in there):
        return False
    mine.update(address=address)
    hosts = [program_of(lead), *(host.program for host in there)]
    known = Run.objects.values_list("provenance", flat=True).get(id=lease.run_id)
    lifecycle.write(lease, phase="", provenance={**known, "hosts": hosts})
    lifecycle.note(lease.run_id, lease.epoch, "gathered", hosts=hosts)
    return True


def older_waits(lease: Lease, owner: str, has: str) -> bool:
    """Whether this worker could fill a seat of a run that has waited for its hosts for longer."""
    first = _of_this_lease(lease).order_by("id").first()
    kind = Run.objects.values_list("kind", flat=True).get(id=lease.run_id)
    fitting = _fitting(KINDS[kind].queue, owner, has)
    return first is not None and fitting.filter(id__lt=first.id).exists()


# --- of the workers that follow -----------------------------------------------------------------


@transaction.atomic
def claim(queue: str, owner: str, has: str) -> Seat | None:
    """Take the seat that has been open for longest; None where there is none for this worker."""
    locks.hold("seats", program_of(owner))  # else its threads might take two of one run
    free = _fitting(queue, owner, has).select_for_update(skip_locked=True, of=("self",))
    found = free.order_by("id").first()
    if found is None:
        return None
    RunSeat.objects.filter(id=found.id).update(
        owner=owner[:120], lease_until=_a_lease_from_now(), is_ready=False, is_leaving=False
    )
    return Seat(found.id, found.run_id, found.epoch, found.rank, owner[:120])


def renew(seat: Seat) -> bool:
    """Extend the seat's lease; never whether to cancel, which is the lead's affair. Raises LeaseLost."""
    _write(seat, lease_until=_a_lease_from_now())
    return False


def say_ready(seat: Seat) -> None:
    """Everything the processes read is on this host. Raises LeaseLost."""
    _write(seat, is_ready=True)


def address_of(seat: Seat) -> str:
    """Where the processes meet; empty until the lead says so. Raises LeaseLost."""
    found = _held(seat).values_list("address").first()
    if found is None:
        raise LeaseLost
    return found[0]


def leave(seat: Seat) -> bool:
    """This worker stops: give the seat back, or where the run has started ask the lead to end the try.

    Whether the seat was given back. Raises LeaseLost.
    """
    if _held(seat).filter(address="").update(owner="", lease_until=None, is_ready=False):
        return True
    _write(seat, is_leaving=True)
    return False


def end(seat: Seat, exit_code: int, message: str = "") -> None:
    """The processes of this host are gone, or could not be started. Raises LeaseLost."""
    _write(seat, exit_code=exit_code, message=message[:2000])


def _held(seat: Seat) -> QuerySet[RunSeat]:
    """The seat, if it is still this worker's.

    Without a join: an UPDATE that waited for the row looks at its columns again only where they are
    conditions of its own, and not of a subquery that finds the row.
    """
    of_this_try = Run.objects.filter(
        id=OuterRef("run_id"), status=Run.Status.RUNNING, lease_epoch=OuterRef("epoch")
    )
    return RunSeat.objects.filter(
        Exists(of_this_try),
        id=seat.id,
        owner=seat.owner,
        exit_code=None,
        lease_until__gt=Now(),
    )


def _write(seat: Seat, **values: object) -> None:
    if not _held(seat).update(**values):
        raise LeaseLost


# --- of both, and of who looks on ---------------------------------------------------------------


def waited_for() -> Sequence[Run]:
    """A run for every open seat: of such a run workers are to be told again."""
    found = RunSeat.objects.filter(_OPEN).select_related("run").order_by("id")[:100]
    return [seat.run for seat in found]


def taken(run: Run) -> list[tuple[str, datetime | None]]:
    """Who works on a run beside its lead, and until when that holds."""
    there = RunSeat.objects.filter(
        run=run, epoch=run.lease_epoch, exit_code=None, lease_until__isnull=False
    )
    return list(there.exclude(owner="").order_by("rank").values_list("owner", "lease_until"))


def _fitting(queue: str, owner: str, has: str) -> QuerySet[RunSeat]:
    """Open seats that this worker may take: never of a run that it leads, nor a second one of a run."""
    own = f"{program_of(owner)}:"
    taken = RunSeat.objects.filter(
        run=OuterRef("run"), epoch=OuterRef("epoch"), owner__startswith=own, lease_until__gt=Now()
    )
    kinds = [name for name, kind in KINDS.items() if kind.queue == queue]
    return RunSeat.objects.filter(
        _OPEN, ~Exists(taken), run__kind__in=kinds, run__needs__in=["", has]
    ).exclude(run__lease_owner__startswith=own)


def _a_lease_from_now() -> object:
    return Now() + seconds(settings.ENV.run_lease_seconds)
