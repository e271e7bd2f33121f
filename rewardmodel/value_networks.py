"""Where PPO's values come from: a network of their own, or a scalar head on the policy.

The value of a state is read one column before the token that follows it. Knows batches of ids, no
rewards and no losses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from rewardmodel.batches import TokenBatch, split_by_tokens
from rewardmodel.errors import Refused
from rewardmodel.models import Policy, RewardModel, load_reward_model, new_reward_model
from rewardmodel.processes import Processes
from rewardmodel.unembedding import TokenFigures, token_figures


def state_values(value_model: RewardModel, batch: TokenBatch) -> Tensor:
    """(B, C) value of the state before each completion token: read one column earlier."""
    columns = batch.ids.shape[1]
    scores = value_model.token_scores(batch)
    return scores[:, columns - batch.completion_width - 1 : columns - 1]


def new_value_model(policy_folder: Path, reward_folder: Path | None, seed: int) -> RewardModel:
    """A reward model's network as it is, its affine included, or a policy's with a head of zeros.

    On the CPU. A head of zeros foretells 0 everywhere, the mean of normalised scores.
    """
    if reward_folder is not None:
        return load_reward_model(reward_folder, torch.device("cpu"))
    value_model = new_reward_model(policy_folder, torch.device("cpu"), seed)
    nn.init.zeros_(cast(nn.Linear, value_model.classifier.score).weight)
    return value_model


class ValueHead(nn.Module):
    """One number at every state of a policy's trunk, 0 before training (the 2019 code)."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        head = policy.plain_head
        if head is None:
            raise Refused(
                "config_refused",
                f"value_network: 'shared' is impossible: {policy.why_not_shared}",
            )
        self.output = nn.Linear(int(cast(Tensor, head.weight).shape[1]), 1).to(policy.device)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """(..., d) -> (...), in fp32 even where the trunk is not."""
        with torch.autocast(hidden.device.type, enabled=False):
            return cast(Tensor, self.output(hidden.float())).squeeze(-1)


class PolicyWithValues(nn.Module):
    """A policy and the head on it, which train as one network."""

    def __init__(self, policy: Policy, head: ValueHead) -> None:
        super().__init__()
        self.policy, self.head = policy, head

    def smallest_pass(self, *, train_trunk: bool = True) -> Tensor:
        """Any number that every weight takes part in; with train_trunk off, of the head alone."""
        with torch.set_grad_enabled(train_trunk and torch.is_grad_enabled()):
            said = self.policy.smallest_pass()
        width = self.head.output.in_features
        value = self.head.forward(torch.zeros(1, width, device=self.policy.device))
        return said + value.sum()


def figures_and_values(
    policy: Policy, head: ValueHead, batch: TokenBatch, temperature: float, *, train_trunk: bool
) -> tuple[TokenFigures, Tensor]:
    """Log-probabilities, entropies and values, each (B, C), from one pass of the trunk.

    With train_trunk off the gradient ends at the head.
    """
    mask, ids = batch.completion_mask, batch.completion_ids
    unembed = policy.plain_head
    assert unembed is not None
    with torch.set_grad_enabled(train_trunk and torch.is_grad_enabled()):
        hidden = policy.decoder(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state[:, -batch.completion_width - 1 : -1]
        flat = token_figures(unembed, hidden[mask], ids[mask], temperature)
    log_probs, entropy = (
        values.new_zeros(mask.shape).masked_scatter(mask, values) for values in flat
    )
    return TokenFigures(log_probs, entropy), head(hidden)


def in_parts(
    batch: TokenBatch,
    values_of: Callable[[TokenBatch], Tensor],
    microbatch_tokens: int,
    processes: Processes,
) -> Tensor:
    """(N, C) values of a whole batch, computed in parts that fit; 0 where there is no token.

    Each process computes its share of the parts, and all get all values.
    """
    edge = batch.ids.shape[1] - batch.completion_width
    values = torch.zeros(batch.completion_mask.shape, device=batch.ids.device)
    lengths = [int(n) for n in batch.mask.sum(dim=1)]
    for rows in processes.share(list(split_by_tokens(lengths, microbatch_tokens))):
        mask = batch.mask[rows]
        first = int(mask.long().argmax(dim=1).min())
        width = int(mask[:, edge:].sum(dim=1).max())
        columns = slice(first, edge + width)
        part = TokenBatch(
            batch.ids[rows, columns], mask[:, columns], batch.positions[rows, columns], width
        )
        values[rows, :width] = values_of(part) * part.completion_mask
    return processes.sum(values)
