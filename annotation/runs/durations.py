"""How long a run will take: what the latest runs of its kind took, as far as it depends on how much they did.

A part of a run is the same whatever it has to do: libraries and networks are loaded, held-out data is looked
at. The rest is work, and grows with how much text goes through its networks, and how large those are. Of
runs that learn from scores, each completion goes through several: the policy that draws it and learns from
it, the reference, the value network, and every reward model that scores it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Min, Sum

from annotation.corpus.models import Prompt
from annotation.registry.models import ModelVersion
from annotation.runs import memory
from annotation.runs.ensembles import further_reward_versions, reward_versions_of
from annotation.runs.kinds import INPUTS
from annotation.runs.models import Run, RunEvent, RunMetric
from annotation.runs.shapes import shape_of

PAST = 5  # runs that the time is taken from
FAR = 4  # times the work of a past run: it says little of one that is larger still
UNSURE = 2  # times shorter or longer than reckoned, where nothing but such runs tells
LEARNING = 3  # passes: one forward, and a backward that is as much as two
# What trainers measure of each step: what a run does again and again.
STEP_SECONDS = ("seconds", "seconds_rollout", "seconds_update")
Inputs = Mapping[str, Any]
Passes = list[tuple[ModelVersion, int]]
Try = tuple[datetime, datetime | None, datetime | None]
# How a try of a run ends.
ENDS = ("succeeded", "interrupted", "failed", "cancelled")


@dataclass(frozen=True)
class Basis:
    """A past run: `times` its work is what is asked about; `fixed` seconds of it were no work.

    `interrupted`: it took several tries, whose times were added up.
    """

    number: int
    times: float
    fixed: float
    worked: float
    interrupted: bool

    @property
    def seconds(self) -> float:
        return self.fixed + self.times * self.worked

    @property
    def is_far(self) -> bool:
        return self.times > FAR


def expected(
    project_id: UUID, kind: str, settings: Mapping[str, Any], inputs: Inputs
) -> tuple[tuple[float, float, float] | None, list[int]]:
    """Seconds (least, about, most) and the numbers of the runs they rest on; None: on nothing.

    Runs of far less work count only where there are no others, and then the range is the wider. So do
    runs that were interrupted, whose times hold what was done twice.
    """
    found = _latest(project_id, kind, settings, inputs)
    near = [one for one in found if not one.is_far]
    alike = near or found
    bases = ([one for one in alike if not one.interrupted] or alike)[:PAST]
    if not bases:
        return None, []
    unsure = 1 if near else UNSURE
    each = [one.seconds for one in bases]
    seconds = (min(each) / unsure, median(each), max(each) * unsure)
    return seconds, [one.number for one in bases]


def _latest(
    project_id: UUID, kind: str, settings: Mapping[str, Any], inputs: Inputs
) -> list[Basis]:
    """The latest runs that can be compared, newest first."""
    past = list(
        Run.objects.filter(project_id=project_id, kind=kind, status=Run.Status.SUCCEEDED)
        .filter(started_at__isnull=False, finished_at__isnull=False)
        .select_related("snapshot", "prompt_set", "plan", "policy_version", "reward_version")
        .order_by("-finished_at")[: 2 * PAST]
    )
    own = amount(kind, settings, inputs)
    passes = passes_of(kind, settings, inputs, _to_score(settings, inputs)) if own else []
    spent = _spent_at_once([run for run in past if run.tries == 1])
    spent |= _spent_in_tries([run for run in past if run.tries > 1])
    found = []
    for run in past:
        times = _times_as_long(own, passes, run)
        if times is not None and run.pk in spent:
            found.append(Basis(run.number, times, *spent[run.pk], run.tries > 1))
    return found


def _whole(run: Run) -> float:
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds()


def _steps_of(past: list[Run]) -> dict[UUID, float]:
    """Seconds of the steps of each run whose trainer measured them; each step once, however often done."""
    measured = RunMetric.objects.filter(run__in=past, name__in=STEP_SECONDS)
    return dict(measured.values_list("run").annotate(seconds=Sum("value")))


def _spent_at_once(past: list[Run]) -> dict[UUID, tuple[float, float]]:
    """Seconds of each run that were no work, and those that were: its steps, where its trainer measured those.

    Where it did not, as in sampling: what came after the trainer said that it begins.
    """
    steps = _steps_of(past)
    said = RunEvent.objects.filter(run__in=past, type="trainer_started")
    begun = dict(said.values_list("run").annotate(at=Min("at")))
    found = {}
    for run in past:
        same = 0.0
        if run.pk in steps:
            same = _whole(run) - steps[run.pk]
        elif run.pk in begun and run.started_at is not None:
            same = (begun[run.pk] - run.started_at).total_seconds()
        same = min(max(same, 0.0), _whole(run))
        found[run.pk] = same, _whole(run) - same
    return found


def _spent_in_tries(past: list[Run]) -> dict[UUID, tuple[float, float]]:
    """The same of runs that took several tries, without the pauses between; of a try each start is one.

    Nothing of a run of which the end of some try is not known.
    """
    steps, found = _steps_of(past), {}
    for run_id, tries in _tries_of(past).items():
        ended = [(begun, trained, end) for begun, trained, end in tries if end is not None]
        if len(ended) < len(tries):
            continue
        whole = sum((end - begun).total_seconds() for begun, _, end in ended)
        if run_id in steps:
            work = min(steps[run_id], whole)
            found[run_id] = (whole - work) / len(ended), work
        elif any(trained for _, trained, _ in ended):
            starts = [((trained or end) - begun).total_seconds() for begun, trained, end in ended]
            found[run_id] = starts[-1], whole - sum(starts)
        else:
            found[run_id] = 0.0, whole
    return found


def _tries_of(past: list[Run]) -> dict[UUID, list[Try]]:
    """When each try began, when its trainer did, and when it ended; in order."""
    told = RunEvent.objects.filter(run__in=past, type__in=("claimed", "trainer_started", *ENDS))
    at: dict[tuple[UUID, int], dict[str, datetime]] = defaultdict(dict)
    for run_id, epoch, said, when in told.order_by("id").values_list("run", "epoch", "type", "at"):
        at[run_id, epoch].setdefault("ended" if said in ENDS else said, when)
    found: dict[UUID, list[Try]] = defaultdict(list)
    for (run_id, _), times in at.items():
        if "claimed" in times:
            found[run_id].append(
                (times["claimed"], times.get("trainer_started"), times.get("ended"))
            )
    return found


def _times_as_long(own: float, passes: Passes, run: Run) -> float | None:
    """How many times the work of a past run this is; None where the two cannot be compared."""
    inputs: dict[str, Any] = {name: getattr(run, name) for name in INPUTS}
    other = amount(run.kind, run.config, inputs)
    if not own or not other or run.report.get("ended", "complete") != "complete":
        return None
    scored = list(ModelVersion.objects.filter(pk__in=reward_versions_of(run)))
    theirs = passes_of(run.kind, run.config, inputs, scored)
    if not passes or not theirs or _by_artifact(passes) == _by_artifact(theirs):
        return own / other
    cost, before = _cost(passes), _cost(theirs)
    return own / other * cost / before if cost and before else None


def _to_score(settings: Mapping[str, Any], inputs: Inputs) -> list[ModelVersion]:
    """The reward models that will give scores."""
    chosen: ModelVersion | None = inputs.get("reward_version")
    if chosen is None:
        return []
    return [chosen, *further_reward_versions(chosen.project_id, settings, chosen)]


def passes_of(
    kind: str, settings: Mapping[str, Any], inputs: Inputs, scored_by: list[ModelVersion]
) -> Passes:
    """The networks of a run, and how often each token goes forward through them."""
    policy, reward = inputs.get("policy_version"), inputs.get("reward_version")
    if kind == "best_of_n" and policy is not None and reward is not None:
        return [(policy, 1), (reward, 1)]  # drawn by one, scored by the other
    if kind not in memory.POLICY_GRADIENT:
        main = policy or reward
        return [] if main is None else [(main, 1)]
    if policy is None or reward is None:
        return []
    learning = LEARNING * settings.get("inner_epochs", 1)
    passes: Passes = [(policy, 2 + learning)]  # drawn by it, read by the reference, learnt from
    if kind == "ppo" and settings.get("value_network") == "separate":
        passes.append((reward, 1 + learning))
    return [*passes, *((each, 1) for each in scored_by)]


def _by_artifact(passes: Passes) -> list[tuple[str, int]]:
    return sorted((str(version.artifact_id), times) for version, times in passes)


def _cost(passes: Passes) -> float | None:
    shapes = [(shape_of(version), times) for version, times in passes]
    known = [shape.weights * times for shape, times in shapes if shape is not None]
    return float(sum(known)) if len(known) == len(shapes) else None


def amount(kind: str, settings: Mapping[str, Any], inputs: Inputs) -> float:
    """What the time of a run of one kind and network is proportional to; 0 where that is not known."""
    snapshot, prompt_set, plan = (inputs.get(name) for name in ("snapshot", "prompt_set", "plan"))
    try:
        if kind in memory.POLICY_GRADIENT:
            drawn = settings["iterations"] * settings["rollouts_per_iteration"]
            return float(drawn * settings["max_new_tokens"])
        if kind == "sample":
            if prompt_set is None or plan is None:
                return 0.0
            prompts = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).count()
            return float(prompts * plan.n * plan.max_new_tokens)
        if kind == "best_of_n":
            prompts = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).count()
            return float(prompts * settings["samples_per_prompt"] * settings["max_new_tokens"])
        if kind in memory.TRAINING:
            counted = "demonstrations" if kind == "sft" else "rankings"
            return float(settings["epochs"] * (snapshot.counts.get(counted, 0) if snapshot else 0))
    except KeyError:
        return 0.0  # settings of an earlier time
    return 1.0
