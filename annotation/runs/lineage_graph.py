"""What came from what in a project: policies, reward models, snapshots and rounds as a graph. Reads only.

policy → round (its completions were judged in it) → snapshot (frozen from it) → reward model or policy
(trained on it); reward model → policy (updated against it); policy → policy (began as it); policy and
reward model → snapshot (drawn from the one, chosen by the other).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from annotation.registry.models import ModelVersion
from annotation.runs.ensembles import reward_versions_of
from annotation.runs.models import DatasetSnapshot, Round, Run

MOST = 300  # of each kind, the newest; more is no picture any more
KINDS = ("policy", "reward", "snapshot", "round")
RELATIONS = (
    *("began_as", "trained_on", "scored_by", "judged_in", "frozen_from"),
    *("drawn_from", "chosen_by"),
)


@dataclass(frozen=True)
class Node:
    """One thing; `status` is that of a version, or whether a round is open or closed."""

    id: UUID
    kind: str
    number: int
    name: str
    status: str
    created_at: datetime
    run: Run | None = None  # that froze it, of a snapshot


@dataclass(frozen=True)
class Edge:
    """`target` came from `source`, by `run` where one made it."""

    source: UUID
    target: UUID
    relation: str
    run: Run | None = None


@dataclass(frozen=True)
class Graph:
    nodes: list[Node]
    edges: list[Edge]
    left_out: int


def lineage_of(project_id: UUID) -> Graph:
    """The newest things of each kind with everything between them."""
    versions = ModelVersion.objects.filter(project_id=project_id)
    snapshots = DatasetSnapshot.objects.filter(project_id=project_id).select_related("made_by")
    rounds = Round.objects.filter(project_id=project_id).select_related("snapshot_run")
    newest_versions = list(versions.order_by("-id")[:MOST])
    newest_snapshots = list(snapshots.order_by("-id")[:MOST])
    newest_rounds = list(rounds.order_by("-id")[:MOST])
    nodes = [
        *(Node(v.pk, v.kind, v.number, v.name, v.status, v.created_at) for v in newest_versions),
        *(
            Node(s.pk, "snapshot", s.number, "", "", s.created_at, getattr(s, "made_by", None))
            for s in newest_snapshots
        ),
        *(
            Node(r.pk, "round", r.number, "", "closed" if r.closed_at else "open", r.created_at)
            for r in newest_rounds
        ),
    ]
    known = {node.id for node in nodes}
    runs = {
        run.output_version_id: run for run in Run.objects.filter(output_version__in=newest_versions)
    }
    found = [edge for version in newest_versions for edge in _into(version, runs)]
    found += [edge for round in newest_rounds for edge in _around(round)]
    found += [edge for snapshot in newest_snapshots for edge in _chosen(snapshot)]
    edges = [edge for edge in found if edge.source in known and edge.target in known]
    left_out = versions.count() + snapshots.count() + rounds.count() - len(nodes)
    return Graph(sorted(nodes, key=lambda node: node.created_at), edges, left_out)


def _into(version: ModelVersion, runs: dict[UUID | None, Run]) -> list[Edge]:
    run = runs.get(version.pk)
    sources = [("began_as", version.parent_id)]
    if run is not None:
        sources.append(("trained_on", run.snapshot_id))
        sources += [("scored_by", judge) for judge in reward_versions_of(run)]
    return [
        Edge(source, version.pk, relation, run)
        for relation, source in sources
        if source is not None
    ]


def _chosen(snapshot: DatasetSnapshot) -> list[Edge]:
    """Where a snapshot comes from that people did not judge."""
    run = getattr(snapshot, "made_by", None)
    if run is None or snapshot.is_of_people:
        return []
    sources = (("drawn_from", run.policy_version_id), ("chosen_by", run.reward_version_id))
    return [
        Edge(source, snapshot.pk, relation, run)
        for relation, source in sources
        if source is not None
    ]


def _around(round: Round) -> list[Edge]:
    edges = [Edge(round.policy_version_id, round.pk, "judged_in")]
    frozen = round.snapshot_run.output_snapshot_id if round.snapshot_run else None
    if frozen is not None:
        edges.append(Edge(round.pk, frozen, "frozen_from", round.snapshot_run))
    return edges
