"""Do opinions bought where they matter do the work of three opinions everywhere?

    python -m benchmarks.adaptive_overlap [--seeds 8] [--first-seed 0] [--prompts 600] [--risk 0.2]

Simulated labelers rank four answers to each prompt. An answer has features and a hidden score that is
linear in them; a labeler sees scores with noise of their own (most good, some poor, two who click at
random) and ties what looks alike. Judgments are collected (a) flat, one, two or three an item, and
(b) by the decision code of the server (`annotation.quality.overlap`), which never sees a score: further
opinions by anybody, or by a group of trusted labelers (`OverlapSettings.group`), the better half by
the accuracy that the same code has measured so far. Work comes in batches, and the code looks at each
batch before the next comes. So that it is plain what asking whom is worth by itself, there is also flat
overlap with all opinions but the first by the trusted. A reward model (linear Bradley-Terry, mean over
the pairs of a ranking) is trained on what was collected and tested on the true order of pairs of fresh prompts. Figures are means over seeds, with 95 %
intervals of the paired differences (Student's t). Needs no GPU and no database.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import t as student

from annotation.quality.overlap import Accuracies, Opinion, Parameters, judge

K, FEATURES, TEST_PROMPTS = 4, 24, 2000
LABELERS, POOR, RANDOM = 16, 4, 2
TIE_WITHIN = 0.25
RIDGE = 1e-3
BATCH = 40
TRUSTED = LABELERS // 2
KNOWN_FROM_PAIRS = 300
"""As long as fewer pairs were judged twice nobody knows whom to trust, and everybody is asked."""
Floats = NDArray[np.float64]
Collected = list[list[Opinion]]


@dataclass
class World:
    """Prompts with answers (P, K, features), hidden scores (P, K), and what labelers would say."""

    rng: np.random.Generator
    truth: Floats
    features: Floats
    scores: Floats
    noise: Floats

    @classmethod
    def of(cls, seed: int, prompts: int) -> World:
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=FEATURES) / np.sqrt(FEATURES)
        features = rng.normal(size=(prompts, K, FEATURES))
        noise = rng.uniform(0.4, 0.9, size=LABELERS)
        noise[:POOR] = rng.uniform(1.5, 2.5, size=POOR)
        noise[POOR : POOR + RANDOM] = np.inf
        return cls(rng, truth, features, features @ truth, rng.permutation(noise))

    def opinion(self, prompt: int, labeler: int) -> Opinion:
        """What this labeler says of this prompt: a weak order with ties."""
        noise = self.noise[labeler]
        if np.isinf(noise):
            seen = self.rng.normal(size=K)
        else:
            seen = self.scores[prompt] + self.rng.normal(size=K) * noise
        order = np.argsort(-seen)
        tiers: list[list[str]] = [[str(order[0])]]
        for above, below in zip(order, order[1:], strict=False):
            if seen[above] - seen[below] < TIE_WITHIN:
                tiers[-1].append(str(below))
            else:
                tiers.append([str(below)])
        return Opinion(str(labeler), tiers)

    def ask(self, prompt: int, said: list[Opinion], of: Sequence[int] = ()) -> Opinion:
        """An opinion of somebody who has not said anything about it yet, `of` these if one is free."""
        asked = {one.labeler for one in said}
        free = [one for one in range(LABELERS) if str(one) not in asked]
        wanted = [one for one in free if one in of]
        return self.opinion(prompt, int(self.rng.choice(wanted or free)))


def learnt(collected: Collected) -> Accuracies:
    """What the server knows of the labelers: from everything that several of them judged."""
    accuracies = Accuracies()
    for said in collected:
        if len(said) > 1:
            accuracies.learn(said)
    return accuracies


def trusted(accuracies: Accuracies) -> list[int]:
    """The better half, by what is known; nobody as long as little is."""
    if accuracies.pairs < KNOWN_FROM_PAIRS:
        return []
    return sorted(range(LABELERS), key=lambda one: -accuracies.of(str(one)))[:TRUSTED]


def flat(world: World, prompts: int, overlap: int, *, by_trusted: bool = False) -> Collected:
    """So many opinions on each of the first prompts; `by_trusted`: all but the first."""
    accuracies = Accuracies()
    collected: Collected = []
    group: list[int] = []
    for prompt in range(prompts):
        if by_trusted and prompt % BATCH == 0:
            group = trusted(accuracies)
        said: list[Opinion] = []
        for _ in range(overlap):
            said.append(world.ask(prompt, said, group if said else ()))
        accuracies.learn(said)
        collected.append(said)
    return collected


def adaptive(
    world: World, prompts: int, parameters: Parameters, *, by_trusted: bool = False
) -> Collected:
    """One opinion on each prompt, and more where the server's decision code says so."""
    accuracies = Accuracies()
    collected: Collected = []
    for start in range(0, prompts, BATCH):
        waiting = list(range(start, min(prompts, start + BATCH)))
        collected += [[world.ask(prompt, [])] for prompt in waiting]
        group = trusted(accuracies) if by_trusted else []
        while waiting:
            further = []
            for prompt in waiting:
                said = collected[prompt]
                lot = int(hashlib.sha256(str(prompt).encode()).hexdigest()[:8], 16) / 2**32
                if judge(said, accuracies, parameters, lot=lot).buy:
                    said.append(world.ask(prompt, said, group))
                    further.append(prompt)
            accuracies = learnt(collected)
            waiting = further
    return collected


