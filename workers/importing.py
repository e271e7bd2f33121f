"""An uploaded file becomes rows, batch by batch; each batch stands only if the lease does.

The last line taken and the counts so far stand in the run's row and move with their batch, so a killed
import goes on after that line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from annotation.corpus.imports import Counts, run_import
from annotation.corpus.lines import GZIP_MAGIC, Line, read_lines
from annotation.corpus.rows import Issue
from annotation.labeling.imports import importer_for
from annotation.runs.models import Run, RunIssue
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point

ISSUES_KEPT = 10_000
COUNTED = ("read", "added", "already", "refused")


def import_file(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Take in the file of an import run and end the run. Raises LeaseLost or Stopped."""
    assert run.upload is not None
    path = run.upload.path
    if run.prompt_set is None or not path.is_file():
        message = "The uploaded file is no longer there; upload it again."
        lifecycle.fail(lease, code="upload_gone", message=message)
        return
    before = {name: int(run.report.get(name, 0)) for name in COUNTED}
    total = _line_count(path)
    totals = before

    def on_batch(last_line: int, counts: Counts, issues: list[Issue]) -> None:
        nonlocal totals
        here = counts.as_dict()
        totals = {name: before[name] + here[name] for name in COUNTED}
        room = max(0, ISSUES_KEPT - (totals["refused"] - len(issues)))
        RunIssue.objects.bulk_create(
            [
                RunIssue(
                    run_id=run.id,
                    line=issue.line,
                    field=issue.field[:200],
                    rule=issue.rule[:60],
                    message=issue.message,
                )
                for issue in issues[:room]
            ],
            ignore_conflicts=True,
        )
        lifecycle.write(
            lease,
            last_step=last_line,
            progress_done=totals["read"],
            progress_total=total,
            phase="import",
            report=totals,
            tries_without_progress=0,
        )

    lines = _watched(read_lines(path, after=run.last_step), heart)
    run_import(importer_for(run.config["kind"], run.prompt_set), lines, on_batch=on_batch)
    report = {**totals, "issues_left_out": max(0, totals["refused"] - ISSUES_KEPT)}
    with transaction.atomic():
        lifecycle.succeed(lease, report=report)


def _watched(lines: Iterator[Line], heart: Heartbeat) -> Iterator[Line]:
    """The lines, with a safe point every few hundred."""
    safe_point(heart)
    for count, line in enumerate(lines, start=1):
        if count % 500 == 0:
            safe_point(heart)
        yield line


def _line_count(path: Path) -> int | None:
    """Lines of a plain file, for the progress bar; None for a compressed one."""
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if count == 0 and last == b"\n" and piece.startswith(GZIP_MAGIC):
                return None
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
