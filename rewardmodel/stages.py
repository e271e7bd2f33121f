"""Which function runs which stage. Nothing else."""

from __future__ import annotations

from typing import Any

from rewardmodel.best_of_n import run_best_of_n
from rewardmodel.config import (
    BestOfNConfig,
    DpoConfig,
    EvaluateConfig,
    GrpoConfig,
    PickConfig,
    PpoConfig,
    PretrainConfig,
    RewardConfig,
    RlooConfig,
    SampleConfig,
    SftConfig,
    StageConfig,
)
from rewardmodel.dpo import run_dpo
from rewardmodel.evaluate import run_evaluate
from rewardmodel.grpo import run_grpo
from rewardmodel.pick import run_pick
from rewardmodel.ppo import run_ppo
from rewardmodel.pretrain import run_pretrain
from rewardmodel.reward import run_reward
from rewardmodel.rloo import run_rloo
from rewardmodel.rundir import Run
from rewardmodel.sample import run_sample
from rewardmodel.sft import run_sft


def run_stage(run: Run, config: StageConfig) -> dict[str, Any]:
    """Run a stage to its end and write report and manifest. Raises RunError or Interrupted."""
    match config:
        case PretrainConfig():
            report = run_pretrain(run, config)
        case PpoConfig():
            report = run_ppo(run, config)
        case RlooConfig():
            report = run_rloo(run, config)
        case GrpoConfig():
            report = run_grpo(run, config)
        case DpoConfig():
            report = run_dpo(run, config)
        case RewardConfig():
            report = run_reward(run, config)
        case BestOfNConfig():  # a SampleConfig too: asked first
            report = run_best_of_n(run, config)
        case SampleConfig():
            report = run_sample(run, config)
        case SftConfig():
            report = run_sft(run, config)
        case EvaluateConfig():
            report = run_evaluate(run, config)
        case PickConfig():
            report = run_pick(run, config)
        case _:
            raise TypeError(f"no stage takes a {type(config).__name__}")
    run.finish(report)
    return report
