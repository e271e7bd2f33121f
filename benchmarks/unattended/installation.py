"""`make up` on a new folder, and killing what it keeps running."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from annotation.local.environment import REPOSITORY
from annotation.local.services import LocalServices
from annotation.local.state import DataDir, any_port
from workers.demo.policy import Tell
from workers.demo.stack import STAFF, Stack, StackError

OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FILE")
START_S = 600.0
STOP_S = 30.0


@contextlib.contextmanager
def installation(tell: Tell, lease_s: float) -> Iterator[Stack]:
    """All of Tiebreak under its own supervisor. Raises StackError where it does not start."""
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-unattended-"))
    folder.chmod(0o711)  # as root the servers run as another account
    command = (
        *(sys.executable, "-m", "annotation.local", "up", "--no-demo"),
        *("--data", str(folder), "--port", str(any_port())),
    )
    with (folder / "up.log").open("wb") as log:
        up = subprocess.Popen(
            command, cwd=REPOSITORY, env=_environment(lease_s), stdout=log, stderr=log
        )
    try:
        tell("starting an installation")
        stack = _when_started(folder, up)
        stack.manage(
            *("createsuperuser", "--no-input", "--username", STAFF, "--email", ""),
            DJANGO_SUPERUSER_PASSWORD=stack.password,
        )
        yield stack
    finally:
        for _ in range(2):  # the second ends the waiting
            up.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                up.wait(STOP_S)
        up.kill()
        up.wait()
        LocalServices(folder).destroy()


def kill(stack: Stack, names: tuple[str, ...]) -> None:
    """SIGKILL to programs of the installation; its supervisor starts them again."""
    children = DataDir(stack.data).recall()["children"]
    for name in names:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(children[name]), signal.SIGKILL)


def _environment(lease_s: float) -> dict[str, str]:
    """The servers are its own, whatever this process uses."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith("TIEBREAK_")
    }
    leases = {
        "RUN_LEASE_SECONDS": str(lease_s),
        "RUN_RENEW_SECONDS": str(lease_s / 6),
        "RUN_BACKOFF_SECONDS": str(lease_s / 30),
    }
    return {**kept, **leases, "OMP_NUM_THREADS": "1"}


def _when_started(folder: Path, up: subprocess.Popen[bytes]) -> Stack:
    deadline = time.monotonic() + START_S
    while not (known := DataDir(folder).recall()).get("children", {}).get("web"):
        if up.poll() is not None or time.monotonic() > deadline:
            raise StackError((folder / "up.log").read_text())
        time.sleep(0.2)
    return Stack(
        str(known["address"]), known["environment"], folder, STAFF, secrets.token_urlsafe(16)
    )
