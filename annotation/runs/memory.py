"""How much memory a run will need, from the settings and the shapes of its networks. Pure arithmetic.

The learning library reckons the same before it loads anything (rewardmodel/memory.py, where the reasons
stand); the web may not load it, so the arithmetic stands here once more, and a test holds the two
against each other over every kind of run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FP32, BF16 = 4, 2
WIDTHS, INNER_WIDTHS = 12, 4
BF16_WIDTH = 3
LOGITS_KEPT = 64 * 2**20
LIBRARIES = 450 * 2**20
POLICY_GRADIENT = ("ppo", "rloo", "grpo")
TRAINING = ("sft", "reward", "dpo", *POLICY_GRADIENT)
# What a run needs whatever the length of its texts.
CERTAIN = ("libraries", "weights", "gradients", "optimiser")
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What of a network decides its memory."""

    weights: int
    width: int
    inner: int
    layers: int
    key_value_width: int
    vocabulary: int


def shape_in(config: Mapping[str, Any], weights: int) -> Shape:
    """From a model's config.json; a field that a family calls otherwise is guessed."""
    width = int(config.get("hidden_size") or config.get("n_embd") or 0)
    heads = int(config.get("num_attention_heads") or config.get("n_head") or 1)
    head = int(config.get("head_dim") or width // max(1, heads))
    return Shape(
        weights=weights,
        width=width,
        inner=int(config.get("intermediate_size") or config.get("n_inner") or 4 * width),
        layers=int(config.get("num_hidden_layers") or config.get("n_layer") or 0),
        key_value_width=head * int(config.get("num_key_value_heads") or heads),
        vocabulary=int(config.get("vocab_size") or 0),
    )


def parts(
    kind: str, settings: Settings, shapes: Mapping[str, Shape], owners: int = 1
) -> dict[str, int]:
    """Bytes by part, of one process. `shapes`: of policy, reward_model, baselines; one of the first two is
    there. `owners`: how many processes share gradients and optimiser."""
    main = shapes.get("policy") or shapes["reward_model"]
    loaded = sum(shape.weights for shape in shapes.values())
    trained = _trained(kind, settings, main)
    if kind in POLICY_GRADIENT and not settings["lora_rank"]:
        loaded += main.weights  # the frozen reference
    if kind == "ppo" and settings["value_network"] == "separate":
        from_policy = settings["value_start"] == "policy"
        value = main if from_policy else shapes.get("reward_model", main)
        loaded, trained = loaded + value.weights, trained + _trained(kind, settings, value)
    if kind == "dpo" and settings["kl_prompts"]:
        loaded += main.weights  # the reference comes back to be measured against
    found = {"libraries": LIBRARIES, "weights": FP32 * loaded}
    if trained:
        found["gradients"] = FP32 * trained // owners
        found["optimiser"] = 2 * FP32 * trained // owners
        found["checkpoint in the making"] = 2 * FP32 * trained
        if kind in POLICY_GRADIENT:
            found["kept weights"] = FP32 * _trained(kind, settings, main)
        elif settings.get("keep") == "best":
            found["kept weights"] = FP32 * trained
        found["activations"] = _activations(kind, settings, main)
        if settings.get("precision") == "bf16":
            found["weights in bf16"] = BF16 * main.weights
    if cache := _cache(kind, settings, main):
        found["key-value cache"] = cache
    return found


def _trained(kind: str, settings: Settings, main: Shape) -> int:
    if kind not in TRAINING:
        return 0
    if rank := settings.get("lora_rank", 0):
        sides = 4 * 2 * main.width + 3 * (main.width + main.inner)
        return int(rank * sides * main.layers)
    return main.weights


def _activations(kind: str, settings: Settings, shape: Shape) -> int:
    tokens = _microbatch_tokens(kind, settings)
    width, inner = (BF16_WIDTH, BF16) if settings.get("precision") == "bf16" else (FP32, FP32)
    layer = width * WIDTHS * shape.width + inner * INNER_WIDTHS * shape.inner
    if settings.get("activation_checkpointing"):
        kept = tokens * (FP32 * shape.layers * shape.width + layer)
    else:
        kept = tokens * shape.layers * layer
    logits = 0 if kind == "reward" else 3 * min(LOGITS_KEPT, tokens * shape.vocabulary)
    return kept + FP32 * logits


def _microbatch_tokens(kind: str, settings: Settings) -> int:
    limit = int(settings["microbatch_tokens"])
    if kind in POLICY_GRADIENT:
        length = settings["max_prompt_tokens"] + settings["max_new_tokens"]
        return int(min(limit, settings["minibatch_size"] * length))
    rows = settings["batch_size"] if kind == "sft" else 4 * settings["prompts_per_step"]
    length = settings["max_prompt_tokens"] + settings["max_completion_tokens"]
    return int(min(limit, rows * length))


def _cache(kind: str, settings: Settings, shape: Shape) -> int:
    if kind in ("sample", "best_of_n"):
        rows = settings["prompts_per_batch"] * settings["samples_per_prompt"]
    elif kind == "evaluate":
        rows = settings["batch_prompts"] * settings["samples_per_prompt"]
    elif kind in POLICY_GRADIENT:
        length = settings["max_prompt_tokens"] + settings["max_new_tokens"]
        rows = min(settings["rollouts_per_iteration"], settings["microbatch_tokens"] // length)
        rows = max(1, rows)
    else:
        return 0
    length = settings["max_prompt_tokens"] + settings["max_new_tokens"]
    return int(2 * FP32 * rows * length * shape.layers * shape.key_value_width)
