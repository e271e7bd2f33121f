"""Whether the installation does its work: queues, leases, programs, disk, database, what waits.

Figures of the whole installation. They name no project; which run a worker has is told only to those
who may see that run.
"""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, IntegerField, Min, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from annotation.corpus.models import PendingPrompt
from annotation.delivery.models import WebhookMessage
from annotation.labeling.models import Slot
from annotation.lib import hints, presence
from annotation.quality.review_models import Stir
from annotation.registry.models import Artifact
from annotation.runs import hosts
from annotation.runs.kinds import KINDS
from annotation.runs.models import GATHER, Run, Upload
from annotation.runs.services import seats

QUEUES = ("short", "sample", "train")
SCHEDULER = "scheduler"
LATE_S = 120  # the reconciler comes every 15 s: what waits longer than this waits for a reason
DISK_LOW = 0.1
ALARM_DAYS = 7
HOSTS = Cast(KeyTextTransform("machines", "launch"), IntegerField())  # that a run wants together
# Also in the pause before its next try, and in the hands of a worker that waits for others: a free worker
# takes up at once what wants more hosts than there are, and puts it back.
WAITING = Q(status=Run.Status.QUEUED) | Q(status=Run.Status.RUNNING, phase=GATHER)
CODES = (
    *(
        "broker_away",
        "no_worker",
        "no_worker_of_class",
        "too_few_workers",
        "no_scheduler",
        "queue_late",
        "lease_overdue",
    ),
    *("disk_low", "connections_low", "webhooks_late"),
)
Facts = dict[str, Any]


def look(project_id: UUID | None = None) -> Facts:
    """Everything at this moment. `project_id`: whose runs may be named."""
    programs = presence.present()
    found: Facts = {
        "at": timezone.now(),
        "broker_answers": programs is not None,
        "queues": queues(programs),
        "workers": workers(programs or [], project_id),
        "scheduler_seen_at": _seen(programs or [], SCHEDULER),
        "leases": leases(),
        "disk": disk(),
        "database": database(),
        "backlog": backlog(),
        "alarms": alarms(),
    }
    return {**found, "problems": problems(found)}


def queues(programs: list[Facts] | None) -> list[Facts]:
    """Each queue: who works on it, what is due and since when, how many messages lie in the broker."""
    now = timezone.now()
    due = _by_queue(Q(status=Run.Status.QUEUED, next_try_at__lte=now), programs)
    waiting = _by_queue(WAITING, programs)
    return [
        {
            "name": name,
            "workers": len(hosts.of_class(programs or [], name, "")),
            "workers_of_class": hosts.counted(programs or [], name),
            "classes_missing": sorted({row["needs"] for row in due[name] if not row["there"]}),
            "hosts_wanted": max(
                (row["hosts"] for row in waiting[name] if 0 < row["there"] < row["hosts"]),
                default=0,
            ),
            "runs_due": sum(row["runs"] for row in due[name]),
            "oldest_seconds": _oldest(due[name], now),
            "oldest_ready_seconds": _oldest(
                [row for row in due[name] if row["there"] >= row["hosts"]], now
            ),
            "messages": None if programs is None else hints.waiting(name),
        }
        for name in QUEUES
    ]


def _by_queue(which: Q, programs: list[Facts] | None) -> dict[str, list[Facts]]:
    """Runs grouped by what they ask of workers; `there`: how many workers may take part in them."""
    found: dict[str, list[Facts]] = {name: [] for name in QUEUES}
    groups = Run.objects.filter(which).values("kind", "needs", hosts=Coalesce(HOSTS, 1))
    for row in groups.annotate(runs=Count("id"), since=Min("next_try_at")):
        queue = KINDS[row["kind"]].queue
        there = len(hosts.of_class(programs or [], queue, row["needs"]))
        found[queue].append({**row, "there": there})
    return found


def workers(programs: list[Facts], project_id: UUID | None) -> list[Facts]:
    """Who is there and what they are at; a lease whose worker fell silent is listed all the same."""
    held: dict[str, list[Facts]] = {}
    for run in Run.objects.filter(status=Run.Status.RUNNING).order_by("started_at", "id"):
        is_own = run.project_id == project_id
        for owner, lease_until in ((run.lease_owner, run.lease_until), *seats.taken(run)):
            held.setdefault(seats.program_of(owner), []).append(
                {
                    "kind": run.kind,
                    "id": run.id if is_own else None,
                    "number": run.number if is_own else None,
                    "phase": run.phase if is_own else "",
                    "since": run.started_at,
                    "lease_until": lease_until,
                }
            )
    here = [one for one in programs if one["name"].partition("@")[0] != SCHEDULER]
    found = [
        {
            "name": one["name"],
            "queues": one.get("queues", []),
            "hardware": one.get("hardware", ""),
            "at_once": one.get("at_once"),
            "version": one.get("version", ""),
            "started_at": one["started_at"],
            "seen_at": one["seen_at"],
            "runs": held.pop(one["name"], []),
        }
        for one in here
    ]
    unknown: Facts = {
        "queues": [],
        "hardware": "",
        "at_once": None,
        "version": "",
        "started_at": None,
        "seen_at": None,
    }
    return found + [{"name": name, **unknown, "runs": runs} for name, runs in sorted(held.items())]


