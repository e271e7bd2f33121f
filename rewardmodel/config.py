"""The settings of every stage: frozen, validated before anything heavy is loaded.

Each field carries what it means, its unit, its range and why its default is what it is; the web
forms are drawn from `schemas()`. Nothing here imports torch.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


def setting(default: Any, meaning: str, *, unit: str = "", why: str, **bounds: Any) -> Any:
    """A field with its meaning, unit and the reason for its default beside its range."""
    extra: dict[str, Any] = {"unit": unit, "why_default": why}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


class StageConfig(BaseModel):
    """What every stage has. Unknown fields are refused: a misspelt setting must not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seed: int = setting(
        0,
        "Start of every random choice: data order, sampling, new weights.",
        why="any fixed number makes a run repeatable",
        ge=0,
        le=2**63 - 1,
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto",
        "Where to compute. Only the CPU promises bit-exact resumption, with one number of threads.",
        why="takes the first CUDA device where there is one",
    )
    threads: int = setting(
        0,
        "CPU threads of this process; 0: as many as torch finds cores. Networks below a few "
        "million weights gain little from a second one, and lose much if the cores are busy.",
        unit="threads",
        why="the machine is usually there for the training",
        ge=0,
        le=1024,
    )


class TrainingConfig(StageConfig):
    """What the stages that update weights share."""

    checkpoint_every_steps: int = setting(
        50,
        "A checkpoint is written after this many updates, and always at the end.",
        unit="updates",
        why="loses at most a few minutes of a small run",
        ge=1,
        le=1_000_000,
    )
    learning_rate: float | None = setting(
        None,
        "Peak learning rate of AdamW; empty derives it from the number of weights and reports it.",
        why="published rates belong to models of billions of weights; the square-root rule in "
        "training.derived_learning_rate carries them to small ones",
        gt=0,
        le=1.0,
    )
    warmup_fraction: float = setting(
        0.03,
        "Share of the updates in which the learning rate climbs from a tenth to its peak.",
        unit="fraction",
        why="OpenRLHF and verl use 3 %",
        ge=0,
        le=0.5,
    )
    weight_decay: float = setting(
        0.0,
        "AdamW weight decay.",
        why="one epoch over preference data leaves little to regularise",
        ge=0,
        le=1,
    )
    max_gradient_norm: float = setting(
        1.0,
        "Gradients are scaled down to this norm.",
        why="the value every surveyed trainer uses",
        gt=0,
        le=1000,
    )
    microbatch_tokens: int = setting(
        16_384,
        "Most padded tokens in one forward and backward pass; an update is split to fit.",
        unit="tokens",
        why="a 100M-weight model stays below 4 GB; results depend on it by rounding alone",
        ge=16,
        le=10_000_000,
    )


