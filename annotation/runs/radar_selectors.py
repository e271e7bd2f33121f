"""Reads of the radar: what was caught in a run, and what people then said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotation.labeling.models import Comparison
from annotation.projects.models import Project
from annotation.quality.selectors import interval
from annotation.runs import radar
from annotation.runs.models import RadarCatch, RadarSettings, RadarWatch, Run

ABOVE, TIED, BELOW = "above", "tied", "below"
VERDICTS = (ABOVE, TIED, BELOW)


@dataclass(frozen=True)
class Said:
    """What one judgment says of the suspicious output against the reference's."""

    ranking: UUID
    verdict: str


@dataclass
class Caught:
    """A catch with its judgments."""

    catch: RadarCatch
    said: list[Said] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        return sum(one.verdict == verdict for one in self.said)


def settings_of(project: Project) -> RadarSettings:
    """The project's radar; where nobody has touched it, off and with the usual settings."""
    found = RadarSettings.objects.select_related("changed_by").filter(project=project).first()
    return found or RadarSettings(project=project, changed_at=None)  # type: ignore[misc] # never stored so


def caught_in(run: Run) -> list[Caught]:
    """What was caught, newest first; judgments by labelers in the order they came."""
    catches = RadarCatch.objects.filter(run=run).select_related(
        "prompt", "item", "suspect", "reference"
    )
    found = {one.item_id: Caught(one) for one in catches.order_by("-id")}
    rows = Comparison.objects.filter(item__in=found).order_by("ranking_id")
    for item, ranking, chosen, rejected, is_tie in rows.values_list(
        "item_id", "ranking_id", "chosen_id", "rejected_id", "is_tie"
    ):
        catch = found[item].catch
        if {chosen, rejected} == {catch.suspect_id, catch.reference_id}:
            verdict = TIED if is_tie else ABOVE if chosen == catch.suspect_id else BELOW
            found[item].said.append(Said(ranking, verdict))
    return list(found.values())


def report_of(run: Run) -> dict[str, Any]:
    """What the page of the run shows. `share`: of the judgments that put the output above."""
    watch = RadarWatch.objects.filter(run=run).first()
    caught = caught_in(run)
    counts = {verdict: sum(one.count(verdict) for one in caught) for verdict in VERDICTS}
    whole = sum(counts.values())
    by_item = [(float(len(one.said)), float(one.count(ABOVE))) for one in caught]
    return {
        "settings": settings_of(run.project),
        "samples": 0 if watch is None else watch.samples,
        "least_samples": radar.LEAST_SAMPLES,
        "knows_disagreement": knows_disagreement(run),
        **counts,
        "share": counts[ABOVE] / whole if whole else None,
        "interval": interval(by_item),
        "results": caught,
    }


def knows_disagreement(run: Run) -> bool | None:
    """Whether several reward models judge the run's samples; None before the first."""
    first = run.events.filter(type="sample", payload__has_key="step").order_by("id").first()
    if first is None:
        return None
    return isinstance(first.payload.get("disagreement"), int | float)
