"""Four reward models that judge together against one: how high the truth gets, how far proxies err.

The members learn from the same labels and differ in their head and the order of the labels (Coste et
al. 2023). Every reward model has spread 1 on the base policy's completions before they are taken together,
as saved reward models have; what they make together keeps its own, smaller spread: to claim less where the
members disagree is what an ensemble is for. Best-of-n sets an ensemble against the mean of its members by
themselves; PPO, which costs more, against the first of them. Labels are few and readers never content, so that
what a policy gets at what it is optimised for and what it is worth lie apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.over_optimisation import FARTHEST, on_grid
from benchmarks.learning.plots import Line, line_plot
from benchmarks.learning.rounds import smoothed
from benchmarks.learning.start import (
    NOISE,
    SIZES,
    Standardised,
    chosen_by,
    proxy,
    reward_model,
)
from benchmarks.learning.statistics import interval, paired
from benchmarks.learning.world import World, with_readers_never_content
from rewardmodel.advantages import combine_members
from rewardmodel.decoding import SampledCompletion
from rewardmodel.scorers import Scorer

RANKINGS, MEMBERS, CAUTION = 96, 4, 1.0
RULES = ("mean", "mean_minus_std")
LEVELS = (4.0, 8.0, 16.0)  # nats at which PPO's policies are compared
CHOICES = (16, 256)  # n of best-of-n: at most 1.8 and 4.5 nats
NAMES = {"single": "single", "mean": "mean of 4", "mean_minus_std": "mean − spread"}


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """The choices and PPO's course of single reward models and of both ensembles."""
    world = with_readers_never_content(world)
    members = [proxy(world, seed, member, RANKINGS) for member in range(MEMBERS)]
    found: dict[str, Any] = {
        "ppo": {"single": asdict(course_of(world, members[0], seed, folder / "single"))},
        "best_of_n": {"single": [asdict(chosen_by(world, seed, one)) for one in members]},
    }
    for rule in RULES:
        scorer = Standardised(Together(members, rule), world, seed, stretched=False)
        found["ppo"][rule] = asdict(course_of(world, scorer, seed, folder / rule))
        found["best_of_n"][rule] = [asdict(chosen_by(world, seed, scorer))]
    return found


class Together:
    """Standardised reward models as one, by one of the library's rules."""

    def __init__(self, members: Sequence[Standardised], rule: str) -> None:
        self.members, self.rule = members, rule

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        scores = torch.stack([member(prompts, completions) for member in self.members])
        return combine_members(scores, self.rule, CAUTION)


def course_of(world: World, scorer: Scorer, seed: int, folder: Path) -> Course:
    """PPO under a KL penalty that is eased; its values begin as the first reward model."""
    course, _ = optimise(
        world,
        scorer,
        "ppo",
        folder,
        seed=seed,
        farthest=FARTHEST,
        values_from=reward_model(world, seed, 0, RANKINGS),
        eased=True,
    )
    return course


def gap(course: Course, level: float) -> float:
    """Proxy minus gold, both from 0 at the base policy."""
    return course.at(level, "proxy") - course.at(level)


def chosen(found: Sequence[dict[str, Any]], key: str, n: int) -> dict[str, list[float]]:
    """Of best-of-n: gold and gap by seed, the mean over single members where there are several."""
    place = SIZES.index(n)
    by_seed = [[Course(**course) for course in one["best_of_n"][key]] for one in found]
    proxies = [fmean(course.proxy[place] for course in courses) for courses in by_seed]
    golds = [fmean(course.gold[place] for course in courses) for courses in by_seed]
    gaps = [proxy - gold for proxy, gold in zip(proxies, golds, strict=True)]
    return {"gold": golds, "gap": gaps}


def choices(found: Sequence[dict[str, Any]]) -> tuple[list[Claim], Table]:
    """What best-of-n says of ensembles."""
    seen = {(key, n): chosen(found, key, n) for key in NAMES for n in CHOICES}
    claims = [
        Claim.above_zero(
            f"{NAMES[key]}: smaller gap of proxy and gold than its members, best of {n}",
            paired(seen["single", n]["gap"], seen[key, n]["gap"]),
        )
        for key in RULES
        for n in CHOICES
    ]
    rows = [
        [name, *(str(interval(seen[key, n][what])) for what in ("gold", "gap") for n in CHOICES)]
        for key, name in NAMES.items()
    ]
    head = ("best of n", *(f"{what}, n = {n}" for what in ("gold", "gap") for n in CHOICES))
    return claims, Table(head, rows)


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """Peaks and gaps, each ensemble against the single reward model."""
    courses = {key: [Course(**one["ppo"][key]) for one in found] for key in NAMES}
    peaks = {key: [max(smoothed(course)) for course in courses[key]] for key in NAMES}
    gaps = {
        (key, level): [gap(course, level) for course in courses[key]]
        for key in NAMES
        for level in LEVELS
    }
    claims, table = choices(found)
    for key in RULES:
        for level in LEVELS:
            less = paired(gaps["single", level], gaps[key, level])
            claims.append(
                Claim.above_zero(
                    f"{NAMES[key]}: smaller gap of proxy and gold than single, PPO at {level:g} nats",
                    less,
                )
            )
        higher = paired(peaks[key], peaks["single"])
        claims.append(
            Claim.not_below_zero(f"{NAMES[key]}: PPO's gold peak not lower than single", higher)
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
        "PPO against",
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
        f"{MEMBERS} reward models of the same {RANKINGS} rankings with noise {NOISE}, readers never "
        f"content; mean − spread takes {CAUTION:g} standard "
        "deviation of the members off.",
        claims,
        [table, Table(head, rows)],
        [line_plot("Gold under PPO, by scorer", lines, "√KL, √nats")],
        figures,
    )
