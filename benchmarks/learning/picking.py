"""Judgments that a reward model needs when they are chosen, against the same number at random.

A pool of prompts with SAMPLES texts each; START rankings of K samples at random, then rounds in which
an ensemble of the judgments so far chooses prompts and samples (`rewardmodel.picking`), people judge,
and all is learnt anew. The reward model is a linear head on the words of a text, fitted by the group
loss: what the theory behind the design speaks of, and small enough that every round learns from
scratch. Members differ by the weights of a Bayesian bootstrap (Rubin 1981). The truth is not linear
(families of words tire), and people see it through Plackett-Luce noise. Accuracy is that of the
ensemble's mean on pairs of other prompts as the gold orders them, over samples that nobody chose.
"""

from __future__ import annotations

import copy
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning.findings import Claim, Findings, Table
from benchmarks.learning.statistics import interval
from benchmarks.learning.world import FOLLOWERS, Gold, World, words_of
from rewardmodel.features import text_features
from rewardmodel.picking import Candidate, pick

Array = NDArray[np.float64]
PROMPTS, HELD_OUT, SAMPLES, K, NOISE = 320, 200, 12, 4, 1.0
MEMBERS, PRIOR, WIDTH = 4, 1.0, 128
START, ROUND, REFERENCE = 32, 32, 256  # rankings
RUNS = 3  # courses of a seed, averaged
BAR = 0.60

MIX = {"information": 75, "random": 25}
WAYS: dict[str, dict[str, Any]] = {
    "random": {"shares": {"random": 1}},
    "information 75, random 25": {"shares": MIX},
    "the same, samples alone": {"shares": {"information": 99, "random": 1}, "prompts": "random"},
    "the same, prompts alone": {"shares": MIX, "samples": "random"},
    "disagreement 75, random 25": {"shares": {"disagreement": 75, "random": 25}},
    "novelty 75, random 25": {"shares": {"novelty": 75, "random": 25}},
}


@dataclass(frozen=True, eq=False)
class Pool:
    """Prompts with the features (N, D) and the true worth (N,) of their different samples."""

    features: list[Array]
    gold: list[Array]


def pool_of(gold: Gold, words: Sequence[str], prompts: int, seed: int) -> Pool:
    """Random walks over the words; a prompt is a walk's beginning, its samples are ways to go on."""
    draw = random.Random(f"pool-{seed}")
    steps = random.Random("steps")
    follow = {word: steps.sample(list(words), FOLLOWERS) for word in words}
    texts = []
    for _ in range(prompts):
        start = draw.choice(list(words))
        found: dict[str, None] = {}
        for _ in range(SAMPLES):
            walk = [start]
            for _ in range(draw.randint(3, 8)):
                walk.append(draw.choice(follow[walk[-1]]))
            found[" ".join(walk[1:])] = None
        texts.append(list(found))
    return Pool(
        [text_features(found, WIDTH) for found in texts],
        [np.array([gold.of_text(text) for text in found]) for found in texts],
    )


def normalized(gold: Gold, words: Sequence[str]) -> Gold:
    """The gold with mean 0 and spread 1 on such texts."""
    found = copy.copy(gold)
    found.shift, found.scale = 0.0, 1.0
    worth = np.concatenate(pool_of(found, words, 300, -1).gold)
    found.shift, found.scale = float(worth.mean()), float(worth.std())
    return found


Asked = tuple[int, tuple[int, ...]]


def answer(pool: Pool, asked: Asked, seed: int) -> Asked:
    """The samples best first as one person felt them; the same question gets the same answer."""
    number, samples = asked
    felt = {}
    for n in samples:
        chance = random.Random(f"felt-{seed}-{number}-{n}").random() or 1e-12
        felt[n] = pool.gold[number][n] - NOISE * math.log(-math.log(chance))
    return number, tuple(sorted(samples, key=lambda n: -felt[n]))


def fit(pool: Pool, rankings: Sequence[Asked], weights: Array) -> Array:
    """(D,) the head: group loss (mean over a ranking's pairs) with a Gaussian prior, by Newton."""
    rows, scale = [], []
    for (number, order), weight in zip(rankings, weights, strict=True):
        shown = pool.features[number][list(order)]
        pairs = [(a, b) for a in range(len(order)) for b in range(a + 1, len(order))]
        rows.append(np.stack([shown[a] - shown[b] for a, b in pairs]))
        # each ranking of K counts as K - 1 choices
        scale += [weight * (len(order) - 1) / len(pairs)] * len(pairs)
    x, s = np.concatenate(rows), np.array(scale)
    head = np.zeros(x.shape[1])
    for _ in range(5):
        p = 1 / (1 + np.exp(-np.clip(x @ head, -30, 30)))
        slope = x.T @ (s * (1 - p)) - PRIOR * head
        bend = (x * (s * p * (1 - p))[:, None]).T @ x + PRIOR * np.eye(x.shape[1])
        head = head + np.linalg.solve(bend, slope)
    return head


def learn(pool: Pool, rankings: Sequence[Asked], seed: int) -> Array:
    """(M, D)."""
    draw = np.random.default_rng(seed)
    return np.stack(
        [fit(pool, rankings, draw.exponential(size=len(rankings))) for _ in range(MEMBERS)]
    )


def accuracy(heads: Array, held_out: Pool) -> float:
    """Share of all pairs of samples, prompt by prompt, that the mean head orders as the gold does."""
    head = heads.mean(axis=0)
    right = total = 0
    for features, gold in zip(held_out.features, held_out.gold, strict=True):
        scores = features @ head
        upper = np.triu_indices(len(gold), 1)
        said = np.sign(scores[:, None] - scores[None, :])[upper]
        true = np.sign(gold[:, None] - gold[None, :])[upper]
        right += int((said == true)[true != 0].sum())
        total += int((true != 0).sum())
    return right / total


def choose(
    pool: Pool, asked: Sequence[Asked], heads: Array, way: Mapping[str, Any], seed: int, count: int
) -> list[Asked]:
    """The next prompts and samples, none of them asked before."""
    done = {number for number, _ in asked}
    left = [n for n in range(len(pool.features)) if n not in done]
    if way.get("prompts") == "random":
        left = sorted(random.Random(f"prompts-{seed}-{len(asked)}").sample(left, count))

    def candidate(number: int, samples: Sequence[int]) -> Candidate:
        shown = pool.features[number][list(samples)]
        return Candidate(str(number), heads @ shown.T, shown)

    fixed = way.get("samples") == "random"
    open_ones = [
        candidate(n, range(min(K, len(pool.gold[n])) if fixed else len(pool.gold[n]))) for n in left
    ]
    made = pick(
        open_ones,
        count=count,
        k=K,
        shares=way["shares"],
        seed=seed * 1000 + len(asked),
        judged=[candidate(n, samples) for n, samples in asked],
    )
    return [(int(one.id), one.samples) for one in made]


def course(pool: Pool, held_out: Pool, way: Mapping[str, Any], seed: int) -> dict[int, float]:
    """Accuracy by number of rankings."""
    asked: list[Asked] = [(n, tuple(range(min(K, len(pool.gold[n]))))) for n in range(START)]
    found = {}
    while True:
        rankings = [answer(pool, one, seed) for one in asked]
        heads = learn(pool, rankings, seed)
        found[len(asked)] = accuracy(heads, held_out)
        if len(asked) >= REFERENCE:
            return found
        asked += choose(pool, asked, heads, way, seed, ROUND)
