"""Automatic rounds that nobody attends but simulated labelers over HTTP, while the web server, the broker,
the workers and the scheduler are killed with SIGKILL at named points. Afterwards the record is asked over
HTTP: every step once, every run once, every policy traced back to its judgments.

    python -m benchmarks.unattended

All of Tiebreak as `make up` starts it, on data that is deleted at the end. Prints what it found; exit
status 1 where something was done twice or is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.unattended.course import Course
from benchmarks.unattended.installation import installation
from workers.demo import policy


class Told:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {line}", flush=True)


def main() -> None:
    """One run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--prompts", type=int, default=24, help="prompts of a round")
    parser.add_argument("--pretrain", type=int, default=60, help="updates of the first policy")
    parser.add_argument(
        "--lease", type=float, default=60.0, help="seconds a silent worker keeps a run"
    )
    options = parser.parse_args()
    tell = Told()
    with tempfile.TemporaryDirectory() as folder, installation(tell, options.lease) as stack:
        tell("pretraining a small policy")
        first = policy.pretrain(Path(folder), 1, tell, {"steps": options.pretrain})
        course = Course(stack, first, options.prompts, tell)
        report = course.run(options.rounds)
    report["seconds"] = round(time.monotonic() - tell.began)
    print(json.dumps(report, indent=1))
    sys.exit(bool(report["faults"]))


if __name__ == "__main__":
    main()
