"""LoRA adapters (Hu et al. 2021) by `peft`: small matrices learn beside frozen weights.

Adapters are put into the decoder's linear layers in place, so everything that calls the network
goes on calling it as before. The scalar head of a reward model always trains in full. What is
saved has the adapters merged into the weights: an ordinary Hugging Face directory. peft is loaded
only where adapters are asked for. Knows nothing of losses or data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from rewardmodel.config import AdapterConfig
from rewardmodel.errors import Refused

ALL_LINEAR = "all-linear"
# Low-rank updates want about ten times the rate of full training at any size (Schulman et al. 2025,
# "LoRA Without Regret"); where no rate is set, the derived one is raised by this.
RATE_FACTOR = 10.0


def rate_factor(config: AdapterConfig) -> float:
    """By how much adapters raise a learning rate that is derived from the size of the network."""
    return RATE_FACTOR if config.lora_rank else 1.0


class Adaptable(Protocol):
    """A network of `models`: a policy or a reward model."""

    @property
    def decoder(self) -> nn.Module:
        """The network below the head."""


def add_adapters(network: nn.Module, config: AdapterConfig, *, seed: int) -> int:
    """Put adapters into a policy or reward model; the number of weights that train from now on.

    With lora_rank 0 nothing changes. Otherwise every weight is frozen but the adapters and, of a
    reward model, the head. New adapters add exactly 0: the network says what it said before.
    Raises Refused where `lora_targets` names no linear layer of the decoder.
    """
    if config.lora_rank:
        _inject(network, config, seed)
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)


def _inject(network: nn.Module, config: AdapterConfig, seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    network.requires_grad_(False)
    decoder = cast(Adaptable, network).decoder
    settings = LoraConfig(
        r=config.lora_rank,
        lora_alpha=cast(int, config.lora_alpha),
        lora_dropout=0.0,
        bias="none",
        target_modules=target_layers(decoder, config.lora_targets),
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in decoder.modules()),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(settings, decoder)
    head = getattr(getattr(network, "classifier", None), "score", None)
    if isinstance(head, nn.Module):
        head.requires_grad_(True)
    network.eval()


def target_layers(decoder: nn.Module, targets: str) -> list[str]:
    """Full names of the linear layers of the decoder that `lora_targets` asks for."""
    linear = [name for name, m in decoder.named_modules() if isinstance(m, (nn.Linear, Conv1D))]
    if targets == ALL_LINEAR:
        return linear
    wanted = [name.strip() for name in targets.split(",") if name.strip()]
    known = sorted({name.rpartition(".")[2] for name in linear})
    if unknown := [name for name in wanted if name not in known] or ([] if wanted else [targets]):
        raise Refused(
            "config_refused",
            f"lora_targets: {unknown[0]!r} is no linear layer of {type(decoder).__name__} "
            f"(known: {', '.join(known)}; or {ALL_LINEAR})",
        )
    return [name for name in linear if name.rpartition(".")[2] in wanted]


def adapter_layers(network: nn.Module) -> list[tuple[str, Any]]:
    """Name and layer of every adapter in a network; empty where there are none."""
    return [(name, module) for name, module in network.named_modules() if hasattr(module, "lora_A")]


@contextmanager
def adapters_off(network: nn.Module) -> Iterator[None]:
    """Inside, the network answers as it did before training began.

    This makes a policy its own reference, at no memory. The head of a reward model has been
    trained in full and stays as it is.
    """
    layers = [layer for _, layer in adapter_layers(network)]
    trained = [weight for layer in layers for weight in layer.parameters() if weight.requires_grad]
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)
        for layer in layers:
            layer.requires_grad_(False)
        for weight in trained:
            weight.requires_grad_(True)


@contextmanager
def merged(network: nn.Module) -> Iterator[None]:
    """Inside, the adapters are part of the weights and gone as modules: the network to save.

    On leaving, the very tensors that were there before are put back, so training goes on to the
    bit as if nothing had been saved.
    """
    kept = []
    try:
        for name, layer in adapter_layers(network):
            parent, _, own = name.rpartition(".")
            base = layer.get_base_layer()
            kept.append((network.get_submodule(parent), own, layer, base, base.weight.data))
            with torch.no_grad():
                (adapter,) = layer.active_adapters
                base.weight.data = base.weight.data + layer.get_delta_weight(adapter)
            setattr(network.get_submodule(parent), own, base)
        yield
    finally:
        for holder, own, layer, base, weight in kept:
            base.weight.data = weight
            setattr(holder, own, layer)
