"""Settings of choosing what to have judged next."""

from __future__ import annotations

from typing import Literal

from rewardmodel.config.base import StageConfig, setting


class PickConfig(StageConfig):
    """Choose prompts, and some of the samples drawn of each, for people to judge."""

    prompts: int = setting(
        200,
        "How many prompts to choose; fewer where there are not so many.",
        unit="prompts",
        why="a few days of a small team",
        ge=1,
        le=100_000,
    )
    completions: int = setting(
        4,
        "Samples of each chosen prompt that are shown together.",
        unit="completions",
        why="a ranking of four is read in a minute or two",
        ge=2,
        le=9,
    )
    information_share: int = setting(
        50,
        "Part of the prompts chosen because their ranking tells the reward model the most: samples "
        "that are unlike each other, in an order that is still open.",
        unit="parts",
        why="it wastes nothing on what is known and does not ask twice",
        ge=0,
        le=1000,
    )
    disagreement_share: int = setting(
        0,
        "Part of the prompts chosen because several reward models dispute the order; needs at "
        "least two.",
        unit="parts",
        why="reward models of the same judgments share most of their errors",
        ge=0,
        le=1000,
    )
    novelty_share: int = setting(
        20,
        "Part of the prompts chosen because they are unlike all that was judged.",
        unit="parts",
        why="what no reward model has seen cannot be told by any of them",
        ge=0,
        le=1000,
    )
    random_share: int = setting(
        30,
        "Part of the prompts chosen at random, with samples at random. Measure on these: they alone "
        "are a fair sample of what the policy writes.",
        unit="parts",
        why="enough to measure on after a few hundred judgments",
        ge=1,
        le=1000,
    )
    features: Literal["hidden_and_words", "hidden", "words"] = setting(
        "hidden_and_words",
        "What tells whether samples are alike: the last layer of the first reward model, the words, "
        "or both.",
        why="the layer knows what matters so far, the words know what is new",
    )
    microbatch_tokens: int = setting(
        16_384,
        "Most padded tokens in one forward pass.",
        unit="tokens",
        why="as in training",
        ge=16,
        le=10_000_000,
    )

    @property
    def shares(self) -> dict[str, float]:
        """Parts by rule."""
        return {
            "information": self.information_share,
            "disagreement": self.disagreement_share,
            "novelty": self.novelty_share,
            "random": self.random_share,
        }
