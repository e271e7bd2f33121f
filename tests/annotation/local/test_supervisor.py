"""The whole installation as a person starts it: kills, second starts and a clean stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from annotation.local import leftovers
from annotation.local.services import LocalServices
from annotation.local.state import any_port
from tests.annotation.local.test_children import alive, until

ROOT = Path(__file__).resolve().parents[3]
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FILE")
    and not name.startswith("TIEBREAK_")
}
PROGRAMS = {"web", "worker-short", "worker-sample", "worker-train", "scheduler"}


class Installation:
    """`python -m annotation.local` on a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        where = ["--data", str(self.data)]
        return [sys.executable, "-m", "annotation.local", *arguments, *where]

    def begin(self) -> None:
        self.starts += 1
        self.output = self.data / f"console-{self.starts}"
        port = str(any_port())
        with self.output.open("wb") as console:
            self.process = subprocess.Popen(
                self.command("up", "--no-demo", "--port", port),
                cwd=ROOT,
                env=PLAIN,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    def start(self) -> None:
        """Return when the address has been told."""
        self.begin()
        assert until(lambda: "is running at" in self.said(), 240), self.said()

    def said(self) -> str:
        return self.output.read_text()

    def state(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = json.loads((self.data / "state.json").read_text())
        return found

    def pid(self, name: str) -> int:
        return self.state()["children"][name]

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments)
        return subprocess.run(command, cwd=ROOT, env=PLAIN, capture_output=True, text=True)

    def get(self, path: str) -> int:
        address = str(self.state()["address"])
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            return int(answer.status)

    def serves(self) -> bool:
        try:
            return self.get("readyz") == 200
        except OSError:
            return False


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-installation-"))
    folder.chmod(0o711)
    found = Installation(folder)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.process.kill()
        found.process.wait()
    run = found.state().get("run")
    if isinstance(run, str):
        leftovers.end(lambda: leftovers.marked_with(run), 5.0)
    until(lambda: leftovers.working_in(folder / "postgres") == [])
    LocalServices(folder).destroy()


def within(seconds: float, condition: Callable[[], bool]) -> None:
    assert until(condition, seconds)


@pytest.mark.slow
def test_an_installation_survives_the_death_of_any_of_its_parts(installation: Installation) -> None:
    installation.start()
    assert set(installation.state()["children"]) == PROGRAMS | {"postgres", "valkey"}
    assert installation.serves()

    for names in (["postgres"], ["valkey"], sorted(PROGRAMS)):
        before = {name: installation.pid(name) for name in names}
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        for name, old in before.items():
            within(60, partial(lambda name, old: installation.pid(name) != old, name, old))
            assert alive(installation.pid(name))
    within(60, installation.serves)

    status = installation.ask("status")
    assert status.returncode == 0
    assert status.stdout.count("running") == len(PROGRAMS) + 2
    second = installation.ask("up")
    assert second.returncode == 1
    assert "already running" in second.stdout

    assert installation.process is not None
    everything = list(installation.state()["children"].values())
    installation.process.kill()
    installation.process.wait()
    within(60, lambda: not any(alive(pid) for pid in everything))

    installation.start()
    assert installation.serves()
    assert_a_shell_can_use_manage_py(installation)
    everything = list(installation.state()["children"].values())
    assert installation.ask("stop").returncode == 0
    assert installation.process.wait(30) == 0
    assert [pid for pid in everything if alive(pid)] == []
    assert installation.ask("status").returncode == 1
    assert installation.ask("env").returncode == 1


def assert_a_shell_can_use_manage_py(installation: Installation) -> None:
    python = sys.executable
    line = f'eval "$({python} -m annotation.local env --data {installation.data})"'
    line += f" && {python} manage.py migrate --check && {python} manage.py check --database default"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=PLAIN, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_ctrl_c_while_starting_leaves_nothing_running(installation: Installation) -> None:
    installation.begin()
    within(60, lambda: "migrate" in installation.said())
    assert installation.process is not None
    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(60) == 0
    assert "stopped" in installation.said()
    assert leftovers.marked_with(str(installation.state()["run"])) == []
    assert leftovers.working_in(installation.data / "postgres") == []
