"""One training process: started in its own session, alive only as long as the lease is renewed.

The run directory is shared by all tries of a run. The process holds a file lock on it through a
descriptor it inherited; the worker itself keeps none, so a frozen worker blocks nobody. Who finds the
directory locked ends the process recorded there, if it runs on this machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from annotation.local.children import die_with_parent
from rewardmodel.supervised import STOP
from workers.addresses import interface_for
from workers.heartbeat import Heartbeat
from workers.logs import end_of
from workers.redaction import is_secret
from workers.served.keys import names_of_keys

Launch = Mapping[str, Any]

NICE = 10
LOCK_FILE = "lock"
HOLDER_FILE = "holder.json"
LOG_FILE = "trainer.log"
LAUNCH_FILE = "accelerate.yaml"
LOG_BYTES = 4_000_000
LOCK_WAIT_S = 10.0


@dataclass(frozen=True)
class Place:
    """Which of the hosts of a run this is, and where their processes meet: `name:port` of the first."""

    machines: int
    rank: int
    address: str


class DirectoryBusy(Exception):
    """Another process works in the run directory and is not ours to end."""


class Trainer:
    """A running `python -m rewardmodel STAGE --run DIR --supervised`."""

    def __init__(
        self,
        directory: Path,
        stage: str,
        epoch: int,
        keeps: Sequence[int] = (),
        launch: Launch | None = None,
        place: Place | None = None,
    ) -> None:
        self.directory = directory
        self._launch, self._place = launch or {}, place
        self._keeps = keeps  # descriptors that it holds open while it lives
        self._lock = _take_lock(directory, epoch)
        try:
            self.process = self._start(stage)
            _write_holder(directory, self.process.pid, epoch)
        finally:
            # The process has its own copy; the lock ends with it.
            os.close(self._lock)

    def _start(self, stage: str) -> subprocess.Popen[bytes]:
        # The death signal is tied to the thread that forks: this must be the thread that stays.
        follow = die_with_parent(signal.SIGKILL)

        def prepare() -> None:
            nice = max(NICE, os.getpriority(os.PRIO_PROCESS, 0))
            os.setpriority(os.PRIO_PROCESS, 0, nice)
            follow()

        with self._log() as log:
            process = subprocess.Popen(
                [*self._command(), stage, "--run", str(self.directory), "--supervised"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home(),
                env=environment() | (ways_to_others(self._place) if self._place else {}),
                start_new_session=True,
                pass_fds=(self._lock, *self._keeps),
                preexec_fn=prepare,
            )
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process

    def _command(self) -> list[str]:
        if self._launch:
            return launched(self._launch, self.directory / LAUNCH_FILE, self._place)
        chosen: str = settings.ENV.run_trainer
        return shlex.split(chosen) if chosen else [sys.executable, "-m", "rewardmodel"]

    def _log(self) -> IO[bytes]:
        path = self.directory / LOG_FILE
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.unlink()
        return path.open("ab")

    def tick(self) -> None:
        """The lease was renewed: the trainer may go on."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            os.write(self.process.stdin.fileno(), b".")

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Save and leave with code 75."""
        if self._launch:  # a launcher would end the others instead of letting them save
            assert self.process.stdin is not None
            with contextlib.suppress(OSError, ValueError):
                os.write(self.process.stdin.fileno(), STOP)
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Leave nothing behind."""
        if self.exit_code is None:
            self.kill()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def last_words(self, lines: int = 8) -> str:
        """The end of its output, in whole lines: half of a secret would not be known for one."""
        try:
            text, _ = end_of(self.directory / LOG_FILE)
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


@contextlib.contextmanager
def kept_alive(trainer: Trainer, heart: Heartbeat) -> Iterator[None]:
    """The trainer goes on for as long as the lease is renewed, and outlives nothing that is done meanwhile."""
    try:
        heart.tell(trainer.tick)
        yield
    except BaseException:
        trainer.kill()
        raise
    finally:
        heart.tell(lambda: None)
        trainer.close()


