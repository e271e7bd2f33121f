"""Settings of supervised fine-tuning."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.alarms import SupervisedAlarmConfig
from rewardmodel.config.base import (
    AdapterConfig,
    EngineConfig,
    LengthConfig,
    TrainingConfig,
    ValidationConfig,
    setting,
)


class SftConfig(
    ValidationConfig,
    SupervisedAlarmConfig,
    AdapterConfig,
    EngineConfig,
    LengthConfig,
    TrainingConfig,
):
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
    learn_turns: Literal["last", "all"] = setting(
        "last",
        "last: the demonstrated completion alone; all: what the assistant said earlier in the "
        "prompt too, each turn with the turns before it as its context.",
        why="only the last turn was written to be learnt from",
    )
    packing: Literal["auto", "always", "never"] = setting(
        "auto",
        "Put several demonstrations into one row of tokens instead of padding them to one length; "
        "they do not see each other. auto: where padding would cost more than 25 % and the network "
        "allows it. The loss is the same either way, up to rounding.",
        why="demonstrations differ in length, and padding is computed for nothing",
    )
    evaluate_every_steps: int = setting(
        0,
        "Loss and perplexity of the validation demonstrations are computed after this many "
        "updates, and always at the end; 0: after each epoch.",
        unit="updates",
        why="an epoch over few demonstrations is short",
        ge=0,
        le=1_000_000,
    )
