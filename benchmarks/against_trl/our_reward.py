"""The reward stage's own update on the same rankings: `python -m benchmarks.against_trl.our_reward DIR`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.against_trl.turns import Turns, peak_mb
from rewardmodel.config import RewardConfig
from rewardmodel.group_scores import group_scores
from rewardmodel.groups import Group
from rewardmodel.models import load_reward_model
from rewardmodel.rankings import Pair
from rewardmodel.reward_update import backward_on
from rewardmodel.training import apply_update, new_optimizer


def group(ranking: dict[str, Any]) -> Group:
    """A strict ranking, best completion first."""
    count = len(ranking["completions"])
    pairs = [
        Pair(i, j, False, False, 1, j - i, False) for i in range(count) for j in range(i + 1, count)
    ]
    return Group(
        prompt_key="",
        prompt_ids=ranking["prompt"],
        completion_ids=ranking["completions"],
        text_lengths=[len(ids) for ids in ranking["completions"]],
        pairs=pairs,
        tiers=list(range(count)),
        weight=1.0,
    )


def main() -> None:
    turns = Turns()
    folder, sharing = Path(sys.argv[1]), sys.argv[2]
    job = json.loads((folder / "job.json").read_text())
    torch.set_num_threads(job["threads"])
    reward_model = load_reward_model(folder / "model", torch.device(job["device"]))
    loaded = peak_mb()
    config = RewardConfig.model_validate(
        {
            "share_prompts": sharing,
            "microbatch_tokens": job["microbatch_tokens"],
            "precision": job["precision"],
        }
    )
    groups = [group(ranking) for ranking in job["rankings"]]
    optimizer = new_optimizer(reward_model, config)

    def step() -> dict[str, Any]:
        figures = backward_on(reward_model, groups, config)
        apply_update(reward_model, optimizer, job["learning_rate"], config)
        return {"loss": figures["loss"]}

    turns.ready(
        loaded_mb=loaded, scores=group_scores(reward_model, groups[:1], config.share_prompts)[0]
    )
    turns.serve(step)


if __name__ == "__main__":
    main()
