"""Whole rankings as one batch element, against their pairs shuffled like independent rows.

InstructGPT (section 3.5) reports that shuffled pairs overfit within one pass. Same labels, network,
rate and number of updates; only the order in which pairs are visited differs. A pair computes two completions and a
ranking each of its own once, so that all K(K-1)/2 pairs of a ranking take K-1 times as long: they are held
against rankings for as many completions too, which are K-1 times fewer pairs.
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
WAYS = ("group", "pairs", "as many completions")


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
    """Validation NLL and accuracy after 1 and 3 epochs of the rankings: {epochs: {way: {figure: value}}}."""
    prompts = world.labeled_prompts[:RANKINGS]
    drawn = sample(world.base, prompts, COMPLETIONS, 10_000 + seed)
    groups = rank(world, prompts, drawn, noise=NOISE, seed=seed)
    unseen = sample(world.base, world.prompts, HELD_OUT_COMPLETIONS, 15_000 + seed)
    held_out = rank(world, world.prompts, unseen, noise=NOISE, seed=5000 + seed)
    pairs = shuffled_pairs(groups, seed)
    pairs_per_step = round(PER_STEP * len(pairs) / len(groups))
    found: dict[str, Any] = {}
    for epochs in EPOCHS:
        few = pairs[: epochs * len(pairs) // (COMPLETIONS - 1)]
        ways = zip(
            WAYS,
            (
                (groups, PER_STEP, epochs),
                (pairs, pairs_per_step, epochs),
                (few, PER_STEP * COMPLETIONS // 2, 1),
            ),
            strict=True,
        )
        for name, (data, per_step, passes) in ways:
            reward_model = train_reward_model(
                world.base_folder, data, seed=seed, epochs=passes, prompts_per_step=per_step
            )
            # as the loss saw it: unit spread is for PPO, and would change what the NLL says
            reward_model.shift, reward_model.scale = 0.0, 1.0
            figures = held_out_figures(reward_model, held_out)
            found.setdefault(str(epochs), {})[name] = figures
    return found


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """NLL and accuracy, and what the group loss saves."""
    claims, rows = [], []
    saved: dict[tuple[str, int], list[float]] = {}
    for epochs in EPOCHS:
        by_way = {
            way: {
                name: [one[str(epochs)][way][name] for one in found] for name in ("nll", "accuracy")
            }
            for way in WAYS
        }
        pass_or_more = f"{epochs} epoch{'s' if epochs > 1 else ''}"
        for way, against in (("pairs", ""), ("as many completions", " of as many completions")):
            saved[way, epochs] = [
                a - b for a, b in zip(by_way[way]["nll"], by_way["group"]["nll"], strict=True)
            ]
            text = f"group loss: lower validation NLL than shuffled pairs{against}, {pass_or_more}"
            claims.append(Claim.above_zero(text, interval(saved[way, epochs])))
        for way, figures in by_way.items():
            rows.append([str(epochs), way, *(f"{interval(figures[name]):.3f}" for name in figures)])
    grows = paired(saved["pairs", EPOCHS[-1]], saved["pairs", EPOCHS[0]])
    claims.append(Claim.above_zero("its lead grows from 1 to 3 epochs", grows))
    return Findings(
        "Group loss",
        f"{RANKINGS} rankings of {COMPLETIONS} with noise {NOISE:g}, {PER_STEP} rankings an update or "
        "as many pairs.",
        claims,
        [Table(("epochs", "batch", "validation NLL", "accuracy"), rows)],
        figures={"seeds": list(found)},
    )
