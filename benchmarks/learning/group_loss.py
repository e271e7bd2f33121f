"""Whole rankings as one batch element, against their pairs shuffled like independent rows.

InstructGPT (section 3.5) reports that shuffled pairs overfit within one pass. Same labels, network,
rate and number of updates; only the order in which pairs are visited differs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.proxy import held_out_figures, train_reward_model
from benchmarks.learning.start import NOISE
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import World, rank, sample
from rewardmodel.groups import Group

RANKINGS, COMPLETIONS, PER_STEP = 128, 6, 4
HELD_OUT_COMPLETIONS = 4
EPOCHS = (1, 3)


def shuffled_pairs(groups: Sequence[Group], seed: int) -> list[Group]:
    """Every pair a ranking of two."""
    rows = []
    for group in groups:
        for pair in group.pairs:
            ids = [group.completion_ids[pair.better], group.completion_ids[pair.worse]]
            rows.append(
                replace(
                    group,
                    completion_ids=ids,
                    text_lengths=[group.text_lengths[pair.better], group.text_lengths[pair.worse]],
                    pairs=[pair._replace(better=0, worse=1)],
                    tiers=[0, 1],
                )
            )
    random.Random(f"pairs-{seed}").shuffle(rows)
    return rows


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """Validation NLL and accuracy of both after 1 and 3 epochs: {epochs: {way: {figure: value}}}."""
    prompts = world.labeled_prompts[:RANKINGS]
    drawn = sample(world.base, prompts, COMPLETIONS, 10_000 + seed)
    groups = rank(world, prompts, drawn, noise=NOISE, seed=seed)
    unseen = sample(world.base, world.prompts, HELD_OUT_COMPLETIONS, 15_000 + seed)
    held_out = rank(world, world.prompts, unseen, noise=NOISE, seed=5000 + seed)
    pairs = shuffled_pairs(groups, seed)
    pairs_per_step = round(PER_STEP * len(pairs) / len(groups))
    ways = {"group": (groups, PER_STEP), "pairs": (pairs, pairs_per_step)}
    found: dict[str, Any] = {}
    for epochs in EPOCHS:
        for name, (data, per_step) in ways.items():
            reward_model = train_reward_model(
                world.base_folder, data, seed=seed, epochs=epochs, prompts_per_step=per_step
            )
            # as the loss saw it: unit spread is for PPO, and would change what the NLL says
            reward_model.shift, reward_model.scale = 0.0, 1.0
            figures = held_out_figures(reward_model, held_out)
            found.setdefault(str(epochs), {})[name] = figures
    return found


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """NLL and accuracy, and what the group loss saves."""
    claims, rows = [], []
    saved = {}
    for epochs in EPOCHS:
        by_way = {
            way: {
                name: [one[str(epochs)][way][name] for one in found] for name in ("nll", "accuracy")
            }
            for way in ("group", "pairs")
        }
        saved[epochs] = [
            a - b for a, b in zip(by_way["pairs"]["nll"], by_way["group"]["nll"], strict=True)
        ]
        text = f"group loss: lower validation NLL than shuffled pairs, {epochs} epochs"
        claims.append(
            Claim.above_zero(text.replace("1 epochs", "1 epoch"), interval(saved[epochs]))
        )
        for way, figures in by_way.items():
            rows.append([str(epochs), way, *(f"{interval(figures[name]):.3f}" for name in figures)])
    grows = paired(saved[EPOCHS[-1]], saved[EPOCHS[0]])
    claims.append(Claim.above_zero("its lead grows from 1 to 3 epochs", grows))
    return Findings(
        "Group loss",
        f"{RANKINGS} rankings of {COMPLETIONS} with noise {NOISE:g}, {PER_STEP} rankings an update or "
        "as many pairs.",
        claims,
        [Table(("epochs", "batch", "validation NLL", "accuracy"), rows)],
        figures={"seeds": list(found)},
    )
