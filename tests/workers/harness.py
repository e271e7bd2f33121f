"""Real Celery workers beside the test: same database, same broker, short leases."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from annotation.runs.models import Run
from annotation.runs.services.reconcile import reconcile

ROOT = Path(__file__).resolve().parents[2]
SHORT = {
    "run_lease_seconds": 4.0,
    "run_renew_seconds": 0.5,
    "run_backoff_seconds": 0.1,
    "run_stop_seconds": 20.0,
}
STAND_IN = f"{sys.executable} -m tests.workers.trainer_stand_in"
WORKERS_NAME = "workers of a test"  # as the database sees them
ENDED = ("succeeded", "failed", "cancelled")


class Worker:
    """A worker process of its own session, so that nothing of it outlives the test."""

    def __init__(
        self, log: Path, env: dict[str, str], pool: str = "threads", host: str = "%h"
    ) -> None:
        self.log = log
        command = (
            *(sys.executable, "-m", "celery", "--app", "workers", "worker"),
            *("--queues", "short,sample,train", "--pool", pool, "--concurrency", "2"),
            *("--loglevel", "INFO", "--hostname", f"{log.stem}@{host}"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        )
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
            )

    def wait_until_ready(self) -> Worker:
        wait_for(lambda: " ready." in self.text, 180, lambda: f"worker not ready:\n{self.text}")
        return self

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, as the out-of-memory killer would."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def environment(artifacts: Path, broker: str, trainer: str) -> dict[str, str]:
    """What a worker needs to work on the test's own database."""
    database = connection.settings_dict
    address = "postgres://{}:{}@{}:{}/{}".format(
        *(quote(str(database[key])) for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME"))
    )
    return {
        **os.environ,
        **{name.upper(): str(value) for name, value in SHORT.items()},
        "DATABASE_URL": address,
        "REDIS_URL": broker,
        "TIEBREAK_ARTIFACT_DIR": str(artifacts),
        "RUN_TRAINER": trainer,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "PGAPPNAME": WORKERS_NAME,
    }


def wait_for(
    done: Callable[[], Any], seconds: float = 60, words: Callable[[], str] = lambda: "timed out"
) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := done():
            return found
        time.sleep(0.05)
    raise AssertionError(words())


def fresh(run: Run) -> Run:
    return Run.objects.get(id=run.id)


def story(run: Run) -> str:
    """What happened to a run, for a failed assertion."""
    run = fresh(run)
    events = [f"{e.epoch} {e.type} {json.dumps(e.payload)}" for e in run.events.order_by("id")]
    return f"{run.kind} {run.status} {run.error_code} {run.error_message}\n" + "\n".join(events)


def until(run: Run, *statuses: str, seconds: float = 120) -> Run:
    """Wait for a status, with the reconciler at work."""
    turn = 0

    def reached() -> Run | None:
        nonlocal turn
        turn += 1
        if turn % 6 == 0:
            reconcile()
        found = fresh(run)
        return found if found.status in statuses else None

    found: Run = wait_for(reached, seconds, lambda: f"never {statuses}: {story(run)}")
    return found


def finished(run: Run, seconds: float = 120) -> Run:
    found = until(run, *ENDED, seconds=seconds)
    assert found.status == "succeeded", story(run)
    return found


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextlib.contextmanager
def paused(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
