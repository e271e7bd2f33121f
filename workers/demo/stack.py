"""The installation that the closed rounds run on: a throw-away one, or one that is running.

A throw-away stack is all of Tiebreak, started as `make up` starts it, on data that is deleted at
the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotation.local import processes
from annotation.local.children import Child
from annotation.local.environment import REPOSITORY
from annotation.local.state import DataDir, free_port
from annotation.local.supervisor import answers
from annotation.local.throwaway import throwaway_servers
from workers.demo.policy import Tell

START_S = 120.0
STAFF = "demo.staff"


class StackError(Exception):
    """The installation cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Stack:
    """How to reach an installation, as a person and as its keeper."""

    address: str
    environment: Mapping[str, str]  # for `manage.py`
    data: Path
    username: str  # somebody who may start projects
    password: str

    def manage(self, *arguments: str, **more: str) -> str:
        """Run `manage.py`; what it printed. Raises StackError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def running_stack(data: Path) -> Stack:
    """The installation that runs on this data folder. Raises StackError."""
    folder = DataDir(data)
    known = folder.recall()
    if folder.holder() is None or not known.get("address"):
        raise StackError(f"nothing is running on {folder.path}; start it with `make up`")
    accounts = folder.path / "secrets" / "demo_accounts.json"
    try:
        people = {one["username"]: one["password"] for one in json.loads(accounts.read_text())}
        password = people["admin"]
    except (OSError, ValueError, KeyError):
        raise StackError(f"{accounts} does not name the demonstration's admin") from None
    return Stack(str(known["address"]), known["environment"], folder.path, "admin", password)


@contextlib.contextmanager
def throwaway_stack(tell: Tell) -> Iterator[Stack]:
    """All of Tiebreak on a new folder, for as long as the context lasts. Raises StackError."""
    with throwaway_servers() as found:
        data = Path(found["TIEBREAK_DATA_DIR"])
        port = free_port(0)
        if port is None:
            raise StackError("there is no free port on 127.0.0.1")
        environment = {**found, "PYTHONUNBUFFERED": "1"}
        stack = Stack(
            f"http://127.0.0.1:{port}", environment, data, STAFF, secrets.token_urlsafe(16)
        )
        tell("migrating a throw-away database")
        for step in processes.MIGRATIONS:
            stack.manage(*step.arguments[1:])
        stack.manage(
            *("createsuperuser", "--no-input", "--username", STAFF, "--email", ""),
            DJANGO_SUPERUSER_PASSWORD=stack.password,
        )
        schedule = data / "scheduler"
        schedule.mkdir(mode=0o700, exist_ok=True)
        children = [
            _child(program, {**os.environ, **environment}, data / "logs")
            for program in processes.programs("127.0.0.1", port, str(schedule / "schedule"))
        ]
        try:
            tell("starting web, workers and scheduler")
            for child in children:
                child.start()
            _wait_for(port, children)
            yield stack
        finally:
            _stop(children)


def _child(program: processes.Program, environment: Mapping[str, str], logs: Path) -> Child:
    return Child(
        name=program.name,
        command=program.command(sys.executable),
        log=logs / f"{program.name}.log",
        env=environment,
        cwd=REPOSITORY,
        grace=float(program.grace),
    )


def _wait_for(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + START_S
    while not answers(port):
        dead = next((child for child in children if not child.running), None)
        if dead is not None:
            raise StackError(f"{dead.name} did not start:\n{dead.last_words()}")
        if time.monotonic() > deadline:
            raise StackError(f"the web application does not answer:\n{children[0].last_words()}")
        time.sleep(0.2)


def _stop(children: list[Child]) -> None:
    """Workers first; the data is thrown away, so nobody waits long."""
    for child in reversed(children):
        child.ask_to_stop()
    deadline = time.monotonic() + 15
    while any(child.running for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    for child in children:
        child.kill_group()
