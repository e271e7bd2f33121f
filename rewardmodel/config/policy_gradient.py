"""Settings that PPO, RLOO and GRPO share: what is drawn, what is rewarded, and how far to go."""

from __future__ import annotations

from typing import ClassVar, Literal

from rewardmodel.config.alarms import AlarmConfig
from rewardmodel.config.base import AdapterConfig, EngineConfig, GroupConfig, setting
from rewardmodel.config.rules import Rule


class PolicyGradientConfig(AdapterConfig, EngineConfig, GroupConfig, AlarmConfig):
    """Rounds of drawing completions, scoring them and updating the policy on them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("minibatch_size", "divides", "rollouts_per_iteration"),
        Rule("completions_per_prompt", "divides", "minibatch_size"),
        Rule(
            "evaluation_prompts", "above", 0, "they tell which one it is", when={"keep": ("best",)}
        ),
        # A shorter one would move the coefficient by more than it is, and turn it negative.
        Rule(
            "kl_horizon",
            "at_least",
            "rollouts_per_iteration",
            when={"kl_controller": ("adaptive",)},
        ),
    )

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
    completions_per_prompt: int = setting(
        1,
        "Completions drawn of each prompt; must divide rollouts_per_iteration and minibatch_size.",
        unit="completions",
        why="a value function needs no company, and more prompts tell more",
        ge=1,
        le=1024,
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
    overlapping_prompts: Literal["refuse", "drop", "allow"] = setting(
        "refuse",
        "What happens to prompts that the reward model was trained on or chosen by, where its folder "
        "says which those were: refuse the run, drop them with a warning, or allow them with a "
        "warning.",
        why="a reward model knows its own training prompts too well: scores on them mislead",
    )
    learning_rate: float | None = setting(
        None,
        "Learning rate of the policy after warm-up; empty derives it from the number of weights.",
        why="3e-6 at one billion weights (N+ details), carried over by the square-root rule",
        gt=0,
        le=1.0,
    )
    schedule: Literal["constant", "linear"] = setting(
        "linear", "The learning rates after warm-up: constant, or linear to 0.", why="the 2019 code"
    )
    ratio_clip: float = setting(
        0.2, "Half-width of the clipped probability ratio.", why="every implementation", gt=0, lt=1
    )
    precision: Literal["fp32", "bf16"] = setting(
        "fp32",
        "bf16: rollouts, the reference's answers to them and updates in bfloat16 where torch.autocast "
        "holds it safe, the network of the values included; weights, optimiser, scalar heads, losses, "
        "scores and everything measured or saved stay fp32. Ratios and KL are then exact up to "
        "the rounding of bfloat16 alone.",
        why="the ratio of the first minibatch is 1 to a thousandth; bf16 keeps about a third less of "
        "the activations",
    )
    entropy_coefficient: float = setting(
        0.0,
        "Reward for undecidedness: this times the mean entropy per token is added to the objective.",
        unit="score per nat",
        why="the KL penalty already holds the policy near a reference that is undecided enough",
        ge=0,
        le=100,
    )
    ensemble_score: Literal["mean", "min", "mean_minus_std"] = setting(
        "mean",
        "How several reward models make one score: their mean, the least of them, or the mean minus "
        "ensemble_caution standard deviations. Matters only where several are given.",
        why="the plain average; min and mean_minus_std hold over-optimisation back (Coste 2023)",
    )
    ensemble_caution: float = setting(
        1.0,
        "Standard deviations between the reward models that mean_minus_std takes off.",
        unit="standard deviations",
        why="one is a usual lower bound",
        ge=0,
        le=100,
    )
    score_clip: float | None = setting(
        None,
        "Scores are cut to within plus and minus this before anything is added; empty: not at all.",
        unit="score",
        why="normalised scores rarely run away; set 5 or 10 for a reward that may",
        gt=0,
        le=1e6,
    )
    scale_rewards: bool = setting(
        False,
        "Divide the rewards of an iteration by their standard deviation, without moving their mean "
        "(the reward whitening of the 2019 code). The KL coefficient then counts in other units.",
        why="off in InstructGPT's successors; the score's own scale is set when it is trained",
    )
    kl_coefficient: float = setting(
        0.05,
        "Weight of the per-token KL penalty, k1 in the reward (GRPO can have k3 in the loss instead: "
        "kl_place); start value if adaptive.",
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
        "Completions over which the adaptive controller acts; at least rollouts_per_iteration.",
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
    pretraining_coefficient: float = setting(
        0.0,
        "Weight of the mean next-token loss on the texts or demonstrations given as `pretraining`, "
        "beside the mean loss per rollout token (PPO-ptx). 1: a token of text counts as much as a "
        "token of a rollout. InstructGPT's 27.8 counts in other units: do not copy it.",
        why="off; give texts and begin with 1 where the policy forgets what it could do",
        ge=0,
        le=1000,
    )
    pretraining_batch_size: int = setting(
        16,
        "Texts, blocks of long ones, or demonstrations beside each update, where "
        "pretraining_coefficient is above 0.",
        unit="texts",
        why="as many as completions in an update; InstructGPT takes 8 times as many",
        ge=1,
        le=65536,
    )
    keep: Literal["last", "best"] = setting(
        "last",
        "Which policy is the result: the last one, or of those measured on the evaluation prompts "
        "the one with the best score whose KL is below the ceiling (the earlier one of equals; the "
        "start counts too).",
        why="the last one is what the settings asked for; best guards against a bad end",
    )
    evaluate_every_iterations: int = setting(
        10,
        "How often the policy is measured on the evaluation prompts: for the curve, for the alarms, "
        "and for keep = best.",
        unit="iterations",
        why="five looks in a run of the default length",
        ge=1,
        le=1_000_000,
    )
    evaluation_prompts: int = setting(
        32,
        "About so many prompts are kept out of training, rows of one text together; the policy before "
        "and after completes each once with the same random numbers, and the report compares the "
        "scores.",
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
    scorer_timeout_seconds: float = setting(
        30.0,
        "How long an HTTP scorer may take for one answer.",
        unit="seconds",
        why="a large judge needs some seconds for a batch",
        gt=0,
        le=3600,
    )
    scorer_retries: int = setting(
        4,
        "How often an HTTP scorer that does not answer is asked again, after 0.5, 1, 2, … seconds.",
        why="outlasts a restart of some seconds; the run itself can be started again after that",
        ge=0,
        le=100,
    )
