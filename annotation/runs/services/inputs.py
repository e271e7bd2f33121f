"""What a run works on: every input is the project's and fits the kind; what was not named is pinned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.lib.errors import FieldProblem, Invalid
from annotation.projects.models import Project
from annotation.registry import selectors as registry
from annotation.registry import serving
from annotation.registry.models import ModelVersion
from annotation.runs.kinds import INPUTS, KINDS, LEARNS
from annotation.runs.models import DatasetSnapshot, Run

Inputs = dict[str, Any]
# What works with a policy that a server runs: asking it, and choosing among what it wrote.
WITHOUT_WEIGHTS = ("sample", "pick")
# What a reward model chose is nothing to measure or teach another one by, and no dataset of judgments.
OF_PEOPLE = ("export", "reward")
_KIND_OF_VERSION = {"policy_version": "policy", "reward_version": "reward"}


def check_inputs(project: Project, kind: str, given: Inputs, waits_for: Run | None) -> None:
    """Every input belongs to the project, is of the right kind, and is used by this kind of run."""
    errors = [
        *_misplaced(project, kind, given),
        *_snapshot_problems(kind, given, waits_for),
        *_prompt_problems(kind, given, waits_for),
        *_plan_problems(kind, given),
        *_predecessor_problems(project, kind, given, waits_for),
    ]
    if errors:
        raise Invalid(*errors)


def refusal(field: str, message: str, rule: str = "invalid") -> FieldProblem:
    return field, rule, f"{field}: {message}"


def _misplaced(project: Project, kind: str, given: Inputs) -> Iterator[FieldProblem]:
    """Inputs that are not the project's, or not for this kind of run."""
    for name in INPUTS:
        thing = given[name]
        if thing is None:
            continue
        if name not in KINDS[kind].known:
            yield refusal(name, f"a run of kind {kind} has no use for it", "unknown")
        elif thing.project_id != project.pk:
            yield refusal(name, "there is no such thing in this project", "missing")
        elif name in _KIND_OF_VERSION:
            yield from _version_problems(name, thing, kind)


def _version_problems(name: str, version: ModelVersion, kind: str) -> Iterator[FieldProblem]:
    if version.kind != _KIND_OF_VERSION[name]:
        yield refusal(name, f"version {version.number} is of kind {version.kind}")
    elif version.status == ModelVersion.Status.RETIRED:
        yield refusal(name, f"version {version.number} is retired")
    elif version.is_served and kind not in WITHOUT_WEIGHTS:
        yield refusal(
            name, f"a run of kind {kind} needs weights, and a server runs this policy", "served"
        )


def _snapshot_problems(kind: str, given: Inputs, waits_for: Run | None) -> Iterator[FieldProblem]:
    """What this kind of run may not take of what a snapshot holds."""
    snapshot = given["snapshot"]
    if snapshot is None:
        return
    if kind in LEARNS and snapshot.query.get("include"):
        yield refusal(
            "snapshot",
            f"snapshot {snapshot.number} holds gold items or repeats, which nothing is trained on; "
            "freeze one without them",
        )
    if snapshot.is_of_people:
        return
    if kind in OF_PEOPLE:
        yield refusal(
            "snapshot",
            f"snapshot {snapshot.number} holds what a reward model chose; a run of kind {kind} takes "
            "what people judged",
        )
    if _measures_reward(kind, given, waits_for):
        yield refusal(
            "snapshot",
            f"snapshot {snapshot.number} holds what a reward model chose; a reward model is measured on "
            "what people judged",
        )


def _prompt_problems(kind: str, given: Inputs, waits_for: Run | None) -> Iterator[FieldProblem]:
    """Prompts serve the purpose that they are for."""
    prompt_set = given["prompt_set"]
    if prompt_set is None:
        return
    purpose = KINDS[kind].purpose
    if purpose and prompt_set.purpose != purpose:
        yield refusal(
            "prompt_set",
            f"a run of kind {kind} needs prompts of purpose {purpose}, these are for "
            f"{prompt_set.purpose}",
        )
    if prompt_set.purpose == PromptSet.Purpose.CONTROL:
        yield refusal("prompt_set", "these texts are for control items only")
    if kind == "best_of_n" and prompt_set.purpose == PromptSet.Purpose.EVALUATION:
        words = (
            "These prompts are held out to evaluate on; a run of kind best_of_n makes demonstrations to "
            "learn from. Choose others."
        )
        yield "prompt_set", "purpose", words
    is_answered = given["policy_version"] is not None or _gives(waits_for, "policy_version")
    if kind == "evaluate" and not is_answered:
        words = "Prompts are for a policy to answer: choose one too, or leave the prompts out."
        yield "policy_version", "required", words
    if prompt_set.retired_at is not None and kind != "export":
        yield refusal("prompt_set", "it is retired")


