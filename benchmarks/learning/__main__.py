"""python -m benchmarks.learning [--seeds 5] [--only over-optimisation,rounds] [--out DIR]

Prints every claim with what was seen and whether it holds, failing ones included, and writes
report.json and index.html. Seeds are spread over processes of one thread each; the figures do not
depend on how many.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

# before torch is loaded, here and in the processes that are started
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from benchmarks.learning.measuring import MEASURES, SUMMARIES, WORLD_SEED, measure_all
from benchmarks.learning.report import as_text, write


def main() -> None:
    """Measure, summarise, write."""
    parser = argparse.ArgumentParser(prog="benchmarks.learning", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="runs of each experiment (default 5)")
    parser.add_argument("--only", help=f"some of: {','.join(MEASURES)}")
    parser.add_argument("--out", type=Path, default=Path("bench-learning-report"))
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else list(MEASURES)
    unknown = sorted(set(chosen) - set(MEASURES))
    if unknown or given.seeds < 1:
        parser.error(f"unknown: {', '.join(unknown)}" if unknown else "--seeds must be at least 1")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure_all(Path(scratch), given.seeds, chosen, given.processes)
    findings = [SUMMARIES[name]([one[name] for one in found]) for name in chosen]
    context = {
        "seeds": f"0 to {given.seeds - 1}",
        "world": WORLD_SEED,
        "seconds": round(time.monotonic() - began),
        "processes": given.processes,
    }
    write(given.out, findings, context)
    print(f"\n{as_text(findings, context)}\n\n{given.out / 'index.html'}")


if __name__ == "__main__":
    main()
