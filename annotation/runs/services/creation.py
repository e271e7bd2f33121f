"""Making runs: settings and inputs are checked in words, base versions pinned, the number taken.

The row is the order; the message sent after commit is only a hint.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.lib import locks
from annotation.lib.errors import Refused
from annotation.lib.ids import new_id
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion
from annotation.runs import dispatch, launching
from annotation.runs.ensembles import further_reward_versions
from annotation.runs.estimates import refuse_impossible
from annotation.runs.kinds import FURTHER, INPUTS, KINDS, checked_config, invalid
from annotation.runs.models import DatasetSnapshot, Run, Upload
from annotation.runs.services import lifecycle
from annotation.runs.services.inputs import Inputs, check_inputs, fill_in
from annotation.runs.services.own_settings import check_choice, check_own_settings, checked_items
from annotation.runs.workable import refuse_unworkable


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
    check_own_settings(project, kind, settled, given)
    if make_items is not None:
        settled["make_items"] = checked_items(kind, project, make_items, prompt_set)
    check_inputs(project, kind, given, waits_for)
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
    waits_for = _alive(waits_for)
    fill_in(project, kind, given, waits_for)
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
        check_choice(project, settled, prompt_set)
    run = _insert(project, asked | given, waits_for, requested_by, idempotency_key)
    if upload is None:  # an import's audit event is the upload's
        record(
            actor=requested_by,
            action="run.created",
            thing=run,
            after={"kind": kind, "number": run.number},
        )
    return run


def _alive(waits_for: Run | None) -> Run | None:
    """The run that comes first as it now stands, locked; one that has ended without success ends this too."""
    if waits_for is None:
        return None
    found = Run.objects.select_for_update().get(id=waits_for.id)
    if found.status in (Run.Status.FAILED, Run.Status.CANCELLED):
        raise invalid("waits_for", f"waits_for: run {found.number} has {found.status}")
    return found


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
