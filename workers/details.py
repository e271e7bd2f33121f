"""What stands beside the rows of a snapshot: everything that was said but is no order, and the facts of
the data card. Training reads none of it; datasets are written from it without asking the database again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from annotation.corpus.exports import system_of
from annotation.corpus.models import Completion, SamplingPlan
from annotation.labeling.exports import pseudonym
from annotation.labeling.models import Demonstration, Ranking
from annotation.projects.models import GuidelineVersion, Project
from annotation.quality.models import Adjudication
from annotation.quality.review.adjudicated import JUDGE
from workers.translate import plan_settings

FILES = ("rankings", "demonstrations")


class Details:
    """Writes one line for each row of the snapshot, in the same order."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._files: dict[str, TextIO] = {}
        self._plans: set[UUID] = set()

    @contextmanager
    def writing(self, directory: Path) -> Iterator[None]:
        """With the files open."""
        with ExitStack() as stack:
            for kind in FILES:
                path = directory / f"{kind}.details.jsonl"
                self._files[kind] = stack.enter_context(path.open("w", encoding="utf-8"))
            yield

    def ranking(self, row: Ranking, completions: Sequence[Completion]) -> None:
        """What was said beside the order; lists follow the completions."""
        placed = {one.completion_id: one for one in row.placements.all()}
        by_completion = [placed[each.pk] for each in completions]
        self._plans |= {each.plan_id for each in completions if each.plan_id is not None}
        order = sorted(range(len(completions)), key=lambda index: by_completion[index].shown_at)
        self._write(
            "rankings",
            **self._common(row),
            item=str(row.item_id),
            judge=row.meta.get("row", {}).get("judge", "human"),
            systems=[system_of(each) for each in completions],
            cannot_judge=[n for n, one in enumerate(by_completion) if one.cannot_judge],
            grades=[one.grades or None for one in by_completion],
            flags=[one.flags for one in by_completion],
            spans=[one.spans for one in by_completion],
            notes=[one.note for one in by_completion],
            mode=row.mode,
            presented=order,
        )

    def adjudication(self, row: Adjudication, completions: Sequence[Completion]) -> None:
        """An order given in review; its reviewer is its labeler."""
        n = len(completions)
        self._plans |= {each.plan_id for each in completions if each.plan_id is not None}
        self._write(
            "rankings",
            **self._who(row.reviewer_id, row),
            note=row.reason,
            item=str(row.item_id),
            judge=JUDGE,
            systems=[system_of(each) for each in completions],
            cannot_judge=[],
            grades=[None] * n,
            flags=[[]] * n,
            spans=[[]] * n,
            notes=[""] * n,
            mode="",
            presented=[],
        )

    def demonstration(self, row: Demonstration) -> None:
        """Who wrote it, under which guidelines."""
        self._write("demonstrations", **self._common(row))

    def _common(self, row: Ranking | Demonstration) -> dict[str, Any]:
        return {**self._who(row.labeler_id, row), "note": row.note}

    def _who(self, person: UUID, row: Ranking | Demonstration | Adjudication) -> dict[str, Any]:
        guideline = row.guideline_version
        return {
            "labeler": pseudonym(row.project_id, person),
            "guideline": None if guideline is None else guideline.number,
            "active_ms": row.active_ms,
            "created_at": row.created_at.isoformat(),
        }

    def _write(self, kind: str, **values: Any) -> None:
        self._files[kind].write(json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n")

    def _without_people(self, query: dict[str, Any]) -> dict[str, Any]:
        """The query with pseudonyms where people are named."""
        told = {**query, "filter": dict(query.get("filter", {}))}
        told["held_out_labelers"] = [self._name(each) for each in query["held_out_labelers"]]
        if labeler := told["filter"].get("labeler"):
            told["filter"]["labeler"] = self._name(labeler)
        return told

    def _name(self, labeler: str) -> str:
        return pseudonym(self.project.pk, UUID(labeler))

    def facts(
        self, *, cut_off: datetime, query: dict[str, Any], sha256: str, left_out: dict[str, Any]
    ) -> dict[str, Any]:
        """What the data card tells beyond the rows, as it stood at the cut-off."""
        versions = GuidelineVersion.objects.filter(project=self.project, created_at__lte=cut_off)
        plans = SamplingPlan.objects.filter(pk__in=self._plans).order_by("name")
        return {
            "project": {"name": self.project.name, "description": self.project.description},
            "snapshot": {
                "cut_off": cut_off.isoformat(),
                "query": self._without_people(query),
                "sha256": sha256,
            },
            "exclusions": left_out,
            "guidelines": [
                {
                    "number": one.number,
                    "text": one.text,
                    "sha256": hashlib.sha256(one.text.encode()).hexdigest(),
                }
                for one in versions.order_by("number")
            ],
            "sampling_plans": [{"name": one.name, **plan_settings(one)} for one in plans],
        }
