"""Everything behind `make up`: start in order, keep running, stop in order.

1. Take the data folder; end what a killed supervisor left behind.
2. PostgreSQL and Valkey, migrations, the demo project.
3. Web, one worker per queue, scheduler; each is started again when it dies.
4. On Ctrl-C or SIGTERM: workers first, with time to reach a safe point, then web, then servers.

One thread, because a child's death signal is tied to the thread that started it.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from annotation.local import environment, leftovers, logs, processes
from annotation.local.children import Child
from annotation.local.console import Teller
from annotation.local.errors import LocalError
from annotation.local.keeping import Errand, Kept
from annotation.local.services import LocalServices

TICK = 0.2
WEB_PORTS = range(8000, 8100)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A stop was asked for while starting."""


class Supervisor:
    """One installation on one machine. `run` returns the exit status."""

    def __init__(self, data_dir: Path, port: int | None = None, *, demo: bool = True) -> None:
        self.services = LocalServices(data_dir)
        self.data = self.services.data
        self.wished_ports = [port] if port else WEB_PORTS
        self.demo = demo
        self.tell = Teller()
        self.run_id = secrets.token_hex(8)
        self.stop_requests = 0
        self.kept: list[Kept] = []
        self.errand: Errand | None = None
        self.env: dict[str, str] = {}
        self.address = ""

    def run(self) -> int:
        for name in STOPPING:
            signal.signal(name, self._on_signal)
        try:
            self._start()
            self._watch()
        except Stopped:
            pass
        except LocalError as error:
            self.tell.trouble("cannot start", str(error))
            return 1
        finally:
            self._stop()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    def _may_go_on(self) -> None:
        if self.stop_requests:
            raise Stopped

    # starting

    def _start(self) -> None:
        self.data.create()
        self.data.lock()
        self.tell.log = self.data.path / "logs" / "supervisor.log"
        self._end_leftovers()
        self.tell.doing("starting the database and the queue")
        self.services.start()
        for child in self.services.children:
            self.kept.append(Kept(child))
        self.tell.done("database and queue", self._where())
        self._may_go_on()
        self.env = self._environment()
        for step in processes.MIGRATIONS:
            self._once(step)
        if self.demo:
            try:
                self._once(processes.DEMO_SIGN_INS, aloud=True)
            except LocalError as error:  # everything else works without it
                self.tell.trouble("no demonstration", str(error))
        self._start_programs()
        self._remember()
        self.tell.welcome(self.address, self._accounts())
        if self.demo:
            self.tell.doing("completing the demonstration in the background; work can begin")
            self.errand = Errand(self._child(processes.DEMO_WORK), self.tell, aloud=True)

    def _end_leftovers(self) -> None:
        run = self.data.recall().get("run")
        if isinstance(run, str) and leftovers.marked_with(run):
            self.tell.doing("ending what an earlier start left behind")
            leftovers.end(lambda: leftovers.marked_with(run), 20.0)
        self.data.remember(run=self.run_id)

    def _where(self) -> str:
        ours = (self.services.postgres, self.services.valkey)
        places = [f"127.0.0.1:{one.port}" if one else "an address you named" for one in ours]
        homes = {str(one.home) for one in ours if one and one.home != self.data.path}
        return " and ".join(["on " + places[0], *places[1:]]) + "".join(
            f", data in {home}" for home in homes
        )

    def _environment(self) -> dict[str, str]:
        chosen = environment.settings(self.data, self.services.env)
        self.data.remember(environment=chosen)
        fixed = {"PYTHONUNBUFFERED": "1", leftovers.RUN_MARK: self.run_id}
        return {**os.environ, **chosen, **fixed}

    def _child(self, program: processes.Program) -> Child:
        return Child(
            name=program.name,
            command=program.command(sys.executable),
            log=self.data.path / "logs" / f"{program.name}.log",
            env=self.env,
            cwd=environment.REPOSITORY,
            grace=float(program.grace),
        )

    def _once(self, program: processes.Program, aloud: bool = False) -> None:
        """Run a program to its end. Raises LocalError when it fails."""
        self.tell.doing(program.name)
        errand = Errand(self._child(program), self.tell, aloud=aloud)
        while not errand.ended():
            if self.stop_requests:
                errand.child.stop()
                raise Stopped
            time.sleep(TICK)
        errand.check()
        self.tell.done(program.name, f"{errand.seconds:.1f} s")

    def _start_programs(self) -> None:
        port = self.data.port("web", self.wished_ports)
        self.address = f"http://127.0.0.1:{port}/"
        schedule = self.data.path / "scheduler"
        schedule.mkdir(mode=0o700, exist_ok=True)
        for program in processes.programs("127.0.0.1", port, str(schedule / "schedule")):
            child = self._child(program)
            self.kept.append(Kept(child))
            child.start()
        web = next(kept.child for kept in self.kept if kept.child.name == "web")
        self.tell.doing("starting web, workers and scheduler")
        deadline = time.monotonic() + 120
        while not answers(port):
            self._may_go_on()
            if not web.running or time.monotonic() > deadline:
                raise LocalError(f"the web application did not start:\n{web.last_words()}")
            time.sleep(TICK)

    def _accounts(self) -> list[dict[str, str]]:
        """The demo project's sign-ins, as `ensure_demo` left them; none once that is removed."""
        try:
            found = json.loads((self.data.path / "secrets" / "demo_accounts.json").read_text())
        except (OSError, json.JSONDecodeError):
            return []
        return [one for one in found if {"role", "username", "password"} <= one.keys()]

    def _remember(self) -> None:
        pids = {k.child.name: k.child.process.pid for k in self.kept if k.child.process}
        self.data.remember(address=self.address, children=pids)

    # running

    def _watch(self) -> None:
        turn = 0
        while not self.stop_requests:
            time.sleep(TICK)
            turn += 1
            if [kept for kept in self.kept if kept.look(self.tell)]:
                self._remember()
            self._hear_errand()
            if turn % 50 == 0:
                for kept in self.kept:
                    logs.turn_over(kept.child.log)

    def _hear_errand(self) -> None:
        if self.errand is None or not self.errand.ended():
            return
        try:
            self.errand.check()
        except LocalError as error:
            self.tell.trouble("the demonstration is incomplete; the next start goes on", str(error))
        else:
            self.tell.done("demonstration", "complete")
        self.errand = None

    # stopping

    def _stop(self) -> None:
        """Workers and scheduler first, then web, then the servers they all need."""
        programs = [kept.child for kept in self.kept if kept.child not in self.services.children]
        web = [child for child in programs if child.name == "web"]
        workers = [child for child in programs if child.name != "web"]
        workers += [self.errand.child] if self.errand is not None else []
        if any(child.running for child in (*workers, *web)):
            self.tell.doing("stopping")
        self._stop_together(workers)
        self._stop_together(web)
        leftovers.end(lambda: leftovers.marked_with(self.run_id), 10.0)  # what children left
        if self.services.children:
            self.data.remember(children={})
            self.services.stop()
            self.tell.done("stopped")
        self.data.unlock()

    def _stop_together(self, children: list[Child]) -> None:
        """Ask all at once; a second Ctrl-C ends the waiting."""
        asked = self.stop_requests
        for child in children:
            child.ask_to_stop()
        began = told = time.monotonic()
        while waiting := [child for child in children if child.running]:
            now = time.monotonic()
            if self.stop_requests > max(asked, 1) or all(now - began > c.grace for c in waiting):
                break
            if now - told > 5:
                names = ", ".join(child.name for child in waiting)
                self.tell.doing(f"waiting for {names} (Ctrl-C again ends them at once)")
                told = now
            time.sleep(TICK)
        for child in children:
            child.kill_group()


def answers(port: int) -> bool:
    """Whether something speaks HTTP there; what it says is another matter."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
