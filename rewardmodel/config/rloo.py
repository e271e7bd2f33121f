"""Settings of the rloo stage."""

from __future__ import annotations

from rewardmodel.config.base import setting
from rewardmodel.config.policy_gradient import PolicyGradientConfig


class RlooConfig(PolicyGradientConfig):
    """REINFORCE with a leave-one-out baseline (Ahmadian et al. 2024): no value network.

    A completion's reward is its score minus the KL penalty of the whole completion; its advantage
    is that reward minus the mean of the other completions of its prompt.
    """

    completions_per_prompt: int = setting(
        4,
        "Completions drawn of each prompt, each the baseline of the others; must divide "
        "rollouts_per_iteration and minibatch_size.",
        unit="completions",
        why="the paper's larger choice; 2 is the least",
        ge=2,
        le=1024,
    )
    inner_epochs: int = setting(
        1,
        "Passes over the rollouts of an iteration.",
        unit="epochs",
        why="the paper's estimator is on-policy; the clipped ratio guards further passes",
        ge=1,
        le=64,
    )
    ratio_clip: float = setting(
        0.2,
        "Half-width of the clipped probability ratio of whole completions. On the first minibatch "
        "the ratio is 1 and the gradient is REINFORCE's.",
        why="as in PPO; the paper finds that it seldom acts",
        gt=0,
        lt=1,
    )
