"""From scores to the chance that one completion is judged better than another.

The one place where differences of scores become chances of a reward model: whatever judges it by
log-likelihood, Brier score or calibration asks here, and so judges it by the likelihood it learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rewardmodel.metrics import Floats, score_differences
from rewardmodel.models import RewardModel
from rewardmodel.reward_losses import win_log_odds


@dataclass(frozen=True, slots=True)
class WinOdds:
    """What a reward model's config.json says of its scores: `score_scale`, the tie model and its t."""

    scale: float = 1.0
    tie_model: str | None = None
    tie_parameter: float = 0.0

    @classmethod
    def of(cls, reward_model: RewardModel) -> WinOdds:
        """As they are now: during training the tie model's number still moves."""
        return cls(reward_model.scale, reward_model.tie_model, reward_model.tie)

    def log_odds(self, scores: Sequence[Sequence[float]]) -> list[Floats]:
        """By ranking, from its K normalized scores: (K, K) log-odds of i above j among strict judgments.

        sigmoid of it is P(i wins | i or j wins): strict pairs are all that is known of such a chance.
        """
        differences = [self.scale * table for table in score_differences(scores)]
        if self.tie_model is None:
            return differences
        parameter = torch.tensor(self.tie_parameter, dtype=torch.float64)
        return [
            win_log_odds(torch.from_numpy(table), parameter, self.tie_model).numpy()
            for table in differences
        ]


def mean_log_odds(
    members: Sequence[Sequence[Sequence[float]]], odds: Sequence[WinOdds]
) -> list[Floats]:
    """By ranking the mean over M reward models of their (K, K) log-odds; members: scores by model."""
    tables = [one.log_odds(scores) for scores, one in zip(members, odds, strict=True)]
    return [np.mean(of_ranking, axis=0) for of_ranking in zip(*tables, strict=True)]
