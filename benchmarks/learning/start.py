"""What several experiments start from, seed by seed: labels, the reward model of them, its course.

Computed once in a process and kept; the numbers depend on world and seed alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.learning.optimise import Course, optimise
from benchmarks.learning.proxy import train_reward_model
from benchmarks.learning.world import World, rank, sample
from rewardmodel.best_of_n import kl_bound
from rewardmodel.decoding import SampledCompletion
from rewardmodel.groups import Group
from rewardmodel.models import RewardModel
from rewardmodel.scorers import RewardModelScorer, Scorer

# Noise of 0.6 spreads of the reward: two people agree on 73 % of pairs, as InstructGPT's labelers did.
RANKINGS, COMPLETIONS, NOISE, EPOCHS = 256, 4, 0.6, 4
FARTHEST = 25.0  # nats from the base policy where PPO ends
POOL_PROMPTS, POOL = 32, 640
SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384]
SCORED_TOKENS = 8192  # in one forward of a reward model


class Standardised:
    """A scorer moved and stretched: 0 with spread 1 on the base policy's completions, as the gold.

    Not stretched, it keeps its spread.
    """

    def __init__(self, scorer: Scorer, world: World, seed: int, *, stretched: bool = True) -> None:
        self.scorer, self.shift, self.scale = scorer, 0.0, 1.0
        drawn = sample(world.base, world.prompts, 4, 30_000 + seed)
        prompts = [prompt for prompt in world.prompts for _ in range(4)]
        scores = self(prompts, [one for found in drawn for one in found])
        self.shift = float(scores.mean())
        self.scale = float(scores.std()) if stretched else 1.0

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        return (self.scorer(prompts, completions, group) - self.shift) / self.scale


@cache
def labels(world: World, seed: int, rankings: int = RANKINGS) -> list[Group]:
    """Rankings of COMPLETIONS completions that the base policy drew."""
    prompts = world.labeled_prompts[:rankings]
    drawn = sample(world.base, prompts, COMPLETIONS, 20_000 + seed)
    return rank(world, prompts, drawn, noise=NOISE, seed=seed)


@cache
def reward_model(world: World, seed: int, member: int = 0, rankings: int = RANKINGS) -> RewardModel:
    """Trained on the labels of a seed; members differ in their head and the order of the labels."""
    return trained(world, labels(world, seed, rankings), seed, member)


def trained(world: World, groups: Sequence[Group], seed: int, member: int) -> RewardModel:
    """A reward model of these labels."""
    return train_reward_model(world.base_folder, groups, seed=1000 * member + seed, epochs=EPOCHS)


@cache
def proxy(world: World, seed: int, member: int = 0, rankings: int = RANKINGS) -> Standardised:
    """A single reward model as a scorer."""
    return scoring(reward_model(world, seed, member, rankings), world, seed)


def scoring(reward_model: RewardModel, world: World, seed: int) -> Standardised:
    """As a scorer with spread 1 on the base policy's completions."""
    return Standardised(RewardModelScorer(reward_model, SCORED_TOKENS), world, seed)


@cache
def ppo_course(world: World, seed: int, folder: Path) -> Course:
    """PPO against the single reward model, without a KL penalty."""
    scorer = proxy(world, seed)
    course, _ = optimise(
        world,
        scorer,
        "ppo",
        folder / "ppo",
        seed=seed,
        farthest=FARTHEST,
        values_from=reward_model(world, seed),
    )
    return course


def log_weights(pool: int, n: int) -> Tensor:
    """(pool,) log probability that the i-th lowest of the pool is the best of n drawn without return.

    C(i-1, n-1) / C(pool, n) for i = 1..pool: the unbiased estimator of best-of-n.
    """
    total = math.lgamma(pool + 1) - math.lgamma(n + 1) - math.lgamma(pool - n + 1)
    return torch.tensor(
        [
            math.lgamma(i) - math.lgamma(n) - math.lgamma(i - n + 1) - total
            if i >= n
            else -math.inf
            for i in range(1, pool + 1)
        ],
        dtype=torch.float64,
    )


@cache
def pool(world: World, seed: int) -> tuple[list[list[SampledCompletion]], Tensor]:
    """POOL completions of each of POOL_PROMPTS prompts by the base policy, and their gold (prompts, POOL)."""
    prompts = world.prompts[:POOL_PROMPTS]
    drawn = sample(world.base, prompts, POOL, 7000 + seed)
    return drawn, judged(world, world.gold, drawn)


def judged(world: World, scorer: Scorer, drawn: Sequence[list[SampledCompletion]]) -> Tensor:
    """(prompts, POOL) scores."""
    return torch.stack(
        [
            scorer([prompt] * len(found), found)
            for prompt, found in zip(world.prompts, drawn, strict=False)
        ]  # the first of them
    )


def chosen_by(world: World, seed: int, scorer: Scorer) -> Course:
    """Proxy and gold of a scorer's choice among n, as gains over a single draw; KL is the bound."""
    drawn, truth = pool(world, seed)
    scores = judged(world, scorer, drawn)
    order = scores.argsort(dim=1)
    course = Course()
    for n in SIZES:
        weights = log_weights(POOL, n).exp()
        course.kl.append(kl_bound(n))
        for path, values in ((course.proxy, scores), (course.gold, truth)):
            path.append(float((values.double().gather(1, order) * weights).sum(dim=1).mean()))
    course.proxy = [value - course.proxy[0] for value in course.proxy]
    course.gold = [value - course.gold[0] for value in course.gold]
    return course


@cache
def best_of_n(world: World, seed: int) -> Course:
    """The choices of a single reward model."""
    return chosen_by(world, seed, proxy(world, seed))
