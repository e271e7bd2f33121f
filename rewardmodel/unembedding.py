"""Log-probabilities of chosen tokens from hidden states: the costliest part of training a policy.

Only the positions asked for are unembedded. With a vocabulary of 50,000 their logits are most of the
memory and most of the time, so one buffer is kept for the backward pass, and where even that is
too large the logits are computed again, a part at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

PROBABILITIES_KEPT = 64 * 2**20  # numbers, 256 MB in fp32; beyond it they are computed again
CACHED = 2**18  # numbers that several passes can find in the processor's cache
PROBABILITIES_AT_ONCE = 8 * 2**20
SAME_STATES = 1e-3  # relative: two passes of one network differ by rounding alone
WIDEST_LOGIT = 100.0  # of those a head is made to give, to see whether a family caps them


class TokenFigures(NamedTuple):
    """Of the distribution softmax(logits / temperature) at each place."""

    log_probs: Tensor  # of the token that was chosen
    entropy: Tensor


@torch.no_grad()
def has_plain_head(language_model: PreTrainedModel) -> bool:
    """Whether logits are the output layer of the decoder's last states, and nothing more.

    Families scale, cap or shift them under names of their own, so the network is asked: the head
    must get what the decoder gives, and what the head gives must come out. Two passes of four tokens.
    """
    head = cast("nn.Module | None", language_model.get_output_embeddings())
    if head is None:
        return False
    ids = torch.arange(4, device=language_model.device)[None]
    with evaluating(language_model), _overheard(head) as heard:
        logits = language_model(input_ids=ids, use_cache=False).logits
        states = language_model.base_model(input_ids=ids, use_cache=False)
    hidden = getattr(states, "last_hidden_state", None)
    if hidden is None or len(heard) != 1:
        return False
    [(read, given)] = heard
    return torch.equal(logits.float(), given.float()) and alike(read, hidden)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Inside, dropout is off, or two passes would differ by chance."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def _overheard(head: nn.Module) -> Iterator[list[tuple[Tensor, Tensor]]]:
    """Inside, the head gives logits so far apart that any cap shows; what it read, and gave."""
    heard: list[tuple[Tensor, Tensor]] = []

    def listen(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        spread = torch.linspace(-WIDEST_LOGIT, WIDEST_LOGIT, output.shape[-1], device=output.device)
        given = spread.to(output.dtype).expand_as(output)
        heard.append((inputs[0], given))
        return given.clone()

    handle = head.register_forward_hook(listen)
    try:
        yield heard
    finally:
        handle.remove()


def alike(read: Tensor, hidden: Tensor) -> bool:
    """Whether two passes gave the same states but for rounding."""
    if read.shape != hidden.shape:
        return False
    difference = (read.float() - hidden.float()).abs().max()
    return bool(difference <= SAME_STATES * hidden.float().abs().max())


def token_figures(head: nn.Module, hidden: Tensor, ids: Tensor, temperature: float) -> TokenFigures:
    """hidden (N, d) and the ids (N,) drawn from them -> log-probability and entropy, each (N,)."""
    width = int(cast(Tensor, head.weight).shape[0])
    learning = torch.is_grad_enabled()
    if learning and len(ids) * width <= PROBABILITIES_KEPT:
        return TokenFigures(*_figures(head, hidden, ids, temperature))
    rows = max(1, PROBABILITIES_AT_ONCE // width)
    parts = []
    for start in range(0, len(ids), rows):
        inputs = (head, hidden[start : start + rows], ids[start : start + rows], temperature)
        if learning:
            parts.append(checkpoint(_figures, *inputs, use_reentrant=False))
        else:
            parts.append(_figures(*inputs))
    return TokenFigures(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def _figures(
    head: nn.Module, hidden: Tensor, ids: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    if type(head) is nn.Linear and _plain_precision(head, hidden):
        inputs = (hidden, head.weight, head.bias, ids, temperature)
        return cast("tuple[Tensor, Tensor]", _Unembed.apply(*inputs))  # type: ignore[no-untyped-call]
    logits = head(hidden).float() / temperature
    normalizer = logits.logsumexp(dim=-1)
    chosen = logits.gather(-1, ids[:, None]).squeeze(-1) - normalizer
    expected = (torch.softmax(logits, dim=-1) * logits).sum(dim=-1)
    return chosen, normalizer - expected


def _plain_precision(head: nn.Linear, hidden: Tensor) -> bool:
    in_fp32 = hidden.dtype == head.weight.dtype == torch.float32
    return in_fp32 and not torch.is_autocast_enabled(hidden.device.type)


def _softmax_in_place(logits: Tensor, ids: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Turns logits (n, V) into softmax(logits / T); log-probability of the ids, and entropy."""
    if temperature != 1.0:
        logits.div_(temperature)
    logits.sub_(logits.amax(dim=-1, keepdim=True))
    chosen = logits.gather(-1, ids[:, None]).squeeze(-1)
    shifted = logits.clone()
    total = logits.exp_().sum(dim=-1)
    logits.div_(total[:, None])
    expected = (logits * shifted).sum(dim=-1)
    normalizer = total.log()
    return chosen - normalizer, normalizer - expected


class _Unembed(torch.autograd.Function):
    """The same with its gradient written out: one (N, V) buffer, passed over as rarely as can be.

    With p = softmax(z), z = logits / T and H the entropy: d log p_i / dz = e_i - p and
    dH / dz = -p (log p + H).
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        ids: Tensor,
        temperature: float,
    ) -> tuple[Tensor, Tensor]:
        probabilities = torch.nn.functional.linear(hidden, weight, bias)
        log_probs, entropy = (hidden.new_empty(len(ids)) for _ in range(2))
        held = CACHED if hidden.device.type == "cpu" else PROBABILITIES_AT_ONCE
        rows = max(1, held // probabilities.shape[1])
        for start in range(0, len(ids), rows):
            part = slice(start, start + rows)
            log_probs[part], entropy[part] = _softmax_in_place(
                probabilities[part], ids[part], temperature
            )
        ctx.set_materialize_grads(False)
        ctx.temperature, ctx.has_bias = temperature, bias is not None
        # saved, not held: a checkpoint drops what is saved and computes it again
        ctx.save_for_backward(hidden, weight, ids, entropy, probabilities)
        return log_probs, entropy

    @staticmethod
    def backward(
        ctx: Any, *gradients: Tensor | None
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, None, None]:
        # the last is overwritten: there is one pass back
        hidden, weight, ids, entropy, p = ctx.saved_tensors
        of_log_probs, of_entropy = gradients
        slope = torch.zeros_like(entropy) if of_log_probs is None else of_log_probs
        slope = (slope / ctx.temperature)[:, None]
        if of_entropy is None:
            p.mul_(-slope)
        else:
            weights = (of_entropy / ctx.temperature)[:, None]
            surprise = p.log().clamp_(min=-1e30).add_(entropy[:, None]).mul_(weights)
            p.mul_(surprise.add_(slope).neg_())
        p.scatter_add_(1, ids[:, None], slope)
        return (
            p @ weight if ctx.needs_input_grad[0] else None,
            p.T @ hidden if ctx.needs_input_grad[1] else None,
            p.sum(dim=0) if ctx.has_bias and ctx.needs_input_grad[2] else None,
            None,
            None,
        )
