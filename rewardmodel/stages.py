"""Which function runs which stage. Nothing else."""

from __future__ import annotations

from typing import Any

from rewardmodel.config import (
    PpoConfig,
    PretrainConfig,
    RewardConfig,
    SampleConfig,
    StageConfig,
)
from rewardmodel.ppo import run_ppo
from rewardmodel.pretrain import run_pretrain
from rewardmodel.reward import run_reward
from rewardmodel.rundir import Run
from rewardmodel.sample import run_sample


def run_stage(run: Run, config: StageConfig) -> dict[str, Any]:
    """Run a stage to its end and write report and manifest. Raises RunError or Interrupted."""
    match config:
        case PretrainConfig():
            report = run_pretrain(run, config)
        case PpoConfig():
            report = run_ppo(run, config)
        case RewardConfig():
            report = run_reward(run, config)
        case SampleConfig():
            report = run_sample(run, config)
        case _:
            raise TypeError(f"no stage takes a {type(config).__name__}")
    run.finish(report)
    return report
