"""Settings of the stages that learn from rankings: which comparisons count, and how much."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rewardmodel.config.base import setting

Weight = Annotated[float, Field(ge=0, le=1000)]


class ComparisonConfig(BaseModel):
    """What a ranking says, for a reward model and for DPO's implicit reward alike."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    ties: Literal["drop", "half", "rao_kupper", "davidson"] = setting(
        "drop",
        "drop: tied completions are not compared; half: a tie counts as half a win each way, which "
        "pulls their scores together.",
        why="InstructGPT drops them",
    )
    label_smoothing: float = setting(
        0.0,
        "Share of the strict comparisons taken to be judged the wrong way round (in dpo: "
        "conservative DPO).",
        unit="fraction",
        why="plain loss; with noisy labelers 0.05 to 0.2 keeps scores from running away",
        ge=0,
        lt=0.5,
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
    labeler_weights: dict[str, Weight] = setting(
        {},
        "How much the rankings of some labelers count, by the labeler's id in the snapshot: their "
        "weight is multiplied by this; labelers who are not named count 1, those with 0 are left "
        "out of training.",
        unit="weight by labeler",
        why="all labelers count alike until you know better",
        max_length=10_000,
    )
