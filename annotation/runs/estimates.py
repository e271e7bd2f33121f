"""What a run will take before it is started: memory from the networks' shapes, time from past runs.

Memory: `memory.py`, held against the largest machine that a worker of the queue, or else one of the
latest runs of the project, told of. Time: `durations.py`. Both are said with what they rest on; where
there is nothing to rest on, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotation.corpus.models import SamplingPlan
from annotation.lib import presence
from annotation.lib.errors import Invalid
from annotation.registry import selectors as registry
from annotation.runs import durations, hosts, launching, memory
from annotation.runs.ensembles import further_reward_versions
from annotation.runs.kinds import KINDS, checked_config, invalid
from annotation.runs.models import Run
from annotation.runs.shapes import shape_of
from annotation.runs.workable import no_room

MACHINES = 20  # runs whose machines count
GB = 10**9
ESTIMABLE = ("sample", "evaluate", "best_of_n", *memory.TRAINING)
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Machine:
    """The memory a run would have, and whose word that is: workers | past_run."""

    bytes: int
    on_gpu: bool
    told_by: str


@dataclass(frozen=True)
class Estimate:
    """`None` where there is nothing to rest on."""

    parts: dict[str, int]
    machine: Machine | None
    seconds: tuple[float, float, float] | None  # least, about, most
    past_runs: list[int]  # their numbers

    @property
    def total(self) -> int | None:
        return sum(self.parts.values()) or None

    @property
    def certain(self) -> int:
        """What it needs even with the shortest texts."""
        return sum(self.parts.get(name, 0) for name in memory.CERTAIN)

    @property
    def verdict(self) -> str:
        """fits | tight | impossible | unknown."""
        if self.machine is None or self.total is None:
            return "unknown"
        if self.certain > self.machine.bytes:
            return "impossible"
        return "tight" if self.total > self.machine.bytes else "fits"


def estimate(
    *,
    project_id: UUID,
    kind: str,
    config: dict[str, Any],
    inputs: Inputs,
    launch: str = "",
    needs: str = "",
) -> Estimate:
    """What a run of these settings and inputs will take. Raises Invalid for settings that do not fit."""
    settings = checked_config(kind, config)
    if kind not in ESTIMABLE:
        return Estimate({}, None, None, [])
    inputs = _with_promoted(project_id, kind, inputs)
    if problems := [*no_room(kind, settings, inputs)]:
        raise Invalid(*problems)
    chosen = launching.chosen(launch, kind) if launch else None
    parts = parts_of(kind, settings, inputs, chosen.owners if chosen else 1)
    needs = (chosen.needs if chosen else "") or needs
    machine = machine_for(project_id, kind, settings, needs) if parts else None
    seconds, numbers = durations.expected(project_id, kind, settings, inputs)
    return Estimate(parts, machine, seconds, numbers)


def _with_promoted(project_id: UUID, kind: str, inputs: Inputs) -> Inputs:
    """What a run would take where no version is named, as `create_run` does."""
    found = dict(inputs)
    for name, version_kind in (("policy_version", "policy"), ("reward_version", "reward")):
        needed = all(name in names for names in KINDS[kind].needs)
        if needed and found.get(name) is None:
            found[name] = registry.promoted(project_id=project_id, kind=version_kind)
    return found


def refuse_impossible(
    *,
    project_id: UUID,
    kind: str,
    settings: dict[str, Any],
    inputs: Inputs,
    owners: int = 1,
    needs: str = "",
) -> None:
    """Raises Invalid where the networks alone need more memory than any worker has."""
    parts = parts_of(kind, settings, inputs, owners) if kind in ESTIMABLE else {}
    if not parts:
        return
    machine = machine_for(project_id, kind, settings, needs)
    found = Estimate(parts, machine, None, [])
    if machine is None or found.verdict != "impossible":
        return
    field = "reward_version" if inputs.get("policy_version") is None else "policy_version"
    raise invalid(
        field,
        f"{field}: its weights, gradients and optimiser need about {found.certain / GB:.1f} GB; the "
        f"largest worker has {machine.bytes / GB:.1f} GB. Take a smaller model, or lora_rank above 0.",
        "memory",
    )


# --- memory -------------------------------------------------------------------------------------


def parts_of(
    kind: str, settings: Mapping[str, Any], inputs: Inputs, owners: int = 1
) -> dict[str, int]:
    """Bytes by part; empty where a network's shape is not known."""
    plan = inputs.get("plan")
    if kind == "sample":
        if not isinstance(plan, SamplingPlan):
            return {}
        samples = 1 if plan.strategy == SamplingPlan.Strategy.GREEDY else plan.n
        settings = {
            **settings,
            "samples_per_prompt": samples,
            "max_new_tokens": plan.max_new_tokens,
        }
    wanted = {"policy": inputs.get("policy_version"), "reward_model": inputs.get("reward_version")}
    versions = {name: version for name, version in wanted.items() if version is not None}
    if chosen := versions.get("reward_model"):
        further = further_reward_versions(chosen.project_id, settings, chosen)
        versions |= {f"reward_model{n}": one for n, one in enumerate(further, start=1)}
    shapes = {name: shape_of(version) for name, version in versions.items()}
    known = {name: shape for name, shape in shapes.items() if shape is not None}
    if not known or len(known) < len(shapes):
        return {}
    return memory.parts(kind, settings, known, owners)


def machine_for(
    project_id: UUID, kind: str, settings: Mapping[str, Any], needs: str
) -> Machine | None:
    """The most memory that a run of this kind, for this class of worker, may find."""
    told = _past_machines(project_id, kind)
    on_gpu = max((int(one.get("gpu_bytes") or 0) for one in told), default=0)
    if settings.get("device") != "cpu" and needs != "cpu" and on_gpu:
        return Machine(on_gpu, True, "past_run")
    queue = KINDS[kind].queue
    there = [
        int(one["memory_bytes"])
        for one in hosts.of_class(presence.present() or [], queue, needs)
        if one.get("memory_bytes")
    ]
    if there:
        return Machine(max(there), False, "workers")
    ran_on = max((int(one.get("memory_bytes") or 0) for one in told), default=0)
    return Machine(ran_on, False, "past_run") if ran_on else None


def _past_machines(project_id: UUID, kind: str) -> list[dict[str, Any]]:
    """What the latest runs were on: workers differ, and the newest run may have been on a small one."""
    kinds = [name for name, one in KINDS.items() if one.queue == KINDS[kind].queue]
    past = Run.objects.filter(
        project_id=project_id, kind__in=kinds, provenance__hardware__isnull=False
    )
    found = past.order_by("-started_at").values_list("provenance", flat=True)
    return [dict(one["hardware"]) for one in found[:MACHINES]]
