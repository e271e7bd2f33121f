"""Freezing judgments as files: the same question and cut-off give the same bytes, whenever asked.

Rankings and demonstrations count as they stood at the cut-off: what was withdrawn later is still in,
what came later is out. A prompt is on one side of the split by its hash alone, so rankings that are
added later never move it.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Max, Prefetch, Q, QuerySet

from annotation.corpus.models import Prompt, Split
from annotation.labeling.models import Demonstration, ItemCompletion, Ranking
from annotation.lib import locks
from annotation.quality.models import ReliabilityEstimate
from annotation.registry import store
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import lifecycle
from annotation.runs.services.creation import cut_off_of
from annotation.runs.services.lifecycle import Lease
from rewardmodel import rankings as files
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.translate import run_directory

ROWS_AT_ONCE = 500
WRITERS_WAIT_S = 30.0
Judged = TypeVar("Judged", Ranking, Demonstration)


def export_snapshot(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Write the snapshot of an export run, store it and end the run. Raises LeaseLost or Stopped."""
    export = _Export(lease, run, heart)
    parent = run_directory(run.id)
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="snapshot-", dir=parent) as name:
        directory = Path(name)
        sha256 = export.write(directory)
        ingested = store.ingest(directory)
    heart.check()
    with transaction.atomic():
        locks.hold("snapshots", run.project_id)
        numbers = DatasetSnapshot.objects.filter(project=run.project)
        snapshot = DatasetSnapshot.objects.create(
            project=run.project,
            number=(numbers.aggregate(n=Max("number"))["n"] or 0) + 1,
            query=export.query,
            cut_off=export.cut_off,
            counts=export.counts,
            sha256=sha256,
            artifact=store.remember(ingested),
        )
        report = {"counts": export.counts, "sha256": sha256}
        lifecycle.succeed(lease, report=report, output_snapshot=snapshot)


