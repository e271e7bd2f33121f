"""Networks whose weights are spread over the processes of a run: PyTorch's FSDP2 (`fully_shard`).

Each transformer block is a unit, and what is left (embeddings, head) is one more. While a unit
computes, its weights are gathered; between updates a process holds its share of weights,
gradients and optimiser state alone. Gathering is a conversation: every process must begin the
same passes in the same order, so passes go through `run_pass` here, and a process that has run
out of rows makes `idle_pass`es. Where processes do unequal work without gradients (drawing,
scoring, measuring, saving) the network is `gathered` whole for as long as that lasts.
Knows no losses, no files and no settings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers.modeling_layers import GradientCheckpointingLayer

from rewardmodel.errors import Refused

Result = TypeVar("Result")
_ROOT = "_sharded_in"


class Shardable(Protocol):
    """A network of `models`."""

    def smallest_pass(self) -> Tensor:
        """Any number that every weight of the network takes part in."""


def shards_asked_for() -> bool:
    """Whether the launcher is set up for FSDP. Raises Refused where it asks for what is not done.

    Reads the variables that `accelerate launch` sets from its configuration file.
    """
    for name in ("DEEPSPEED", "MEGATRON_LM"):
        if _flag(f"ACCELERATE_USE_{name}"):
            raise Refused(
                "config_refused",
                f"the launcher is set up for {name}, and nothing here would be sharded by it; "
                "take FSDP (fsdp_version: 2) or --multi_gpu",
            )
    if not _flag("ACCELERATE_USE_FSDP"):
        return False
    for broken, why in (
        (
            os.environ.get("FSDP_VERSION", "1") != "2",
            "fsdp_version: 2 is what is done here, not 1",
        ),
        (
            os.environ.get("FSDP_AUTO_WRAP_POLICY", "TRANSFORMER_BASED_WRAP").upper()
            != "TRANSFORMER_BASED_WRAP",
            "fsdp_auto_wrap_policy: transformer blocks are the units, TRANSFORMER_BASED_WRAP",
        ),
        (
            _flag("FSDP_OFFLOAD_PARAMS"),
            "fsdp_offload_params: weights kept in the host's memory are not supported",
        ),
        (
            _flag("FSDP_ACTIVATION_CHECKPOINTING"),
            "fsdp_activation_checkpointing: set activation_checkpointing in the run's settings",
        ),
    ):
        if broken:
            raise Refused("config_refused", f"the launcher's settings: {why}")
    # transformers would leave the weights of all processes but the first empty
    os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "false"
    return True


def _flag(name: str) -> bool:
    return os.environ.get(name, "false").lower() in {"1", "true", "yes"}


class _Root(nn.Module):
    """The outermost unit: whatever is computed inside finds the weights it needs gathered."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.gathered = False

    def forward(self, compute: Callable[[], Any]) -> Any:
        return compute()

    @property
    def units(self) -> list[FSDPModule]:
        """All units, this one first."""
        return [module for module in self.modules() if isinstance(module, FSDPModule)]


def shard(network: nn.Module, device: torch.device, world: int) -> None:
    """Spread the weights of a network over all processes. Raises Refused where it has no blocks.

    Every process must hold the same weights. Gradients are summed, never averaged. Single numbers
    beside the network stay whole everywhere: there is nothing to spread.
    """
    blocks = [
        module for module in network.modules() if isinstance(module, GradientCheckpointingLayer)
    ]
    if not blocks:
        raise Refused(
            "config_refused",
            f"{type(network).__name__} has no transformer blocks to shard; launch with --multi_gpu",
        )
    mesh = init_device_mesh(device.type, (world,))
    root: Any = _Root(network)
    numbers = {weight for weight in network.parameters() if weight.ndim == 0}
    for block in blocks:
        fully_shard(block, mesh=mesh, reshard_after_forward=_reshards())
    fully_shard(root, mesh=mesh, ignored_params=numbers)
    for unit in root.units:
        unit.set_gradient_divide_factor(1.0)
        unit.set_force_sum_reduction_for_comms(True)
    # not by nn.Module's own means: the root holds the network, not the other way round
    for part in (network, *network.children()):
        object.__setattr__(part, _ROOT, root)
    with torch.no_grad():  # only a first pass tells the units of each other
        run_pass(network, cast(Shardable, network).smallest_pass)
    root.reset_iter_state()


