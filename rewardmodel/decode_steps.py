"""What the network says after each token that is drawn: its passes, and its cache of keys and values.

Two ways to one answer. `GrowingSteps` lets the cache grow by a column a step, and rows that are done leave at
once (they stay in `StayingSteps`, where a layer remembers in a way of its own). On a CUDA device a pass for one token is hundreds of kernels whose starts cost more than their work:
`RecordedSteps` gives inputs, mask and cache their places once, records a pass as one graph and plays it back; rows
leave by halves, because a batch of another size is recorded anew. Knows token ids, nothing of chance.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from typing import Any, Protocol, cast
from weakref import WeakSet

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import (
    CacheLayerMixin,
    DynamicLayer,
    LinearAttentionCacheLayerMixin,
    StaticLayer,
)

from rewardmodel.batches import TokenBatch
from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.packed_attention import working_type

WORTH_RECORDING = 8  # tokens: a recording costs about three passes
ROOM = 256  # tokens that places are made for at once: most rows end long before their limit
WORTH_RECORDING_ANEW = 64  # rows: fewer cost as much as half of them
MOVING_ROPES = ("dynamic", "longrope")  # how they rotate is decided by the numbers in a pass

COUNTS_OF_EXPERTS = (
    *("num_experts", "num_local_experts", "num_routed_experts"),
    *("n_routed_experts", "moe_num_experts"),
)
UNPLAYABLE: WeakSet[nn.Module] = WeakSet()  # networks that asked the device something on their way

Said = tuple[Tensor, Tensor | None]  # (R, V) logits, and (R,) values where a head reads


class Steps(Protocol):
    """The rows of a batch while they are decoded, in the order they stand in."""

    def advance(self, tokens: Tensor) -> Said:
        """What follows these tokens (R,), one of each row."""

    def is_time_to_drop(self, staying: int, rows: int) -> bool:
        """Whether it pays to go on with those rows alone that are not done."""

    def keep(self, chosen: Tensor) -> None:
        """Go on with these rows alone."""


def begin(
    policy: Policy, batch: TokenBatch, samples: int, limit: int, value_head: nn.Module | None
) -> tuple[Steps, Said]:
    """One pass over the prompts (padded on the left): steps for `samples` rows of each, and what follows.

    At most `limit` tokens will be drawn of a row. Raises Refused where the network does not keep what it read
    in the cache that it is given: it would go on as if it had read nothing.
    """
    cache = DynamicCache(config=policy.language_model.config)
    passes = _Network(policy, value_head)
    if not _lets_rows_go(cache):
        batch = batch.repeated(samples)
        said = passes(batch.ids, batch.mask, batch.positions, cache)
        kind = StayingSteps if _has_attention(cache) else StatefulSteps
        return kind(passes, cache, batch.mask, batch.positions[:, -1]), said
    logits, values = passes(batch.ids, batch.mask, batch.positions, cache)
    refuse_own_memory(policy, cache)
    inputs = (
        batch.mask.repeat_interleave(samples, dim=0),
        batch.positions[:, -1].repeat_interleave(samples),
    )
    steps: Steps
    if limit > WORTH_RECORDING and can_record(policy) and _is_plain(cache):
        steps = RecordedSteps(passes, cache, *inputs, samples, limit)
    else:
        cache.batch_repeat_interleave(samples)
        steps = GrowingSteps(passes, cache, *inputs)
    return steps, (
        logits.repeat_interleave(samples, dim=0),
        None if values is None else values.repeat_interleave(samples, dim=0),
    )


def refuse_own_memory(policy: Policy, cache: DynamicCache) -> None:
    """Raise Refused where a pass has left nothing in the cache that it was given."""
    if not _lets_rows_go(
        cache
    ):  # layers that remember in ways of their own say so, and are read by theirs
        return
    if not any(getattr(layer, "is_initialized", False) for layer in cache.layers):
        name = type(policy.language_model).__name__
        words = (
            f"{name} keeps what it has read in a way of its own, so nothing can be drawn from it"
        )
        raise Refused("model_refused", words)


def can_record(policy: Policy) -> bool:
    """Whether a pass is the same kernels whatever the tokens are, on a device that can play them back."""
    on_device = policy.device.type == "cuda" and policy.language_model not in UNPLAYABLE
    return on_device and has_fixed_passes(policy)


def has_fixed_passes(policy: Policy) -> bool:
    """Whether a pass for one token does the same whatever the tokens are."""
    config = policy.language_model.config.get_text_config(decoder=True)
    ropes = str(getattr(config, "rope_parameters", None))
    chooses = any(getattr(config, name, None) for name in COUNTS_OF_EXPERTS)
    return (
        policy.why_not_shared is None  # plain attention, which takes a mask that is made here
        and not chooses
        and not any(kind in ropes for kind in MOVING_ROPES)
        and not any(isinstance(module, FSDPModule) for module in policy.modules())
    )


def _lets_rows_go(cache: DynamicCache) -> bool:
    """Whether rows can be copied and dropped: what a linear layer remembers, transformers does neither with."""
    needed = ("batch_repeat_interleave", "batch_select_indices")
    return not any(
        isinstance(layer, LinearAttentionCacheLayerMixin) for layer in cache.layers
    ) and all(hasattr(layer, name) for layer in cache.layers for name in needed)


def _has_attention(cache: DynamicCache) -> bool:
    """Whether some layer keeps keys, and so needs to be told what of them is padding."""
    return any(isinstance(layer, CacheLayerMixin) for layer in cache.layers)


def _is_plain(cache: DynamicCache) -> bool:
    """Whether every layer keeps all keys, and nothing else."""
    return all(type(layer) is DynamicLayer for layer in cache.layers)


class _Network:
    """Passes of a policy, and of the head that reads its states."""

    def __init__(self, policy: Policy, value_head: nn.Module | None) -> None:
        self.policy, self.value_head = policy, value_head

    def __call__(self, ids: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Said:
        """What follows the last column."""
        inputs: dict[str, Any] = {
            "input_ids": ids,
            "attention_mask": mask,
            "position_ids": positions,
            "cache": cache,
            "use_cache": True,
        }
        if self.value_head is None:
            logits: Tensor = self.policy.language_model(**inputs, logits_to_keep=1).logits
            return logits[:, -1].float(), None
        unembed = self.policy.plain_head
        assert unembed is not None, "a value head needs the states below the output layer"
        hidden = self.policy.decoder(**inputs).last_hidden_state[:, -1]
        return unembed(hidden).float(), self.value_head(hidden)


class GrowingSteps:
    """The cache grows; rows leave as soon as they are done."""

    def __init__(
        self, network: _Network, cache: DynamicCache, mask: Tensor, positions: Tensor
    ) -> None:
        self.network, self.cache = network, cache
        self.mask, self.positions = mask, positions

    def advance(self, tokens: Tensor) -> Said:
        """What follows these tokens (R,)."""
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        self.positions = self.positions + 1
        return self.network(tokens[:, None], self.mask, self.positions[:, None], self.cache)

    def is_time_to_drop(self, staying: int, rows: int) -> bool:
        """At once on a CPU; elsewhere by halves, because every new size of batch costs."""
        return self.mask.device.type == "cpu" or 2 * staying <= rows

    def keep(self, chosen: Tensor) -> None:
        """Go on with these rows."""
        self.mask, self.positions = self.mask[chosen], self.positions[chosen]
        self.cache.batch_select_indices(chosen)


class StayingSteps(GrowingSteps):
    """Every row stays until all are done."""

    def is_time_to_drop(self, staying: int, rows: int) -> bool:
        """Never."""
        return False


class StatefulSteps(StayingSteps):
    """No layer has attention: what was read stands in their states, and a pass has a mask for its own tokens.

    A longer one would be taken for that of more tokens (Mamba).
    """

    def advance(self, tokens: Tensor) -> Said:
        """What follows these tokens (R,)."""
        self.positions = self.positions + 1
        mask = self.mask.new_ones(len(tokens), 1)
        return self.network(tokens[:, None], mask, self.positions[:, None], self.cache)


class RecordedSteps:
    """Everything has its place from the start, so that a pass can be played back.

    On a device without graphs the pass is computed instead: slower than `GrowingSteps`, and the same. Under
    autocast a recording reads the casts of the weights where autocast keeps them, so no other thread of the
    process may use autocast meanwhile.
    """

    def __init__(
        self,
        network: _Network,
        prompt: DynamicCache,
        mask: Tensor,
        positions: Tensor,
        samples: int,
        limit: int,
    ) -> None:
        self.network, self.filled = network, mask.shape[1]
        room = min(ROOM, limit)
        self.later = limit - room  # tokens that there is no room for yet
        self.cache = _Places(cast("list[DynamicLayer]", prompt.layers), samples, room)
        self.seen = pad(mask, (0, room))[:, None, None, :]
        self.ids = torch.zeros_like(positions)[:, None]
        self.positions = positions[:, None].clone()
        self.graph: torch.cuda.CUDAGraph | None = None
        self.can_play = self.ids.device.type == "cuda"
        self.said: Said

    def advance(self, tokens: Tensor) -> Said:
        """What follows these tokens (R,)."""
        if self.filled == self.seen.shape[-1]:
            self._make_room()
        self.ids.copy_(tokens[:, None])
        self.positions.add_(1)
        self.seen[..., self.filled] = True
        self.cache.go_to(self.filled)
        self.filled += 1
        if self.can_play and self.graph is None:
            self._record()
        if self.graph is None:
            return self._pass()
        self.graph.replay()
        logits, values = self.said
        return logits.clone(), None if values is None else values.clone()

    def is_time_to_drop(self, staying: int, rows: int) -> bool:
        """By halves, and where there are many."""
        return 2 * staying <= rows and rows >= WORTH_RECORDING_ANEW

    def keep(self, chosen: Tensor) -> None:
        """Go on with these rows; the next pass is recorded anew."""
        self.graph = None
        self.cache.keep(chosen)
        self.seen, self.ids = self.seen[chosen], self.ids[chosen]
        self.positions = self.positions[chosen]

    def _make_room(self) -> None:
        self.graph = None
        room = min(ROOM, self.later)
        self.later -= room
        self.cache.make_room(room)
        self.seen = pad(self.seen, (0, room))

    def _pass(self) -> Said:
        return self.network(self.ids, self.seen, self.positions, self.cache)

    def _record(self) -> None:
        """A pass writes the same keys to the same place however often it is done: once to warm up."""
        device = self.ids.device
        with torch.cuda.device(device):
            aside, here = _stream_aside(device), torch.cuda.current_stream(device)
            aside.wait_stream(here)
            with torch.cuda.stream(aside):
                self._pass()
                self.graph = self._captured()
            here.wait_stream(aside)
        self.can_play = self.graph is not None
        if not self.can_play:
            UNPLAYABLE.add(self.network.policy.language_model)
            warnings.warn("passes cannot be recorded, so that drawing is slower", stacklevel=2)

    def _captured(self) -> torch.cuda.CUDAGraph | None:
        """The pass as a graph; None where the network asks the device something on its way."""
        torch.cuda.current_stream().synchronize()
        for _ in range(2):
            graph = torch.cuda.CUDAGraph()
            try:
                graph.capture_begin(capture_error_mode="thread_local")
                try:
                    self.said = self._pass()
                finally:
                    graph.capture_end()
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()  # a recording takes no room that is kept for others
            except RuntimeError:
                return None
            else:
                return graph
        return None


_OWN = threading.local()


def _stream_aside(device: torch.device) -> torch.cuda.Stream:
    """One stream to record on for each thread and device: each keeps working memory of its own."""
    streams: dict[torch.device, torch.cuda.Stream] = _OWN.__dict__.setdefault("streams", {})
    if device not in streams:
        streams[device] = torch.cuda.Stream(device)
    return streams[device]


class _Places(DynamicCache):
    """Keys and values of rows that begin as copies of prompts, with room for some tokens more."""

    def __init__(self, prompts: Sequence[DynamicLayer], samples: int, room: int) -> None:
        super().__init__()
        first = cast(Tensor, prompts[0].keys)
        self.column = torch.zeros(1, dtype=torch.int64, device=first.device)
        self.layers = []
        for layer in prompts:
            keys = _with_room(cast(Tensor, layer.keys), samples, room)
            values = _with_room(cast(Tensor, layer.values), samples, room)
            layer.keys = layer.values = None  # gone before the next are made
            self.layers.append(_PlacedLayer(keys, values, self.column))

    def go_to(self, column: int) -> None:
        """Where the next token is written."""
        self.column.fill_(column)

    def make_room(self, room: int) -> None:
        """For so many tokens more, in new places."""
        for layer in cast("list[_PlacedLayer]", self.layers):
            layer.keys, layer.values = (pad(s, (0, 0, 0, room)) for s in (layer.keys, layer.values))

    def keep(self, chosen: Tensor) -> None:
        """Of these rows alone, in new places."""
        for layer in cast("list[_PlacedLayer]", self.layers):
            layer.keys, layer.values = layer.keys[chosen], layer.values[chosen]


def _with_room(states: Tensor, samples: int, room: int) -> Tensor:
    """(B samples, G, P + room, D) of (B, G, P, D), in the type that attention reads them in."""
    prompts, heads, width, size = states.shape
    shape = (prompts, samples, heads, width + room, size)
    places = states.new_zeros(shape, dtype=working_type(states))
    places[..., :width, :] = states[:, None]
    return places.flatten(0, 1)


class _PlacedLayer(StaticLayer):
    """One layer of it; all write to one column, which is told before the pass."""

    keys: Tensor
    values: Tensor

    def __init__(self, keys: Tensor, values: Tensor, column: Tensor) -> None:
        super().__init__(max_cache_len=keys.shape[2])
        self.keys, self.values, self.column = keys, values, column
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Write one token's keys and values; all there are."""
        self.keys.index_copy_(2, self.column, key_states.to(self.keys.dtype))
        self.values.index_copy_(2, self.column, value_states.to(self.values.dtype))
        return self.keys, self.values
