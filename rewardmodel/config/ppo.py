"""Settings of the ppo stage."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from rewardmodel.config.base import TrainingConfig, setting


class PpoConfig(TrainingConfig):
    """PPO against a reward model, with a value function and a per-token KL penalty."""

    iterations: int = setting(
        50,
        "Rounds of drawing completions and updating on them.",
        unit="iterations",
        why="a few thousand completions; watch the KL and stop early rather than late",
        ge=1,
        le=1_000_000,
    )
    rollouts_per_iteration: int = setting(
        64,
        "Completions drawn in one iteration.",
        unit="completions",
        why="small machine; InstructGPT and the 2019 code take 512",
        ge=1,
        le=65536,
    )
    minibatch_size: int = setting(
        16,
        "Completions in one update; must divide rollouts_per_iteration.",
        unit="completions",
        why="4 updates a pass over the rollouts; InstructGPT has 8",
        ge=1,
        le=65536,
    )
    inner_epochs: int = setting(
        2,
        "Passes over the rollouts of an iteration.",
        unit="epochs",
        why="between InstructGPT's 1 and the 4 of the 2019 code",
        ge=1,
        le=64,
    )
    max_prompt_tokens: int = setting(
        512,
        "Longest prompt; longer ones are left out and reported.",
        unit="tokens",
        why="as in reward training",
        ge=1,
        le=1_000_000,
    )
    max_new_tokens: int = setting(
        64, "Longest completion.", unit="tokens", why="a few sentences", ge=1, le=1_000_000
    )
    temperature: float = setting(
        1.0,
        "Rollouts are drawn at this temperature, and all log-probabilities belong to it. No other "
        "decoding filter is allowed here: it would make the KL meaningless.",
        why="InstructGPT's",
        gt=0,
        le=10,
    )
    learning_rate: float | None = setting(
        None,
        "Learning rate of the policy after warm-up; empty derives it from the number of weights.",
        why="3e-6 at one billion weights (N+ details), carried over by the square-root rule",
        gt=0,
        le=1.0,
    )
    value_learning_rate: float | None = setting(
        None,
        "Learning rate of the value model; empty: three times the policy's.",
        why="InstructGPT's 9e-6 beside 3e-6",
        gt=0,
        le=1.0,
    )
    schedule: Literal["constant", "linear"] = setting(
        "linear", "The learning rates after warm-up: constant, or linear to 0.", why="the 2019 code"
    )
    value_only_iterations: int = setting(
        0,
        "In the first iterations only the value model is updated.",
        unit="iterations",
        why="the value model starts as the reward model; raise it where explained variance is < 0",
        ge=0,
        le=10_000,
    )
    discount: float = setting(1.0, "Gamma of the returns.", why="InstructGPT", ge=0, le=1)
    gae_lambda: float = setting(
        0.95, "Lambda of generalised advantage estimation.", why="the 2019 code", ge=0, le=1
    )
    ratio_clip: float = setting(
        0.2, "Half-width of the clipped probability ratio.", why="every implementation", gt=0, lt=1
    )
    value_clip: float = setting(
        0.2,
        "How far one iteration may move a value, in units of score.",
        unit="score",
        why="every implementation but two",
        gt=0,
        le=1000,
    )
    kl_coefficient: float = setting(
        0.05,
        "Weight of the per-token KL penalty (k1) in the reward; start value if adaptive.",
        unit="score per nat",
        why="N+ details; InstructGPT found 0.01 to 0.02 best for a 1-spread score of its size",
        ge=0,
        le=100,
    )
    kl_controller: Literal["fixed", "adaptive"] = setting(
        "fixed",
        "adaptive: move the coefficient so that the KL approaches kl_target (Ziegler 2019).",
        why="InstructGPT",
    )
    kl_target: float = setting(
        6.0,
        "KL per completion that the adaptive controller aims at.",
        unit="nats per completion",
        why="the 2019 code",
        gt=0,
        le=10_000,
    )
    kl_horizon: int = setting(
        10_000,
        "Completions over which the adaptive controller acts.",
        unit="completions",
        why="the 2019 code",
        ge=1,
        le=10**9,
    )
    kl_ceiling: float = setting(
        50.0,
        "When the mean KL of an iteration's rollouts passes this, the run ends well with the last "
        "policy that was measured below it, and says so in the report.",
        unit="nats per completion",
        why="beyond it, scores rise while people stop agreeing",
        gt=0,
        le=100_000,
    )
    missing_stop_mode: Literal["replace", "subtract"] = setting(
        "subtract",
        "What a completion without a stop token gets: replace: the score becomes minus the "
        "penalty; subtract: the penalty is taken off the score.",
        why="a small policy that rarely stops would otherwise see one score everywhere",
    )
    missing_stop_penalty: float = setting(
        1.0,
        "See missing_stop_mode; 0 with subtract turns it off.",
        unit="score",
        why="the 2019 code",
        ge=0,
        le=1000,
    )
    evaluation_prompts: int = setting(
        32,
        "Prompts kept out of training; the policy before and after completes each once with the "
        "same random numbers, and the report compares the scores.",
        unit="prompts",
        why="enough to see a clear gain",
        ge=0,
        le=100_000,
    )
    followed_prompts: int = setting(
        3,
        "Prompts whose greedy completion is shown as it changes during training.",
        unit="prompts",
        why="a person can read them",
        ge=0,
        le=100,
    )
    sample_every_iterations: int = setting(
        10, "How often they are shown.", unit="iterations", why="see above", ge=1, le=1_000_000
    )

    @model_validator(mode="after")
    def _batches_divide(self) -> PpoConfig:
        if self.rollouts_per_iteration % self.minibatch_size:
            raise ValueError(
                f"minibatch_size {self.minibatch_size} must divide rollouts_per_iteration "
                f"{self.rollouts_per_iteration}"
            )
        return self
