"""Child processes end with their parent, are stopped whole, and keep their logs small."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from annotation.local import leftovers, logs
from annotation.local.children import Child
from annotation.local.console import Teller
from annotation.local.errors import LocalError
from annotation.local.keeping import LONGEST_PAUSE, STEADY, Errand, Kept, ending

ROOT = Path(__file__).resolve().parents[3]
# a shell that ignores the polite signal and has a child of its own
STUBBORN = "trap '' TERM; sleep 300 & echo $! ; wait"


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def child(tmp_path: Path, script: str, grace: float = 10.0) -> Child:
    return Child(
        name="one",
        command=["bash", "-c", script],
        log=tmp_path / "one.log",
        env={"PATH": os.environ["PATH"]},
        grace=grace,
    )


def test_a_child_that_will_not_stop_is_ended_with_everything_it_started(tmp_path: Path) -> None:
    one = child(tmp_path, STUBBORN, grace=0.2)
    one.start()
    assert until(lambda: one.log.read_text().strip().isdigit())
    grandchild = int(one.log.read_text())
    assert alive(grandchild)
    one.stop()
    assert not one.running
    assert until(lambda: not alive(grandchild))


def test_a_child_that_stops_when_asked_is_given_the_time(tmp_path: Path) -> None:
    one = child(tmp_path, "trap 'sleep 0.3; echo saved; exit 0' TERM; echo on; sleep 60 & wait")
    one.start()
    assert until(lambda: "on" in one.log.read_text())
    one.stop()
    assert one.log.read_text() == "on\nsaved\n"


def test_children_are_out_of_reach_of_the_terminals_ctrl_c(tmp_path: Path) -> None:
    one = child(tmp_path, "sleep 60")
    one.start()
    assert one.process is not None
    assert os.getpgid(one.process.pid) != os.getpgid(0)
    assert os.getsid(one.process.pid) != os.getsid(0)
    one.stop()


PARENT = """
import os, sys, time
from pathlib import Path
from annotation.local.children import Child
one = Child("one", ["sleep", "300"], Path(sys.argv[1]) / "one.log", {"PATH": os.environ["PATH"]})
one.start()
print(one.process.pid, flush=True)
time.sleep(300)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    assert until(lambda: not alive(pid))


def test_leftovers_are_found_by_their_mark_and_not_by_a_number(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"]}
    ours = subprocess.Popen(["sleep", "300"], env={**env, leftovers.RUN_MARK: "run-1"})
    other = subprocess.Popen(["sleep", "300"], env={**env, leftovers.RUN_MARK: "run-12"})
    try:
        assert until(lambda: leftovers.marked_with("run-1") == [ours.pid])
        leftovers.end(lambda: leftovers.marked_with("run-1"), 5.0)
        assert ours.wait(5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_leftovers_that_do_not_listen_are_ended_by_force(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], leftovers.RUN_MARK: "run-2"}
    script = "trap '' TERM; echo on; while true; do sleep 0.1; done"
    stubborn = subprocess.Popen(["bash", "-c", script], env=env, stdout=subprocess.PIPE)
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    leftovers.end(lambda: leftovers.marked_with("run-2"), 0.3)
    assert stubborn.wait(5) == -signal.SIGKILL


def test_a_log_that_grew_is_turned_over_while_its_writer_goes_on(tmp_path: Path) -> None:
    one = child(tmp_path, "for i in $(seq 300); do echo line $i; sleep 0.01; done")
    one.start()
    assert until(lambda: one.log.stat().st_size > 500)
    assert logs.turn_over(one.log, limit=500)
    assert until(lambda: one.log.stat().st_size > 500)
    assert logs.turn_over(one.log, limit=500)
    assert one.wait(30)
    text = one.log.read_text()
    assert text.splitlines()[-1] == "line 300"
    assert "\0" not in text  # the writer went on at the new end
    older = [tmp_path / f"one.log.{number}" for number in (2, 1)]
    assert older[0].read_text().startswith("line 1\n")
    assert not logs.turn_over(older[0], limit=10**6)


def test_pauses_double_up_to_a_bound_and_a_steady_child_starts_at_once(tmp_path: Path) -> None:
    kept = Kept(child(tmp_path, "false"))
    kept.child.started_at = time.monotonic()
    assert [kept.pause() for _ in range(7)] == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    kept.child.started_at = time.monotonic() - STEADY - 1
    assert kept.pause() == 0


@pytest.mark.parametrize(
    ("script", "words"),
    [("kill -9 $$", "was ended by SIGKILL"), ("exit 3", "ended with status 3")],
)
def test_endings_are_told_in_words(tmp_path: Path, script: str, words: str) -> None:
    one = child(tmp_path, script)
    one.start()
    assert one.wait(10)
    assert ending(one) == words


def test_an_errand_is_heard_while_it_works_and_its_failure_is_told(tmp_path: Path) -> None:
    heard = io.StringIO()
    tell = Teller(console=Console(file=heard, width=200))
    (tmp_path / "one.log").write_text("said long ago\n")
    go_on = tmp_path / "go-on"
    script = f"echo first; until [ -e {go_on} ]; do sleep 0.05; done; echo last; exit 7"
    errand = Errand(child(tmp_path, script), tell, aloud=True)
    assert until(lambda: not errand.ended() and "first" in heard.getvalue())
    go_on.touch()
    assert until(errand.ended)
    assert heard.getvalue().split() == ["first", "last"]
    with pytest.raises(LocalError, match=r"ended with status 7:\n(.|\n)*last"):
        errand.check()
