"""Workers for tests, their run directories, and a snapshot and policy to work with."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings

from annotation.celery import app
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import DatasetSnapshot
from tests.annotation.registry.models import write_model
from tests.cast import Cast, assemble
from tests.workers import harness
from tests.workers.harness import Worker


@pytest.fixture(scope="session")
def broker() -> str:
    """A database of the broker that only this test process uses."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{django_settings.REDIS_URL.rpartition('/')[0]}/{1 + int(number)}"


@pytest.fixture(scope="session")
def artifacts() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-artifacts-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _short_leases(settings: Any, broker: str, artifacts: Path) -> Iterator[None]:
    """The test process is one of the family: same leases, same artifacts, same broker."""
    settings.ENV = settings.ENV.model_copy(update=harness.SHORT)
    settings.ARTIFACT_DIR = artifacts
    before = app.conf.broker_url
    _speak_to(broker)
    (artifacts / "behaviour.json").unlink(missing_ok=True)
    redis.Redis.from_url(broker).flushdb()
    yield
    _speak_to(before)


def _speak_to(broker: str) -> None:
    """Celery keeps its connections by the address it was first asked for; forget them."""
    if app.conf.broker_url != broker:
        app.conf.broker_url = broker
        app._pool = app.amqp._producer_pool = None


@pytest.fixture
def behaviour(artifacts: Path) -> Callable[..., None]:
    """Say how the stand-in trainer behaves."""

    def say(**wish: Any) -> None:
        (artifacts / "behaviour.json").write_text(json.dumps(wish))

    return say


@pytest.fixture
def start_worker(
    transactional_db: None, tmp_path: Path, broker: str, artifacts: Path
) -> Iterator[Callable[..., Worker]]:
    """Start a worker of this test's own; all are gone when the test ends."""
    started: list[Worker] = []

    def start(
        name: str = "worker", pool: str = "threads", trainer: str = harness.STAND_IN
    ) -> Worker:
        env = harness.environment(artifacts, broker, trainer)
        worker = Worker(tmp_path / f"{name}.log", env, pool)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.end()


@pytest.fixture
def people(transactional_db: None) -> Cast:
    """The standing cast, visible to other processes."""
    return assemble()


@pytest.fixture
def policy(people: Cast, tmp_path: Path) -> ModelVersion:
    version = register_version(
        project=people.project, directory=write_model(tmp_path / "policy"), name="base"
    )
    return promote(version=version, actor=people.ml)


@pytest.fixture
def snapshot(policy: ModelVersion) -> DatasetSnapshot:
    """A snapshot in name; the stand-in trainer does not read it."""
    return DatasetSnapshot.objects.create(
        project=policy.project,
        number=1,
        query={},
        cut_off="2026-01-01T00:00:00Z",
        counts={},
        sha256="0" * 64,
        artifact=policy.artifact,
    )


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model of a few thousand random weights: it hardly ever stops by itself."""
    from tests.rewardmodel.conftest import tiny_policy

    folder = tmp_path_factory.mktemp("tiny")
    tiny_policy(context_tokens=4096).save(folder)
    return folder


@pytest.fixture
def tiny(people: Cast, tiny_folder: Path) -> ModelVersion:
    return register_version(project=people.project, directory=tiny_folder, name="tiny")
