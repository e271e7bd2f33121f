"""What a reward model chose of a policy's completions, as a snapshot that policies learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.registry import store
from annotation.runs.lineage import inherit_marks
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.artifacts import Unusable, read_report, verify_complete
from workers.exporting import add_snapshot

CHOSEN = "chosen"


def publish(lease: Lease, run: Run, directory: Path) -> DatasetSnapshot:
    """Store chosen/ and make it a snapshot; the run has succeeded. Raises LeaseLost or Unusable."""
    verify_complete(directory)
    report = read_report(directory)
    try:
        ingested = store.ingest(directory / CHOSEN)
    except store.ArtifactRefused as error:
        raise Unusable(error.message) from error
    with transaction.atomic():
        snapshot = add_snapshot(
            run,
            query=_query(run),
            cut_off=timezone.now(),
            counts={name: report[name] for name in ("rankings", "demonstrations", "prompts")},
            sha256=report["snapshot_sha256"],
            artifact=store.remember(ingested),
        )
        lifecycle.succeed(lease, report=report, output_snapshot=snapshot)
        inherit_marks(run, snapshot)
    return snapshot


def _query(run: Run) -> dict[str, Any]:
    """What the snapshot was asked for."""
    return {
        DatasetSnapshot.CHOSEN_BY: run.number,
        "prompt_set": str(run.prompt_set_id),
        "validation_fraction": run.config["validation_fraction"],
    }
