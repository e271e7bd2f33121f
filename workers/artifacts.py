"""Taking over what a finished run directory holds: checked, stored by digest, published once.

Files go into the store first; then one transaction, guarded by the lease, makes the version, ends the
run and queues what waited for it.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.lib.translating import in_chinese
from annotation.registry import inspection, store
from annotation.registry.models import ModelVersion
from annotation.registry.services import add_version
from annotation.runs.lineage import inherit_marks
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from rewardmodel.left_out import LEFT_OUT
from workers.translate import storable

LARGEST_REPORT = 512_000
COMPLETIONS = "completions.jsonl"
FOR_PEOPLE = (COMPLETIONS, LEFT_OUT, "report.html")
_KIND = ModelVersion.Kind
_STAGE = ModelVersion.Stage
# kind of run -> kind and stage of the version it makes
MAKES = {
    Run.Kind.SFT: (_KIND.POLICY, _STAGE.SFT),
    Run.Kind.PPO: (_KIND.POLICY, _STAGE.RL),
    Run.Kind.RLOO: (_KIND.POLICY, _STAGE.RL),
    Run.Kind.GRPO: (_KIND.POLICY, _STAGE.RL),
    Run.Kind.DPO: (_KIND.POLICY, _STAGE.RL),
    Run.Kind.REWARD: (_KIND.REWARD, _STAGE.REWARD),
}


class Unusable(Exception):
    """A run directory says it is complete, but its files do not bear it out."""


def publish_model(lease: Lease, run: Run, directory: Path) -> ModelVersion:
    """Store model/ and make it a version; the run has succeeded. Raises LeaseLost or Unusable."""
    verify_complete(directory)
    kind, stage = MAKES[Run.Kind(run.kind)]
    try:
        config = inspection.inspect_model(directory / "model", kind)
        ingested = store.ingest(directory / "model")
    except store.ArtifactRefused as error:
        raise Unusable(error.message) from error
    report = read_report(directory)
    with transaction.atomic():
        version = add_version(
            project=run.project,
            kind=kind,
            stage=stage,
            name=name_of(stage, run),
            ingested=ingested,
            config=config,
            parent=run.policy_version,
            metrics=figures(report),
            actor=run.requested_by,
        )
        lifecycle.succeed(lease, report=report, output_version=version)
        inherit_marks(run, version)
    return version


def name_of(stage: str, run: Run) -> str:
    """What the version is called until somebody names it, in the language of the project."""
    name = f"{stage} run {run.number}"
    return in_chinese(name) if run.project.language.startswith("zh") else name


def keep_files(lease: Lease, directory: Path) -> None:
    """Store what the trainer wrote for people to read, and note it in the run. Raises LeaseLost."""
    there = [path for name in FOR_PEOPLE if (path := directory / name).is_file()]
    with tempfile.TemporaryDirectory(prefix=".files-", dir=directory) as name:
        for path in there:
            if path.stat().st_size:
                os.link(path, Path(name) / path.name)
        if not any(Path(name).iterdir()):
            return
        try:
            ingested = store.ingest(Path(name), also=frozenset({".html"}))
        except store.ArtifactRefused as error:
            raise Unusable(error.message) from error
    with transaction.atomic():
        lifecycle.write(lease, files=store.remember(ingested))


def verify_complete(directory: Path) -> None:
    """Hold every file against MANIFEST.json. Raises Unusable."""
    try:
        listed = json.loads((directory / "MANIFEST.json").read_text())["files"]
        items = list(listed.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"MANIFEST.json cannot be read: {error}") from error
    for name, sha256 in items:
        path = directory / name
        if not path.is_file() or path.is_symlink() or store.sha256_of(path) != sha256:
            raise Unusable(f"{name} is not the file that MANIFEST.json names")


def read_report(directory: Path) -> dict[str, Any]:
    """The figures of a stage; those too large for a row are named and left in the file."""
    try:
        report = json.loads((directory / "report.json").read_text())
    except (OSError, ValueError) as error:
        raise Unusable(f"report.json cannot be read: {error}") from error
    if not isinstance(report, dict):
        raise Unusable("report.json must hold an object")
    cleaned: dict[str, Any] = storable(_finite(report))
    if len(json.dumps(cleaned)) > LARGEST_REPORT:
        left_out = sorted(key for key, value in cleaned.items() if isinstance(value, dict | list))
        cleaned = {key: value for key, value in cleaned.items() if key not in left_out}
        cleaned["left_out"] = left_out
    return cleaned


def figures(report: dict[str, Any]) -> dict[str, Any]:
    """What a version shows of its report: everything but long lists."""
    return {key: value for key, value in report.items() if not isinstance(value, list)}


def tidy(directory: Path) -> None:
    """After success the store has what was made; checkpoints and the copy only fill the disk."""
    for name in ("checkpoints", "model", "chosen"):
        shutil.rmtree(directory / name, ignore_errors=True)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value
