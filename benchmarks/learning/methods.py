"""PPO, RLOO, GRPO, DPO and best-of-n on the same labels: the true reward at equal KL.

PPO, RLOO and GRPO optimise the reward model without a KL penalty, best-of-n draws from the base
policy and keeps the reward model's choice; DPO learns from the rankings themselves, and its KL is
measured on what it draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.over_optimisation import on_grid
from benchmarks.learning.plots import Line, line_plot
from benchmarks.learning.start import best_of_n, labels, ppo_course, proxy
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import CPU, World, sample
from rewardmodel.config import DpoConfig
from rewardmodel.decoding import sequence_log_probs
from rewardmodel.dpo import backward_on
from rewardmodel.dpo_figures import log_prob_table
from rewardmodel.models import Policy, load_policy
from rewardmodel.processes import Processes
from rewardmodel.scorers import Scorer
from rewardmodel.training import apply_update, epoch_order, new_optimizer

LEVELS = (1.5, 4.5)  # nats; best-of-256 is at most 4.55 from its policy
FARTHEST = 8.0  # nats where RLOO and GRPO end
BETA, DPO_RATE, DPO_PER_STEP, DPO_UPDATES, DPO_LOOK_EVERY = 0.05, 5e-4, 16, 64, 4
NAMES = {
    "ppo": "PPO",
    "rloo": "RLOO",
    "grpo": "GRPO",
    "dpo": "DPO",
    "best_of_n": "best-of-n",
}


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """The course of each method."""
    found = {
        "ppo": asdict(ppo_course(world, seed, folder)),
        "best_of_n": asdict(best_of_n(world, seed)),
        "dpo": asdict(dpo_course(world, seed)),
    }
    for method in ("rloo", "grpo"):
        course, _ = optimise(
            world,
            proxy(world, seed),
            method,
            folder / method,
            seed=seed,
            farthest=FARTHEST,
        )
        found[method] = asdict(course)
    return found


def dpo_course(world: World, seed: int) -> Course:
    """DPO on the labels, looked at every few updates."""
    config = DpoConfig(beta=BETA, prompts_per_step=DPO_PER_STEP, microbatch_tokens=8192, seed=seed)
    groups = labels(world, seed)
    policy, scorer = load_policy(world.base_folder, CPU), proxy(world, seed)
    reference = log_prob_table(policy, groups, config)
    optimizer = new_optimizer(policy, config)
    per_epoch = -(-len(groups) // DPO_PER_STEP)
    course = Course()
    for step in range(DPO_UPDATES + 1):
        if step % DPO_LOOK_EVERY == 0:
            look(world, policy, scorer, course, seed)
        epoch, number = divmod(step, per_epoch)
        order = epoch_order(seed, epoch, len(groups))
        chosen = order[number * DPO_PER_STEP : (number + 1) * DPO_PER_STEP]
        backward_on(policy, [groups[n] for n in chosen], reference[chosen], config, Processes(CPU))
        apply_update(policy, optimizer, DPO_RATE, config)
    return course


@torch.no_grad()
def look(world: World, policy: Policy, scorer: Scorer, course: Course, seed: int) -> None:
    """Add KL, proxy and gold of fresh completions, one of each prompt."""
    drawn = [found[0] for found in sample(policy, world.prompts, 1, 60_000 + seed)]
    theirs = sequence_log_probs(world.base, world.prompts, [one.ids for one in drawn], 1.0)
    differences = [sum(ours.log_probs) - float(theirs[n].sum()) for n, ours in enumerate(drawn)]
    course.kl.append(sum(differences) / len(differences))
    course.proxy.append(float(scorer(world.prompts, drawn).mean()))
    course.gold.append(float(world.gold(world.prompts, drawn).mean()))


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """Gold at the levels, with the claims of the plan."""
    courses = {key: [Course(**one[key]) for one in found] for key in NAMES}
    gold = {
        (key, level): [course.at(level) for course in courses[key]]
        for key in NAMES
        for level in LEVELS
    }
    low = LEVELS[0]
    claims = []
    for level in LEVELS:
        seen = paired(gold["ppo", level], gold["rloo", level])
        claims.append(
            Claim(
                f"PPO within noise of RLOO at {level:g} nats",
                str(seen),
                seen.low <= 0 <= seen.high and seen.count > 1,
            )
        )
    for key in ("ppo", "rloo", "grpo", "dpo"):
        seen = paired(gold["best_of_n", low], gold[key, low])
        claims.append(Claim.above_zero(f"best-of-n beats {NAMES[key]} at {low:g} nats", seen))
    rows = [
        [
            name,
            *(
                f"{interval(gold[key, level])} ({interval(gold[key, level]).count} of {len(found)})"
                for level in LEVELS
            ),
            f"{min(max(course.kl) for course in courses[key]):.1f}",
        ]
        for key, name in NAMES.items()
    ]
    head = ("method", *(f"gold at {level:g} nats (seeds)" for level in LEVELS), "least reach, nats")
    lines, figures = [], {}
    for key, name in NAMES.items():
        d, curve = on_grid(courses[key], "gold")
        lines.append(Line(name, list(zip(d, curve.mean(axis=0).tolist(), strict=True))))
        figures[key] = {"d": d, "gold": curve.tolist()}
    return Findings(
        "Methods at equal KL",
        f"No KL penalty; DPO with β = {BETA:g}. PPO takes two passes over what it draws, RLOO and "
        "GRPO one: equal KL is not equal work.",
        claims,
        [Table(head, rows)],
        [line_plot("Gold by method", lines, "√KL, √nats")],
        figures,
    )