class LengthConfig(BaseModel):
    """How long texts may be, and what happens to longer ones. Nothing is cut silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    max_prompt_tokens: int = setting(
        512,
        "Longest prompt.",
        unit="tokens",
        why="covers 95 % of the prompts InstructGPT reports",
        ge=1,
        le=1_000_000,
    )
    max_completion_tokens: int = setting(
        512,
        "Longest completion, its end token included.",
        unit="tokens",
        why="covers most answers people are willing to rank",
        ge=1,
        le=1_000_000,
    )
    too_long: Literal["drop", "cut"] = setting(
        "drop",
        "drop: leave longer texts out; cut: keep the end of a prompt and the start of a "
        "completion. Both are counted and reported as a warning.",
        why="nobody judged the shortened text",
    )


class PretrainConfig(TrainingConfig):
    """A small policy from random weights and plain text: for demonstrations and tests."""

    vocabulary_size: int = setting(
        2048,
        "Size of the byte-level BPE vocabulary learnt from the texts (less if they are few).",
        unit="tokens",
        why="bytes carry Chinese, and a small vocabulary leaves the weights to the layers",
        ge=300,
        le=200_000,
    )
    hidden_size: int = setting(
        128,
        "Width of the network.",
        why="about 1M weights with 4 layers: a minute on two cores",
        ge=16,
        le=8192,
    )
    layers: int = setting(4, "Number of layers.", why="see hidden_size", ge=1, le=128)
    heads: int = setting(
        4, "Attention heads; must divide hidden_size.", why="32 values a head", ge=1, le=128
    )
    context_tokens: int = setting(
        512,
        "Longest sequence the network can read.",
        unit="tokens",
        why="room for a short dialogue and its answer",
        ge=16,
        le=131_072,
    )
    block_tokens: int = setting(
        128,
        "Length of a training sequence; texts are joined end to end and cut into these. Positions "
        "beyond it are reached by extrapolation, so raise it with the length of your texts.",
        unit="tokens",
        why="short blocks see more updates in the same time",
        ge=8,
        le=131_072,
    )
    batch_size: int = setting(
        16,
        "Sequences in one update.",
        unit="sequences",
        why="2,048 tokens an update",
        ge=1,
        le=65536,
    )
    steps: int = setting(
        400, "Number of updates.", unit="updates", why="about a minute on two cores", ge=1, le=10**8
    )
    learning_rate: float = setting(
        3e-3,
        "Peak learning rate of AdamW; it falls to a tenth along a cosine.",
        why="usual for one million weights from random initialisation",
        gt=0,
        le=1.0,
    )
    weight_decay: float = setting(
        0.1, "AdamW weight decay.", why="usual for pretraining", ge=0, le=1
    )

    @model_validator(mode="after")
    def _shapes_fit(self) -> PretrainConfig:
        if self.hidden_size % self.heads or (self.hidden_size // self.heads) % 2:
            raise ValueError(
                f"hidden_size {self.hidden_size} must be an even multiple of heads {self.heads}"
            )
        if self.block_tokens > self.context_tokens:
            raise ValueError(
                f"block_tokens {self.block_tokens} must be <= context_tokens {self.context_tokens}"
            )
        return self


class SftConfig(LengthConfig, TrainingConfig):
    """Supervised fine-tuning on demonstrations: next-token loss on the completion alone."""

    epochs: int = setting(
        3,
        "Passes over the demonstrations.",
        unit="epochs",
        why="few demonstrations; InstructGPT took 16, with reward-model scores still rising after "
        "validation loss had begun to",
        ge=1,
        le=1000,
    )
    batch_size: int = setting(
        32,
        "Demonstrations in one update.",
        unit="demonstrations",
        why="InstructGPT's",
        ge=1,
        le=65536,
    )


class RewardConfig(LengthConfig, TrainingConfig):
    """A reward model from whole rankings (InstructGPT section 3.5, group loss)."""

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
    ties: Literal["drop", "half"] = setting(
        "drop",
        "drop: tied completions form no pair; half: a tie counts as half a win each way, which "
        "pulls their scores together.",
        why="InstructGPT drops them",
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


class DecodingConfig(BaseModel):
    """How completions are drawn from a policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    strategy: Literal["sample", "greedy", "beam"] = setting(
        "sample",
        "sample: draw at random; greedy: always the likeliest token; beam: beam search.",
        why="ranking needs completions that differ",
    )
    temperature: float = setting(
        1.0,
        "Logits are divided by this before sampling.",
        why="the policy's own distribution",
        gt=0,
        le=10,
    )
    top_k: int = setting(
        0, "Keep only this many likeliest tokens; 0: all.", unit="tokens", why="off", ge=0, le=10**6
    )
    top_p: float = setting(
        1.0,
        "Keep the fewest likeliest tokens whose probability adds up to this; 1: all.",
        unit="probability",
        why="off",
        gt=0,
        le=1,
    )
    no_repeat_ngram: int = setting(
        0,
        "No run of this many tokens, prompt included, occurs twice; 0: off.",
        unit="tokens",
        why="off",
        ge=0,
        le=1000,
    )
    repetition_penalty: float = setting(
        1.0,
        "Logits of tokens already present are divided (if positive) or multiplied by this; 1: off.",
        why="off",
        ge=0.1,
        le=10,
    )
    num_beams: int = setting(
        4, "Beams of beam search; at least samples_per_prompt.", why="the usual width", ge=1, le=64
    )
    samples_per_prompt: int = setting(
        4,
        "Completions drawn from each prompt (greedy gives one).",
        unit="completions",
        why="the least InstructGPT let people rank",
        ge=1,
        le=1024,
    )
    max_new_tokens: int = setting(
        128,
        "Longest completion.",
        unit="tokens",
        why="a paragraph",
        ge=1,
        le=1_000_000,
    )

    @model_validator(mode="after")
    def _plan_is_possible(self) -> DecodingConfig:
        if self.strategy == "greedy" and self.samples_per_prompt != 1:
            raise ValueError(
                f"samples_per_prompt {self.samples_per_prompt} must be 1 with strategy greedy: "
                "all greedy completions of a prompt are the same text"
            )
        if self.strategy == "beam" and self.num_beams < self.samples_per_prompt:
            raise ValueError(
                f"num_beams {self.num_beams} must be >= samples_per_prompt "
                f"{self.samples_per_prompt} with strategy beam"
            )
        return self


class SampleConfig(DecodingConfig, StageConfig):
    """Completions for people to rank."""

    max_prompt_tokens: int = setting(
        512,
        "Longest prompt; longer ones are left out and reported.",
        unit="tokens",
        why="as in training",
        ge=1,
        le=1_000_000,
    )
    prompts_per_batch: int = setting(
        16,
        "Prompts decoded side by side. The completions do not depend on it beyond rounding.",
        unit="prompts",
        why="fills two cores with a small model",
        ge=1,
        le=4096,
    )


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


class EvaluateConfig(DecodingConfig, LengthConfig, StageConfig):
    """Figures of a reward model on rankings, or of a policy on prompts, whichever is given."""

    split: Literal["train", "validation", "all"] = setting(
        "validation", "Which part of the snapshot is used.", why="held out"
    )
    samples_per_prompt: int = setting(
        1,
        "Completions drawn from each prompt.",
        unit="completions",
        why="more prompts tell more than more completions of one",
        ge=1,
        le=1024,
    )
    batch_prompts: int = setting(
        16, "Prompts or rankings handled side by side.", unit="prompts", why="memory", ge=1, le=4096
    )
    bootstrap_samples: int = setting(
        1000,
        "Resamples of prompts behind each interval.",
        why="the 2.5 % point is steady to about a tenth of the interval",
        ge=100,
        le=100_000,
    )


STAGES: dict[str, type[StageConfig]] = {
    "pretrain": PretrainConfig,
    "sft": SftConfig,
    "reward": RewardConfig,
    "ppo": PpoConfig,
    "sample": SampleConfig,
    "evaluate": EvaluateConfig,
}


def schemas() -> dict[str, Any]:
    """The JSON schema of each stage's settings."""
    return {stage: config.model_json_schema() for stage, config in STAGES.items()}