def trained(world: World, collected: Collected) -> Floats:
    """The weights of a linear reward model."""
    rows, weights = [], []
    for prompt, said in enumerate(collected):
        for one in said:
            place = {int(key): number for number, tier in enumerate(one.tiers) for key in tier}
            pairs = [(a, b) for a, b in combinations(range(K), 2) if place[a] != place[b]]
            for a, b in pairs:
                better, worse = (a, b) if place[a] < place[b] else (b, a)
                rows.append(world.features[prompt, better] - world.features[prompt, worse])
                weights.append(1 / len(pairs))
    design, weight = np.array(rows), np.array(weights) / sum(weights)

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = design @ w
        slope = -weight / (1 + np.exp(margin))
        value = float(weight @ np.logaddexp(0, -margin) + RIDGE * w @ w)
        return value, design.T @ slope + 2 * RIDGE * w

    found: Floats = minimize(loss, np.zeros(FEATURES), jac=True, method="L-BFGS-B").x
    return found


def accuracy(weights: Floats, truth: Floats, seed: int) -> float:
    """Share of the pairs of fresh prompts that are ordered as they truly are."""
    features = np.random.default_rng(10_000 + seed).normal(size=(TEST_PROMPTS, K, FEATURES))
    said, true = features @ weights, features @ truth
    pairs = list(combinations(range(K), 2))
    same = [(said[:, a] > said[:, b]) == (true[:, a] > true[:, b]) for a, b in pairs]
    return float(np.mean(same))


def run(seed: int, prompts: int, parameters: Parameters) -> dict[str, tuple[int, float]]:
    """(judgments, held-out accuracy) of each way of collecting."""

    def fresh() -> World:
        return World.of(seed, prompts * 3)

    trusting = adaptive(fresh(), prompts, parameters, by_trusted=True)
    judgments = sum(map(len, trusting))
    ways = {
        "flat 3": flat(fresh(), prompts, 3),
        "adaptive": adaptive(fresh(), prompts, parameters),
        "adaptive, by the trusted": trusting,
        "flat 3, by the trusted": flat(fresh(), prompts, 3, by_trusted=True),
        "flat 2, by the trusted": flat(fresh(), prompts, 2, by_trusted=True),
        "flat 2": flat(fresh(), prompts, 2),
        "flat 1": flat(fresh(), prompts, 1),
        "flat 1, more prompts": flat(fresh(), judgments, 1),
    }
    world = fresh()
    return {
        name: (
            sum(map(len, collected)),
            accuracy(trained(world, collected), world.truth, seed),
        )
        for name, collected in ways.items()
    }


def interval(values: Floats) -> tuple[float, float]:
    """95 % of the mean, by Student's t."""
    reach = float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - reach, float(values.mean()) + reach


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--prompts", type=int, default=600)
    parser.add_argument("--risk", type=float, default=Parameters.risk)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    began = time.perf_counter()
    parameters = Parameters(risk=given.risk)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    runs = [run(seed, given.prompts, parameters) for seed in seeds]
    figures: dict[str, dict[str, Any]] = {}
    base = np.array([one["flat 3"][1] for one in runs])
    for name in runs[0]:
        counts = np.array([one[name][0] for one in runs])
        values = np.array([one[name][1] for one in runs])
        figures[name] = {
            "judgments": float(counts.mean()),
            "accuracy": float(values.mean()),
            "less_than_flat_3": interval(values - base) if name != "flat 3" else (0.0, 0.0),
        }
    if given.json:
        json.dump(figures, sys.stdout, indent=1)
        return
    print(
        f"{given.prompts} prompts, {K} answers, seeds {seeds.start} to {seeds.stop - 1}, "
        f"risk {given.risk}"
    )
    print(f"{'':28}{'judgments':>10}{'accuracy':>10}   minus flat 3 (95 %)")
    for name, one in figures.items():
        low, high = one["less_than_flat_3"]
        print(
            f"{name:28}{one['judgments']:10.0f}{one['accuracy']:10.4f}   {low:+.4f} to {high:+.4f}"
        )
    for name in ("adaptive", "adaptive, by the trusted"):
        saved = 1 - figures[name]["judgments"] / figures["flat 3"]["judgments"]
        print(f"{name}: {saved:.0%} fewer judgments than flat 3")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
