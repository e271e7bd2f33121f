"""Bars of the statistics of quality on simulated campaigns: `python -m benchmarks.quality_bars`.

Planted spammers, a planted bias of the first slot, false alarms of clean campaigns, stated intervals,
and the time for a big project's arithmetic. Four to five minutes on two cores.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from annotation.quality import alarms, position
from annotation.quality.agreement import Comparisons, agreement_of
from annotation.quality.coefficients import wilson
from annotation.quality.judged import judged_twice
from annotation.quality.reliability import ABILITY, reliability_of
from annotation.quality.simulation import Planted, campaign

CAMPAIGNS = 200
JUDGMENTS = 300


def say(*words: object) -> None:
    print(*words)
    sys.stdout.flush()


def auc(bad: np.ndarray, good: np.ndarray) -> float:
    """Chance that a spammer stands below an honest labeler."""
    return float((bad[:, None] < good[None]).mean() + 0.5 * (bad[:, None] == good[None]).mean())


def gold() -> None:
    say(
        "Alarm on gold: labelers by their true share of pairs as expected, 2,000 each, items at hand"
    )
    for k in (2, 4):
        for name, spread in (("exactly at the bar", None), ("0.8", 0.8), ("a coin", 0.5)):
            share = alarms.GOLD_BAR if spread is None else spread
            noise = _noise_for(share, k)
            words = []
            for items in (10, 20, 50):
                rng = np.random.default_rng(items)
                people = {
                    str(number): [_gold_item(rng, noise, k) for _ in range(items)]
                    for number in range(2000)
                }
                named = len(alarms.gold_finding(people).flagged)
                words.append(f"{items}: {named / 20:.1f} %")
            say(f"  K={k}, {name}: named with " + ", ".join(words))


def _gold_item(rng: np.random.Generator, noise: float, k: int) -> tuple[float, int]:
    """Points and pairs of an answer to gold whose scores are 0..k-1, seen with Gaussian noise."""
    seen = np.arange(k) + rng.normal(0, noise, k)
    pairs = [(low, high) for high in range(k) for low in range(high)]
    return float(sum(seen[high] > seen[low] for low, high in pairs)), len(pairs)


def _noise_for(share: float, k: int) -> float:
    """The noise at which that share of pairs comes out as expected."""
    if share == 0.5:
        return 1e6
    gaps = np.array([high - low for high in range(k) for low in range(high)])
    return float(brentq(lambda noise: norm.cdf(gaps / (noise * 2**0.5)).mean() - share, 0.05, 1e3))


def spammers() -> None:
    say("Planted spammers: 40 labelers, 6 of them toss a coin, 40 judgments each, overlap 3")
    for k in (2, 4):
        found, missed, false = [], 0, 0
        for seed in range(60):
            rng = np.random.default_rng(seed)
            ability = rng.uniform(0.7, 1.3, 40)
            ability[rng.choice(40, 6, replace=False)] = 0.0
            nothing = np.zeros(40)
            work = campaign(
                Planted(ability, nothing, nothing), judgments_each=40, k=k, spread=1.2, seed=seed
            )
            estimate = reliability_of(work)
            true = np.array([ability[int(name.split()[1])] for name in estimate.labelers])
            value, error = estimate.value[:, ABILITY], estimate.error[:, ABILITY]
            found.append(auc(value[true == 0], value[true > 0]))
            flagged = (value - alarms.HALF_AS_RELIABLE) / error < -2.326
            missed += int((~flagged & (true == 0)).sum())
            false += int((flagged & (true > 0)).sum())
        say(
            f"  K={k}: AUC mean {np.mean(found):.3f}, lowest {min(found):.3f}; "
            f"alarm names {360 - missed} of 360 spammers and {false} of 2,040 honest labelers"
        )


def best_for_duels() -> None:
    """The bound for K = 2: a test that is told what everybody else is able of and how answers differ.

    Neyman and Pearson: no order of labelers by their judgments has a higher AUC than the likelihood
    ratio. The difference of the two answers is integrated out given the two other votes (Gauss-Hermite).
    """
    nodes, mass = hermegauss(41)
    gaps, found = nodes * 1.2 * 2**0.5, []
    abilities = np.linspace(0.7, 1.3, 7)[:, None]
    for seed in range(60):
        rng = np.random.default_rng(seed)
        ability = rng.uniform(0.7, 1.3, 40)
        ability[rng.choice(40, 6, replace=False)] = 0.0
        shuffled, items = rng.permutation(40), 40 * 40 // 3
        ratio = np.zeros(40)
        for item in range(items):
            judges = [shuffled[(item * 3 + place) % 40] for place in range(3)]
            gap = rng.normal(0, 1.2 * 2**0.5)
            votes = [1 if rng.random() < expit(ability[j] * gap) else -1 for j in judges]
            for place, judge in enumerate(judges):
                others = [n for n in range(3) if n != place]
                known = mass * np.prod(
                    [expit(votes[n] * ability[judges[n]] * gaps) for n in others], 0
                )
                honest = expit(votes[place] * abilities * gaps).mean(axis=0) @ known / known.sum()
                ratio[judge] += np.log(honest / 0.5)
        found.append(auc(ratio[ability == 0], ratio[ability > 0]))
    say(
        f"  K=2, the best that any test could: AUC mean {np.mean(found):.3f} of {len(found)} campaigns"
    )


def judged_in_order(bias: float, k: int, judgments: int, seed: int) -> np.ndarray:
    """Position statistics of judgments whose first answer seems worth `bias` logits more."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(0, 1, (judgments, k)) + rng.gumbel(size=(judgments, k))
    worth[:, 0] += bias
    tiers = np.argsort(np.argsort(-worth, axis=1), axis=1) + 1
    return position.statistics_of_tiers(tiers)


