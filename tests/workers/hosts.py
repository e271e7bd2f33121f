"""Worker hosts with a disk each, and S3 between them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.registry import store
from annotation.runs.models import DatasetSnapshot
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker

Host = Callable[..., Worker]


@pytest.fixture
def disks(settings: Any) -> Iterator[dict[str, Path]]:
    """Folders that share nothing; this process, the web, has one of its own."""
    names = ("a", "b", "c", "web")
    found = {name: Path(tempfile.mkdtemp(prefix=f"tiebreak-{name}-")) for name in names}
    settings.ARTIFACT_DIR = found["web"]
    yield found
    for folder in found.values():
        shutil.rmtree(folder)


@pytest.fixture
def host(
    transactional_db: None, tmp_path: Path, broker: str, disks: dict[str, Path], s3: dict[str, str]
) -> Iterator[Host]:
    """Start a worker on a host of this name, with its disk."""
    started: list[Worker] = []

    def start(name: str, **variables: str) -> Worker:
        env = harness.environment(disks[name], broker, "")
        env |= {key.upper(): value for key, value in s3.items()}
        # they are on one machine, and are called as if they were not
        env |= {"RUN_KEEP_SECONDS": "0", "TIEBREAK_WORKER_ADDRESS": "127.0.0.1", **variables}
        log = tmp_path / f"train{len(started)}.log"
        worker = Worker(log, env, host=f"host-{name}")
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.end()


@pytest.fixture
def real_snapshot(people: Cast, s3: dict[str, str], tmp_path: Path) -> DatasetSnapshot:
    from rewardmodel.rankings import write_snapshot
    from tests.rewardmodel.conftest import toy_rankings

    sha256 = write_snapshot(
        tmp_path / "snapshot", toy_rankings() + toy_rankings(8, "validation"), []
    )
    artifact = store.remember(store.ingest(tmp_path / "snapshot"))
    return DatasetSnapshot.objects.create(
        project=people.project,
        number=1,
        query={},
        cut_off="2026-01-01T00:00:00Z",
        counts={"rankings": 24},
        sha256=sha256,
        artifact=artifact,
    )
