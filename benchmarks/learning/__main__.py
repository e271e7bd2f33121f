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
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.learning import ensembles, group_loss, methods, over_optimisation, rounds
from benchmarks.learning.findings import Findings
from benchmarks.learning.report import as_text, write
from benchmarks.learning.world import World, make_world

MEASURES: dict[str, Callable[[World, int, Path], dict[str, Any]]] = {
    "over-optimisation": over_optimisation.measure,
    "rounds": rounds.measure,
    "ensembles": ensembles.measure,
    "group-loss": group_loss.measure,
    "methods": methods.measure,
}
SUMMARIES: dict[str, Callable[[Sequence[dict[str, Any]]], Findings]] = {
    "over-optimisation": over_optimisation.summarise,
    "rounds": rounds.summarise,
    "ensembles": ensembles.summarise,
    "group-loss": group_loss.summarise,
    "methods": methods.summarise,
}
WORLD_SEED = 0


@cache
def world_of(folder: Path) -> World:
    """One world a process; its base policy is pretrained before the processes start."""
    torch.set_num_threads(1)
    return make_world(folder / "world", WORLD_SEED)


def measure_seed(folder: Path, seed: int, chosen: Sequence[str]) -> dict[str, dict[str, Any]]:
    """All chosen experiments of one seed: some share what they start from."""
    world = world_of(folder)
    found = {}
    for name in chosen:
        began = time.monotonic()
        found[name] = MEASURES[name](world, seed, folder / f"seed-{seed}")
        print(f"seed {seed}: {name}, {time.monotonic() - began:.0f} s", flush=True)
    return found


def measure_all(
    folder: Path, seeds: int, chosen: Sequence[str], processes: int
) -> list[dict[str, dict[str, Any]]]:
    """In the order of the seeds."""
    world_of(folder)
    if processes == 1:
        return [measure_seed(folder, seed, chosen) for seed in range(seeds)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(measure_seed, folder, seed, chosen): seed for seed in range(seeds)}
        done = {running[one]: one.result() for one in as_completed(running)}
    return [done[seed] for seed in range(seeds)]


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
