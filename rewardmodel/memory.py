"""How much memory a run will need, before anything large is loaded: an estimate by parts.

Counts weights from the files' headers, and activations from the network's shape and the settings'
limits, so it is an upper bound where texts are shorter than they may be. Refuses nothing.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from rewardmodel.config import (
    BestOfNConfig,
    DpoConfig,
    EvaluateConfig,
    LengthConfig,
    PolicyGradientConfig,
    PpoConfig,
    PretrainConfig,
    RewardConfig,
    SampleConfig,
    SftConfig,
    StageConfig,
    TrainingConfig,
)
from rewardmodel.configfile import Input

FP32, BF16 = 4, 2
# Numbers kept for the gradients for each token and layer: normed inputs, queries, keys, values,
# attention output and residuals (12 widths); gate, up, activation and product (4 inner widths).
WIDTHS, INNER_WIDTHS = 12, 4
BF16_WIDTH = 3  # bytes of one of the former in bf16, where about half of them stay fp32
LOGITS_KEPT = 64 * 2**20  # what `unembedding` keeps at most; three copies of it live at once
LIBRARIES = 450 * 2**20  # Python, torch and transformers, loaded


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a network decides its memory."""

    weights: int
    width: int
    inner: int
    layers: int
    key_value_width: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes by part, and what is free."""

    parts: dict[str, int]
    free: int | None

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def too_large(self) -> bool:
        """Whether it is more than is free."""
        return self.free is not None and self.total > self.free

    def to_json(self) -> dict[str, Any]:
        """For the event log."""
        return {"total_bytes": self.total, "parts": self.parts, "free_bytes": self.free}

    def shortage(self) -> str:
        """What is said where it is too large."""
        return f"about {_size(self.total)} are needed and {_size(self.free or 0)} are free"

    def in_words(self) -> str:
        """One line for a person."""
        listed = ", ".join(f"{name} {_size(n)}" for name, n in self.parts.items() if n >= 2**20)
        free = "" if self.free is None else f"; free: {_size(self.free)}"
        return f"memory: about {_size(self.total)} ({listed}){free}"


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def weights_in(folder: Path) -> int:
    """Number of weights in a folder's safetensors files, from their headers alone."""
    count = 0
    for path in folder.glob("*.safetensors"):
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        count += sum(prod(e["shape"]) for name, e in header.items() if name != "__metadata__")
    return count


def shape_of(folder: Path) -> Shape:
    """The shape of a model folder; a field that a family calls otherwise is guessed."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    width = int(config.get("hidden_size") or config.get("n_embd") or 0)
    heads = int(config.get("num_attention_heads") or config.get("n_head") or 1)
    head = int(config.get("head_dim") or width // max(1, heads))
    return Shape(
        weights=weights_in(folder),
        width=width,
        inner=int(config.get("intermediate_size") or config.get("n_inner") or 4 * width),
        layers=int(config.get("num_hidden_layers") or config.get("n_layer") or 0),
        key_value_width=head * int(config.get("num_key_value_heads") or heads),
        vocabulary=int(config.get("vocab_size") or 0),
    )


def shape_to_pretrain(config: PretrainConfig) -> Shape:
    """The network that pretraining will make: a Llama with tied embeddings."""
    width, inner = config.hidden_size, config.hidden_size * 8 // 3
    layer = 4 * width * width + 3 * width * inner
    return Shape(
        weights=config.layers * layer + config.vocabulary_size * width,
        width=width,
        inner=inner,
        layers=config.layers,
        key_value_width=width,
        vocabulary=config.vocabulary_size,
    )


def estimate(config: StageConfig, inputs: Mapping[str, Input]) -> Estimate | None:
    """The parts of a run's memory; None where an input is not as it should be."""
    try:
        shapes = {name: shape_of(path) for name, path in _folders(inputs).items()}
        if isinstance(config, PretrainConfig):
            shapes["policy"] = shape_to_pretrain(config)
        main = shapes.get("policy") or shapes.get("reward_model")
        if main is None:
            return None
        parts = {"libraries": LIBRARIES, **_model_parts(config, main, shapes)}
    except (OSError, ValueError, KeyError, struct.error):
        return None  # the stage will refuse it in better words
    return Estimate(parts, free_memory(config.device))


def _folders(inputs: Mapping[str, Input]) -> dict[str, Path]:
    """Model folders among the inputs, those of a list numbered."""
    found: dict[str, Path] = {}
    for name, value in inputs.items():
        paths = value if isinstance(value, list) else [value]
        for number, path in enumerate(paths):
            if isinstance(path, Path) and (path / "config.json").is_file():
                found[f"{name}{number or ''}"] = path
    return found


