"""What the settings of all stages are made of. No torch here."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rewardmodel.config.rules import Rule


def setting(default: Any, meaning: str, *, unit: str = "", why: str, **bounds: Any) -> Any:
    """A field with its meaning, unit and the reason for its default beside its range."""
    extra: dict[str, Any] = {"unit": unit, "why_default": why}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


class RuledConfig(BaseModel):
    """Settings with rules between them. Unknown fields are refused: a misspelt one must not pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    rules: ClassVar[tuple[Rule, ...]] = ()  # between settings

    @model_validator(mode="after")
    def _keeps_the_rules(self) -> Self:
        values = dict(self)
        if broken := [words for rule in self.rules if (words := rule.broken_by(values))]:
            raise ValueError("; ".join(broken))
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core)
        if cls.rules:
            handler.resolve_ref_schema(schema)["rules"] = [rule.to_json() for rule in cls.rules]
        return schema


class StageConfig(RuledConfig):
    """What every stage has."""

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
    adam_beta1: float = setting(
        0.9,
        "How much of the mean gradient AdamW carries on from update to update.",
        why="the value every surveyed trainer uses",
        ge=0,
        lt=1,
    )
    adam_beta2: float = setting(
        0.95,
        "How much of the mean squared gradient AdamW carries on from update to update.",
        why="OpenRLHF and verl; 0.999 remembers a thousand updates, more than many runs have",
        ge=0,
        lt=1,
    )
    adam_epsilon: float = setting(
        1e-5,
        "Added to the root of the mean squared gradient before AdamW divides by it.",
        why="the 2019 code's; PyTorch's form of Adam with 1e-8 leaps in the first updates (Huang et "
        "al. 2024, section 3)",
        gt=0,
        le=0.1,
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


class GroupConfig(TrainingConfig):
    """What the stages that learn from several completions of one prompt share."""

    share_prompts: Literal["auto", "always", "never"] = setting(
        "auto",
        "Compute the prompt once for all its completions. auto: where the network allows it and the "
        "predicted gain is more than 15 %, on a GPU 40 %. Scores and gradients are the same either "
        "way, up to rounding.",
        why="several times faster with long prompts; with short ones a GPU loses by it",
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


class EngineConfig(BaseModel):
    """How updates are computed, which changes their results by rounding alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    precision: Literal["fp32", "bf16"] = setting(
        "fp32",
        "bf16: forward and backward passes in bfloat16 where torch.autocast holds it safe; weights, "
        "optimiser, scalar head and everything measured or saved stay fp32.",
        why="exact everywhere; bf16 keeps about a third less of the activations",
    )
    activation_checkpointing: bool = setting(
        False,
        "Keep only the input of each layer and compute the rest again for the gradients: about a "
        "third more time for a fraction of the memory. Gradients are the same to the bit.",
        why="small networks have the memory",
    )


class AdapterConfig(BaseModel):
    """Low-rank adapters instead of all weights; for the stages that tune a given network."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    lora_rank: int = setting(
        0,
        "Rank of LoRA adapters; 0: all weights train. With adapters the given weights stay frozen "
        "and are shared with the reference, a checkpoint holds the adapters only, and the saved "
        "model has them merged in. A learning rate left empty is ten times that of full training.",
        why="small networks train in full; from about a billion weights on, 8 to 64 saves most of "
        "the optimiser's memory",
        ge=0,
        le=4096,
    )
    lora_alpha: float = setting(
        32.0,
        "Adapters are scaled by alpha / rank.",
        why="LoRA Without Regret (2025); the learning rate acts in the same direction",
        gt=0,
        le=10_000,
    )
    lora_targets: str = setting(
        "all-linear",
        "Layers that get an adapter: all-linear, or names of linear layers separated by commas, "
        "such as q_proj,v_proj.",
        why="adapters on all layers learn like full training, on attention alone they fall short",
        min_length=1,
        max_length=1000,
    )


class ValidationConfig(BaseModel):
    """What becomes of the held-out loss that a stage measures as it trains."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    keep: Literal["last", "best"] = setting(
        "last",
        "Which weights become the result: the last ones, or those with the lowest validation loss.",
        why="what the settings asked for; InstructGPT trained policies past the lowest validation "
        "loss, and people liked them better. With few rankings or several epochs take best",
    )
    patience: int = setting(
        0,
        "Stop early when this many evaluations in a row have not lowered the validation loss; "
        "0: never.",
        unit="evaluations",
        why="the schedule of the learning rate is made for the whole run",
        ge=0,
        le=1000,
    )
