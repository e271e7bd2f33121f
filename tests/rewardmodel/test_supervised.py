"""No process of a run outlives its supervisor, whatever its launcher does with sessions and signals."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rewardmodel.errors import EXIT_ORPHANED

LIMIT_S = 60
HOME = Path(__file__).parents[2]
ONE_THAT_SLEEPS = """
import time
from rewardmodel.supervised import watch_standard_input
watch_standard_input()
print("watching", flush=True)
time.sleep(600)
"""
# As if it were importing when the launcher dies: the death of a parent is no news to it any more.
ONE_THAT_BEGINS_LATE = """
import os, pathlib, sys, time
parent = os.getppid()
path = pathlib.Path(sys.argv[1], os.environ["LOCAL_RANK"])
path.with_suffix(".new").write_text(str(os.getpid()))
path.with_suffix(".new").rename(path)
while os.getppid() == parent:
    time.sleep(0.02)
from rewardmodel.supervised import watch_standard_input
watch_standard_input()
time.sleep(600)
"""


def test_a_second_process_leaves_when_its_input_is_closed_and_reads_none_of_it() -> None:
    reads, writes = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", ONE_THAT_SLEEPS],
        stdin=reads,
        stdout=subprocess.PIPE,
        cwd=HOME,
        env={**os.environ, "LOCAL_RANK": "1"},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"watching\n"
        os.write(writes, b"..s")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        os.close(writes)
        assert process.wait(LIMIT_S) == EXIT_ORPHANED
        assert os.read(reads, 10) == b"..s", "for the one who reads"
    finally:
        process.kill()
        process.communicate()
        os.close(reads)


def test_no_process_outlives_its_launcher_and_the_supervisor(tmp_path: Path) -> None:
    script = tmp_path / "late.py"
    script.write_text(ONE_THAT_BEGINS_LATE)
    launcher = subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"),
            *(str(script), str(tmp_path)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HOME)},
    )
    pids = [_number_in(tmp_path / rank) for rank in ("0", "1")]
    try:
        os.killpg(launcher.pid, signal.SIGKILL)  # as a supervisor ends it
        assert launcher.wait(LIMIT_S) == -signal.SIGKILL
        assert launcher.stdin is not None
        launcher.stdin.close()
        launcher.stdin = None
        # They hold the other end of its output: that it ends means that all have left.
        launcher.communicate(timeout=LIMIT_S)
    except BaseException:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        raise


def _number_in(path: Path) -> int:
    """What is written there, once it is."""
    deadline = time.monotonic() + LIMIT_S
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(path.read_text())
