"""Quality reports: minutes of arithmetic that no request waits for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from annotation.celery import app
from annotation.projects.models import Project
from annotation.quality import reporting
from annotation.quality.models import QualityReport
from annotation.runs import dispatch
from annotation.runs.models import Run

RUNS_TOLD = 10


@app.task(name=reporting.COMPUTE)  # type: ignore[untyped-decorator]
def compute(report_id: str) -> None:
    """Compute the report or walk away; the message may be late, doubled or about a finished one."""
    report = QualityReport.objects.select_related("project").filter(pk=report_id).first()
    if report is not None:
        reporting.compute(UUID(report_id), {"reward_models": reward_models(report.project)})


@app.task(name=dispatch.QUALITY_REPORTS)  # type: ignore[untyped-decorator]
def look_after() -> None:
    """Send again what waits, and begin the reports of the night."""
    for report_id in reporting.look_after():
        reporting.hint(report_id)


def reward_models(project: Project) -> list[dict[str, Any]]:
    """What the newest reward and evaluation runs said of pairs that people judged, newest first."""
    runs = Run.objects.filter(
        project=project, kind__in=[Run.Kind.REWARD, Run.Kind.EVALUATE], status="succeeded"
    ).order_by("-number")[:RUNS_TOLD]
    found = []
    for run in runs:
        report = run.report if isinstance(run.report, dict) else {}
        said = report.get("validation") or report
        accuracy = said.get("accuracy") if isinstance(said, dict) else None
        if not isinstance(accuracy, dict) or accuracy.get("value") is None:
            continue
        found.append(
            {
                "run": str(run.pk),
                "number": run.number,
                "kind": run.kind,
                "at": run.finished_at.isoformat() if run.finished_at else None,
                "accuracy": accuracy["value"],
                "interval": [accuracy.get("low"), accuracy.get("high")],
                "pairs": said.get("pairs"),
            }
        )
    return found
