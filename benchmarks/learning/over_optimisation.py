"""Gold and proxy against sqrt(KL), for best-of-n and PPO (Gao et al. 2022): does the truth turn down?

For every seed: labels, a reward model of few of them, best-of-n from the base policy by the unbiased
estimator over one pool of samples, and PPO under a KL penalty that is eased until it is FARTHEST nats away.
Curves are averaged over seeds at equal distance, as far as all runs get, before the two laws are fitted.
Gains are counted from the base policy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.fits import Fit, fit
from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.plots import Line, line_plot
from benchmarks.learning.start import NOISE, RANKINGS, best_of_n, proxy, reward_model
from benchmarks.learning.statistics import Interval, interval
from benchmarks.learning.world import World

GRID_STEP, R_SQUARED = 0.1, 0.95
FARTHEST = (
    16.0  # nats; beyond, some runs fall into loops of words, and no law of d holds for their mean
)
END = 2  # points
WAYS = (  # key of the course, law, name
    ("best_of_n", "best_of_n", "best-of-n"),
    ("ppo", "rl", "PPO"),
)


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """Both courses of one seed."""
    course, _ = optimise(
        world,
        proxy(world, seed),
        "ppo",
        folder / "eased",
        seed=seed,
        farthest=FARTHEST,
        values_from=reward_model(world, seed),
        eased=True,
    )
    return {"best_of_n": asdict(best_of_n(world, seed)), "ppo": asdict(course)}


def on_grid(courses: Sequence[Course], name: str) -> tuple[list[float], NDArray[np.float64]]:
    """Distances that all courses reach, and (seeds, distances) values there: those measured, where all are
    alike (best-of-n), else GRID_STEP apart."""
    measured = courses[0].distances()
    if all(course.distances() == measured for course in courses):
        return measured, np.stack([np.asarray(getattr(course, name)) for course in courses])
    reached = min(max(course.distances()) for course in courses)
    grid = np.arange(0, reached + 1e-9, GRID_STEP)
    rows = []
    for course in courses:
        d = np.asarray(course.distances())
        order = np.argsort(d, kind="stable")
        rows.append(np.interp(grid, d[order], np.asarray(getattr(course, name))[order]))
    return grid.tolist(), np.stack(rows)


def after_the_peak(
    gold: NDArray[np.float64], proxy: NDArray[np.float64]
) -> tuple[Interval, Interval]:
    """How far gold lies below its peak at the end, and the proxy above, over seeds.

    Each seed's peak is where the mean of the other seeds is highest: in its own curve, or a mean that it is part
    of, the highest point is high by luck too, and even a flat curve seems to fall from there. The end is the mean
    of the last END points.
    """
    drops, climbs = [], []
    for seed in range(len(gold)):
        others = np.delete(gold, seed, axis=0) if len(gold) > 1 else gold
        peak = int(others.mean(axis=0).argmax())
        drops.append(float(gold[seed, peak] - gold[seed, -END:].mean()))
        climbs.append(float(proxy[seed, -END:].mean() - proxy[seed, peak]))
    return interval(drops), interval(climbs)


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """Curves over seeds, fits and claims."""
    claims, rows, plots, figures = [], [], [], {}
    for key, law, name in WAYS:
        courses = [Course(**one[key]) for one in found]
        d, gold = on_grid(courses, "gold")
        _, proxy = on_grid(courses, "proxy")
        mean = gold.mean(axis=0)
        peak = int(mean.argmax())
        fitted = fit(law, d, mean.tolist())
        drop, climb = after_the_peak(gold, proxy)
        rows.append(_row(name, fitted, d[peak], interval(gold[:, peak].tolist()), d[-1], gold))
        claims += [
            Claim(
                f"{name}: the law of Gao et al. fits with R² ≥ {R_SQUARED}",
                f"{fitted.r_squared:.3f}",
                fitted.r_squared >= R_SQUARED,
            ),
            Claim.above_zero(f"{name}: gold falls from its peak on", drop),
            Claim.above_zero(f"{name}: the proxy goes on rising there", climb),
        ]
        plots.append(_plot(name, law, d, gold, proxy, fitted))
        figures[name] = {
            "d": d,
            "gold": [asdict(interval(column.tolist())) for column in gold.T],
            "proxy": [asdict(interval(column.tolist())) for column in proxy.T],
            "fit": asdict(fitted),
            "fall": asdict(drop),
        }
    head = (
        "",
        "a",
        "b",
        "R²",
        "peak of the fit, d",
        "peak seen, d",
        "gold there",
        "gold at the end",
    )
    return Findings(
        "Over-optimisation",
        f"{RANKINGS} rankings with noise {NOISE}; gains over the base policy, both rewards in "
        "spreads of its completions; d = √KL in √nats.",
        claims,
        [Table(head, rows)],
        plots,
        figures,
    )


def _row(
    name: str, fitted: Fit, peak: float, at_peak: Interval, end: float, gold: NDArray[np.float64]
) -> list[str]:
    last = interval(gold[:, -1].tolist())
    return [
        name,
        f"{fitted.a:.3f}",
        f"{fitted.b:.3f}",
        f"{fitted.r_squared:.3f}",
        f"{fitted.peak_d:.2f}" if math.isfinite(fitted.peak_d) else "none",
        f"{peak:.1f}",
        str(at_peak),
        f"{last} (d {end:.1f})",
    ]


def _plot(
    name: str,
    law: str,
    d: Sequence[float],
    gold: NDArray[np.float64],
    proxy: NDArray[np.float64],
    fitted: Fit,
) -> str:
    bands = [interval(column.tolist()) for column in gold.T]
    return line_plot(
        f"{name}: gold and proxy",
        [
            Line(
                "gold",
                list(zip(d, (one.mean for one in bands), strict=True)),
                [(x, one.low, one.high) for x, one in zip(d, bands, strict=True)],
            ),
            Line("proxy", list(zip(d, proxy.mean(axis=0).tolist(), strict=True))),
            Line("fit", [(x, fitted.at(x, law)) for x in d if x > 1e-3], dashed=True),
        ],
        "√KL, √nats",
    )
