"""The arithmetic of training as pure functions: tensors in, tensors out.

No device, no settings, no logging. In every mask True means: counts. Hand-worked numbers for each
function stand in its tests.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


def group_pairwise_loss(
    scores: Tensor, preference: Tensor, margins: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor]:
    """InstructGPT's loss over whole rankings (Ouyang et al. 2022, equation 1).

    scores      (B, K)     score of each completion; padded places may hold anything finite
    preference  (B, K, K)  weight of "i beats j": 1 for a strict pair, 0.5 both ways for a tie that
                           counts, 0 where nothing is compared (padding included)
    margins     (B, K, K)  score difference asked of that pair
    weights     (B,)       weight of each ranking

    Per ranking: the mean over its pairs of softplus(margin - (s_i - s_j)), so a long ranking does
    not outvote a short one. Returns (loss_sum, weight_sum): the weighted sum over rankings that
    have a pair, and their weight; the loss is the quotient, which the caller takes over a whole
    update however it was split.
    """
    difference = scores[:, :, None] - scores[:, None, :]
    terms = F.softplus(margins - difference) * preference
    pair_count = preference.sum(dim=(1, 2))
    counts = pair_count > 0
    per_ranking = terms.sum(dim=(1, 2)) / pair_count.clamp(min=1e-9)
    return (per_ranking * weights * counts).sum(), (weights * counts).sum()


def completion_log_probs(logits: Tensor, ids: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Log-probability of each id, and the entropy, of the distribution softmax(logits / T).

    logits (B, C, V), ids (B, C) -> two (B, C). The same T as in sampling, or every ratio and KL
    is of another distribution than the one that spoke.
    """
    log_probs = F.log_softmax(logits / temperature, dim=-1)
    chosen = log_probs.gather(-1, ids[..., None]).squeeze(-1)
    entropy = -(log_probs.exp() * log_probs).sum(dim=-1)
    return chosen, entropy


def kl_k1(log_probs: Tensor, reference: Tensor) -> Tensor:
    """Per-token log(p/q) of sampled tokens: unbiased for KL(p||q), may be negative."""
    return log_probs - reference


def kl_k3(log_probs: Tensor, reference: Tensor) -> Tensor:
    """Per-token q/p - 1 - log(q/p): unbiased for KL(p||q), never negative (Schulman's k3)."""
    log_ratio = reference - log_probs
    return torch.expm1(log_ratio) - log_ratio


def token_rewards(scores: Tensor, kl: Tensor, mask: Tensor, kl_coefficient: float) -> Tensor:
    """(B, C) rewards: minus the KL penalty at every token, plus the score at the last one.

    The last real token is the stop token where there is one. With gamma 1 the return of a
    completion is therefore its score minus the summed penalty, whatever its length.
    """
    rewards = -kl_coefficient * kl * mask
    last = mask.long().sum(dim=1, keepdim=True) - 1
    return rewards.scatter_add(1, last, scores[:, None])


def generalized_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, discount: float, gae_lambda: float
) -> tuple[Tensor, Tensor]:
    """GAE (Schulman et al. 2016, equations 11-16). All (B, C); completions start in column 0.

    values[t] is the value of the state before token t; after the last token it is 0. Returns
    (advantages, returns), both 0 where mask is False.
    """
    advantages = torch.zeros_like(rewards)
    following_advantage = torch.zeros_like(rewards[:, 0])
    following_value = torch.zeros_like(rewards[:, 0])
    for t in range(rewards.shape[1] - 1, -1, -1):
        valid = mask[:, t].to(rewards.dtype)
        delta = rewards[:, t] + discount * following_value - values[:, t]
        following_advantage = (delta + discount * gae_lambda * following_advantage) * valid
        following_value = values[:, t] * valid
        advantages[:, t] = following_advantage
    return advantages, (advantages + values) * mask


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the places where mask is True; 0 if there are none."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def whiten(values: Tensor, mask: Tensor) -> Tensor:
    """Mean 0 and variance 1 over all places where mask is True; 0 elsewhere."""
    mean = masked_mean(values, mask)
    variance = masked_mean((values - mean) ** 2, mask)
    return (values - mean) * torch.rsqrt(variance + 1e-8) * mask


class PolicyLoss(NamedTuple):
    """Sums over tokens, so that parts of a minibatch add up."""

    loss: Tensor
    ratio: Tensor  # (B, C) detached
    clipped: Tensor  # (B, C) bool: the clip was the larger loss


def clipped_policy_loss(
    log_probs: Tensor, behaviour: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> PolicyLoss:
    """PPO's clipped surrogate (Schulman et al. 2017, equation 7), negated, summed over tokens."""
    ratio = torch.exp((log_probs - behaviour) * mask)
    plain = -advantages * ratio
    bounded = -advantages * ratio.clamp(1 - clip, 1 + clip)
    loss = (torch.maximum(plain, bounded) * mask).sum()
    return PolicyLoss(loss, ratio.detach(), (bounded > plain).detach() & mask)


def clipped_sequence_loss(
    log_probs: Tensor, behaviour: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> PolicyLoss:
    """The clipped surrogate with the ratio of whole completions, summed over them.

    log_probs, behaviour, mask (B, C), advantages (B,). At ratio 1 its gradient is REINFORCE's
    -advantage * grad log p(completion) (Ahmadian et al. 2024, equation 6). ratio and clipped (B,).
    """
    ratio = torch.exp(((log_probs - behaviour) * mask).sum(dim=1))
    plain = -advantages * ratio
    bounded = -advantages * ratio.clamp(1 - clip, 1 + clip)
    loss = torch.maximum(plain, bounded).sum()
    return PolicyLoss(loss, ratio.detach(), (bounded > plain).detach())


class ValueLoss(NamedTuple):
    """Sum over tokens, and where the clip was the larger loss."""

    loss: Tensor
    clipped: Tensor  # (B, C) bool


def clipped_value_loss(
    values: Tensor, old_values: Tensor, returns: Tensor, mask: Tensor, clip: float | None
) -> ValueLoss:
    """Half the larger of the plain and the clipped squared error (baselines, ppo2), summed.

    clip None: the plain error.
    """
    if clip is None:
        plain = 0.5 * ((values - returns) ** 2 * mask).sum()
        return ValueLoss(plain, torch.zeros_like(mask))
    moved = values - old_values
    bounded = old_values + moved.clamp(-clip, clip)
    plain_error, bounded_error = (values - returns) ** 2, (bounded - returns) ** 2
    loss = 0.5 * (torch.maximum(plain_error, bounded_error) * mask).sum()
    # within the clip the two differ by rounding alone, which is no clip
    clipped = (moved.abs() > clip) & (bounded_error > plain_error)
    return ValueLoss(loss, clipped.detach() & mask)


def next_token_loss(logits: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy summed over the places where mask is True. logits (B, C, V), ids (B, C)."""
    losses = F.cross_entropy(logits.flatten(0, 1), ids.flatten(), reduction="none")
    return (losses.view_as(ids) * mask).sum()


def adapted_kl_coefficient(
    coefficient: float, kl: float, target: float, batch: int, horizon: int
) -> float:
    """Ziegler et al. 2019, section 2.2: a proportional controller in log space.

    The relative error is clipped to +-0.2 and acts in proportion to batch/horizon.
    """
    error = min(max(kl / target - 1, -0.2), 0.2)
    return coefficient * (1 + error * batch / horizon)
