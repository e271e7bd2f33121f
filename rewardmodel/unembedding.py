"""Log-probabilities of chosen tokens from hidden states, without keeping all logits.

Only the positions asked for are unembedded, a few at a time; where the logits of a part would be
large they are computed again in the backward pass instead of being kept. With a vocabulary of
50,000 the logits of a small batch are otherwise most of the memory of training.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

LOGITS_KEPT = 8 * 2**20  # numbers; more than this is recomputed in the backward pass
LOGITS_AT_ONCE = 4 * 2**20
# Settings by which a family changes its logits after the head; then only its own forward is right.
_RESHAPED_BY = ("final_logit_softcapping", "logit_scale", "logits_scaling", "logits_scaling_factor")


class TokenFigures(NamedTuple):
    """Of the distribution softmax(logits / temperature) at each place."""

    log_probs: Tensor  # of the token that was chosen
    entropy: Tensor


def plain_head(language_model: PreTrainedModel) -> nn.Module | None:
    """The output layer whose product with a hidden state is the logits; None if there is more."""
    if any(getattr(language_model.config, name, None) for name in _RESHAPED_BY):
        return None
    return cast("nn.Module | None", language_model.get_output_embeddings())


def token_figures(head: nn.Module, hidden: Tensor, ids: Tensor, temperature: float) -> TokenFigures:
    """hidden (N, d) and the ids (N,) drawn from them -> log-probability and entropy, each (N,)."""
    width = int(cast(Tensor, head.weight).shape[0])
    rows = max(1, LOGITS_AT_ONCE // width)
    kept = len(ids) * width <= LOGITS_KEPT or not torch.is_grad_enabled()
    parts = []
    for start in range(0, len(ids), rows):
        states, chosen = hidden[start : start + rows], ids[start : start + rows]
        if kept:
            parts.append(_figures(head, states, chosen, temperature))
        else:
            parts.append(
                checkpoint(_figures, head, states, chosen, temperature, use_reentrant=False)
            )
    return TokenFigures(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def _figures(
    head: nn.Module, hidden: Tensor, ids: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    logits = head(hidden).float() / temperature
    normalizer = logits.logsumexp(dim=-1)
    chosen = logits.gather(-1, ids[:, None]).squeeze(-1) - normalizer
    expected = (torch.softmax(logits, dim=-1) * logits).sum(dim=-1)
    return chosen, normalizer - expected
