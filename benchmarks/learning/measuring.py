"""Which experiments there are, and how their seeds are spread over processes of one thread each.

Apart from `__main__`, which a spawned process cannot import.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.learning import (
    ensembles,
    group_loss,
    methods,
    over_optimisation,
    picking,
    rounds,
)
from benchmarks.learning.findings import Findings
from benchmarks.learning.world import World, make_world

MEASURES: dict[str, Callable[[World, int, Path], dict[str, Any]]] = {
    "over-optimisation": over_optimisation.measure,
    "rounds": rounds.measure,
    "ensembles": ensembles.measure,
    "group-loss": group_loss.measure,
    "methods": methods.measure,
    "picking": picking.measure,
}
SUMMARIES: dict[str, Callable[[Sequence[dict[str, Any]]], Findings]] = {
    "over-optimisation": over_optimisation.summarise,
    "rounds": rounds.summarise,
    "ensembles": ensembles.summarise,
    "group-loss": group_loss.summarise,
    "methods": methods.summarise,
    "picking": picking.summarise,
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
