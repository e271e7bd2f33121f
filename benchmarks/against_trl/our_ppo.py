"""The ppo stage's own loop on the same prompts: `python -m benchmarks.against_trl.our_ppo DIR`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.against_trl.turns import Turns, peak_mb
from rewardmodel.config import PpoConfig
from rewardmodel.models import load_policy, load_reward_model
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.ppo import new_learner
from rewardmodel.rankings import Message
from rewardmodel.rollouts import Reference
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import RewardModelScorer


class InTurns(PolicyGradientTrainer):
    """The loop, with its turn from the choice of prompts to the end of the updates."""

    turns: Turns

    def iteration_prompts(self) -> list[EncodedPrompt]:
        self.turns.wait()
        return super().iteration_prompts()

    def adapt_kl(self, kl: float) -> None:
        super().adapt_kl(kl)
        self.turns.done()


def main() -> None:
    turns = Turns()
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text())
    torch.set_num_threads(job["threads"])
    device = torch.device(job["device"])
    config = PpoConfig.model_validate(
        {
            "iterations": 10_000,
            "rollouts_per_iteration": job["batch"],
            "minibatch_size": job["batch"],
            "inner_epochs": job["inner_epochs"],
            "max_new_tokens": job["completion_tokens"],
            "microbatch_tokens": job["microbatch"]
            * (len(job["prompts"][0]) + job["completion_tokens"]),
            "learning_rate": 1e-6,
            "precision": job["precision"],
            "evaluation_prompts": 0,
            "followed_prompts": 0,
            "checkpoint_every_steps": 1_000_000,
        }
    )
    policy = load_policy(folder / "policy", device)
    reward_model = load_reward_model(folder / "reward", device).requires_grad_(False)
    loaded = peak_mb()
    trainer = InTurns(
        Run(folder / "run", "ppo", {}),
        config,
        new_learner(policy, config, folder / "policy", [folder / "reward"]),
        reference=Reference(load_policy(folder / "policy", device)),
        scorer=RewardModelScorer(reward_model, config.microbatch_tokens),
        prompts=[
            EncodedPrompt(PromptRow(str(n), (Message("user", ""),), None), ids)
            for n, ids in enumerate(job["prompts"])
        ],
        starts_at_reference=True,
    )
    trainer.turns = turns
    turns.ready(loaded_mb=loaded)
    trainer.train()


if __name__ == "__main__":
    main()
