"""Trainers of PPO, RLOO and GRPO on a tiny policy, and a reward that they can see."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rewardmodel.config import GrpoConfig, PolicyGradientConfig, PpoConfig, RlooConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Interrupted
from rewardmodel.grpo import GrpoLearner
from rewardmodel.learners import Learner
from rewardmodel.models import Policy, load_policy
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_gradient_run import conclude
from rewardmodel.ppo import new_learner
from rewardmodel.rloo import RlooLearner
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import Scorer
from rewardmodel.scoring import Reference
from tests.rewardmodel.conftest import CPU, ask, open_run, write_run

STAGES = ("ppo", "rloo", "grpo")
COMMON: dict[str, Any] = {
    "device": "cpu",
    "iterations": 8,
    "rollouts_per_iteration": 64,
    "minibatch_size": 32,
    "max_new_tokens": 6,
    "learning_rate": 2e-2,
    "warmup_fraction": 0,
    "kl_coefficient": 0.01,
    "missing_stop_penalty": 0,
    "evaluation_prompts": 16,
    "followed_prompts": 0,
}


def low_ids(
    prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion], group: int = 1
) -> Tensor:
    """A hidden reward: the share of tokens from the lower half of the vocabulary."""
    return torch.tensor([sum(i < 135 for i in c.ids) / len(c.ids) for c in completions])


def always(score: float) -> Scorer:
    """One score for everything."""

    def scorer(
        prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion], group: int = 1
    ) -> Tensor:
        return torch.full((len(completions),), score)

    return scorer


def questions(policy: Policy, count: int = 40) -> list[EncodedPrompt]:
    return [
        EncodedPrompt(
            PromptRow(str(n), ask(f"question {n}"), None),
            policy.codec.encode_prompt(ask(f"question {n}")),
        )
        for n in range(count)
    ]


def learner_of(stage: str, folder: Path, **settings: Any) -> Learner:
    config: PolicyGradientConfig
    policy = load_policy(folder, CPU)
    values = {**COMMON, **settings}
    if stage == "rloo":
        config = RlooConfig(**values)
        return RlooLearner(policy, config)
    if stage == "grpo":
        config = GrpoConfig(**values)
        return GrpoLearner(policy, config)
    return new_learner(policy, PpoConfig(**values), folder, [])


def trainer(
    stage: str, folder: Path, policy_folder: Path, scorer: Scorer = low_ids, **settings: Any
) -> PolicyGradientTrainer:
    write_run(folder, stage, {})
    learner = learner_of(stage, policy_folder, **settings)
    config = learner.settings
    reference = (
        Reference(learner.policy, adapters=True)
        if config.lora_rank
        else Reference(load_policy(policy_folder, CPU))
    )
    return PolicyGradientTrainer(
        open_run(folder, stage),
        config,
        learner,
        reference=reference,
        scorer=scorer,
        prompts=questions(learner.policy),
        starts_at_reference=True,
    )


def conclude_interrupted(
    make: Callable[[], PolicyGradientTrainer], asked: Iterable[int], *, killed: bool = False
) -> dict[str, Any]:
    """Started again and again, each start but the last stopped where it asks for the n-th time
    whether it should, or killed there; the report of the last.
    """
    for number in asked:
        try:
            conclude(_stopping(make(), number, killed))
        except Interrupted:
            continue
        raise AssertionError(f"it ended before it asked {number} times")
    return conclude(make())


def _stopping(chosen: PolicyGradientTrainer, number: int, killed: bool) -> PolicyGradientTrainer:
    honest, left = chosen.leave_if_asked, [number]

    def leave_if_asked() -> None:
        left[0] -= 1
        if left[0] == 0 and killed:
            raise Interrupted(chosen.step)
        if left[0] == 0:
            chosen.run._request_stop(signal.SIGINT, None)
        honest()

    chosen.leave_if_asked = leave_if_asked  # type: ignore[method-assign]  # of this one alone
    return chosen
