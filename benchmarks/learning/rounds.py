"""Three rounds of N labels against one of 3N, by the true reward at equal KL.

Every round has completions ranked, trains the reward model anew from the base policy on all labels so far, and
restarts the policy from the base, which stays the reference. Half of each prompt's completions are the newest
policy's, half those of a policy before it: what optimisation did wrong is learnt from beside what it did not
do, and rankings among its own texts alone never say that all of them are bad. One round does so once, on the
base policy's completions, with as many labels as the three. Readers are never content here: where most of what a
policy writes is as good as it can be, people cannot tell its texts apart, and rankings of them teach nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.over_optimisation import FARTHEST, on_grid
from benchmarks.learning.plots import Line, line_plot
from benchmarks.learning.start import COMPLETIONS, NOISE, scoring, trained
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import World, rank, sample, with_readers_never_content
from rewardmodel.groups import Group
from rewardmodel.models import Policy

ROUNDS, LABELS = 3, 64  # rankings a round
OLDER = 2  # of a prompt's completions are of a policy before the newest
BETWEEN = 6.0  # nats from the base of the policies whose completions the next round's people rank
LEVELS = (4.0, 8.0, 16.0)  # nats at which the policies are compared
NAMES = {"three": "three rounds of N", "one": "one round of 3N"}


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """The last policy's course either way."""
    world = with_readers_never_content(world)
    three, one = [], []
    older: list[Policy] = []
    newest = world.base
    course = Course()
    for number in range(ROUNDS):
        prompts = world.labeled_prompts[number * LABELS : (number + 1) * LABELS]
        three += ranked(world, prompts, newest, older, seed=seed, number=number)
        one += ranked(world, prompts, world.base, [], seed=seed, number=number)
        older.append(newest)
        last = number == ROUNDS - 1
        course, newest = learn(world, three, seed, folder, FARTHEST if last else BETWEEN)
    at_once, _ = learn(world, one, seed, folder, FARTHEST)
    return {"three": asdict(course), "one": asdict(at_once)}


def ranked(
    world: World,
    prompts: Sequence[Sequence[int]],
    newest: Policy,
    older: Sequence[Policy],
    *,
    seed: int,
    number: int,
) -> list[Group]:
    """One round's labels. Older policies take turns, prompt by prompt."""
    of_newest = COMPLETIONS - OLDER if older else COMPLETIONS
    drawn = sample(newest, prompts, of_newest, 40_000 + 10 * seed + number)
    for turn, policy in enumerate(older):
        own = slice(turn, None, len(older))
        beside = sample(policy, prompts[own], OLDER, 50_000 + 100 * seed + 10 * number + turn)
        drawn[own] = [new + old for new, old in zip(drawn[own], beside, strict=True)]
    return rank(world, prompts, drawn, noise=NOISE, seed=100 * seed + number)


def learn(
    world: World, groups: Sequence[Group], seed: int, folder: Path, farthest: float
) -> tuple[Course, Policy]:
    """A reward model of these labels, and PPO from the base policy against it."""
    reward_model = trained(world, groups, seed, 0)
    scorer = scoring(reward_model, world, seed)
    return optimise(
        world,
        scorer,
        "ppo",
        folder / "round",
        seed=seed,
        farthest=farthest,
        values_from=reward_model,
        eased=True,
    )


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """Gold at the levels, and its curve."""
    courses = {key: [Course(**one[key]) for one in found] for key in NAMES}
    claims, rows = [], []
    for level in LEVELS:
        three, one = ([course.at(level) for course in courses[key]] for key in NAMES)
        gain = paired(three, one)
        rows.append([f"{level:g}", str(interval(three)), str(interval(one)), str(gain)])
        claims.append(
            Claim.above_zero(f"three rounds of {LABELS} rankings beat one, at {level:g} nats", gain)
        )
    lines, figures = [], {}
    for key, name in NAMES.items():
        d, gold = on_grid(courses[key], "gold")
        bands = [interval(column.tolist()) for column in gold.T]
        band = [(x, one.low, one.high) for x, one in zip(d, bands, strict=True)]
        lines.append(Line(name, list(zip(d, gold.mean(axis=0).tolist(), strict=True)), band))
        figures[key] = {"d": d, "gold": [asdict(one) for one in bands]}
    best = {key: [max(smoothed(course)) for course in courses[key]] for key in NAMES}
    rows.append(
        [
            "highest on the way",
            *(str(interval(best[key])) for key in NAMES),
            str(paired(*best.values())),
        ]
    )
    return Findings(
        "Rounds",
        f"{ROUNDS} rounds of {LABELS} rankings against one of {ROUNDS * LABELS}; every policy "
        "starts from the base, and KL is counted from it. Readers are never content here.",
        claims,
        [Table(("KL, nats", *NAMES.values(), "difference, paired"), rows)],
        [line_plot("Gold of the last policy", lines, "√KL, √nats")],
        figures,
    )


def smoothed(course: Course) -> list[float]:
    """Gold over three neighbouring iterations: the noise of one would pass for a peak."""
    return [math.fsum(course.gold[n - 1 : n + 2]) / 3 for n in range(1, len(course.gold) - 1)]
