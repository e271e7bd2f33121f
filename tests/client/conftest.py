"""The real server, people with tokens, and somebody who works off the runs."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from annotation.accounts.models import User
from annotation.accounts.services import issue_token
from annotation.projects.models import Membership, Role
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import Run
from tests.annotation.registry.models import write_model
from tests.cast import Cast, assemble
from tests.e2e.server import Server
from tests.workers import harness
from tiebreak import Client
from workers.supervisor import drive


@pytest.fixture(scope="session")
def artifacts() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-client-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(django_db_setup: None, artifacts: Path) -> Iterator[Server]:
    running = Server(connection.settings_dict, TIEBREAK_ARTIFACT_DIR=str(artifacts))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The standing cast, visible to the server; `ml` is an admin too."""
    people = assemble()
    Membership.objects.create(project=people.project, user=people.ml, role=Role.ADMIN)
    return people


def token_of(user: User, *scopes: str) -> str:
    return issue_token(
        user=user, name="a script", scopes=scopes or ("read", "manage", "train"), days=1
    )[1]


@pytest.fixture
def client(server: Server, cast: Cast) -> Client:
    """The ML engineer's."""
    return Client(server.url, token_of(cast.ml))


@pytest.fixture
def policy(cast: Cast, artifacts: Path, settings: Any, tmp_path: Path) -> ModelVersion:
    settings.ARTIFACT_DIR = artifacts
    folder = write_model(tmp_path / "policy")
    return promote(
        version=register_version(project=cast.project, directory=folder, name="base"),
        actor=cast.ml,
    )


@pytest.fixture
def at_work(cast: Cast, artifacts: Path, settings: Any) -> Iterator[None]:
    """Works off whatever run waits, as a worker does; its trainer is the stand-in."""
    settings.ARTIFACT_DIR = artifacts
    settings.ENV = django_settings.ENV.model_copy(
        update={**harness.SHORT, "run_trainer": harness.STAND_IN}
    )
    end = threading.Event()

    def work() -> None:
        try:
            while not end.wait(0.1):
                for key in Run.objects.filter(status="queued").values_list("id", flat=True):
                    drive(key)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    end.set()
    worker.join()


@pytest.fixture
def signed_in(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., str]:
    """Sign somebody in for the command, as its variables do; gives the token."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def sign_in(user: User = cast.ml, *scopes: str) -> str:
        token = token_of(user, *scopes)
        monkeypatch.setenv("TIEBREAK_URL", server.url)
        monkeypatch.setenv("TIEBREAK_TOKEN", token)
        monkeypatch.setenv("TIEBREAK_PROJECT", str(cast.project.id))
        return token

    return sign_in