def _plan_problems(kind: str, given: Inputs) -> Iterator[FieldProblem]:
    """The plan can be carried out, by a server too."""
    plan, policy = given["plan"], given["policy_version"]
    if plan is not None and plan.strategy == SamplingPlan.Strategy.BEAM and plan.num_beams < plan.n:
        yield refusal("plan", f"beam search needs num_beams ({plan.num_beams}) >= n ({plan.n})")
    if kind == "sample" and policy is not None and policy.is_served:
        asked = vars(plan) if plan is not None else None
        yield from serving.problems(policy, asked, field="policy_version", plan_field="plan")


def _predecessor_problems(
    project: Project, kind: str, given: Inputs, waits_for: Run | None
) -> Iterator[FieldProblem]:
    """The run that comes first is of this project, and gives what this kind may take."""
    if waits_for is None:
        return
    if waits_for.project_id != project.pk:
        yield refusal("waits_for", "there is no such run in this project", "missing")
    else:
        yield from _coming_snapshot_problems(kind, given, waits_for)


def _measures_reward(kind: str, given: Inputs, waits_for: Run | None) -> bool:
    """Whether a run says how well a reward model orders, one that is there or is to come."""
    is_coming = _gives(waits_for, "reward_version")
    return kind == "evaluate" and (given["reward_version"] is not None or is_coming)


def _gives(waits_for: Run | None, name: str) -> bool:
    """Whether the run that comes first will give this input."""
    return waits_for is not None and KINDS[waits_for.kind].gives == name


def _coming_snapshot_problems(kind: str, given: Inputs, waits_for: Run) -> Iterator[FieldProblem]:
    """What will be in the snapshot of the run that comes first, and this kind of run may not take."""
    if given["snapshot"] is not None or "snapshot" not in KINDS[kind].known:
        return
    number = waits_for.number
    if kind in LEARNS and waits_for.kind == "export" and waits_for.config.get("include"):
        words = (
            f"Run {number} freezes gold items or repeats, which nothing is trained on; wait for one "
            "without them."
        )
        yield "waits_for", "invalid", words
    if waits_for.kind != DatasetSnapshot.CHOSEN_BY:
        return
    if kind in OF_PEOPLE:
        words = (
            f"Run {number} gives what a reward model chose; a run of kind {kind} takes what people "
            "judged."
        )
        yield "waits_for", "invalid", words
    if _measures_reward(kind, given, waits_for):
        words = (
            f"Run {number} gives what a reward model chose; a reward model is measured on what people "
            "judged."
        )
        yield "waits_for", "invalid", words


def fill_in(project: Project, kind: str, given: Inputs, waits_for: Run | None) -> None:
    """Pin what was not named: the predecessor's output, else the promoted version."""
    gives = KINDS[waits_for.kind].gives if waits_for is not None else ""
    if waits_for is not None and gives in KINDS[kind].known and given[gives] is None:
        given[gives] = waits_for.output_snapshot or waits_for.output_version
    later = {gives} if gives else set()
    needed = min(
        KINDS[kind].needs, key=lambda names: len([n for n in names - later if given[n] is None])
    )
    errors = []
    for name in sorted(needed - later):
        if given[name] is not None:
            continue
        version_kind = _KIND_OF_VERSION.get(name)
        if version_kind and kind != "evaluate":
            given[name] = registry.promoted(project_id=project.pk, kind=version_kind)
        if given[name] is None:
            errors.append(_left_out(name, was_sought=kind != "evaluate"))
    if errors:
        raise Invalid(*errors)


def _left_out(name: str, *, was_sought: bool) -> FieldProblem:
    """What is said of an input that is needed; `was_sought`: a version in use would have been taken."""
    if name == "policy_version":
        words = "Choose a policy."
        if was_sought:
            words = "Choose a policy: the project has none in use."
    elif name == "reward_version":
        words = "Choose a reward model."
        if was_sought:
            words = "Choose a reward model: the project has none in use."
    elif name == "snapshot":
        words = "Choose a snapshot."
    elif name == "plan":
        words = "Choose a sampling plan."
    else:
        words = "Choose a prompt set."
    return name, "required", words
