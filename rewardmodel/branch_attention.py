"""Attention of completions that branch from one prompt, trained on the CPU: its keys are read in place.

PyTorch's kernel wants all keys of a query in one piece, so that those of the prompt are copied for every
completion, and spends over three times as long on the way back as on the way there. Where prompts are long and
completions short, plain matrix products are quicker and need less memory: all completions of a prompt
attend to it as one block of queries, each to itself in a small block of its own, under one softmax. The
gradients are written out as those of FlashAttention (Dao et al. 2022, appendix B.2), without its tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

LONG_PROMPT = 4
"""Prompts so many times as long as their completions gain; below that PyTorch's kernel is as quick."""
SHORT_COMPLETION = 2
"""Up to so many head sizes of tokens, what is kept for the gradients is less than the copied keys were."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What completions see, added to the logits: 0 or -inf."""

    own: Tensor  # (C, C): themselves, causally
    prompt: Tensor | None  # (B, P): the prompts' tokens; None where all are whole


def is_worth_it(query: Tensor, value: Tensor, prompt_width: int, completion_width: int) -> bool:
    """Whether `attend` can take these queries and values, and beats PyTorch's kernel.

    Not under autocast: there a product of fp32 tensors is bf16, and the way back knows nothing of it.
    """
    is_plain = (
        query.device.type == "cpu"
        and query.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and value.shape[-1] == query.shape[-1]
    )
    is_long = prompt_width >= LONG_PROMPT * completion_width
    is_short = completion_width <= SHORT_COMPLETION * query.shape[-1]
    return is_plain and is_long and is_short and torch.is_grad_enabled()


def attend(
    query: Tensor,
    prompt: tuple[Tensor, Tensor],
    own: tuple[Tensor, Tensor],
    seen: Seen,
    scaling: float,
) -> Tensor:
    """(R, H, C, D) of queries (R, C, H, D), keys and values of prompts (B, P, G, D) and of completions
    (R, C, G, D). Every prompt has R / B completions, one after another; every key head serves H / G query
    heads.
    """
    (rows, width, heads, size), (prompts, _, groups, _) = query.shape, prompt[0].shape
    branches, sharing = rows // prompts, heads // groups
    split = query.reshape(prompts, branches, width, groups, sharing, size)
    queries = split.permute(0, 3, 1, 4, 2, 5).contiguous()  # (B, G, K, H / G, C, D)
    mine = (
        states.reshape(prompts, branches, width, groups, size).permute(0, 3, 1, 2, 4).contiguous()
        for states in own
    )  # (B, G, K, C, D)
    theirs = (states.transpose(1, 2).contiguous() for states in prompt)  # (B, G, P, D)
    out = cast(Tensor, _Branches.apply(queries, *theirs, *mine, seen, scaling))  # type: ignore[no-untyped-call]
    return out.permute(0, 2, 1, 3, 4, 5).reshape(rows, heads, width, size)


class _Branches(torch.autograd.Function):
    """softmax(q k') v over the prompt's keys and one's own.

    Kept for the way back: exp(logits - max) of both parts and one over their sum, not the probabilities.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        own_key: Tensor,
        own_value: Tensor,
        seen: Seen,
        scaling: float,
    ) -> Tensor:
        prompts, groups, branches, sharing, width, size = query.shape
        block, small = (prompts * groups, -1, size), (prompts * groups * branches, -1, size)
        q = (query * scaling).view(block)
        k, v, own_k, own_v = key.view(block), value.view(block), own_key.view(small), own_value.view(small)  # fmt: skip
        far = torch.bmm(q, k.transpose(1, 2))  # (B G, K (H / G) C, P)
        if seen.prompt is not None:
            far.view(prompts, groups, -1, far.shape[-1]).add_(seen.prompt[:, None, None, :])
        near = torch.baddbmm(seen.own.repeat(sharing, 1), q.view(small), own_k.transpose(1, 2))
        top = torch.maximum(far.amax(-1, True), near.amax(-1, True).view(*far.shape[:2], 1))
        far.sub_(top).exp_()
        near.sub_(top.view(*near.shape[:2], 1)).exp_()
        total = far.sum(-1, True).add_(near.sum(-1, True).view(*far.shape[:2], 1))
        share = total.reciprocal_()
        out = torch.bmm(far, v)
        out.view(small).baddbmm_(near, own_v)
        out.mul_(share)
        ctx.save_for_backward(q, k, v, own_k, own_v, far, near, share, out)
        ctx.shapes, ctx.scaling = (query.shape, key.shape, own_key.shape), scaling
        return out.view(query.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, own_k, own_v, far, near, share, out = ctx.saved_tensors
        query_shape, key_shape, own_shape = ctx.shapes
        small = (near.shape[0], -1, q.shape[-1])
        given = gradients[0].contiguous().view(out.shape) * share
        mine = given.view(small)
        level = (given * out).sum(-1, True)
        for_v, for_own_v = (
            torch.bmm(far.transpose(1, 2), given),
            torch.bmm(near.transpose(1, 2), mine),
        )
        to_far = torch.baddbmm(level, given, v.transpose(1, 2), beta=-1).mul_(far)
        own_level = level.view(*near.shape[:2], 1)
        to_near = torch.baddbmm(own_level, mine, own_v.transpose(1, 2), beta=-1).mul_(near)
        for_k = torch.bmm(to_far.transpose(1, 2), q)
        for_own_k = torch.bmm(to_near.transpose(1, 2), q.view(small))
        for_q = torch.bmm(to_far, k)
        for_q.view(small).baddbmm_(to_near, own_k)
        for_q.mul_(ctx.scaling)
        return (
            *(for_q.view(query_shape), for_k.view(key_shape), for_v.view(key_shape)),
            *(for_own_k.view(own_shape), for_own_v.view(own_shape), None, None),
        )
