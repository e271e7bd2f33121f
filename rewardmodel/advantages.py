"""From scores to advantages, as pure functions: tensors in, tensors out.

What PPO, RLOO and GRPO do with the scores of completions before any gradient. Groups are the
completions of one prompt. No settings, no networks; hand-worked numbers stand in the tests.
Generalised advantage estimation and whitening are in `losses`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rewardmodel.losses import masked_mean

STD_FLOOR = 1e-4  # added to a group's standard deviation: a group that agrees gets advantages of 0


def punish_missing_stop(scores: Tensor, stopped: Tensor, mode: str, penalty: float) -> Tensor:
    """(N,) scores after the rule for completions that never drew a stop token.

    replace: the score becomes -penalty; subtract: the penalty is taken off the score.
    """
    punished = torch.full_like(scores, -penalty) if mode == "replace" else scores - penalty
    return torch.where(stopped, scores, punished)


def combine_members(members: Tensor, rule: str, caution: float) -> Tensor:
    """(N,) one score from those of M reward models (M, N) (Coste et al. 2023, section 3).

    mean | min | mean_minus_std: the mean minus `caution` times the standard deviation over M.
    """
    if rule == "min":
        return members.amin(dim=0)
    mean = members.mean(dim=0)
    return mean - caution * disagreement(members) if rule == "mean_minus_std" else mean


def disagreement(members: Tensor) -> Tensor:
    """(N,) standard deviation of M reward models (M, N), divided by M."""
    return members.std(dim=0, unbiased=False)


def scaled_to_unit_spread(rewards: Tensor, mask: Tensor) -> Tensor:
    """Rewards divided by their standard deviation over the places where mask is True.

    The mean stays in: moving it would reward length (lm-human-preferences, whiten with
    shift_mean=False).
    """
    variance = masked_mean((rewards - masked_mean(rewards, mask)) ** 2, mask)
    return rewards * torch.rsqrt(variance + 1e-8) * mask


def leave_one_out(rewards: Tensor) -> Tensor:
    """(G, K) each reward minus the mean of the K-1 others (Ahmadian et al. 2024, section 3.2)."""
    count = rewards.shape[1]
    return (rewards - rewards.mean(dim=1, keepdim=True)) * (count / (count - 1))


def group_relative(rewards: Tensor, *, divide_by_std: bool) -> Tensor:
    """(G, K) distance from the group's mean (Shao et al. 2024, section 4.1.2).

    In standard deviations of the group (divided by K-1) unless divide_by_std is off.
    """
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    if not divide_by_std:
        return centred
    return centred / (rewards.std(dim=1, keepdim=True) + STD_FLOOR)