def first_slot_rate(bias: float, k: int) -> float:
    """Share of its pairs that the first answer wins, by simulation."""
    sums = judged_in_order(bias, k, 100_000, 9).sum(axis=0)
    return 0.5 + 0.5 * float(sums[position.FIRST] / sums[position.FIRST_PAIRS])


def bias_for(rate: float, k: int) -> float:
    """The bias in logits at which the first answer wins this share of its pairs."""
    if rate == 0.5:
        return 0.0
    return float(brentq(lambda bias: first_slot_rate(bias, k) - rate, 0, 2, xtol=0.02))


def first_slot() -> None:
    say(f"Position alarm at 1 %, campaigns of {JUDGMENTS} judgments, {CAMPAIGNS} simulated each")
    for k in (2, 4):
        for rate in (0.5, 0.55, 0.6):
            bias = bias_for(rate, k)
            times = CAMPAIGNS * (5 if rate == 0.5 else 1)
            hits = 0
            for seed in range(times):
                rows = judged_in_order(bias, k, JUDGMENTS, seed)
                hits += float(position.position_test(rows.sum(axis=0))) < alarms.ALARM_LEVEL
            low, high = wilson(hits / times, times)
            what = "clean: false alarms" if rate == 0.5 else f"first slot wins {rate:.0%}: caught"
            say(f"  K={k}, {what} {hits / times:.1%} [{low:.1%}, {high:.1%}] of {times}")


def looks() -> None:
    times, raised = 1000, 0
    for seed in range(times):
        rows = judged_in_order(0.0, 4, JUDGMENTS, 7000 + seed)
        sums = np.cumsum(rows, axis=0)[29::10]
        raised += bool((position.position_test(sums) < alarms.ALARM_LEVEL).any())
    say(
        f"  looked at every night for 28 nights, a clean labeler is named once by {raised / times:.1%}"
    )


def rules() -> None:
    flagged: dict[str, list[int]] = {}
    for seed in range(20):
        work = campaign(Planted.honest(20), judgments_each=60, overlap=3, k=4, seed=300 + seed)
        twice, _ = judged_twice(work)
        for found in alarms.findings_of(work, Comparisons(twice), reliability_of(twice)):
            row = flagged.setdefault(found.rule, [0, 0])
            row[0] += len(found.flagged)
            row[1] += found.tested
    say("Flags of each rule in 20 clean campaigns of 20 labelers (level 1 %)")
    for rule, (hits, tested) in flagged.items():
        if tested:
            low, high = wilson(hits / tested, tested)
            say(f"  {rule}: {hits} of {tested} = {hits / tested:.2%} [{low:.2%}, {high:.2%}]")


def intervals() -> None:
    inside = total = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        ability = rng.uniform(0.5, 1.5, 30)
        nothing = np.zeros(30)
        estimate = reliability_of(
            campaign(Planted(ability, nothing, nothing), judgments_each=60, seed=seed)
        )
        true = np.array([ability[int(name.split()[1])] for name in estimate.labelers])
        true = true / np.median(true)
        gap = np.abs(estimate.value[:, ABILITY] - true)
        inside += int((gap <= 1.96 * estimate.error[:, ABILITY]).sum())
        total += 30
    say(f"95 % intervals of ability hold the truth for {inside / total:.1%} of {total} labelers")


def speed() -> None:
    work = campaign(Planted.honest(60), judgments_each=1000, overlap=3, k=4, seed=1)
    clock = time.perf_counter()
    twice, share = judged_twice(work)
    agreement_of(twice)
    agreed = time.perf_counter() - clock
    clock = time.perf_counter()
    reliability_of(twice)
    say(
        f"60,000 judgments, 240,000 placements ({share:.0%} of prompts): agreement {agreed:.1f} s, "
        f"reliability {time.perf_counter() - clock:.1f} s"
    )


if __name__ == "__main__":
    gold()
    spammers()
    best_for_duels()
    first_slot()
    looks()
    rules()
    intervals()
    speed()
