"""The Celery app of the workers: `celery -A workers worker|beat`.

Celery is the doorbell and the clock. What is to be done stands in the tables, so messages may be
lost or doubled; no task is retried by Celery and no result is kept.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import django
from celery import signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
# Read when torch loads, which the worker of live chats does; rewardmodel/__main__.py says why.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
django.setup()

from annotation.celery import app  # noqa: E402 (the settings must be loaded first)
from annotation.lib import presence  # noqa: E402
from annotation.runs import dispatch  # noqa: E402
from workers import drain, hardware  # noqa: E402

__all__ = ["app"]

app.conf.imports = (
    "workers.tasks.chat",
    "workers.tasks.mixes",
    "workers.tasks.quality",
    "workers.tasks.review",
    "workers.tasks.runs",
    "workers.tasks.trials",
    "workers.tasks.upkeep",
    "workers.tasks.webhooks",
)
app.conf.update(
    # A worker that stops tells its jobs (see drain.py) and waits for them. Only where somebody
    # insists (SIGQUIT) is the wait bounded, by longer than a trainer may take to save.
    worker_soft_shutdown_timeout=90.0,
    worker_enable_soft_shutdown_on_idle=False,
    # Memory of an import goes back to the machine; the job itself streams.
    worker_max_tasks_per_child=200,
    task_acks_late=False,
    task_reject_on_worker_lost=False,
    # A connection lost to the broker says nothing about the job: the lease does.
    worker_cancel_long_running_tasks_on_connection_loss=False,
)


def _every(seconds: float, task: str) -> dict[str, Any]:
    options = {"queue": "short", "expires": max(5.0, seconds)}
    return {"task": task, "schedule": seconds, "options": options}


app.conf.beat_schedule = {
    "reconcile": _every(15.0, dispatch.RECONCILE),
    "rounds": _every(15.0, dispatch.ADVANCE_ROUNDS),
    "radar": _every(15.0, dispatch.SWEEP_RADAR),
    "labeling leases": _every(15.0, dispatch.SWEEP_LEASES),
    "prompt fingerprints": _every(10.0, dispatch.TAKE_FINGERPRINTS),
    "review": _every(15.0, dispatch.KEEP_UP_REVIEW),
    "counts of large projects": _every(10.0, dispatch.COUNT_AGAIN),
    "large projects": _every(60.0, dispatch.FIND_LARGE),
    "stale gold": _every(60.0, dispatch.MARK_STALE),
    "uploads": _every(3600.0, dispatch.CLEAN_UPLOADS),
    "quality reports": _every(60.0, dispatch.QUALITY_REPORTS),
    "webhooks": _every(5.0, dispatch.FIND_WEBHOOKS),
    "audit chain": _every(60.0, dispatch.CHAIN_AUDIT),
}


def memory_bytes() -> int | None:
    """The memory of this machine, or of the container where that has less."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    try:
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return whole


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
def _take_name(sender: str, **_: Any) -> None:
    """Before the pool is forked: leases are held in this name."""
    presence.take_name(sender)


@signals.celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def _listen_to_own_class(sender: str, instance: Any, **_: Any) -> None:
    """What needs this worker's class of hardware is told of in queues of its own."""
    own = hardware.own_class()
    for queue in list(app.amqp.queues.consume_from):
        if queue in ("sample", "train"):
            app.amqp.queues.select_add(app.amqp.queues[f"{queue}.{own}"])


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _listen(sender: Any, **_: Any) -> None:
    drain.listen()
    queues = sorted({name.partition(".")[0] for name in app.amqp.queues.consume_from})
    # of the threads that sample one takes a run, see supervisor._room
    at_once = 1 if queues == ["sample"] else sender.controller.concurrency
    presence.announce(
        queues=queues,
        at_once=at_once,
        memory_bytes=memory_bytes(),
        hardware=hardware.own_class(),
    )


@signals.beat_init.connect  # type: ignore[untyped-decorator]
def _tick(**_: Any) -> None:
    presence.take_name(f"scheduler@{socket.gethostname()}")
    presence.announce()
