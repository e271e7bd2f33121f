"""Making runs: settings and inputs are checked in words, base versions pinned, the number taken.

The row is the order; the message sent after commit is only a hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.labeling.chat_selectors import is_of_chat
from annotation.lib import locks
from annotation.lib.errors import Invalid, Refused
from annotation.lib.ids import new_id
from annotation.projects.models import Mode, Project
from annotation.quality.models import ReliabilityEstimate
from annotation.registry import selectors as registry
from annotation.registry import serving
from annotation.registry.models import ModelVersion
from annotation.runs import dispatch, launching
from annotation.runs.ensembles import further_reward_versions
from annotation.runs.estimates import refuse_impossible
from annotation.runs.kinds import FURTHER, INPUTS, KINDS, LEARNS, checked_config, invalid
from annotation.runs.models import DatasetSnapshot, MixDraw, Run, Upload
from annotation.runs.services import lifecycle
from annotation.runs.workable import refuse_unworkable

Inputs = dict[str, Any]
# What works with a policy that a server runs: asking it, and choosing among what it wrote.
WITHOUT_WEIGHTS = ("sample", "pick")
# What a reward model chose is nothing to measure or teach another one by, and no dataset of judgments.
OF_PEOPLE = ("export", "reward")
_KIND_OF_VERSION = {"policy_version": "policy", "reward_version": "reward"}


@transaction.atomic
def create_run(
    *,
    project: Project,
    kind: str,
    config: dict[str, Any] | None = None,
    requested_by: User | None = None,
    snapshot: DatasetSnapshot | None = None,
    policy_version: ModelVersion | None = None,
    reward_version: ModelVersion | None = None,
    prompt_set: PromptSet | None = None,
    plan: SamplingPlan | None = None,
    waits_for: Run | None = None,
    make_items: dict[str, int] | None = None,
    upload: Upload | None = None,
    idempotency_key: UUID | None = None,
    priority: int = 0,
    launch: str = "",
    needs: str = "",
    name: str = "",
    note: str = "",
) -> Run:
    """A queued run, or one that waits for another. The same key and content gives the same run.

    `name` and `note` are for people and no part of the content.

    Raises Invalid (400) for settings and inputs that do not fit, Refused (422) for a key that was
    used for something else.
    """
    if kind not in KINDS:
        raise invalid("kind", f"kind: {kind!r} is not known; one of {', '.join(KINDS)}")
    given: Inputs = {
        "snapshot": snapshot,
        "policy_version": policy_version,
        "reward_version": reward_version,
        "prompt_set": prompt_set,
        "plan": plan,
    }
    settled = checked_config(kind, config or {})
    if kind == "export":
        _check_cut_off(settled["cut_off"])
        _check_estimate(project, settled["reliability_estimate"])
    if kind == "evaluate":
        _check_baseline(project, settled["baseline_reward_version"], given)
    if make_items is not None:
        settled["make_items"] = _checked_items(kind, project, make_items, prompt_set)
    _check_inputs(project, kind, given, waits_for)
    asked = {"kind": kind, "config": settled, "waits_for": waits_for, "upload": upload, **given}
    # an import is called by its file
    called = name or str(settled.get("filename", ""))[: Run.NAME_LENGTH]
    asked |= {"priority": priority, "name": called, "note": note}
    configuration = launching.chosen(launch, kind) if launch else None
    asked["launch"] = launching.frozen(configuration) if configuration else {}
    asked["needs"] = _checked_class(kind, settled, configuration, needs)
    if idempotency_key is not None:
        locks.hold("run-key", idempotency_key)
        earlier = Run.objects.filter(idempotency_key=idempotency_key).first()
        if earlier is not None:
            return _same(earlier, project, asked)
    if waits_for is not None:
        waits_for = Run.objects.select_for_update().get(id=waits_for.id)
        if waits_for.status in (Run.Status.FAILED, Run.Status.CANCELLED):
            raise invalid("waits_for", f"waits_for: run {waits_for.number} has {waits_for.status}")
    _fill_in(project, kind, given, waits_for)
    refuse_unworkable(kind, settled, given, waits_for)
    refuse_impossible(
        project_id=project.pk,
        kind=kind,
        settings=settled,
        inputs=given,
        owners=configuration.owners if configuration else 1,
        needs=asked["needs"],
    )
    if "reward_models" in settled:
        further = further_reward_versions(project.pk, settled, given["reward_version"])
        settled[FURTHER] = [str(one.pk) for one in further]
    if kind == "pick":
        _check_choice(project, settled, prompt_set)
        _check_draw(settled["draw"], prompt_set)
    run = _insert(project, asked | given, waits_for, requested_by, idempotency_key)
    if upload is None:  # an import's audit event is the upload's
        record(
            actor=requested_by,
            action="run.created",
            thing=run,
            after={"kind": kind, "number": run.number},
        )
    return run


def _insert(
    project: Project,
    values: dict[str, Any],
    waits_for: Run | None,
    requested_by: User | None,
    key: UUID | None,
) -> Run:
    blocked = waits_for is not None and waits_for.status != Run.Status.SUCCEEDED
    locks.hold("runs", project.pk)
    last = Run.objects.filter(project=project).aggregate(n=Max("number"))["n"]
    run = Run.objects.create(
        project=project,
        number=(last or 0) + 1,
        status=Run.Status.BLOCKED if blocked else Run.Status.QUEUED,
        requested_by=requested_by,
        idempotency_key=key or new_id(),
        **{**values, "waits_for": waits_for},
    )
    lifecycle.note(run.id, 0, "created", by=str(requested_by.pk) if requested_by else None)
    if not blocked:
        dispatch.hint_run(run.id, run.kind, run.needs)
    return run


# --- inputs -------------------------------------------------------------------------------------


def _check_inputs(project: Project, kind: str, given: Inputs, waits_for: Run | None) -> None:
    """Every input belongs to the project, is of the right kind, and is used by this kind of run."""
    errors = []

    def refuse(field: str, message: str, rule: str = "invalid") -> None:
        errors.append((field, rule, f"{field}: {message}"))

    for name in INPUTS:
        thing = given[name]
        if thing is None:
            continue
        if name not in KINDS[kind].known:
            refuse(name, f"a run of kind {kind} has no use for it", "unknown")
        elif thing.project_id != project.pk:
            refuse(name, "there is no such thing in this project", "missing")
        elif name in _KIND_OF_VERSION and thing.kind != _KIND_OF_VERSION[name]:
            refuse(name, f"version {thing.number} is of kind {thing.kind}")
        elif name in _KIND_OF_VERSION and thing.status == ModelVersion.Status.RETIRED:
            refuse(name, f"version {thing.number} is retired")
        elif name in _KIND_OF_VERSION and thing.is_served and kind not in WITHOUT_WEIGHTS:
            refuse(
                name, f"a run of kind {kind} needs weights, and a server runs this policy", "served"
            )
    snapshot, prompt_set, plan = given["snapshot"], given["prompt_set"], given["plan"]
    if snapshot is not None and kind in LEARNS and snapshot.query.get("include"):
        refuse(
            "snapshot",
            f"snapshot {snapshot.number} holds gold items or repeats, which nothing is trained on; "
            "freeze one without them",
        )
    if snapshot is not None and kind in OF_PEOPLE and not snapshot.is_of_people:
        refuse(
            "snapshot",
            f"snapshot {snapshot.number} holds what a reward model chose; a run of kind {kind} takes "
            "what people judged",
        )
    if (
        snapshot is not None
        and not snapshot.is_of_people
        and _measures_reward(kind, given, waits_for)
    ):
        refuse(
            "snapshot",
            f"snapshot {snapshot.number} holds what a reward model chose; a reward model is measured on "
            "what people judged",
        )
    if waits_for is not None and waits_for.project_id == project.pk:
        errors += _coming_snapshot_problems(kind, given, waits_for)
    purpose = KINDS[kind].purpose
    if purpose and prompt_set is not None and prompt_set.purpose != purpose:
        refuse(
            "prompt_set",
            f"a run of kind {kind} needs prompts of purpose {purpose}, these are for "
            f"{prompt_set.purpose}",
        )
    if prompt_set is not None and prompt_set.purpose == PromptSet.Purpose.CONTROL:
        refuse("prompt_set", "these texts are for control items only")
    is_held_out = prompt_set is not None and prompt_set.purpose == PromptSet.Purpose.EVALUATION
    if kind == "best_of_n" and is_held_out:
        words = (
            "These prompts are held out to evaluate on; a run of kind best_of_n makes demonstrations to "
            "learn from. Choose others."
        )
        errors.append(("prompt_set", "purpose", words))
    if prompt_set is not None and prompt_set.retired_at is not None and kind != "export":
        refuse("prompt_set", "it is retired")
    if plan is not None and plan.strategy == SamplingPlan.Strategy.BEAM and plan.num_beams < plan.n:
        refuse("plan", f"beam search needs num_beams ({plan.num_beams}) >= n ({plan.n})")
    policy = given["policy_version"]
    if kind == "sample" and policy is not None and policy.is_served:
        asked = vars(plan) if plan is not None else None
        errors += serving.problems(policy, asked, field="policy_version", plan_field="plan")
    if waits_for is not None and waits_for.project_id != project.pk:
        refuse("waits_for", "there is no such run in this project", "missing")
    if errors:
        raise Invalid(*errors)


def _measures_reward(kind: str, given: Inputs, waits_for: Run | None) -> bool:
    """Whether a run says how well a reward model orders, one that is there or is to come."""
    is_coming = waits_for is not None and KINDS[waits_for.kind].gives == "reward_version"
    return kind == "evaluate" and (given["reward_version"] is not None or is_coming)


def _coming_snapshot_problems(
    kind: str, given: Inputs, waits_for: Run
) -> Iterator[tuple[str, str, str]]:
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


def _fill_in(project: Project, kind: str, given: Inputs, waits_for: Run | None) -> None:
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


def _left_out(name: str, *, was_sought: bool) -> tuple[str, str, str]:
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


# --- settings that are not a stage's ------------------------------------------------------------


def _check_cut_off(text: str | None) -> None:
    if text is None:
        return
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid("config.cut_off", f"cut_off: {text[:40]!r} is not a time with a time zone")
    if moment > timezone.now():
        raise invalid("config.cut_off", f"cut_off: {text[:40]} is in the future")


def _check_estimate(project: Project, key: str | None) -> None:
    if key is None:
        return
    try:
        known = ReliabilityEstimate.objects.filter(project=project, pk=UUID(key)).exists()
    except ValueError:
        known = False
    if not known:
        raise invalid(
            "config.reliability_estimate",
            f"reliability_estimate: {key[:40]!r} is no estimate of this project",
            "missing",
        )


def _checked_class(
    kind: str, settled: dict[str, Any], launch: launching.Launch | None, wish: str
) -> str:
    """The class of worker that must take the run: as wished, or as its settings demand. Empty: any."""
    if KINDS[kind].queue == "short":
        if wish:
            raise invalid("needs", f"needs: a run of kind {kind} runs on any worker", "unknown")
        return ""
    device = settled.get("device", "auto")
    on_cpu = device == "cpu"
    demanded = launch.needs if launch is not None else ""
    if launch is not None and demanded == "gpu" and on_cpu:
        words = f"launch: {launch.name} is for GPUs and the run's device is cpu"
        raise invalid("launch", words)
    if launch is not None and demanded == "cpu" and not on_cpu:
        words = f"launch: {launch.name} is for processors; set the run's device to cpu"
        raise invalid("launch", words)
    if device == "cuda":
        demanded = "gpu"
    if wish and demanded and wish != demanded:
        raise invalid("needs", f"needs: {wish} does not fit; the settings ask for {demanded}")
    return wish or demanded


def _check_baseline(project: Project, key: str | None, given: Inputs) -> None:
    """The reward model that another is held against: of this project, and on rankings."""
    if key is None:
        return
    if given["reward_version"] is None or given["snapshot"] is None:
        words = "Choose a reward model and a snapshot too: both models judge the same rankings."
        raise Invalid(("config.baseline_reward_version", "required", words))
    if str(given["reward_version"].pk) == key:
        words = "This is the reward model itself; choose another as its baseline."
        raise Invalid(("config.baseline_reward_version", "same", words))
    try:
        known = ModelVersion.objects.filter(project=project, kind="reward", pk=UUID(key)).exists()
    except ValueError:
        known = False
    if not known:
        words = f"baseline_reward_version: {key[:40]!r} is no reward model of this project"
        raise invalid("config.baseline_reward_version", words, "missing")


def _check_choice(project: Project, settled: dict[str, Any], prompt_set: PromptSet | None) -> None:
    """What a choice cannot become items of."""
    if project.mode == Mode.DUEL and settled["completions"] != 2:
        words = "A duel is between exactly two completions."
        raise Invalid(("config.completions", "duel", words))
    if prompt_set is not None and is_of_chat(prompt_set):
        raise Invalid(("prompt_set", "live_chat", "What was said in the live chat stays there."))
    if settled["disagreement_share"] and not settled[FURTHER]:
        words = (
            "disagreement_share: the project has no second reward model that differs in its weights and "
            "reads the same tokens, and one disagrees with nobody; train another, or set this to 0"
        )
        raise Invalid(("config.disagreement_share", "alone", words))


def _check_draw(key: str | None, prompt_set: PromptSet | None) -> None:
    """The draw that a choice is about: of these prompts, and leaving its items to the choice."""
    if key is None:
        return
    try:
        known = MixDraw.objects.filter(pk=UUID(key), prompt_set=prompt_set, makes_items=False)
        is_known = known.exists()
    except ValueError:
        is_known = False
    if not is_known:
        words = f"draw: {key[:40]!r} is no draw of these prompts that leaves its items to a choice"
        raise invalid("config.draw", words, "missing")


def cut_off_of(run: Run) -> datetime:
    """The moment an export looks back from: as asked for, else when it was asked for."""
    text = run.config["cut_off"]
    moment = run.created_at if text is None else parse_datetime(text)
    assert moment is not None
    return moment.astimezone(UTC)


def _checked_items(
    kind: str, project: Project, wish: dict[str, int], prompt_set: PromptSet | None
) -> dict[str, int]:
    if kind != "sample":
        raise invalid("make_items", "make_items: only a sampling run makes items", "unknown")
    if prompt_set is not None and is_of_chat(prompt_set):
        raise invalid("make_items", "make_items: what was said in the live chat stays there")
    k = wish.get("k", project.completions_per_item)
    needed = wish.get("needed", project.judgments_per_item)
    if not 2 <= k <= 9:
        raise invalid(
            "make_items.k", f"k: {k} is not allowed; allowed: a whole number >= 2 and <= 9"
        )
    if not 1 <= needed <= 50:
        raise invalid(
            "make_items.needed",
            f"needed: {needed} is not allowed; allowed: a whole number >= 1 and <= 50",
        )
    return {"k": k, "needed": needed}


def _same(run: Run, project: Project, asked: dict[str, Any]) -> Run:
    """The stored run, where the repeated request asks for the same thing."""
    same = run.project_id == project.pk and run.kind == asked["kind"]
    if same and asked["upload"] is not None:
        same = run.upload is not None and run.upload.sha256 == asked["upload"].sha256
    known = {k: v for k, v in run.config.items() if k != FURTHER}
    same = same and known == asked["config"] and run.waits_for == asked["waits_for"]
    # What was left open in the request was pinned when the run was made.
    same = same and all(asked[n] is None or getattr(run, n) == asked[n] for n in INPUTS)
    if not same:
        raise Refused("different_content", "This idempotency key was used for another run.")
    return run
