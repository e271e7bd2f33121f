"""Where the judgments behind runs are. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from annotation.runs.ensembles import reward_versions_of
from annotation.runs.models import Run


def judgments_behind(runs: Sequence[Run]) -> dict[UUID, list[UUID]]:
    """By run the snapshots with its judgments: its own, or those that all its reward models learnt from."""
    judges = {run.pk: reward_versions_of(run) for run in runs}
    keys = {key for each in judges.values() for key in each}
    made = Run.objects.filter(output_version__in=keys, snapshot__isnull=False)
    trained_on = dict(made.values_list("output_version_id", "snapshot_id"))
    found: dict[UUID, list[UUID]] = {}
    for run in runs:
        if run.snapshot is not None:
            found[run.pk] = [run.snapshot.pk] if run.snapshot.is_of_people else []
        elif run.output_snapshot_id and run.kind == Run.Kind.EXPORT:
            found[run.pk] = [run.output_snapshot_id]
        else:
            known = (trained_on[key] for key in judges[run.pk] if key in trained_on)
            found[run.pk] = list(dict.fromkeys(known))
    return found
