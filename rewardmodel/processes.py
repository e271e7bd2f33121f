"""The processes of one run, started by `accelerate launch` or `torchrun`; usually there is one.

Each process holds the whole network, or its share of it (`sharding`), and computes its share of an
update. Shares are sums, never means, so they may be of any size: what all processes add up to is
what one process computes. The first process alone writes events, checkpoints and the model.
accelerate finds the device, joins the processes and moves the tensors. Knows nothing of losses or
settings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from rewardmodel.errors import Refused
from rewardmodel.sharding import shard, shards_asked_for

Row = TypeVar("Row")
BUCKET_VALUES = 1 << 24  # gradients that travel together: 64 MiB in fp32
# The first process measures and saves while the others wait in the next sum.
LONGEST_WAIT = timedelta(hours=2)


def launched_world() -> int:
    """How many processes the launcher started; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those of its run. With a world of 1 every method is free."""

    device: torch.device
    rank: int = 0
    world: int = 1
    sharded: bool = False  # what trains is spread over the processes

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def share(self, rows: Sequence[Row]) -> list[Row]:
        """Every world-th row, beginning with this rank: the part to work on here."""
        return list(rows[self.rank :: self.world])

    def in_step(self, parts: Sequence[Row]) -> list[Row | None]:
        """The parts of this process's share; where passes are a conversation (see `sharding`),
        then None for every pass that another process has left. All must ask.
        """
        if not self.sharded:
            return list(parts)
        [longest] = self.largest([float(len(parts))])
        return [*parts, *[None] * (int(longest) - len(parts))]

    def shard(self, network: nn.Module) -> None:
        """Spread a network that is about to train, where the launcher asks for that."""
        if self.sharded:
            shard(network, self.device, self.world)

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, the same bits on each; a new tensor on the same device."""
        if self.world == 1:
            return tensor
        from accelerate.utils import reduce

        return cast(Tensor, reduce(tensor.to(self.device), "sum")).to(tensor.device)

    def sum_figures(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Each figure summed over all processes; all must name the same ones."""
        if self.world == 1:
            return dict(figures)
        names = sorted(figures)
        # float64 where the device has it: counts stay whole
        total = self.sum(torch.tensor([figures[name] for name in names], dtype=torch.float64))
        return dict(zip(names, total.tolist(), strict=True))

    def largest(self, values: Sequence[float | Tensor]) -> list[float]:
        """Each value's largest over all processes; all must give as many."""
        table = torch.zeros(self.world, len(values), dtype=torch.float64)
        table[self.rank] = torch.tensor([float(value) for value in values], dtype=torch.float64)
        largest: list[float] = self.sum(table).amax(dim=0).tolist()
        return largest

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in some process; all must ask."""
        return bool(self.sum_figures({"flag": float(flag)})["flag"])

    def sum_gradients(self, module: nn.Module) -> None:
        """Replace every gradient by its sum over all processes, once an update.

        Those of sharded weights are sums already.
        A weight whose gradient is missing here (no row came this way) counts as 0. Weights travel
        in their order, joined into buckets, so processes need not have done equal work.
        """
        if self.world == 1:
            return
        bucket: list[nn.Parameter] = []
        size = 0
        for weight in module.parameters():
            if not weight.requires_grad or isinstance(weight, DTensor):
                continue
            if bucket and size + weight.numel() > BUCKET_VALUES:
                self._sum_bucket(bucket)
                bucket, size = [], 0
            bucket.append(weight)
            size += weight.numel()
        if bucket:
            self._sum_bucket(bucket)

    def _sum_bucket(self, weights: Sequence[nn.Parameter]) -> None:
        gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        total = self.sum(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = total.split([weight.numel() for weight in weights])
        for weight, part in zip(weights, parts, strict=True):
            weight.grad = part.view_as(weight).clone()

    def broadcast(self, tensor: Tensor) -> Tensor:
        """The first process's tensor, on every process; shapes must agree."""
        if self.world == 1:
            return tensor
        from accelerate.utils import broadcast

        moved = tensor.detach().to(self.device).clone()
        return cast(Tensor, broadcast(moved)).to(tensor.device)

    def tell(self, said: Any) -> Any:
        """What the first process says, on every process; anything that JSON holds.

        The others need not see the first one's disk: a run may be spread over several hosts.
        """
        if self.world == 1:
            return said
        text = json.dumps(said).encode() if self.is_first else b""
        size = int(self.broadcast(torch.tensor(len(text))))
        sent = torch.frombuffer(bytearray(text), dtype=torch.uint8) if self.is_first else None
        return json.loads(self.broadcast(_or_room(sent, [size], torch.uint8)).numpy().tobytes())

    def ask_first(self, ask: Callable[[], Any]) -> Any:
        """What the first process finds, on every process; anything that JSON holds.

        Raises Refused on all where the first one does: none may wait for what does not come.
        """
        if self.world == 1:
            return ask()
        answer: dict[str, Any] = {}
        if self.is_first:
            try:
                answer = {"found": ask()}
            except Refused as error:
                answer = {"refused": [error.code, error.message]}
        answer = self.tell(answer)
        if "refused" in answer:
            raise Refused(*answer["refused"])
        return answer["found"]

    def hear(self, said: str) -> list[str]:
        """What each process says, in their order; all must say as many bytes."""
        own = said.encode()
        table = torch.zeros(self.world, len(own), dtype=torch.int64)
        table[self.rank] = torch.tensor(list(own))
        return [bytes(row).decode() for row in self.sum(table).tolist()]

    def give(self, tensors: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
        """The first process's tensors, on every process; what the others hold does not count."""
        if self.world == 1:
            return dict(tensors or {})
        own = (tensors or {}) if self.is_first else {}
        kinds = {n: (str(t.dtype).removeprefix("torch."), list(t.shape)) for n, t in own.items()}
        given = {}
        for name, (dtype, shape) in self.tell(kinds).items():
            tensor = _or_room(own.get(name), shape, getattr(torch, dtype))
            given[name] = self.broadcast(tensor) if tensor.numel() else tensor
        return given

    @torch.no_grad()
    def equalize(self, module: nn.Module) -> None:
        """Give every process the first one's trained weights; sharded ones have one owner."""
        if self.world > 1:
            for weight in module.parameters():
                if weight.requires_grad and not isinstance(weight, DTensor):
                    weight.copy_(self.broadcast(weight))


def _or_room(tensor: Tensor | None, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """The tensor, or room for one like it."""
    return torch.zeros(list(shape), dtype=dtype) if tensor is None else tensor


def device_for(asked: str) -> torch.device:
    """The device of one process: as asked, or with auto the first CUDA device where there is one.

    Changes nothing in torch. Raises Refused.
    """
    available = torch.cuda.is_available()
    if asked == "cuda" and not available:
        raise Refused("config_refused", "device: 'cuda' was asked for, but there is no CUDA device")
    on_cpu = asked == "cpu" or not available
    return torch.device("cpu") if on_cpu else torch.device("cuda", 0)


def join(cpu: bool) -> Processes:
    """Join the processes that the launcher started; alone without one.

    cpu: compute on the CPU, and talk by gloo; otherwise one CUDA device a process, by NCCL.
    Raises Refused where the launcher is set up for what is not done here.
    """
    sharded = shards_asked_for()
    if launched_world() == 1:
        return Processes(torch.device("cpu") if cpu else torch.device("cuda", 0))
    from accelerate import PartialState

    state = PartialState(cpu=cpu, timeout=LONGEST_WAIT)
    return Processes(state.device, state.process_index, state.num_processes, sharded)