def leases() -> Facts:
    """Work that is in somebody's hands, and leases that ran out and were not taken back yet."""
    now = timezone.now()
    lent = Slot.objects.filter(state=Slot.State.LEASED).aggregate(
        slots=Count("id"), slots_overdue=Count("id", filter=Q(lease_until__lt=now))
    )
    running = Run.objects.filter(status=Run.Status.RUNNING).aggregate(
        runs=Count("id"), runs_overdue=Count("id", filter=Q(lease_until__lt=now))
    )
    return {**running, **lent}


def disk() -> Facts:
    """The disk of the artifacts, and what of ours lies on it."""
    folder = Path(settings.ARTIFACT_DIR)
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    usage = shutil.disk_usage(there)
    uploads = Upload.objects.filter(gone_at=None).aggregate(total=Sum("received"))["total"]
    artifacts = Artifact.objects.aggregate(total=Sum("bytes"))["total"]
    return {
        "total": usage.total,
        "free": usage.free,
        "artifacts": artifacts or 0,
        "uploads": uploads or 0,
    }


def database() -> Facts:
    """How large the database is, how quickly it answers, how full it is of connections."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # the connection itself is not what is measured
        begun = time.perf_counter()
        cursor.execute("SELECT 1")
        latency = time.perf_counter() - begun
        cursor.execute(
            "SELECT pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " current_setting('max_connections')::int,"
            " (SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8"
            "    FROM pg_stat_activity WHERE datname = current_database()"
            "    AND backend_type = 'client backend')"
        )
        size, used, limit, longest = cursor.fetchone()
    return {
        "bytes": size,
        "latency_ms": latency * 1000,
        "connections": used,
        "connections_max": limit,
        "longest_transaction_seconds": longest,
    }


def backlog() -> Facts:
    """What was stored and has yet to be worked off."""
    now = timezone.now()
    webhooks = WebhookMessage.objects.filter(
        state=WebhookMessage.State.WAITING, endpoint__removed_at=None
    ).aggregate(waiting=Count("id"), oldest=Min("created_at"))
    return {
        "webhook_messages": webhooks["waiting"],
        "webhook_oldest_seconds": _age(webhooks["oldest"], now),
        "prompts_to_index": PendingPrompt.objects.count(),
        "items_to_review": Stir.objects.count(),
        "runs_blocked": Run.objects.filter(status=Run.Status.BLOCKED).count(),
        "runs_to_try_again": Run.objects.filter(
            status=Run.Status.QUEUED, next_try_at__gt=now, tries__gt=0
        ).count(),
    }


def alarms() -> list[Facts]:
    """Alarms that runs raised, by code: ever and within ALARM_DAYS, and how many ended their run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT alarm ->> 'code', count(*),"
            " count(*) FILTER (WHERE (alarm ->> 'stops')::boolean),"
            " count(*) FILTER (WHERE recent),"
            " count(*) FILTER (WHERE recent AND (alarm ->> 'stops')::boolean)"
            " FROM (SELECT alarms, coalesce(finished_at, now()) > now() - %s * interval '1 day'"
            "         AS recent FROM runs_run WHERE alarms <> '[]') AS run,"
            " jsonb_array_elements(run.alarms) AS raised(alarm)"
            " GROUP BY 1 ORDER BY 1",
            [ALARM_DAYS],
        )
        names = ("code", "ever", "stopped_ever", "runs", "stopped")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def problems(found: Facts) -> list[Facts]:
    """What a person should look at; `code` is stable, `about` says which one."""
    said: list[tuple[str, str]] = []
    if not found["broker_answers"]:
        said.append(("broker_away", ""))
    else:
        said += [("no_worker", one["name"]) for one in found["queues"] if not one["workers"]]
        said += [
            ("no_worker_of_class", f"{one['name']}, {missing}")
            for one in found["queues"]
            for missing in one["classes_missing"]
            if one["workers"] and missing
        ]
        said += [
            ("too_few_workers", f"{one['name']}, {one['hosts_wanted']}")
            for one in found["queues"]
            if one["hosts_wanted"]
        ]
        if found["scheduler_seen_at"] is None:
            said.append(("no_scheduler", ""))
    said += [
        ("queue_late", one["name"])
        for one in found["queues"]
        if _free_hands(found, one["name"]) and (one["oldest_ready_seconds"] or 0) > LATE_S
    ]
    if found["leases"]["runs_overdue"]:
        said.append(("lease_overdue", ""))
    if found["disk"]["free"] < DISK_LOW * found["disk"]["total"]:
        said.append(("disk_low", ""))
    if found["database"]["connections"] > 0.9 * found["database"]["connections_max"]:
        said.append(("connections_low", ""))
    if (found["backlog"]["webhook_oldest_seconds"] or 0) > 3600:
        said.append(("webhooks_late", ""))
    return [{"code": code, "about": about} for code, about in said]


def _free_hands(found: Facts, queue: str) -> bool:
    """Whether a worker of the queue could take one more: waiting for a busy worker is no problem."""
    return any(
        queue in one["queues"] and len(one["runs"]) < (one["at_once"] or 1)
        for one in found["workers"]
    )


def _seen(programs: list[Facts], kind: str) -> datetime | None:
    seen = [one["seen_at"] for one in programs if one["name"].partition("@")[0] == kind]
    return max((datetime.fromisoformat(text).astimezone(UTC) for text in seen), default=None)


def _oldest(rows: list[Facts], now: datetime) -> float | None:
    return _age(min((row["since"] for row in rows), default=None), now)


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
