"""Freezing judgments as files: the same question and cut-off give the same bytes, whenever asked.

Rankings and demonstrations count as they stood at the cut-off: what was withdrawn later is still in,
what came later is out. A prompt is on one side of the split by its hash alone, so rankings that are
added later never move it.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from annotation.corpus import sides
from annotation.corpus.models import Prompt, Split
from annotation.delivery.datasets.build import Options, build
from annotation.delivery.models import Export
from annotation.delivery.trust import trust_in
from annotation.labeling import filters
from annotation.labeling.filters import Filter
from annotation.labeling.models import Demonstration, ItemCompletion, Ranking
from annotation.lib import locks
from annotation.quality.models import Adjudication, ReliabilityEstimate
from annotation.quality.review import adjudicated
from annotation.registry import store
from annotation.registry.cache import Hold
from annotation.registry.models import Artifact
from annotation.runs.models import DatasetSnapshot, Round, Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from annotation.runs.services.own_settings import cut_off_of
from rewardmodel import rankings as files
from workers.details import Details
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.translate import run_directory

ROWS_AT_ONCE = 500
CONTROL = {"gold": "gold", "repeats": "repeat"}
"""Control items that somebody may ask for; traps never."""
OPTIONS = ("parts", "files", "ties", "margin", "with_origin", "licence")
WRITERS_WAIT_S = 30.0
FROZEN = Prefetch(
    "item__item_completions",
    ItemCompletion.objects.select_related(
        "completion__policy_version", "completion__plan"
    ).order_by("position"),
)
# The round that an item was made in, if one's draw made it: it does not move, so neither do the bytes.
ROUND = Subquery(
    Round.objects.filter(
        draw__prompts__item=OuterRef("item"), draw__created_at__lte=OuterRef("item__created_at")
    )
    .order_by("number")
    .values("number")[:1]
)
Judged = TypeVar("Judged", Ranking, Demonstration)


def export(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Freeze a snapshot unless one is given, write a dataset of it where parts are wanted, and end the
    run. Raises LeaseLost or Stopped."""
    parent = run_directory(run.id)
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="snapshot-", dir=parent) as name, Hold() as hold:
        frozen = Path(name)
        freezing = None
        if run.snapshot is None:
            freezing = _Export(lease, run, heart)
            sha256 = freezing.write(frozen)
            ingested = store.ingest(frozen)
        else:
            frozen, sha256 = store.verified(run.snapshot.artifact, hold), run.snapshot.sha256
        dataset, card = _dataset(lease, run, heart, frozen) if run.config["parts"] else (None, {})
    heart.check()
    with transaction.atomic():
        made = None
        if freezing is not None:
            made = add_snapshot(
                run,
                query=freezing.query,
                cut_off=freezing.cut_off,
                counts=freezing.counts,
                sha256=sha256,
                artifact=store.remember(ingested),
            )
        if dataset is not None:
            snapshot = made or run.snapshot
            assert snapshot is not None  # a run without one freezes one
            Export.objects.create(
                project=run.project,
                run=run,
                snapshot=snapshot,
                options={name: run.config[name] for name in OPTIONS},
                artifact=store.remember(dataset),
            )
        counts = freezing.counts if freezing is not None else card["counts"]
        outputs = {"output_snapshot": made} if made is not None else {}
        lifecycle.succeed(lease, report={"counts": counts, "sha256": sha256}, **outputs)


def add_snapshot(
    run: Run,
    *,
    query: dict[str, Any],
    cut_off: datetime,
    counts: dict[str, int],
    sha256: str,
    artifact: Artifact,
) -> DatasetSnapshot:
    """The row of the run's snapshot, in the caller's transaction."""
    locks.hold("snapshots", run.project_id)
    numbers = DatasetSnapshot.objects.filter(project=run.project)
    return DatasetSnapshot.objects.create(
        project=run.project,
        number=(numbers.aggregate(n=Max("number"))["n"] or 0) + 1,
        query=query,
        cut_off=cut_off,
        counts=counts,
        sha256=sha256,
        artifact=artifact,
    )