def _reshards() -> bool:
    return os.environ.get("FSDP_RESHARD_AFTER_FORWARD", "true").lower() in {"1", "true", "yes"}


def _root_of(network: nn.Module) -> Any:
    return getattr(network, _ROOT, None)


def run_pass(network: nn.Module, compute: Callable[[], Result]) -> Result:
    """compute() with the weights of the network at hand, in one forward pass of it.

    With gradients, one backward pass must follow. Of a network that is not sharded, just compute().
    """
    root = _root_of(network)
    if root is None:
        return compute()
    result = root(compute)
    if not torch.is_grad_enabled() and not root.gathered:
        root.reshard()  # else its weights would be those of today after the next update too
    return cast(Result, result)


def idle_pass(network: nn.Module) -> None:
    """Take part in a pass of the others, adding exactly 0 to the gradients."""
    idle_pass_of(network, cast(Shardable, network).smallest_pass)


def idle_pass_of(network: nn.Module, smallest_pass: Callable[[], Tensor]) -> None:
    """As `idle_pass`, where the others' passes do not reach all weights."""
    nothing = run_pass(network, smallest_pass) * 0.0
    if nothing.requires_grad:
        nothing.backward()


@contextmanager
def gathered(*networks: nn.Module) -> Iterator[None]:
    """Inside, these networks are whole on every process, and passes are each process's own affair.

    All processes must enter. Weights must not be updated inside, nor gradients computed.
    """
    found = dict.fromkeys(map(_root_of, networks))  # two may be parts of one
    roots = [root for root in found if root is not None and not root.gathered]
    for root in roots:
        for unit in root.units:
            unit.unshard()
            unit.set_reshard_after_forward(False, recurse=False)
        root.gathered = True
    try:
        yield
    finally:
        for root in roots:
            root.gathered = False
            for unit in root.units:
                unit.set_reshard_after_forward(unit is not root and _reshards(), recurse=False)
            # forgets in which order units were used here: another process did something else
            root.reset_iter_state()


# --- single tensors ---------------------------------------------------------------------------


def whole(tensor: Tensor) -> Tensor:
    """All of a sharded tensor, on every process, which must all ask; any other as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, weight: Tensor) -> Tensor:
    """A whole tensor as `weight` is sharded, each process taking its share; else as it is."""
    if not isinstance(weight, DTensor) or isinstance(tensor, DTensor):
        return tensor
    moved = tensor.detach().to(weight.device)
    return distribute_tensor(moved, weight.device_mesh, weight.placements, src_data_rank=None)


def whole_groups(
    groups: Mapping[str, Mapping[str, Tensor]], keep: bool
) -> dict[str, dict[str, Tensor]]:
    """Named groups of tensors with every tensor whole and on the CPU if it was sharded.

    All processes must ask; those that do not keep the answer get nothing.
    """
    found: dict[str, dict[str, Tensor]] = {}
    for group, tensors in groups.items():
        found[group] = {}
        for name, tensor in tensors.items():
            full = whole(tensor)
            if keep:
                found[group][name] = full.cpu() if isinstance(tensor, DTensor) else full
    return found


def gradient_norm(gradients: list[Tensor]) -> Tensor:
    """The 2-norm of all gradients together, sharded or not."""
    parts = []
    for sharded in (True, False):
        chosen = [g for g in gradients if isinstance(g, DTensor) == sharded]
        if chosen:
            parts.append(whole(nn.utils.get_total_norm(chosen)))
    if len(parts) == 1:
        return parts[0]
    return torch.linalg.vector_norm(torch.stack(parts)) if parts else torch.zeros(())


def saved_weights(network: nn.Module) -> dict[str, Tensor] | None:
    """What `save_pretrained` should write of a gathered network; None: what it would by itself."""
    if not any(isinstance(module, FSDPModule) for module in network.modules()):
        return None
    # its own state_dict would shard the network again; weights that are tied come once
    weights = {name: weight.detach().cpu() for name, weight in network.named_parameters()}
    return weights | dict(_lasting_buffers(network))


def _lasting_buffers(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for prefix, module in network.named_modules():
        for name, buffer in module.named_buffers(recurse=False):
            if name not in module._non_persistent_buffers_set:
                yield f"{prefix}.{name}" if prefix else name, buffer
