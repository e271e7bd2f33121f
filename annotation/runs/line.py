"""The line of runs that wait for a worker: whose turn is next.

Between projects turns are taken: the project with the fewest runs at work in the queue is next, of
equals the one whose last turn lies furthest back. Within a project the run with the highest priority is
next, of equals the oldest. So a priority orders one's own work and never pushes another project back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Now

from annotation.runs.kinds import KINDS
from annotation.runs.models import Run

LONGEST = 500  # of a line that is looked at
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """A run in the line; ids rise with time."""

    id: UUID
    project_id: UUID
    priority: int


@dataclass(frozen=True)
class Served:
    """What a project has had of a queue: runs at work, and when its last one began."""

    at_work: int = 0
    last: datetime = NEVER


def in_turn(waiting: Iterable[Waiting], served: Mapping[UUID, Served]) -> list[UUID]:
    """The runs in the order in which workers would take them if none ended meanwhile."""
    lines: dict[UUID, list[Waiting]] = defaultdict(list)
    for one in sorted(waiting, key=lambda one: (-one.priority, one.id)):
        lines[one.project_id].append(one)
    turns: dict[UUID, int] = defaultdict(int)

    def next_project(project: UUID) -> tuple[int, int, datetime, UUID]:
        had = served.get(project, Served())
        # who had a turn in this line already had it later than anybody had one before
        return had.at_work + turns[project], turns[project], had.last, lines[project][0].id

    order = []
    while lines:
        project = min(lines, key=next_project)
        order.append(lines[project].pop(0).id)
        turns[project] += 1
        if not lines[project]:
            del lines[project]
    return order


def due() -> QuerySet[Run]:
    """Queued runs whose pause is over."""
    return Run.objects.filter(status=Run.Status.QUEUED, next_try_at__lte=Now())


def in_line(queue: str, has: str | None = None) -> list[UUID]:
    """The runs that wait in a queue, the next one first.

    `has`: only those that a worker of this class of hardware may take.
    """
    kinds = [name for name, kind in KINDS.items() if kind.queue == queue]
    fitting = Q() if has is None else Q(needs__in=["", has])
    rows = due().filter(fitting, kind__in=kinds).order_by("id")[:LONGEST]
    waiting = [Waiting(*row) for row in rows.values_list("id", "project_id", "priority")]
    projects = {one.project_id for one in waiting}
    if len(projects) < 2:
        return in_turn(waiting, {})
    had = (
        Run.objects.filter(project_id__in=projects, kind__in=kinds)
        .values_list("project_id")
        .annotate(at_work=Count("id", filter=Q(status=Run.Status.RUNNING)), last=Max("started_at"))
    )
    return in_turn(waiting, {project: Served(n, last or NEVER) for project, n, last in had})


def first_in_line(queue: str, has: str) -> UUID | None:
    """Whose turn it is with a worker of this class; None where nobody waits."""
    order = in_line(queue, has)
    return order[0] if order else None
