"""What PPO, RLOO and GRPO are watched by: figures of an iteration, a policy before and after.

Plain arithmetic on rollouts; nothing here changes a weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rewardmodel.losses import kl_k1, kl_k3, masked_mean
from rewardmodel.metrics import INTERVAL, SHARE, clustered_ratio
from rewardmodel.rollouts import Rollouts
from rewardmodel.scoring import Scored


@dataclass(frozen=True, slots=True)
class Measured:
    """A policy on the evaluation prompts, one completion each."""

    scores: list[float]
    kl: float  # nats per completion, mean
    stop_rate: float
    tokens_mean: float

    def to_json(self) -> dict[str, Any]:
        """For checkpoint and report."""
        return {
            "scores": self.scores,
            "kl": self.kl,
            "stop_rate": self.stop_rate,
            "tokens_mean": self.tokens_mean,
        }

    def figures(self) -> dict[str, float]:
        """For the curves, and for the alarms."""
        spread = sum((score - self.score) ** 2 for score in self.scores) / len(self.scores)
        return {
            "evaluation_score": self.score,
            "evaluation_std": math.sqrt(spread),
            "evaluation_kl": self.kl,
            "evaluation_stop_rate": self.stop_rate,
            "evaluation_tokens": self.tokens_mean,
        }

    @property
    def score(self) -> float:
        """Mean over the prompts."""
        return sum(self.scores) / len(self.scores)

    @classmethod
    def of(cls, scored: Scored) -> Measured:
        """From one completion of each prompt."""
        return cls(
            scores=scored.scores.tolist(),
            kl=mean_kl(scored),
            stop_rate=float(scored.stopped.float().mean()),
            tokens_mean=float(scored.completion_mask.sum(dim=1).float().mean()),
        )


def mean_kl(rollouts: Rollouts | Scored) -> float:
    """Nats per completion: k1 summed over tokens, mean over completions."""
    kl = kl_k1(rollouts.log_probs, rollouts.reference) * rollouts.completion_mask
    return float(kl.sum(dim=1).mean())


def rollout_figures(rollouts: Rollouts) -> dict[str, float]:
    """What an iteration's rollouts look like, before its updates."""
    mask = rollouts.completion_mask
    k3 = (kl_k3(rollouts.log_probs, rollouts.reference) * mask).sum(dim=1).mean()
    scores, rewards = rollouts.scores, rollouts.rewards.sum(dim=1)
    distinct, repeated = bigrams(rollouts)
    return {
        "score_mean": float(scores.mean()),
        "score_std": float(scores.std(unbiased=False)),
        "score_p10": float(scores.quantile(0.1)),
        "score_p90": float(scores.quantile(0.9)),
        "score_disagreement": float(rollouts.disagreement.mean()),
        "reward_mean": float(rewards.mean()),
        "reward_std": float(rewards.std(unbiased=False)),
        "kl": mean_kl(rollouts),
        "kl_k3": float(k3),
        "tokens_mean": float(mask.sum(dim=1).float().mean()),
        "stop_rate": float(rollouts.stopped.float().mean()),
        "padding_share": float(1 - rollouts.mask.float().mean()),
        "distinct_bigrams": distinct,
        "repeat_rate": repeated,
    }


def value_figures(rollouts: Rollouts) -> dict[str, float]:
    """How well the values foretold the returns, where there are values."""
    mask, returns = rollouts.completion_mask, rollouts.returns
    return_variance = masked_mean((returns - masked_mean(returns, mask)) ** 2, mask)
    residual = returns - rollouts.values
    residual_variance = masked_mean((residual - masked_mean(residual, mask)) ** 2, mask)
    return {
        "explained_variance": float(1 - residual_variance / return_variance.clamp(min=1e-8)),
        "return_mean": float(masked_mean(returns, mask)),
        "return_std": math.sqrt(float(return_variance)),
    }


def bigrams(rollouts: Rollouts) -> tuple[float, float]:
    """Of the pairs of neighbouring tokens in all completions, the share that are distinct, which falls
    when completions become alike, and the share that their own completion had said before.
    """
    seen: set[tuple[int, int]] = set()
    total = repeated = 0
    for row, mask in zip(rollouts.completion_ids, rollouts.completion_mask, strict=True):
        ids = row[mask].tolist()
        pairs = set(zip(ids, ids[1:], strict=False))
        count = max(0, len(ids) - 1)
        seen |= pairs
        total += count
        repeated += count - len(pairs)
    return len(seen) / max(1, total), repeated / max(1, total)


def compare(before: Measured, after: Measured, seed: int, prompts: Sequence[str]) -> dict[str, Any]:
    """Scores before and after on the same prompts, with intervals over prompts.

    prompts: the text of each; what stands there more than once is one prompt.
    """
    count = len(before.scores)
    ones = [1.0] * count
    gains = [b - a for a, b in zip(before.scores, after.scores, strict=True)]
    wins = [0.5 + 0.5 * ((gain > 0) - (gain < 0)) for gain in gains]
    return {
        "prompts": len(set(prompts)),
        "score_before": clustered_ratio(
            before.scores, ones, 1000, seed, clusters=prompts
        ).to_json(),
        "score_after": clustered_ratio(after.scores, ones, 1000, seed, clusters=prompts).to_json(),
        "gain": clustered_ratio(gains, ones, 1000, seed, clusters=prompts).to_json(),
        "win_rate": clustered_ratio(wins, ones, 1000, seed, SHARE, prompts).to_json(),
        "kl_before": before.kl,
        "kl_after": after.kl,
        "stop_rate_before": before.stop_rate,
        "stop_rate_after": after.stop_rate,
        "tokens_before": before.tokens_mean,
        "tokens_after": after.tokens_mean,
        "interval": f"{INTERVAL} prompts",
    }
