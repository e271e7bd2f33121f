"""Scores of whole rankings: the completions of a prompt together, prompts computed once if it pays.

Knows reward models and groups of token ids; no losses, no files.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel

from rewardmodel.batches import pad_right, split_by_tokens
from rewardmodel.models import RewardModel
from rewardmodel.prefix import Sharing, TokenGroup, groups_to_share, lay_out

FORWARD_TOKENS = 2048  # padded tokens in one forward on a CPU, where more only adds padding
SHARED_FORWARD_TOKENS = 4096
DEVICE_FORWARD_TOKENS = 16_384  # elsewhere, where few tokens leave most of the device idle


@dataclass(frozen=True, slots=True)
class PassSizes:
    """Most tokens in one forward pass."""

    plain: int
    shared: int

    @classmethod
    def on(cls, device: torch.device, budget: int | None = None) -> PassSizes:
        """On a CPU what suits it; elsewhere the budget of an update, or what is safe without one."""
        if device.type == "cpu":
            return cls(FORWARD_TOKENS, SHARED_FORWARD_TOKENS)
        tokens = budget or DEVICE_FORWARD_TOKENS
        return cls(tokens, tokens)


ONE_PASS = PassSizes(1 << 62, 1 << 62)  # more than any part has


class SharesPrompts(Protocol):
    """A policy or a reward model."""

    @property
    def decoder(self) -> PreTrainedModel:
        """The network below the head."""

    @property
    def why_not_shared(self) -> str | None:
        """The reason prompts cannot be shared between completions."""


def score_groups(
    reward_model: RewardModel,
    groups: Sequence[TokenGroup],
    sharing: Sharing = "auto",
    sizes: PassSizes | None = None,
) -> Tensor:
    """(B, Kmax) scores of every completion, with gradient; padded places are 0.

    Prompts are computed once for all their completions where that is asked for or pays, else once
    for each completion, in passes of at most `sizes`. Raises Refused where sharing is asked for and the
    network cannot.
    """
    sizes = sizes or PassSizes.on(reward_model.device)
    width = int(reward_model.classifier.config.hidden_size)
    shared = groups_to_share(
        groups, width, reward_model.why_not_shared, sharing, reward_model.device
    )
    counts = torch.tensor([len(group.completion_ids) for group in groups])
    starts = (counts.cumsum(0) - counts).tolist()
    flat, order = [], []
    for part in split_groups(groups, sorted(shared), sizes.shared):
        batch = lay_out([groups[n] for n in part], reward_model.device)
        flat.append(reward_model.forward_shared(batch))
        order += [starts[n] + k for n in part for k in range(len(groups[n].completion_ids))]
    rows: list[list[int]] = []
    places: list[int] = []
    for number in sorted(set(range(len(groups))) - shared):
        rows += _rows(groups[number])
        places += range(starts[number], starts[number] + len(groups[number].completion_ids))
    for chunk in split_by_tokens([len(row) for row in rows], sizes.plain):
        ids = [rows[n] for n in chunk]
        flat.append(reward_model(pad_right(ids, reward_model.codec.fill_id, reward_model.device)))
        order += [places[n] for n in chunk]
    device = flat[0].device
    scores = torch.cat(flat)[torch.tensor(order, device=device).argsort()]
    real = torch.arange(int(counts.max()))[None, :] < counts[:, None]
    filled: Tensor = scores.new_zeros(real.shape).masked_scatter(real.to(device), scores)
    return filled


def split_groups(
    groups: Sequence[TokenGroup],
    chosen: Sequence[int],
    budget: int,
    apart: Collection[int] = (),
) -> list[list[int]]:
    """Indices in parts whose tokens fit the budget, prompts of like length together.

    A group counts its prompt and its completions once, one of `apart`, whose prompt is not shared, its
    prompt with each completion; it is never split.
    """
    order = sorted(chosen, key=lambda n: (len(groups[n].prompt_ids), n))
    parts: list[list[int]] = []
    tokens = 0
    for number in order:
        size = sum(map(len, groups[number].completion_ids))
        times = len(groups[number].completion_ids) if number in apart else 1
        size += times * len(groups[number].prompt_ids)
        if not parts or tokens + size > budget:
            parts.append([])
            tokens = 0
        parts[-1].append(number)
        tokens += size
    return parts


def split_for_update(
    network: SharesPrompts,
    groups: Sequence[TokenGroup],
    chosen: Sequence[int],
    budget: int,
    sharing: Sharing,
    *,
    one_pass: bool,
) -> list[list[int]]:
    """As `split_groups`; with one_pass, each part is one forward pass: its prompts are shared all,
    or none. For networks whose passes must be counted (`sharding`).
    """
    width = int(network.decoder.config.hidden_size)
    part = [groups[n] for n in chosen]
    device = network.decoder.device
    picked = groups_to_share(part, width, network.why_not_shared, sharing, device)
    shared = {chosen[n] for n in picked}
    apart = [n for n in chosen if n not in shared]
    if not one_pass:
        return split_groups(groups, chosen, budget, set(apart))
    most = PassSizes.on(device, budget)
    parts = split_groups(groups, sorted(shared), min(budget, most.shared))
    sizes = [sum(map(len, _rows(groups[n]))) for n in apart]
    plain = split_by_tokens(sizes, min(budget, most.plain))
    return parts + [[apart[n] for n in numbers] for numbers in plain]


@torch.no_grad()
def group_scores(
    reward_model: RewardModel,
    groups: Sequence[TokenGroup],
    sharing: Sharing = "auto",
    sizes: PassSizes | None = None,
) -> list[list[float]]:
    """Scores of every completion of every group, without gradient."""
    if not groups:
        return []
    scores = score_groups(reward_model, groups, sharing, sizes).tolist()
    return [row[: len(group.completion_ids)] for row, group in zip(scores, groups, strict=True)]


def _rows(group: TokenGroup) -> list[list[int]]:
    return [[*group.prompt_ids, *ids] for ids in group.completion_ids]
