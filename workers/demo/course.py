"""How much is done in each round, and the settings of its stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Course:
    """Two rounds with these settings take minutes on two cores; each has its reason beside it."""

    seed: int = 1
    needed: int = 2  # judgments per item: enough overlap to see how far labelers agree
    samples: int = 4  # completions per prompt
    max_new_tokens: int = 64
    temperature: float = 0.8  # a policy this small is legible a little below its own distribution
    validation_fraction: float = 0.2
    sft: dict[str, Any] = field(default_factory=lambda: {"epochs": 2, "learning_rate": 3e-4})
    reward: dict[str, Any] = field(
        default_factory=lambda: {
            "epochs": 3,
            "prompts_per_step": 16,
            "learning_rate": 5e-4,
            "normalize": "shift_and_scale",
        }
    )
    ppo: dict[str, Any] = field(
        default_factory=lambda: {
            "iterations": 24,
            "rollouts_per_iteration": 64,
            "minibatch_size": 32,
            "learning_rate": 3e-4,
            "value_learning_rate": 1e-3,
            "evaluation_prompts": 0,
        }
    )
