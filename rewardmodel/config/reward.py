"""Settings of the reward stage."""

from __future__ import annotations

from typing import ClassVar, Literal

from rewardmodel.config.alarms import PairAlarmConfig
from rewardmodel.config.base import (
    AdapterConfig,
    EngineConfig,
    GroupConfig,
    LengthConfig,
    ValidationConfig,
    setting,
)
from rewardmodel.config.comparisons import ComparisonConfig
from rewardmodel.config.rules import Rule


class RewardConfig(
    ComparisonConfig,
    ValidationConfig,
    PairAlarmConfig,
    AdapterConfig,
    EngineConfig,
    LengthConfig,
    GroupConfig,
):
    """A reward model from whole rankings (InstructGPT section 3.5, group loss)."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "ties",
            "one_of",
            ("drop", "half"),
            "the tie models belong to loss pairs",
            when={"loss": ("plackett_luce",)},
        ),
        *(
            Rule(
                name, "one_of", (0,), "it belongs to loss pairs", when={"loss": ("plackett_luce",)}
            )
            for name in ("margin_per_strength", "margin_across_cut", "label_smoothing")
        ),
    )

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
    loss: Literal["pairs", "plackett_luce"] = setting(
        "pairs",
        "pairs: every pair of a ranking is a comparison (InstructGPT). plackett_luce: a ranking is "
        "a row of choices of the best among those left; unranked completions and direct "
        "comparisons are left out.",
        why="InstructGPT's; the two agree for two completions",
    )
    ties: Literal["drop", "half", "rao_kupper", "davidson"] = setting(
        "drop",
        "drop: tied completions are not compared; half: a tie counts as half a win each way, which "
        "pulls their scores together (with plackett_luce: Efron's rule); rao_kupper, davidson: "
        "ties have a probability of their own, with one more learnt number that is kept with the "
        "model.",
        why="InstructGPT drops them",
    )
    cut_weight: float = setting(
        0.0,
        "Weight of the absolute term of rankings with a cut: before normalization acceptable "
        "completions are pushed above 0 and unacceptable ones below. The score that this 0 becomes "
        "is kept with the model as score_cut.",
        why="plain loss; comparisons alone cannot tell all good from all bad",
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
