"""Which snapshots hold somebody's judgments, and what was made of those: down the whole lineage."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Max, Q

from annotation.accounts.models import User
from annotation.labeling.models import Demonstration, Ranking
from annotation.registry.models import ModelVersion
from annotation.runs.ensembles import reward_versions_of, scored_by
from annotation.runs.models import DatasetSnapshot, ErasureMark, Run

Judgments = set[UUID]
USING = ("sft", "reward", "ppo", "rloo", "grpo", "dpo", "evaluate", "pick", "best_of_n")


@dataclass
class Uses:
    """{id: the judgments of the person that are in it}."""

    snapshots: dict[UUID, Judgments] = field(default_factory=lambda: defaultdict(set))
    versions: dict[UUID, Judgments] = field(default_factory=lambda: defaultdict(set))
    runs: dict[UUID, Judgments] = field(default_factory=lambda: defaultdict(set))


def uses_of(person: User) -> Uses:
    """Everything in which a judgment of the person went."""
    uses = Uses()
    for snapshot in DatasetSnapshot.objects.filter(project_id__in=_projects_of(person)):
        held = in_snapshot(person, snapshot)
        if held:
            uses.snapshots[snapshot.pk] = held
            _follow(uses, snapshot.pk, held)
    return uses


def in_snapshot(person: User, snapshot: DatasetSnapshot) -> Judgments:
    """The person's judgments in a snapshot: those that counted at its cut-off (workers/exporting)."""
    if not snapshot.is_of_people:  # it holds what its reward model does, and is found from there
        return set()
    asked = {
        "project_id": snapshot.project_id,
        "labeler": person,
        "created_at__lte": snapshot.cut_off,
        "item__is_held_out": False,
    }
    if prompt_set := snapshot.query.get("prompt_set"):
        asked["item__prompt__prompt_set_id"] = prompt_set
    counted = Q(state="counted") | Q(state="withdrawn", withdrawn_at__gt=snapshot.cut_off)
    found: Judgments = set()
    for kind in (Ranking, Demonstration):
        found |= set(kind._default_manager.filter(counted, **asked).values_list("pk", flat=True))
    return found


def _follow(uses: Uses, snapshot_id: UUID, held: Judgments) -> None:
    """Runs on the snapshot, what they made, and what was made of that."""
    fresh = _mark_runs(uses, Run.objects.filter(snapshot_id=snapshot_id, kind__in=USING), held)
    seen: set[UUID] = set()
    while fresh:
        seen |= fresh
        for version in fresh:
            uses.versions[version] |= held
        made_of = Q(policy_version_id__in=fresh) | scored_by(fresh)
        following = _mark_runs(uses, Run.objects.filter(made_of, kind__in=USING), held)
        children = ModelVersion.objects.filter(parent_id__in=fresh).values_list("pk", flat=True)
        fresh = (following | set(children)) - seen


def _mark_runs(uses: Uses, runs: Iterable[Run], held: Judgments) -> set[UUID]:
    """Mark these runs, and what they chose with all that learnt from it; returns the versions made."""
    made = set()
    for run in runs:
        uses.runs[run.pk] |= held
        if run.output_version_id:
            made.add(run.output_version_id)
        if run.output_snapshot_id:
            uses.snapshots[run.output_snapshot_id] |= held
            learnt = Run.objects.filter(snapshot_id=run.output_snapshot_id, kind__in=USING)
            made |= _mark_runs(uses, learnt, held)
    return made


def inherit_marks(run: Run, made: ModelVersion | DatasetSnapshot) -> None:
    """A run that ends after a deletion, and what it made, hold what its snapshot and models hold."""
    snapshots = [run.snapshot_id] if run.snapshot_id else []
    models = [*reward_versions_of(run), *([run.policy_version_id] if run.policy_version_id else [])]
    field = "version" if isinstance(made, ModelVersion) else "snapshot"
    held = (
        ErasureMark.objects.filter(
            Q(snapshot_id__in=snapshots) | Q(version_id__in=models) | Q(run=run)
        )
        .values_list("erasure_id")
        .annotate(most=Max("judgments"))
    )
    ErasureMark.objects.bulk_create(
        [
            ErasureMark(erasure_id=erasure, judgments=most, **marked)
            for erasure, most in held
            for marked in ({"run": run}, {field: made})
        ],
        ignore_conflicts=True,
    )


def _projects_of(person: User) -> set[UUID]:
    found: set[UUID] = set()
    for kind in (Ranking, Demonstration):
        rows = kind._default_manager.filter(labeler=person).order_by()
        found |= set(rows.values_list("project_id", flat=True).distinct())
    return found
