"""Run all tests in lanes side by side: `python -m tests.lanes`.

One lane alone leaves a core idle: it waits for its database, or its database for it. Each lane is a pytest of
its own with servers of its own. Browsers and workers watch the clock, so the others give way to them,
and to the trainers that workers start at a niceness of 10.
What the first lane says is seen at once, the rest when it has ended.

Where at most three tests of a lane fail, these run again with the machine to themselves. What fails then has failed;
what passes is named at the end, so that somebody finds out what it waits for.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

MOST_AGAIN = 3  # more failures than these are no accident of timing
TESTS_FAILED = 1  # pytest's own exit status; others say that it was ended, or misused
BEGAN = time.monotonic()
ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ("tests/rewardmodel",)
SERVER = ("tests/annotation", "tests/contracts")
# whatever is in no other lane is in the first, so that nothing is forgotten
REST = ("tests", *(f"--ignore={folder}" for folder in (*LIBRARY, *SERVER)))


@dataclass
class Lane:
    """Some of the tests, run by one pytest."""

    name: str
    tests: tuple[str, ...]
    niceness: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def start(
        self, memory: Path, output: IO[bytes] | None, *options: str
    ) -> subprocess.Popen[bytes]:
        """`memory` is a folder in which each lane's pytest keeps which tests failed."""
        python = ("nice", "-n", str(self.niceness), sys.executable)
        pytest = ("pytest", "-o", f"cache_dir={memory / self.name}", *options)
        return subprocess.Popen(
            (*python, "-m", *pytest, *self.tests),
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches it through us, once
        )


LANES = (
    Lane("browsers and workers", REST),
    Lane("server", SERVER, 12),
    Lane("learning library", LIBRARY, 13, {"OMP_NUM_THREADS": "1"}),
)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # else lanes inherit that it is ignored
    failed: list[str] = []
    unsteady: list[str] = []
    with TemporaryDirectory() as folder:
        memory = Path(folder)
        for lane, status in side_by_side(memory):
            tests = failures(memory, lane)
            few = status == TESTS_FAILED and len(tests) <= MOST_AGAIN
            if few and pass_alone(memory, lane):
                unsteady += tests
            elif status:
                failed.append(lane.name)
    print(f"==> Tests: {'failed: ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    for test in unsteady:
        print(f"==> Failed beside others, passed alone: {test}", flush=True)
    return 1 if failed else 0


def side_by_side(memory: Path) -> list[tuple[Lane, int]]:
    """Run them all; every lane with its exit status."""
    with ExitStack() as stack:
        going: dict[str, tuple[subprocess.Popen[bytes], IO[bytes] | None]] = {}
        stack.callback(lambda: end([process for process, _ in going.values()]))
        for lane in LANES:
            output = stack.enter_context(TemporaryFile()) if going else None
            going[lane.name] = lane.start(memory, output), output
            if os.environ.get("DATABASE_URL"):
                going[lane.name][0].wait()  # on one server all would make the same test database
        ended: dict[str, float] = {}
        while len(ended) < len(going):
            time.sleep(0.2)
            for name, (process, _) in going.items():
                if process.poll() is not None:
                    ended.setdefault(name, time.monotonic())
        for name, (process, output) in going.items():
            if output is not None:
                output.seek(0)
                print(f"\n==> Tests: {name}", flush=True)
                sys.stdout.buffer.write(output.read())
            print(
                f"==> {name}: {ended[name] - BEGAN:.0f} s, status {process.returncode}", flush=True
            )
        return [(lane, going[lane.name][0].returncode) for lane in LANES]


def failures(memory: Path, lane: Lane) -> list[str]:
    """The tests of a lane that failed, by their names; none where pytest kept no list."""
    try:
        return sorted(json.loads((memory / lane.name / "v/cache/lastfailed").read_text()))
    except FileNotFoundError:
        return []


def pass_alone(memory: Path, lane: Lane) -> bool:
    """Whether what failed passes with the machine to itself."""
    print(f"\n==> Again, alone: {', '.join(failures(memory, lane))}", flush=True)
    options = ("--last-failed", "--last-failed-no-failures", "none")
    process = lane.start(memory, None, *options)
    try:
        return process.wait() == 0
    finally:
        end([process])


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask those that still run to stop, as Ctrl-C does, so that each stops its servers; then make them."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