def _dataset(
    lease: Lease, run: Run, heart: Heartbeat, snapshot: Path
) -> tuple[store.Ingested, dict[str, Any]]:
    """The dataset's directory in the store, and its card."""
    counts = json.loads((snapshot / "manifest.json").read_text())["counts"]
    total = sum(counts.values())
    with lifecycle.guarded(lease, phase="dataset", progress_done=0, progress_total=total):
        pass

    def progress(done: int) -> None:
        safe_point(heart)
        with lifecycle.guarded(lease, progress_done=done):
            pass

    with tempfile.TemporaryDirectory(prefix="dataset-", dir=run_directory(run.id)) as name:
        out = Path(name)
        card = build(snapshot, out, Options.of(run.config), progress)
        return store.ingest(out, also=frozenset({".md", ".parquet"})), card


class _Export:
    """One pass over a project's judgments."""

    def __init__(self, lease: Lease, run: Run, heart: Heartbeat) -> None:
        self.lease, self.run, self.heart = lease, run, heart
        self.cut_off: datetime = cut_off_of(run)
        self.fraction = float(run.config["validation_fraction"])
        self.held_out = frozenset(run.config["held_out_labelers"])
        self.adjudicated: str = run.config.get("adjudicated", "ignored")
        self.query: dict[str, Any] = {
            "validation_fraction": self.fraction,
            "held_out_labelers": sorted(self.held_out),
            "prompt_set": str(run.prompt_set_id) if run.prompt_set_id else None,
            "adjudicated": self.adjudicated,
        }
        self.weights = self._chosen_weights(run)
        self._weight, self._weight_squared = 0.0, 0.0
        self.filter = Filter.of(run.config["filter"])
        self.include = frozenset(run.config["include"])
        if self.filter.as_json():
            self.query["filter"] = self.filter.as_json()
        if self.include:
            self.query["include"] = sorted(self.include)
        self._details = Details(run.project)
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
        self._for_validation = sides.marked_for_validation(self.run.project_id)
        total = self._as_of(Ranking).count() + self._as_of(Demonstration).count()
        with lifecycle.guarded(self.lease, phase="export", progress_done=0, progress_total=total):
            pass
        with self._details.writing(directory):
            sha256 = files.write_snapshot(directory, self._rankings(), self._demonstrations())
        facts = self._details.facts(
            cut_off=self.cut_off, query=self.query, sha256=sha256, left_out=self._left_out()
        )
        facts["quality"] = trust_in(self.run.project, self._standing(), self.cut_off)
        text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (directory / "facts.json").write_text(text, encoding="utf-8")
        return sha256

    def _made(self) -> QuerySet[Ranking]:
        """Every ranking made until the cut-off that fits the filter, whatever became of it."""
        rows = Ranking.objects.filter(
            filters.near(self.filter), project=self.run.project, created_at__lte=self.cut_off
        )
        if self.run.prompt_set_id:
            rows = rows.filter(item__prompt__prompt_set=self.run.prompt_set_id)
        return filters.rankings(rows, self.filter)

    def _left_out(self) -> dict[str, Any]:
        """Why rankings that fit the filter are not in the snapshot; each is counted once."""
        standing = Q(state="counted") | Q(state="withdrawn", withdrawn_at__gt=self.cut_off)
        counted = standing & Q(item__is_held_out=False)
        gold = Q(item__control="gold")
        repeats = Q(item__control="repeat") | Q(item__control="", item__repeat_of__isnull=False)
        found = (
            self._made()
            .exclude(item__control="trap")
            .aggregate(
                considered=Count("id"),
                withdrawn=Count("id", Q(state="withdrawn", withdrawn_at__lte=self.cut_off)),
                surplus=Count("id", Q(state="surplus")),
                held_out=Count("id", Q(item__is_held_out=True) & standing),
                gold=Count("id", counted & gold),
                repeats=Count("id", counted & repeats),
            )
        )
        considered = found.pop("considered")
        found |= dict.fromkeys(self.include, 0)
        return {"considered": considered, "left_out": found}

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
        if self.adjudicated != "ignored":
            found["adjudications"] = self._counted["adjudications"]
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
            item__control__in=["", *(CONTROL[name] for name in self.include if name in CONTROL)],
            item__is_held_out=False,
        ).exclude(item__control_of__is_held_out=True)
        if self.run.prompt_set_id:
            found = found.filter(item__prompt__prompt_set=self.run.prompt_set_id)
        if "repeats" not in self.include:
            found = found.filter(item__repeat_of=None)
        fitting: QuerySet[Judged] = self._fitting(found)
        return fitting

    def _fitting(self, found: Any) -> Any:
        """What of it fits the filter."""
        found = found.filter(filters.near(self.filter))
        if found.model is Ranking:
            return filters.rankings(found, self.filter)
        return filters.demonstrations(found, self.filter)

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
            self._standing()
            .annotate(round_number=ROUND)
            .select_related("item__prompt", "guideline_version")
            .prefetch_related(
                "placements",
                "direct_comparisons",
                FROZEN,
            )
        )
        for row in self._pages(rows):
            yield self._ranking(row)
        if self.adjudicated != "ignored":
            for decision in self._decisions().filter(tiers__isnull=False):
                safe_point(self.heart)
                yield self._adjudication(decision)

    def _decisions(self) -> QuerySet[Adjudication]:
        """What review held right at the cut-off."""
        key = self.run.prompt_set_id
        found = adjudicated.holding(self.run.project, at=self.cut_off, prompt_set=key)
        found = found.filter(item__is_held_out=False)
        rows = found.annotate(round_number=ROUND)
        rows = rows.select_related("item__prompt", "guideline_version")
        return rows.prefetch_related(FROZEN)

    def _standing(self) -> QuerySet[Ranking]:
        """The judgments that stand beside what review decided."""
        found = self._as_of(Ranking)
        if self.adjudicated != "replace":
            return found
        decisions = self._decisions()
        accepted = [key for keys in decisions.values_list("accepted", flat=True) for key in keys]
        return found.filter(~Q(item__in=decisions.values("item")) | Q(pk__in=accepted))

    def _adjudication(self, row: Adjudication) -> files.Ranking:
        """An order given in review; its reviewer is its labeler."""
        completions = [frozen.completion for frozen in row.item.item_completions.all()]
        self._details.adjudication(row, completions)
        index = {str(completion.pk): number for number, completion in enumerate(completions)}
        prompt = row.item.prompt
        self._counted["adjudications"] += 1
        self._weight += 1.0
        self._weight_squared += 1.0
        return files.Ranking(
            id=str(row.pk),
            prompt=_messages(prompt),
            completions=tuple(completion.text for completion in completions),
            tiers=tuple(tuple(sorted(index[key] for key in tier)) for tier in row.tiers or []),
            unranked=tuple(sorted(index[key] for key in row.unplaced)),
            unacceptable_below=row.unacceptable_below,
            direct=(),
            labeler=str(row.reviewer_id),
            weight=1.0,
            lang=prompt.language or "und",
            split=self._count("rankings", prompt, str(row.reviewer_id)),
            source=prompt.source,
            round=_round_of(row),
        )

    def _ranking(self, row: Ranking) -> files.Ranking:
        completions = [frozen.completion for frozen in row.item.item_completions.all()]
        self._details.ranking(row, completions)
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
            source=_source_of(row),
            round=_round_of(row),
        )

    def _demonstrations(self) -> Iterator[files.Demonstration]:
        rows = self._as_of(Demonstration).select_related("prompt", "guideline_version")
        for row in self._pages(rows):
            self._details.demonstration(row)
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
        return "validation" if sides.is_held_out(text_hash, self.fraction) else "train"


def _source_of(ranking: Ranking) -> str:
    """Where an imported ranking says it is from; of others, where their prompt is from."""
    return ranking.meta.get("row", {}).get("source") or ranking.item.prompt.source


def _round_of(row: Ranking | Adjudication) -> int | None:
    """As the query that found the row put it there."""
    number: int | None = getattr(row, "round_number")  # noqa: B009  no field of the model
    return number


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
