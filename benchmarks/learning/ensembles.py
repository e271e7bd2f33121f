"""Four reward models that judge together against one: how high the truth gets, how far proxies err.

The members learn from the same labels and differ in their head and the order of the labels (Coste et
al. 2023). Every scorer has spread 1 on the base policy's completions, so gaps compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.over_optimisation import on_grid
from benchmarks.learning.plots import Line, line_plot
from benchmarks.learning.rounds import smoothed
from benchmarks.learning.start import (
    ITERATIONS,
    SCORED_TOKENS,
    Standardised,
    ppo_course,
    reward_model,
)
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import World
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer

MEMBERS, CAUTION = 4, 1.0
LEVELS = (4.0, 10.0)  # nats at which they are compared
NAMES = {"single": "single", "mean": "mean of 4", "mean_minus_std": "mean − spread"}


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """PPO's course against the single reward model and both ensembles."""
    found = {"single": asdict(ppo_course(world, seed, folder))}
    members = [
        RewardModelScorer(reward_model(world, seed, member), SCORED_TOKENS)
        for member in range(MEMBERS)
    ]
    for rule in ("mean", "mean_minus_std"):
        scorer = Standardised(EnsembleScorer(members, rule, CAUTION), world, seed)
        course, _ = optimise(world, scorer, "ppo", folder / rule, seed=seed, iterations=ITERATIONS)
        found[rule] = asdict(course)
    return found


def gap(course: Course, level: float) -> float:
    """Proxy minus gold, both from 0 at the base policy."""
    return course.at(level, "proxy") - course.at(level)


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """Peaks and gaps, each ensemble against the single reward model."""
    courses = {key: [Course(**one[key]) for one in found] for key in NAMES}
    peaks = {key: [max(smoothed(course)) for course in courses[key]] for key in NAMES}
    gaps = {
        (key, level): [gap(course, level) for course in courses[key]]
        for key in NAMES
        for level in LEVELS
    }
    claims = []
    for key in ("mean", "mean_minus_std"):
        for level in LEVELS:
            less = paired(gaps["single", level], gaps[key, level])
            claims.append(
                Claim.above_zero(
                    f"{NAMES[key]}: smaller gap of proxy and gold than single, {level:g} nats", less
                )
            )
        higher = paired(peaks[key], peaks["single"])
        claims.append(
            Claim.not_below_zero(f"{NAMES[key]}: gold peak not lower than single", higher)
        )
    rows = [
        [
            name,
            str(interval(peaks[key])),
            *(str(interval([c.at(level) for c in courses[key]])) for level in LEVELS),
            *(str(interval(gaps[key, level])) for level in LEVELS),
        ]
        for key, name in NAMES.items()
    ]
    head = (
        "scorer",
        "gold peak",
        *(f"gold at {level:g} nats" for level in LEVELS),
        *(f"gap at {level:g} nats" for level in LEVELS),
    )
    lines, figures = [], {}
    for key, name in NAMES.items():
        d, gold = on_grid(courses[key], "gold")
        lines.append(Line(name, list(zip(d, gold.mean(axis=0).tolist(), strict=True))))
        figures[key] = {"d": d, "gold": gold.tolist(), "peaks": peaks[key]}
    return Findings(
        "Ensembles",
        f"{MEMBERS} reward models of the same labels; mean − spread takes {CAUTION:g} standard "
        "deviation of the members off.",
        claims,
        [Table(head, rows)],
        [line_plot("Gold under PPO, by scorer", lines, "√KL, √nats")],
        figures,
    )