def _model_parts(config: StageConfig, main: Shape, shapes: Mapping[str, Shape]) -> dict[str, int]:
    loaded = sum(shape.weights for shape in shapes.values())
    trained = _trained(config, main)
    if (
        isinstance(config, PolicyGradientConfig)
        and not config.lora_rank
        and ("reference" not in shapes)
    ):
        loaded += main.weights  # a frozen copy of the policy
    if isinstance(config, PpoConfig) and config.value_network == "separate":
        value = _value_shape(config, main, shapes)
        loaded, trained = loaded + value.weights, trained + _trained(config, value)
    if isinstance(config, DpoConfig) and config.kl_prompts and "reference" not in shapes:
        loaded += main.weights  # loaded again at the end, to measure the KL
    parts = {"weights": FP32 * loaded}
    if trained:
        # weights are gathered whole to draw and to measure; these never are
        parts["gradients"] = FP32 * trained // owners()
        parts["optimiser"] = 2 * FP32 * trained // owners()
        parts["checkpoint in the making"] = 2 * FP32 * trained
        if isinstance(config, PolicyGradientConfig):
            # the best so far, or the last below the KL ceiling
            parts["kept weights"] = FP32 * _trained(config, main)
        elif getattr(config, "keep", "last") == "best":
            parts["kept weights"] = FP32 * trained
        parts["activations"] = activation_bytes(config, main)
        if in_bf16(config):
            parts["weights in bf16"] = BF16 * main.weights  # for as long as a pass lasts
    if cache := cache_bytes(config, main):
        parts["key-value cache"] = cache
    return parts


def _value_shape(config: PpoConfig, main: Shape, shapes: Mapping[str, Shape]) -> Shape:
    """The network that PPO's values start from: the first reward model, or else the policy."""
    if config.value_start == "policy":
        return main
    return shapes.get("reward_model") or shapes.get("reward_models") or main


def owners() -> int:
    """How many processes share what training adds to the weights: several where it is sharded."""
    sharded = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    return int(os.environ.get("WORLD_SIZE", "1")) if sharded else 1


def in_bf16(config: StageConfig) -> bool:
    """Whether what trains is computed in bfloat16."""
    return getattr(config, "precision", "fp32") == "bf16"


def _trained(config: StageConfig, main: Shape) -> int:
    """Number of weights that get a gradient."""
    if not isinstance(config, TrainingConfig):
        return 0
    rank = int(getattr(config, "lora_rank", 0))
    if rank:
        sides = 4 * 2 * main.width + 3 * (main.width + main.inner)
        return rank * sides * main.layers
    return main.weights


def activation_bytes(config: StageConfig, shape: Shape) -> int:
    """What one microbatch keeps for its gradients."""
    tokens = microbatch_tokens(config)
    width, inner = (BF16_WIDTH, BF16) if in_bf16(config) else (FP32, FP32)
    layer = width * WIDTHS * shape.width + inner * INNER_WIDTHS * shape.inner
    if getattr(config, "activation_checkpointing", False):
        kept = tokens * (FP32 * shape.layers * shape.width + layer)
    else:
        kept = tokens * shape.layers * layer
    logits = (
        0 if isinstance(config, RewardConfig) else 3 * min(LOGITS_KEPT, tokens * shape.vocabulary)
    )
    if isinstance(config, PretrainConfig):
        logits = 3 * tokens * shape.vocabulary
    return kept + FP32 * logits


def microbatch_tokens(config: StageConfig) -> int:
    """Tokens in one forward and backward pass: at most what an update has."""
    limit = int(getattr(config, "microbatch_tokens", 0))
    if isinstance(config, PretrainConfig):
        return config.batch_size * config.block_tokens
    if isinstance(config, PolicyGradientConfig):
        length = config.max_prompt_tokens + config.max_new_tokens
        return min(limit, config.minibatch_size * length)
    rows = 0
    if isinstance(config, SftConfig):
        rows = config.batch_size
    elif isinstance(config, (RewardConfig, DpoConfig)):
        rows = 4 * config.prompts_per_step  # of about four completions
    if rows and isinstance(config, LengthConfig):
        return min(limit, rows * (config.max_prompt_tokens + config.max_completion_tokens))
    return limit


def cache_bytes(config: StageConfig, shape: Shape) -> int:
    """Keys and values of one batch while it is decoded."""
    if isinstance(config, BestOfNConfig | SampleConfig):
        rows = config.prompts_per_batch * config.samples_per_prompt
    elif isinstance(config, EvaluateConfig):
        rows = config.batch_prompts * config.samples_per_prompt
    elif isinstance(config, PolicyGradientConfig):
        length = config.max_prompt_tokens + config.max_new_tokens
        rows = max(1, min(config.rollouts_per_iteration, config.microbatch_tokens // length))
    else:
        return 0
    length = config.max_prompt_tokens + config.max_new_tokens
    return 2 * FP32 * rows * length * shape.layers * shape.key_value_width


def free_memory(device: str) -> int | None:
    """Bytes that may still be taken: of the first CUDA device where one is used, else of the host.

    A container's limit counts. None where the system does not say.
    """
    if device != "cpu":
        import torch

        if torch.cuda.is_available():
            return int(torch.cuda.mem_get_info()[0])
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = (
            next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) * 1024
        )
    except (OSError, StopIteration, ValueError, IndexError):
        return None
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        return min(free, max(0, limit - used))
    except (OSError, ValueError):
        return free
