"""An uploaded archive becomes a version: unpacked, looked at, loaded once in a process of its own, stored.

Whatever is refused ends the run with the file and the rule; nothing of it is kept.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotation.accounts.services import record
from annotation.registry import inspection, store
from annotation.registry.archives import unpack
from annotation.registry.models import ModelVersion
from annotation.registry.services import add_version
from annotation.registry.store import ArtifactRefused
from annotation.runs import upload_files
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.trainer import environment, home

REFUSED = 78
LONGEST_LOAD_S = 900.0


def import_model(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Take in the model of an import run and end the run. Raises LeaseLost or Stopped."""
    assert run.upload is not None
    archive = upload_files.on_this_disk(run.upload)
    if archive is None:
        message = "The uploaded file is no longer there; upload it again."
        lifecycle.fail(lease, code="upload_gone", message=message)
        return
    root = Path(settings.ARTIFACT_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = Path(tempfile.mkdtemp(prefix=".incoming-", dir=root))
    try:
        _take_in(lease, run, heart, archive, temporary)
    except ArtifactRefused as error:
        lifecycle.fail(lease, code=error.code, message=error.message)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _take_in(lease: Lease, run: Run, heart: Heartbeat, archive: Path, temporary: Path) -> None:
    wish = run.config["version"]
    kind = wish["kind"]
    lifecycle.write(lease, phase="unpack")
    directory = unpack(archive, temporary, lambda: safe_point(heart))
    config = inspection.inspect_import(directory, kind, plain=wish["plain"])
    lifecycle.write(lease, phase="load")
    _load_once(directory, kind, heart)
    lifecycle.write(lease, phase="store")
    ingested = store.ingest(directory)
    heart.check()
    with transaction.atomic():
        version = add_version(
            project=run.project,
            kind=kind,
            stage=ModelVersion.Stage.BASE if kind == "policy" else ModelVersion.Stage.REWARD,
            name=wish["name"],
            ingested=ingested,
            config=config,
            actor=run.requested_by,
        )
        record(
            actor=run.requested_by,
            action="version.registered",
            thing=version,
            after={"name": wish["name"], "kind": kind, "digest": ingested.digest},
        )
        report = {"files": len(ingested.files), "bytes": ingested.bytes, "digest": ingested.digest}
        lifecycle.succeed(lease, report=report, output_version=version)


def _load_once(directory: Path, kind: str, heart: Heartbeat) -> None:
    """Let the library load it in a process that ends with it. Raises ArtifactRefused in its words."""
    command = [sys.executable, "-m", "rewardmodel", "check-model", str(directory), "--kind", kind]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=home(), env=environment(), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + LONGEST_LOAD_S
            while process.poll() is None:
                safe_point(heart)
                if time.monotonic() > deadline:
                    raise ArtifactRefused("The model could not be loaded within 15 minutes.")
                time.sleep(0.2)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        log.seek(0)
        words = log.read()[-2000:].decode("utf-8", "replace").strip()
    if process.returncode == REFUSED:
        raise ArtifactRefused(words.replace(directory.name, "the archive"))
    if process.returncode != 0:
        raise ArtifactRefused(f"The model cannot be loaded: {words[-600:]}")