def launched(launch: Launch, path: Path, place: Place | None = None) -> list[str]:
    """`accelerate launch` by the configuration that a run keeps, written to `path`.

    place: of this host, where there are several; what the file says of that does not count.
    """
    path.write_text(str(launch["text"]), encoding="utf-8")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(path)]
    if launch["distributed_type"] == "MULTI_CPU":
        # accelerate starts several CPU processes by mpirun alone; this flag has torch start them here
        command.append("--multi_gpu")
    if place is not None:
        name, _, port = place.address.rpartition(":")
        command += ["--num_machines", str(place.machines), "--machine_rank", str(place.rank)]
        command += ["--main_process_ip", name, "--main_process_port", port]
        command += ["--rdzv_backend", "static"]
    return [*command, "-m", "rewardmodel"]


def home() -> Path:
    """The folder that `-m rewardmodel` is found from."""
    found = importlib.util.find_spec("rewardmodel")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).resolve().parents[1]


def environment() -> dict[str, str]:
    """What a process of the learning library gets: no secrets, no hub."""
    keys = names_of_keys()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in keys and not is_secret(name)
    }
    offline = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    return {**kept, **offline}


def ways_to_others(place: Place) -> dict[str, str]:
    """The interface by which the processes of several hosts talk: the one of this worker's address.

    Left to themselves gloo and NCCL take that of the host's name, which may be known to it alone.
    """
    interface = interface_for(place.address.rpartition(":")[0])
    names = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")
    return {name: interface for name in names if interface and name not in os.environ}


# --- one process a directory --------------------------------------------------------------------


@contextlib.contextmanager
def held_directory(directory: Path, epoch: int) -> Iterator[None]:
    """While no trainer works in the directory. Raises DirectoryBusy."""
    handle = _take_lock(directory, epoch)
    try:
        yield
    finally:
        os.close(handle)


def last_epoch_here(directory: Path) -> int | None:
    """The epoch of the last try that started a trainer in this directory, on this disk."""
    epoch = _holder(directory).get("epoch")
    return epoch if isinstance(epoch, int) else None


def _take_lock(directory: Path, epoch: int) -> int:
    """An open descriptor that holds the directory's lock. Raises DirectoryBusy."""
    handle = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _end_holder(directory, epoch)
            if time.monotonic() > deadline:
                os.close(handle)
                raise DirectoryBusy(_holder_in_words(directory)) from None
            time.sleep(0.1)
        else:
            return handle


def _holder(directory: Path) -> dict[str, object]:
    try:
        found = json.loads((directory / HOLDER_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_holder(directory: Path, pid: int, epoch: int) -> None:
    row = {"host": _host(), "pid": pid, "started": _start_time(pid), "epoch": epoch}
    temporary = directory / f".{HOLDER_FILE}.{pid}"
    temporary.write_text(json.dumps(row))
    temporary.replace(directory / HOLDER_FILE)


def _end_holder(directory: Path, epoch: int) -> None:
    """Kill the process group that an earlier try left here, if it is certainly that one.

    A worker that slept through its lease must not end its successor: only lower epochs are killed.
    """
    holder = _holder(directory)
    pid, theirs = holder.get("pid"), holder.get("epoch")
    if holder.get("host") != _host() or not isinstance(pid, int) or pid <= 1:
        return
    if not isinstance(theirs, int) or theirs >= epoch:
        return
    started = _start_time(pid)
    if started is not None and started == holder.get("started"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _holder_in_words(directory: Path) -> str:
    holder = _holder(directory)
    return f"process {holder.get('pid')} on {holder.get('host')} still works in the run directory"


def _host() -> str:
    """This machine since it booted: process numbers mean nothing beyond."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()} {boot}"


def _start_time(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; tells a process from a later one of its number."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()[19]
