"""Every few seconds: take dead leases away, settle what waited, send hints again.

Any number of processes may call it; an advisory lock lets one at a time work. With it the broker may
lose everything at any moment.
"""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.db import connection, transaction

from annotation.labeling.services.replying import reconcile_turns
from annotation.lib import locks
from annotation.runs import dispatch, mix_selectors
from annotation.runs.models import Run
from annotation.runs.services import lifecycle, seats
from annotation.runs.services.trying import reconcile_trials

HINTS_AT_ONCE = 100


def reconcile() -> dict[str, int]:
    """One pass; counts of what was done, empty when another process is at it."""
    with transaction.atomic():
        if not locks.try_hold("reconcile"):
            return {}
        reaped = 0
        if not _database_is_fresh():
            while reaped < 1000 and lifecycle.reap_one():
                reaped += 1
        unblocked = lifecycle.unblock()
    turns = reconcile_turns() + reconcile_trials()
    hinted = _send_hints() + _send_mix_hints() + turns
    return {"reaped": reaped, "unblocked": unblocked, "hinted": hinted}


def _database_is_fresh() -> bool:
    """A database restart must take no lease away: its holders could not renew meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - pg_postmaster_start_time())")
        return float(cursor.fetchone()[0]) < 1.5 * settings.ENV.run_lease_seconds


def _send_hints() -> int:
    """Again for every due run and every seat that is open, unless as many messages wait already.

    So they never pile up.
    """
    due: dict[str, list[Run]] = defaultdict(list)
    for run in [*seats.waited_for(), *lifecycle.due().only("id", "kind", "needs")[:HINTS_AT_ONCE]]:
        due[dispatch.queue_of(run.kind, run.needs)].append(run)
    sent = 0
    for queue, runs in due.items():
        waiting = dispatch.waiting(queue)
        if waiting is None or waiting >= len(runs):
            continue
        for run in runs:
            sent += dispatch.send(dispatch.DRIVE, {"run_id": str(run.id)}, queue)
    return sent


def _send_mix_hints() -> int:
    """Again for every draw whose items can be made, under the same bound."""
    due = list(mix_selectors.due().values_list("id", flat=True)[:HINTS_AT_ONCE])
    waiting = dispatch.waiting("short") if due else None
    if waiting is None or waiting >= len(due):
        return 0
    return sum(
        dispatch.send(dispatch.MAKE_MIX_ITEMS, {"draw_id": str(draw_id)}, "short")
        for draw_id in due
    )
