"""Writes to the registry: new versions, promotion, retirement and the way back."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib import locks
from annotation.lib.errors import Conflict, Refused
from annotation.projects.models import Project
from annotation.registry import inspection, store
from annotation.registry.models import ModelVersion

Status = ModelVersion.Status


def register_version(
    *,
    project: Project,
    directory: Path,
    name: str,
    kind: str = ModelVersion.Kind.POLICY,
    actor: User | None = None,
    parent: ModelVersion | None = None,
) -> ModelVersion:
    """Copy a Hugging Face directory into the store and make it a version. Raises ArtifactRefused."""
    if kind == ModelVersion.Kind.POLICY:
        stage = ModelVersion.Stage.BASE
    else:
        stage = ModelVersion.Stage.REWARD
    config = inspection.inspect_model(directory, kind)
    ingested = store.ingest(directory)
    with transaction.atomic():
        version = add_version(
            project=project,
            kind=kind,
            stage=stage,
            name=name,
            ingested=ingested,
            config=config,
            parent=parent,
            actor=actor,
        )
        record(
            actor=actor,
            action="version.registered",
            thing=version,
            after={"name": name, "kind": kind, "digest": ingested.digest},
        )
    return version


def add_version(
    *,
    project: Project,
    kind: str,
    stage: str,
    name: str,
    ingested: store.Ingested,
    config: dict[str, Any],
    parent: ModelVersion | None = None,
    metrics: dict[str, Any] | None = None,
    served: dict[str, Any] | None = None,
    actor: User | None = None,
) -> ModelVersion:
    """The row of a stored model, numbered within project and kind. Call it in a transaction."""
    locks.hold("versions", project.pk, kind)
    last = ModelVersion.objects.filter(project=project, kind=kind).aggregate(n=Max("number"))["n"]
    is_reward = kind == ModelVersion.Kind.REWARD
    return ModelVersion.objects.create(
        project=project,
        kind=kind,
        number=(last or 0) + 1,
        name=name[:120],
        stage=stage,
        parent=parent,
        artifact=store.remember(ingested),
        score_shift=_score_setting(config, "score_shift", 0.0) if is_reward else 0.0,
        score_scale=_score_setting(config, "score_scale", 1.0) if is_reward else 1.0,
        metrics=metrics or {},
        served=served,
        created_by=actor,
    )


def add_served(
    *, project: Project, name: str, served: dict[str, Any], actor: User | None
) -> tuple[ModelVersion, bool]:
    """A policy that a server runs, and whether it is new: the same answer of a server is one version.

    Call it in a transaction. What identifies it takes the place of weights: a file of server, model and
    what the server said.
    """
    with tempfile.TemporaryDirectory(prefix="served-") as folder:
        text = json.dumps(served, ensure_ascii=False, indent=1, sort_keys=True)
        (Path(folder) / "served.json").write_text(text + "\n", encoding="utf-8")
        ingested = store.ingest(Path(folder))
    kind = ModelVersion.Kind.POLICY
    locks.hold("versions", project.pk, kind)
    there = ModelVersion.objects.filter(project=project, artifact_id=ingested.digest)
    known = there.exclude(status=Status.RETIRED).order_by("id").first()
    if known is not None:
        return known, False
    version = add_version(
        project=project,
        kind=kind,
        stage=ModelVersion.Stage.SERVED,
        name=name,
        ingested=ingested,
        config={},
        served=served,
        actor=actor,
    )
    after = {"name": name, "kind": kind, "server": served["server"], "model": served["model"]}
    record(actor=actor, action="version.registered", thing=version, after=after)
    return version, True


def _score_setting(config: dict[str, Any], name: str, default: float) -> float:
    value = config.get(name, default)
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    if not usable or not math.isfinite(value) or (name == "score_scale" and value <= 0):
        raise Refused("artifact_refused", f"config.json: {name} {value!r} cannot be used.")
    return float(value)


@transaction.atomic
def promote(
    *, version: ModelVersion, actor: User | None, note: dict[str, Any] | None = None
) -> ModelVersion:
    """Make this the version the project uses; the previous one becomes a candidate again.

    Asks for no figures: that is `runs.services.promoting`. `note` stands in the audit event.
    """
    locks.hold("versions", version.project_id, version.kind)
    version.refresh_from_db()
    if version.status == Status.PROMOTED:
        return version
    if version.is_served:
        words = "A served policy has no weights here, so it cannot be the one a project trains on."
        raise Conflict("served_policy", words)
    if version.status == Status.RETIRED:
        raise Conflict("version_retired", "A retired version cannot be promoted.")
    previous = ModelVersion.objects.filter(
        project_id=version.project_id, kind=version.kind, status=Status.PROMOTED
    ).first()
    if previous is not None:
        _move(previous, Status.CANDIDATE, actor, "version.demoted")
    _move(version, Status.PROMOTED, actor, "version.promoted", note)
    return version


@transaction.atomic
def retire(*, version: ModelVersion, actor: User | None) -> ModelVersion:
    """Take a version out of use; it stays for lineage, its files too. Doing it twice changes nothing."""
    locks.hold("versions", version.project_id, version.kind)
    version.refresh_from_db()
    if version.status != Status.RETIRED:
        _move(version, Status.RETIRED, actor, "version.retired")
    return version


@transaction.atomic
def restore(*, version: ModelVersion, actor: User | None) -> ModelVersion:
    """Make a retired version a candidate again. Doing it twice changes nothing.

    Raises Conflict where its files are gone, or where what it was served as was registered anew.
    """
    locks.hold("versions", version.project_id, version.kind)
    version.refresh_from_db()
    if version.status != Status.RETIRED:
        return version
    if not store.is_stored(version.artifact):
        words = (
            "The files of this version are gone, so it cannot be restored; import the model anew."
        )
        raise Conflict("artifact_gone", words)
    if version.is_served:
        _refuse_twin(version)
    _move(version, Status.CANDIDATE, actor, "version.restored")
    return version


def _refuse_twin(version: ModelVersion) -> None:
    """The same answer of a server is one version."""
    twins = ModelVersion.objects.filter(
        project_id=version.project_id, artifact_id=version.artifact_id
    )
    twin = twins.exclude(status=Status.RETIRED).first()
    if twin is not None:
        words = f"Policy {twin.number} is the same model of the same server; use that one."
        raise Conflict("served_already", words)


def _move(
    version: ModelVersion,
    status: str,
    actor: User | None,
    action: str,
    note: dict[str, Any] | None = None,
) -> None:
    before = version.status
    version.status = status
    version.save(update_fields=["status"])
    record(
        actor=actor,
        action=action,
        thing=version,
        before={"status": before},
        after={"status": status, **(note or {})},
    )
