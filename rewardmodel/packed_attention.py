"""Attention of completions that branch from one prompt, in half precision on a CUDA device: nothing is padded.

FlashAttention's kernels take rows of any length end to end, which is how our tokens stand. Three calls a
layer: prompts to themselves; all completions of a prompt to it, as one block of queries; completions to
themselves. The last two are one softmax: their outputs are weighed by their log-sum-exps, and on the way
back both are given output and log-sum-exp of the whole, so that their probabilities are those of the whole
(Dao et al. 2022, appendix B.2; over several devices, Liu et al. 2023, "Ring Attention"). No mask, no
copied keys, no rectangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

WIDEST_HEAD = 256  # what the kernels know, in steps of 8
NOT_EVERYWHERE = range(193, 225)  # head sizes that some devices have no way back for
OLDEST_DEVICE = (8, 0)  # compute capability: Ampere


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Where rows end that stand end to end, as the kernels want it: 0, then each row's end."""

    ends: Tensor  # (rows + 1,) int32
    longest: int

    @classmethod
    def of(cls, lengths: Sequence[int] | Tensor, device: torch.device) -> Rows:
        """Rows of these lengths."""
        sizes = torch.as_tensor(lengths)
        ends = torch.nn.functional.pad(sizes.cumsum(0), (1, 0)).to(torch.int32)
        # a longest row of one token is a case of its own in the kernels, and this is a bound
        return cls(ends.to(device), max(2, int(sizes.max())))


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The rows of a batch: its prompts, then its completions."""

    prompt_tokens: int
    prompts: Rows
    blocks: Rows  # of completions: all of a prompt together
    completions: Rows


def working_type(states: Tensor) -> torch.dtype:
    """What attention is computed in: autocast's type inside it."""
    kind = states.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else states.dtype


def is_possible(query: Tensor, value: Tensor) -> bool:
    """Whether the kernels take these queries (N, H, D) and values (N, G, D)."""
    size = query.shape[-1]
    return (
        query.is_cuda
        and working_type(query) in (torch.float16, torch.bfloat16)
        and size == value.shape[-1]
        and size % 8 == 0
        and size <= WIDEST_HEAD
        and size not in NOT_EVERYWHERE
        and torch.version.cuda is not None
        and torch.backends.cuda.is_flash_attention_available()
        and torch.cuda.get_device_capability(query.device) >= OLDEST_DEVICE
    )


def attend(query: Tensor, key: Tensor, value: Tensor, ends: Ends, scaling: float) -> Tensor:
    """(N, H, D) of queries (N, H, D), keys and values (N, G, D): prompts first, then completions.

    Every key head serves H / G query heads.
    """
    kind = working_type(query)
    states = (tensor.to(kind) for tensor in (query, key, value))
    return cast(Tensor, _Packed.apply(*states, ends, scaling))  # type: ignore[no-untyped-call]


def run_kernel(
    states: tuple[Tensor, Tensor, Tensor], rows: tuple[Rows, Rows], causal: bool, scaling: float
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Output (N, H, D), log-sum-exp (H, N) in fp32, and what the way back asks for."""
    queries, keys = rows
    out, normalizer, *chance, _ = torch.ops.aten._flash_attention_forward(
        *states, queries.ends, keys.ends, queries.longest, keys.longest, 0.0, causal, False,
        scale=scaling,
    )  # fmt: skip
    return out, normalizer, (chance[0], chance[1])


def run_kernel_back(
    given: Tensor,
    states: tuple[Tensor, Tensor, Tensor],
    found: tuple[Tensor, Tensor],
    rows: tuple[Rows, Rows],
    chance: tuple[Tensor, Tensor],
    causal: bool,
    scaling: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of queries, keys and values, where `found` are output and log-sum-exp of the whole."""
    queries, keys = rows
    gradients: tuple[Tensor, Tensor, Tensor] = torch.ops.aten._flash_attention_backward(
        given, *states, *found, queries.ends, keys.ends, queries.longest, keys.longest, 0.0, causal,
        *chance, scale=scaling,
    )  # fmt: skip
    return gradients


class _Packed(torch.autograd.Function):
    """softmax(q k') v of prompts, and of completions over their prompt's keys and their own."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, ends: Ends, scaling: float
    ) -> Tensor:
        parts = _parts((query, key, value), ends)
        [(first, first_sum, chance), (far, far_sum, _), (near, near_sum, _)] = (
            run_kernel(states, rows, causal, scaling) for states, rows, causal in parts
        )
        whole_sum = torch.logaddexp(far_sum, near_sum)
        weight = (near_sum - whole_sum).exp_().T[..., None]
        whole = torch.lerp(far.float(), near.float(), weight).to(query.dtype)
        out = torch.cat([first, whole])
        ctx.save_for_backward(query, key, value, out, first_sum, whole_sum, *chance)
        ctx.ends, ctx.scaling = ends, scaling
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, out, first_sum, whole_sum, *chance = ctx.saved_tensors
        cut, given = ctx.ends.prompt_tokens, gradients[0].contiguous()
        sums = (first_sum, whole_sum, whole_sum)
        first, far, near = (
            run_kernel_back(
                given[cut:] if number else given[:cut],
                states,
                (out[cut:] if number else out[:cut], sums[number]),
                rows,
                (chance[0], chance[1]),
                causal,
                ctx.scaling,
            )
            for number, (states, rows, causal) in enumerate(_parts((query, key, value), ctx.ends))
        )
        for_query = torch.cat([first[0], far[0] + near[0]])
        for_key, for_value = (torch.cat([first[n] + far[n], near[n]]) for n in (1, 2))
        return for_query, for_key, for_value, None, None


def _parts(
    states: tuple[Tensor, Tensor, Tensor], ends: Ends
) -> list[tuple[tuple[Tensor, Tensor, Tensor], tuple[Rows, Rows], bool]]:
    """Queries, keys and values of each call, their rows, and whether it is causal."""
    cut = ends.prompt_tokens
    (q, k, v), (own_q, own_k, own_v) = ([s[:cut] for s in states], [s[cut:] for s in states])
    return [
        ((q, k, v), (ends.prompts, ends.prompts), True),
        ((own_q, k, v), (ends.blocks, ends.prompts), False),
        ((own_q, own_k, own_v), (ends.completions, ends.completions), True),
    ]
