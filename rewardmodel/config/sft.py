"""Settings of supervised fine-tuning."""

from __future__ import annotations

from rewardmodel.config.base import AdapterConfig, EngineConfig, LengthConfig, TrainingConfig, setting


class SftConfig(AdapterConfig, EngineConfig, LengthConfig, TrainingConfig):
    """Supervised fine-tuning on demonstrations: next-token loss on the completion alone."""

    epochs: int = setting(
        3,
        "Passes over the demonstrations.",
        unit="epochs",
        why="few demonstrations; InstructGPT took 16, with reward-model scores still rising after "
        "validation loss had begun to",
        ge=1,
        le=1000,
    )
    batch_size: int = setting(
        32,
        "Demonstrations in one update.",
        unit="demonstrations",
        why="InstructGPT's",
        ge=1,
        le=65536,
    )
