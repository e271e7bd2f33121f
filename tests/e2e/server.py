"""The real server, as `make up` starts it, on the database of the test run."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote

from annotation.lib.env import REPOSITORY
from annotation.local.processes import web

START_TIMEOUT_S = 180  # a busy machine is no failure
STOP_TIMEOUT_S = 20


class Server:
    """The web program in a process of its own; it can be stopped and started again."""

    def __init__(self, database: Mapping[str, object], **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(tempfile.mkdtemp(prefix="tiebreak-e2e-")) / "web.log"
        self._database = database
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until the server can reach its database."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                web("127.0.0.1", self.port).command(sys.executable),
                cwd=REPOSITORY,
                env={
                    **os.environ,
                    "DATABASE_URL": self._database_url(),
                    "TIEBREAK_LOCAL": "1",
                    **self._environment,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server and wait until it has gone."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would, with all its processes."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def is_ready(self) -> bool:
        """It answers, and its database too."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _database_url(self) -> str:
        parts = {key: quote(str(value), safe="") for key, value in self._database.items()}
        return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**parts)
