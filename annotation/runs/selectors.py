"""Reads of runs, uploads and snapshots."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now

from annotation.labeling.models import Demonstration, Ranking
from annotation.lib.errors import Missing
from annotation.runs.kinds import KINDS
from annotation.runs.line import in_line
from annotation.runs.models import (
    GATHER,
    DatasetSnapshot,
    Run,
    RunEvent,
    RunIssue,
    RunLog,
    RunMetric,
    Trial,
    Upload,
)

MOST_AT_ONCE = 5000
SAMPLES_AT_ONCE = 200
T = TypeVar("T", bound=Model)


def _one(rows: QuerySet[T], row_id: UUID) -> T:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise Missing
    return found


def runs(*, project_id: UUID, kind: str = "", status: str = "", name: str = "") -> QuerySet[Run]:
    """A project's runs; `name`: only those whose name holds this, in capitals or not."""
    found = Run.objects.filter(project_id=project_id).select_related("requested_by", "snapshot")
    if kind:
        found = found.filter(kind=kind)
    if status:
        found = found.filter(status=status)
    if name:
        found = found.filter(name__icontains=name)
    return found


def run(run_id: UUID) -> Run:
    """One run. Raises Missing."""
    return _one(Run.objects.select_related("project", "requested_by"), run_id)


def uploads(*, project_id: UUID, user_id: UUID) -> QuerySet[Upload]:
    """A person's uploads whose files are here, in whole or in part, and not imported."""
    return Upload.objects.filter(
        project_id=project_id, user_id=user_id, gone_at__isnull=True
    ).exclude(runs__in=Run.objects.filter(status="succeeded").exclude(config__dry_run=True))


def upload(upload_id: UUID) -> Upload:
    """One upload. Raises Missing."""
    return _one(Upload.objects.select_related("project"), upload_id)


def trial(trial_id: UUID) -> Trial:
    """One trial of the playground. Raises Missing."""
    return _one(Trial.objects.all(), trial_id)


def metrics_after(*, run_id: UUID, after: int) -> list[RunMetric]:
    """Figures in the order they were stored, after a cursor."""
    return list(RunMetric.objects.filter(run_id=run_id, id__gt=after).order_by("id")[:MOST_AT_ONCE])


def events_after(*, run_id: UUID, after: int) -> list[RunEvent]:
    """Events in the order they were stored, after a cursor."""
    return list(RunEvent.objects.filter(run_id=run_id, id__gt=after).order_by("id")[:MOST_AT_ONCE])


def samples_after(*, run_id: UUID, after: int) -> list[RunEvent]:
    """What the policy said to the followed prompts, in the order it was stored, after a cursor."""
    found = RunEvent.objects.filter(
        run_id=run_id, id__gt=after, type="sample", payload__has_key="step"
    )
    return list(found.order_by("id")[:SAMPLES_AT_ONCE])


def log(run_id: UUID) -> RunLog | None:
    """The last lines that a run's trainer printed; None before the first."""
    return RunLog.objects.filter(run_id=run_id).first()


def waiting(project_id: UUID) -> list[tuple[Run, int | None]]:
    """The project's runs that wait: those that hold a worker and want more, those that a worker may take,
    each with its place in the line of its queue, and those whose next try is yet to come.
    """
    gathering = Q(status=Run.Status.RUNNING, phase=GATHER)
    pausing = Q(status=Run.Status.QUEUED, next_try_at__gt=Now())
    beside = Run.objects.filter(gathering | pausing, project_id=project_id)
    beside = beside.select_related("requested_by", "snapshot")
    apart = list(beside.order_by("-status", "next_try_at", "id"))
    line = _in_line(project_id)
    cut = sum(run.status == Run.Status.RUNNING for run in apart)
    return [*((run, None) for run in apart[:cut]), *line, *((run, None) for run in apart[cut:])]


def _in_line(project_id: UUID) -> list[tuple[Run, int]]:
    places = {
        run_id: place
        for queue in sorted({kind.queue for kind in KINDS.values()})
        for place, run_id in enumerate(in_line(queue), start=1)
    }
    own = Run.objects.filter(project_id=project_id, id__in=places)
    own = own.select_related("requested_by", "snapshot")
    # before a worker of one class stand only those that it may take as well
    for queue, needs in {(KINDS[run.kind].queue, run.needs) for run in own if run.needs}:
        line = {run_id: place for place, run_id in enumerate(in_line(queue, needs), start=1)}
        places |= {run.id: line[run.id] for run in own if run.needs == needs and run.id in line}
    found = [(run, places[run.id]) for run in own]
    return sorted(found, key=lambda one: (KINDS[one[0].kind].queue, one[1]))


def issues(run_id: UUID) -> QuerySet[RunIssue]:
    """The refused lines of an import."""
    return RunIssue.objects.filter(run_id=run_id)


def snapshots(project_id: UUID) -> QuerySet[DatasetSnapshot]:
    """A project's snapshots, newest first."""
    return DatasetSnapshot.objects.filter(project_id=project_id).order_by("-id")


def snapshot(snapshot_id: UUID) -> DatasetSnapshot:
    """One snapshot. Raises Missing."""
    return _one(DatasetSnapshot.objects.all(), snapshot_id)


LATEST_SNAPSHOTS = 20


def snapshots_with(
    project_id: UUID, judgments: QuerySet[Ranking] | QuerySet[Demonstration]
) -> list[dict[str, Any]]:
    """The latest snapshots that hold some of these judgments, as they stood at each cut-off."""
    held = []
    newest = (
        DatasetSnapshot.objects.filter(project_id=project_id)
        .exclude(query__has_key=DatasetSnapshot.CHOSEN_BY)
        .order_by("-number")
    )
    for snapshot in newest[:LATEST_SNAPSHOTS]:
        inside = judgments.filter(
            Q(state="counted") | Q(state="withdrawn", withdrawn_at__gt=snapshot.cut_off),
            created_at__lte=snapshot.cut_off,
        )
        if prompt_set := snapshot.query.get("prompt_set"):
            inside = inside.filter(item__prompt__prompt_set=prompt_set)
        if count := inside.count():
            held.append({"id": snapshot.pk, "number": snapshot.number, "judgments": count})
    return held
