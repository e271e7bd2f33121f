"""Judgments that a reward model needs when they are chosen, against the same number at random.

A pool of prompts with SAMPLES texts each; START rankings of K samples at random, then rounds in which
an ensemble of the judgments so far chooses prompts and samples (`rewardmodel.picking`), people judge,
and all is learnt anew. The reward model is a linear head on the words of a text, fitted by the group
loss: what the theory behind the design speaks of, and small enough that every round learns from
scratch. The ensemble's mean has learnt from every judgment once, as real ensembles do; its members lie around it
as a Bayesian bootstrap spreads them (Rubin 1981). There are two truths, one that such a
head can learn whole and one that it cannot (families of words tire); people see them through
Plackett-Luce noise. Accuracy is that of the ensemble's mean on pairs of other prompts as the gold
orders them, over samples that nobody chose.
"""

from __future__ import annotations

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
from benchmarks.learning.world import FAMILIES, FOLLOWERS, Gold, World, words_of
from rewardmodel.picking import Candidate, pick

Array = NDArray[np.float64]
# prompts are cheap and judgments dear: a fifth of the pool is judged at the end
PROMPTS, HELD_OUT, SAMPLES, K = 1280, 200, 12, 4
# two people agree on 73 % of pairs, as InstructGPT's labelers did (Ouyang et al. 2022, section 3.4)
NOISE = 0.6
MEMBERS, PRIOR = 4, 5.0
LENGTHS = (3, 8)  # words of a sample: families seldom come up a third time
TRUTH_SEED = 0
START, ROUND, REFERENCE = 16, 16, 256  # rankings
REPEATS = 6  # pools a seed, whose courses are averaged: one course is as far off as a quarter of its rankings
BAR = 0.60
NEVER = 1.25  # times REFERENCE: what counts as needed where the accuracy is not reached

WAYS: dict[str, dict[str, Any]] = {
    "random": {"shares": {"random": 1}},
    "information 95, random 5": {"shares": {"information": 95, "random": 5}},
    "information 50, novelty 20, random 30": {
        "shares": {"information": 50, "novelty": 20, "random": 30}
    },
    "information chooses samples alone": {
        "shares": {"information": 99, "random": 1},
        "prompts": "random",
    },
    "information chooses prompts alone": {
        "shares": {"information": 75, "random": 25},
        "samples": "random",
    },
    "disagreement 75, random 25": {"shares": {"disagreement": 75, "random": 25}},
    "novelty 75, random 25": {"shares": {"novelty": 75, "random": 25}},
}
TRUTHS = {"a linear truth": list(WAYS), "families tire": list(WAYS)[:3]}


@dataclass(frozen=True, eq=False)
class Pool:
    """Prompts with the features (N, D) and the true worth (N,) of their different samples."""

    features: list[Array]
    gold: list[Array]


def pool_of(gold: Gold, words: Sequence[str], prompts: int, seed: int) -> Pool:
    """Random walks over the words; a prompt is a walk's beginning, its samples are ways to go on.

    Words are as unequally common as those of a language (Zipf): the r-th has weight 1 / r.
    """
    draw, fixed = random.Random(f"pool-{seed}"), random.Random("language")
    common = fixed.sample(list(words), len(words))
    zipf = [1 / (place + 1) for place in range(len(words))]
    follow: dict[str, list[str]] = {}
    for word in words:
        after: dict[str, None] = {}
        while len(after) < FOLLOWERS:
            after[fixed.choices(common, zipf)[0]] = None
        follow[word] = list(after)
    texts = []
    for _ in range(prompts):
        start = draw.choice(list(words))
        found: dict[str, None] = {}
        for _ in range(SAMPLES):
            walk = [start]
            for _ in range(draw.randint(*LENGTHS)):
                walk.append(draw.choices(follow[walk[-1]], zipf[:FOLLOWERS])[0])
            found[" ".join(walk[1:])] = None
        texts.append(list(found))
    return Pool(
        [
            np.array([[text.split().count(word) for word in words] for text in found], float)
            for found in texts
        ],
        [np.array([gold.of_text(text) for text in found]) for found in texts],
    )


class Linear(Gold):
    """The worth of words alone: what a linear head can learn whole."""

    def of_text(self, text: str) -> float:
        return (sum(self.worth[word] for word in text.split()) - self.shift) / self.scale


class Growing(Linear):
    """From the third word of a family on each costs 2 more than the one before: what it cannot."""

    def of_text(self, text: str) -> float:
        seen = [0] * FAMILIES
        cost = 0.0
        for word in text.split():
            family = self.family[word]
            cost += 2.0 * max(0, seen[family] - 1)
            seen[family] += 1
        return super().of_text(text) - cost / self.scale


