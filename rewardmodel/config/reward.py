"""Settings of the reward stage."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.base import AdapterConfig, EngineConfig, GroupConfig, LengthConfig, setting


class RewardConfig(AdapterConfig, EngineConfig, LengthConfig, GroupConfig):
    """A reward model from whole rankings (InstructGPT section 3.5, group loss)."""

    epochs: int = setting(
        1,
        "Passes over the rankings.",
        unit="epochs",
        why="more than one visibly worsens validation loss (InstructGPT App. C.2); small data on a "
        "small model may want more: watch the validation figures",
        ge=1,
        le=1000,
    )
    prompts_per_step: int = setting(
        64,
        "Rankings in one update; each comes with all its completions.",
        unit="rankings",
        why="InstructGPT's 64 prompts, up to 2,304 comparisons",
        ge=1,
        le=65536,
    )
    ties: Literal["drop", "half"] = setting(
        "drop",
        "drop: tied completions form no pair; half: a tie counts as half a win each way, which "
        "pulls their scores together.",
        why="InstructGPT drops them",
    )
    margin_per_strength: float = setting(
        0.0,
        "A direct comparison of strength s asks for a score difference of (s-1) times this.",
        unit="score",
        why="plain loss; margins are an option",
        ge=0,
        le=100,
    )
    margin_across_cut: float = setting(
        0.0,
        "Added difference asked for between an acceptable and an unacceptable completion.",
        unit="score",
        why="plain loss; margins are an option",
        ge=0,
        le=100,
    )
    normalize: Literal["shift", "shift_and_scale"] = setting(
        "shift",
        "After training, reference completions (demonstrations, else all training completions) "
        "score 0 on average; shift_and_scale also gives them unit spread.",
        why="InstructGPT shifts; unit spread keeps the meaning of a KL coefficient across rounds",
    )
    evaluate_every_steps: int = setting(
        25,
        "Held-out figures are computed after this many updates, and always at the end.",
        unit="updates",
        why="often enough to see over-fitting",
        ge=1,
        le=1_000_000,
    )
