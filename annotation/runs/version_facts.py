"""Everything the card of one version shows. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from annotation.corpus.models import SamplingPlan
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.ensembles import reward_versions_of, scored_by
from annotation.runs.models import DatasetSnapshot, ErasureMark, Round, Run
from annotation.runs.promotion_checks import Check, checks_of

LATEST = 50


@dataclass(frozen=True)
class VersionFacts:
    """A version with its surroundings; lists hold the newest first."""

    version: ModelVersion
    parent: ModelVersion | None
    children: list[ModelVersion]
    made_by: Run | None
    snapshot: DatasetSnapshot | None
    reward_versions: list[ModelVersion]
    round: Round | None
    used_by: list[Run]
    plans: list[SamplingPlan]
    marks: list[ErasureMark]
    checks: list[Check]
    files: list[dict[str, Any]]


def facts_of(version: ModelVersion) -> VersionFacts:
    """Read them."""
    run = Run.objects.select_related("snapshot").filter(output_version=version).first()
    uses = Run.objects.filter(Q(policy_version=version) | scored_by([version.pk]))
    sampled = uses.filter(kind=Run.Kind.SAMPLE, plan__isnull=False)
    return VersionFacts(
        version=version,
        parent=version.parent,
        children=list(version.children.order_by("-id")[:LATEST]),
        made_by=run,
        snapshot=run.snapshot if run else None,
        reward_versions=_judges_of(run),
        round=_round_of(run),
        used_by=list(uses.order_by("-id")[:LATEST]),
        plans=list(SamplingPlan.objects.filter(pk__in=sampled.values("plan")).order_by("-id")),
        marks=list(ErasureMark.objects.filter(version=version).order_by("-id")),
        checks=checks_of(version),
        files=_files(version),
    )


def _judges_of(run: Run | None) -> list[ModelVersion]:
    """The reward models that gave scores in the run, the chosen one first."""
    keys = reward_versions_of(run) if run else []
    found = ModelVersion.objects.in_bulk(keys)
    return [found[key] for key in keys]


def _round_of(run: Run | None) -> Round | None:
    """The round in which the run stands."""
    if run is None:
        return None
    places = ("sft_run", "reward_run", "ppo_run")
    standing = Q()
    for place in places:
        standing |= Q(**{place: run})
    return Round.objects.filter(standing).first()


def _files(version: ModelVersion) -> list[dict[str, Any]]:
    sizes = store.sizes_of(version.artifact)
    return [
        {"path": name, "sha256": sha256, "bytes": sizes.get(name)}
        for name, sha256 in sorted(version.artifact.files.items())
    ]
