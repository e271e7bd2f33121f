"""Both sides as processes: starting them, giving turns, and TRL's own environment."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def trl_python(version: str) -> Path:
    """The interpreter of an environment with this TRL, made at first use (not in the repository)."""
    folder = REPOSITORY / ".venv" / f"trl-{version}"
    interpreter = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"… making an environment with TRL {version}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for package in ("torch==2.13.0", f"trl=={version}"):
            subprocess.run([str(interpreter), "-m", "pip", "install", "-q", package], check=True)
        (folder / "ready").touch()
    return interpreter


class Side:
    """A process that takes a step when told (see turns.py)."""

    def __init__(self, name: str, command: Sequence[str], threads: int) -> None:
        self.name = name
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "OMP_WAIT_POLICY": "PASSIVE",
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
            "TRL_EXPERIMENTAL_SILENCE": "1",
        }
        self.log = (Path(os.environ.get("TMPDIR", "/tmp")) / f"against-trl-{name}.log").open("w")
        self._process = subprocess.Popen(
            list(command),
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.facts = self._read()

    def step(self, count: bool = False) -> dict[str, Any]:
        """One step; seconds, processor seconds, peak memory and what the side says of it, with its
        multiplications where they are counted (which takes time)."""
        assert self._process.stdin is not None
        self._process.stdin.write("count\n" if count else "\n")
        self._process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        """No more turns."""
        self._process.kill()
        self._process.wait()
        self.log.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended early; see {self.log.name}")
        found: dict[str, Any] = json.loads(line)
        return found


def take_turns(sides: Sequence[Side], rounds: int, warm_up: int) -> dict[str, dict[str, Any]]:
    """A/B/A/B…; medians after the warm-up, quartiles, peak memory."""
    steps: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    for turn in range(warm_up + rounds):
        for side in sides:
            found = side.step()
            if turn >= warm_up:
                steps[side.name].append(found)
    return {
        side.name: {
            "seconds": statistics.median(s["seconds"] for s in steps[side.name]),
            "fastest": min(s["seconds"] for s in steps[side.name]),
            "slowest": max(s["seconds"] for s in steps[side.name]),
            "cpu": statistics.median(s["cpu"] for s in steps[side.name]),
            "losses": [s.get("loss", s.get("loss_before")) for s in steps[side.name]],
            "peak_mb": steps[side.name][-1]["peak_mb"],
            **side.facts,
        }
        for side in sides
    }
