"""The settings of every stage: frozen, validated before anything heavy is loaded.

Each field carries what it means, its unit, its range and why its default is what it is; the web
forms are drawn from `schemas()`. Nothing here imports torch.
"""

from __future__ import annotations

from typing import Any

from rewardmodel.config.base import (
    AdapterConfig,
    EngineConfig,
    LengthConfig,
    StageConfig,
    TrainingConfig,
)
from rewardmodel.config.best_of_n import BestOfNConfig
from rewardmodel.config.comparisons import ComparisonConfig
from rewardmodel.config.decoding import DecodingConfig, SampleConfig
from rewardmodel.config.dpo import DpoConfig
from rewardmodel.config.evaluate import EvaluateConfig
from rewardmodel.config.grpo import GrpoConfig
from rewardmodel.config.picking import PickConfig
from rewardmodel.config.policy_gradient import PolicyGradientConfig
from rewardmodel.config.ppo import PpoConfig
from rewardmodel.config.pretrain import PretrainConfig
from rewardmodel.config.reward import RewardConfig
from rewardmodel.config.rloo import RlooConfig
from rewardmodel.config.sft import SftConfig

__all__ = [
    "STAGES",
    "AdapterConfig",
    "BestOfNConfig",
    "ComparisonConfig",
    "DecodingConfig",
    "DpoConfig",
    "EngineConfig",
    "EvaluateConfig",
    "GrpoConfig",
    "LengthConfig",
    "PickConfig",
    "PolicyGradientConfig",
    "PpoConfig",
    "PretrainConfig",
    "RewardConfig",
    "RlooConfig",
    "SampleConfig",
    "SftConfig",
    "StageConfig",
    "TrainingConfig",
    "schemas",
]

STAGES: dict[str, type[StageConfig]] = {
    "pretrain": PretrainConfig,
    "sft": SftConfig,
    "reward": RewardConfig,
    "ppo": PpoConfig,
    "rloo": RlooConfig,
    "grpo": GrpoConfig,
    "dpo": DpoConfig,
    "sample": SampleConfig,
    "best_of_n": BestOfNConfig,
    "evaluate": EvaluateConfig,
    "pick": PickConfig,
}


def schemas() -> dict[str, Any]:
    """The JSON schema of each stage's settings."""
    return {stage: config.model_json_schema() for stage, config in STAGES.items()}