def truth_of(words: Sequence[str], codec: Any, *, tires: bool) -> Gold:
    """The hidden reward, with mean 0 and spread 1 on such texts."""
    found = (Growing if tires else Linear)(words, codec, TRUTH_SEED)
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
    """(M, D), with the fit of all judgments as their mean.

    The mean of bootstrapped heads would not do for it: each has learnt from half as many judgments in effect, which
    a few chosen ones can bear less than many random ones.
    """
    draw = np.random.default_rng(seed)
    spread = np.stack(
        [fit(pool, rankings, draw.exponential(size=len(rankings))) for _ in range(MEMBERS)]
    )
    moved: Array = fit(pool, rankings, np.ones(len(rankings))) - spread.mean(axis=0)
    return np.add(spread, moved)


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
        scores = heads @ shown.T
        return Candidate(str(number), scores, scores[:, :, None] - scores[:, None, :], shown)

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


def measure(world: World, seed: int, folder: Path) -> dict[str, Any]:
    """Mean courses by truth and way: {truth: {way: {rankings: accuracy}}}."""
    words = words_of(TRUTH_SEED)
    found: dict[str, Any] = {}
    for truth, ways in TRUTHS.items():
        gold = truth_of(words, world.base.codec, tires=truth == "families tire")
        courses: dict[str, list[dict[int, float]]] = {way: [] for way in ways}
        for repeat in range(REPEATS):
            own = 1000 * (seed + 1) + repeat
            pool = pool_of(gold, words, PROMPTS, own)
            held_out = pool_of(gold, words, HELD_OUT, 10_000 + own)
            for way in ways:
                courses[way].append(course(pool, held_out, WAYS[way], own))
        found[truth] = {
            way: {str(n): statistics.fmean(one[n] for one in several) for n in several[0]}
            for way, several in courses.items()
        }
    return found


def rising(values: Sequence[float]) -> list[float]:
    """The nearest course that never falls (pool adjacent violators): more judgments do no harm."""
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([value])
        while len(blocks) > 1 and statistics.fmean(blocks[-2]) >= statistics.fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return [statistics.fmean(block) for block in blocks for _ in block]


def needed(course_of: Mapping[str, float], target: float) -> float:
    """Rankings at which a course first has the accuracy, between two rungs by proportion."""
    sizes = [float(n) for n in course_of]
    values = rising(list(course_of.values()))
    for place, value in enumerate(values):
        if value >= target - 1e-12:
            if not place:
                return sizes[0]
            low, before = sizes[place - 1], values[place - 1]
            return low + (sizes[place] - low) * (target - before) / (value - before)
    return NEVER * REFERENCE


def summarise(found: Sequence[dict[str, Any]]) -> Findings:
    """How many judgments each way needs for what random has after REFERENCE, as a share of random's."""
    claims, rows = [], []
    for truth, ways in TRUTHS.items():
        targets = [rising(list(one[truth]["random"].values()))[-1] for one in found]
        base = [
            needed(one[truth]["random"], target) for one, target in zip(found, targets, strict=True)
        ]
        for way in ways:
            courses = [one[truth][way] for one in found]
            need = [needed(own, target) for own, target in zip(courses, targets, strict=True)]
            ratio = interval([a / b for a, b in zip(need, base, strict=True)])
            last = interval([own[str(REFERENCE)] for own in courses])
            rows.append(
                [
                    truth,
                    way,
                    f"{interval(need):.0f}",
                    "–" if way == "random" else str(ratio),
                    f"{last:.3f}",
                ]
            )
            if way == list(WAYS)[1]:
                text = f"{truth}: chosen ({way}) needs at most {BAR:.0%} of random's judgments"
                claims.append(Claim(text, str(ratio), ratio.mean <= BAR))
                text = f"{truth}: chosen ({way}) needs fewer judgments than random"
                claims.append(Claim(text, str(ratio), ratio.high < 1))
    return Findings(
        "Choosing what to judge",
        f"Rankings of {K} of {SAMPLES} samples, {START} at random and then {ROUND} a round, courses "
        f"averaged over {REPEATS} pools a seed; needed for the accuracy that random has after {REFERENCE}, "
        "and as a share of what random needs for it (courses made to rise; "
        f"not reached by {REFERENCE} counts as {NEVER:g} times that).",
        claims,
        [
            Table(
                ("truth", "way", "rankings needed", "share of random's", "accuracy at the end"),
                rows,
            )
        ],
        figures={"seeds": list(found)},
    )