class _Export:
    """One pass over a project's judgments."""

    def __init__(self, lease: Lease, run: Run, heart: Heartbeat) -> None:
        self.lease, self.run, self.heart = lease, run, heart
        self.cut_off: datetime = cut_off_of(run)
        self.fraction = float(run.config["validation_fraction"])
        self.held_out = frozenset(run.config["held_out_labelers"])
        self.query: dict[str, Any] = {
            "validation_fraction": self.fraction,
            "held_out_labelers": sorted(self.held_out),
            "prompt_set": str(run.prompt_set_id) if run.prompt_set_id else None,
        }
        self.weights = self._chosen_weights(run)
        self._weight, self._weight_squared = 0.0, 0.0
        self._counted: Counter[str] = Counter()
        self._prompts: dict[str, set[str]] = {Split.TRAIN: set(), Split.VALIDATION: set()}
        self._labelers: set[str] = set()
        self._for_validation: set[str] = set()
        self._done = 0

    def _chosen_weights(self, run: Run) -> dict[str, float]:
        """Weight of each labeler by the chosen estimate; nobody is named where none was chosen."""
        key = run.config.get("reliability_estimate")
        if key is None:
            return {}
        estimate = ReliabilityEstimate.objects.get(pk=key, project=run.project)
        self.query["reliability_estimate"] = {"id": str(estimate.pk), "number": estimate.number}
        return estimate.weights()

    def write(self, directory: Path) -> str:
        """The snapshot's files; its SHA-256."""
        wait_for_writers(self.cut_off)
        self._for_validation = set(
            Prompt.objects.filter(
                prompt_set__project=self.run.project, split=Split.VALIDATION
            ).values_list("text_hash", flat=True)
        )
        total = self._as_of(Ranking).count() + self._as_of(Demonstration).count()
        with lifecycle.guarded(self.lease, phase="export", progress_done=0, progress_total=total):
            pass
        return files.write_snapshot(directory, self._rankings(), self._demonstrations())

    @property
    def counts(self) -> dict[str, int]:
        """Of what is in the files; with weights also how many rankings they leave."""
        found = {
            "rankings": self._counted["rankings"],
            "demonstrations": self._counted["demonstrations"],
            "train": self._counted["train"],
            "validation": self._counted["validation"],
            "prompts": len(self._prompts["train"] | self._prompts["validation"]),
            "labelers": len(self._labelers),
        }
        if self.weights:
            # Kish's effective number, whole: (Σ w)² / Σ w²
            found["effective_rankings"] = (
                round(self._weight**2 / self._weight_squared) if self._weight_squared else 0
            )
        return found

    def _as_of(self, kind: type[Judged]) -> QuerySet[Judged]:
        """What counted at the cut-off."""
        found = kind._default_manager.filter(
            Q(state="counted") | Q(state="withdrawn", withdrawn_at__gt=self.cut_off),
            project=self.run.project,
            created_at__lte=self.cut_off,
        )
        if self.run.prompt_set_id:
            found = found.filter(item__prompt__prompt_set=self.run.prompt_set_id)
        return found

    def _pages(self, rows: QuerySet[Judged]) -> Iterator[Judged]:
        """All rows by id, a page at a time, with a safe point between pages."""
        last = None
        while True:
            safe_point(self.heart)
            page = rows.order_by("id")
            if last is not None:
                page = page.filter(id__gt=last)
            found = list(page[:ROWS_AT_ONCE])
            if not found:
                return
            yield from found
            last = found[-1].pk
            self._done += len(found)
            with lifecycle.guarded(self.lease, progress_done=self._done):
                pass

    def _rankings(self) -> Iterator[files.Ranking]:
        rows = (
            self._as_of(Ranking)
            .select_related("item__prompt")
            .prefetch_related(
                "placements",
                "direct_comparisons",
                Prefetch(
                    "item__item_completions",
                    ItemCompletion.objects.select_related("completion").order_by("position"),
                ),
            )
        )
        for row in self._pages(rows):
            yield self._ranking(row)

    def _ranking(self, row: Ranking) -> files.Ranking:
        completions = [frozen.completion for frozen in row.item.item_completions.all()]
        index = {completion.pk: number for number, completion in enumerate(completions)}
        tiers: dict[int, list[int]] = {}
        unranked = []
        for placement in row.placements.all():
            place = index[placement.completion_id]
            if placement.tier is None:
                unranked.append(place)
            else:
                tiers.setdefault(placement.tier, []).append(place)
        prompt = row.item.prompt
        weight = self.weights.get(str(row.labeler_id), 1.0)
        self._weight += weight
        self._weight_squared += weight**2
        return files.Ranking(
            id=str(row.pk),
            prompt=_messages(prompt),
            completions=tuple(completion.text for completion in completions),
            tiers=tuple(tuple(sorted(tiers[tier])) for tier in sorted(tiers)),
            unranked=tuple(sorted(unranked)),
            unacceptable_below=row.unacceptable_below,
            direct=tuple(
                files.DirectComparison(
                    better=index[direct.better_id],
                    worse=index[direct.worse_id],
                    tie=direct.is_tie,
                    strength=direct.strength or 1,
                )
                for direct in sorted(row.direct_comparisons.all(), key=lambda each: each.pk)
            ),
            labeler=str(row.labeler_id),
            weight=weight,
            lang=prompt.language or "und",
            split=self._count("rankings", prompt, str(row.labeler_id)),
            source=prompt.source,
        )

    def _demonstrations(self) -> Iterator[files.Demonstration]:
        for row in self._pages(self._as_of(Demonstration).select_related("prompt")):
            yield files.Demonstration(
                id=str(row.pk),
                prompt=_messages(row.prompt),
                completion=row.text,
                lang=row.prompt.language or "und",
                split=self._count("demonstrations", row.prompt, str(row.labeler_id)),
                author=str(row.labeler_id),
            )

    def _count(self, kind: str, prompt: Prompt, labeler: str) -> files.Split:
        """The side a judgment is on, counted."""
        split = self.side_of(prompt.text_hash, labeler)
        self._counted[kind] += 1
        self._counted[split] += 1
        self._prompts[split].add(prompt.text_hash)
        self._labelers.add(labeler)
        return split

    def side_of(self, text_hash: str, labeler: str) -> files.Split:
        """By the prompt's hash, unless the prompt or the labeler is kept for validation anyway."""
        if labeler in self.held_out or text_hash in self._for_validation:
            return "validation"
        digest = hashlib.sha256(f"split:{text_hash}".encode()).digest()
        share = int.from_bytes(digest[:8], "big") / 2**64
        return "validation" if share < self.fraction else "train"


def _messages(prompt: Prompt) -> tuple[files.Message, ...]:
    return tuple(files.Message(m["role"], m["content"]) for m in prompt.messages)


def wait_for_writers(cut_off: datetime) -> None:
    """Wait until no transaction from before the cut-off can still commit a judgment dated before it."""
    deadline = time.monotonic() + WRITERS_WAIT_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL AND xact_start <= %s",
                [cut_off],
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.2)
