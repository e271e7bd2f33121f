"""Optimising a policy of a world against a scorer, by the library's own trainers, and watching the gold."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.learning.world import CPU, TOKENS, World
from rewardmodel.config import GrpoConfig, PolicyGradientConfig, PpoConfig, RlooConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.grpo import GrpoLearner
from rewardmodel.learners import Learner
from rewardmodel.models import Policy, RewardModel, load_policy
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.ppo import SeparateValues
from rewardmodel.rankings import Message
from rewardmodel.rloo import RlooLearner
from rewardmodel.rollouts import Reference
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import Scorer
from rewardmodel.value_networks import new_value_model

ROLLOUTS, MINIBATCH, RATE = 512, 256, 5e-4
VALUE_ONLY = (
    2  # iterations in which the values alone learn: a reward model has judged whole texts only
)
FIRST_PENALTY = 0.4  # KL coefficient that an eased run begins with
EASING = 0.88  # what each iteration leaves of it
ITERATIONS = 90  # at most, where a run never gets as far as it is let


@dataclass
class Course:
    """What optimisation did, iteration by iteration: nats from the start, proxy and gold."""

    kl: list[float] = field(default_factory=list)
    proxy: list[float] = field(default_factory=list)
    gold: list[float] = field(default_factory=list)

    def distances(self) -> list[float]:
        """Square roots of the KL; sampling noise below 0 is 0."""
        return [math.sqrt(max(0.0, kl)) for kl in self.kl]

    def at(self, kl: float, name: str = "gold") -> float:
        """Gold or proxy where the path first passes a KL, between the points around it.

        nan where it never gets that far.
        """
        values: list[float] = getattr(self, name)
        for n in range(1, len(self.kl)):
            if self.kl[n] >= kl:
                low, high = self.kl[n - 1], self.kl[n]
                share = (kl - low) / max(1e-9, high - low)
                return values[n - 1] + share * (values[n] - values[n - 1])
        return math.nan


class Watching:
    """A scorer that also asks the gold reward, and keeps its mean for each iteration's rollouts."""

    def __init__(self, scorer: Scorer, world: World) -> None:
        self.scorer, self.world = scorer, world
        self.gold: list[float] = []

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        if len(prompts) == ROLLOUTS:
            self.gold.append(float(self.world.gold(prompts, completions).mean()))
        return self.scorer(prompts, completions, group)


class EasedTrainer(PolicyGradientTrainer):
    """Lowers the KL penalty iteration by iteration, so that a run passes near the best policies of all penalties.

    Without a penalty the last nats are run through in one or two iterations, and where a run falls off a cliff is
    a matter of luck; so eased, it takes some twenty-five to 16 nats.
    """

    def adapt_kl(self, kl: float) -> None:
        self.position.kl_coefficient *= EASING


def optimise(
    world: World,
    scorer: Scorer,
    method: str,
    folder: Path,
    *,
    seed: int,
    farthest: float,
    values_from: RewardModel | None = None,
    eased: bool = False,
) -> tuple[Course, Policy]:
    """Train from the base policy until it is `farthest` nats away, or for ITERATIONS.

    values_from: what PPO's value network starts as. eased: under a KL penalty that is lowered step by step; else
    there is none. The path up to there, and the last policy on it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shared: dict[str, Any] = {
        "seed": seed,
        "threads": torch.get_num_threads(),
        "iterations": ITERATIONS,
        "rollouts_per_iteration": ROLLOUTS,
        "minibatch_size": MINIBATCH,
        "max_new_tokens": TOKENS,
        "learning_rate": RATE,
        "schedule": "constant",
        "kl_coefficient": FIRST_PENALTY if eased else 0.0,
        "kl_ceiling": farthest,
        "missing_stop_penalty": 0.0,
        "evaluation_prompts": 0,
        "followed_prompts": 0,
        "checkpoint_every_steps": 1,  # beyond the ceiling, training returns to the last one
    }
    policy, reference = load_policy(world.base_folder, CPU), load_policy(world.base_folder, CPU)
    learner, config = new_learner(method, policy, world, shared, folder, values_from)
    watching = Watching(scorer, world)
    run = Run(folder, method, {})
    trainer = (EasedTrainer if eased else PolicyGradientTrainer)(
        run,
        config,
        learner,
        reference=Reference(reference),
        scorer=watching,
        prompts=[
            EncodedPrompt(PromptRow(str(n), (Message("user", text),), None), ids)
            for n, (text, ids) in enumerate(zip(world.prompt_texts, world.prompts, strict=True))
        ],
        starts_at_reference=True,
    )
    trainer.train()
    run.events.close()
    found = Course(gold=watching.gold)
    for line in (folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "metric" and "kl" in event["values"]:
            found.kl.append(event["values"]["kl"])
            found.proxy.append(event["values"]["score_mean"])
    found.gold = found.gold[: len(found.kl)]
    return found, policy


def new_learner(
    method: str,
    policy: Policy,
    world: World,
    shared: dict[str, Any],
    folder: Path,
    values_from: RewardModel | None,
) -> tuple[Learner, PolicyGradientConfig]:
    """PPO with its value network, or one of the two that need none."""
    if method == "ppo":
        ppo = PpoConfig.model_validate({**shared, "value_only_iterations": VALUE_ONLY})
        start = None
        if values_from is not None:
            start = folder / "values"
            values_from.save(start)
        values = new_value_model(world.base_folder, start, ppo.seed)
        return SeparateValues(policy, ppo, values), ppo
    if method == "rloo":
        rloo = RlooConfig.model_validate(shared)
        return RlooLearner(policy, rloo), rloo
    grpo = GrpoConfig.model_validate(shared)
    return GrpoLearner(policy, grpo), grpo
