"""How likely a policy finds whole completions: one number for each completion of each group.

Prompts are computed once for all their completions where that pays. Knows groups and policies,
no losses and no settings.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rewardmodel.batches import pad_prompts, split_by_tokens
from rewardmodel.group_scores import PassSizes, split_groups
from rewardmodel.groups import Group
from rewardmodel.models import Policy
from rewardmodel.prefix import Sharing, groups_to_share, lay_out


def group_log_probs(
    policy: Policy, groups: Sequence[Group], sharing: Sharing, sizes: PassSizes | None = None
) -> Tensor:
    """(B, Kmax) log-probability of each completion given its prompt, with gradient; padding is 0.

    Nats, summed over the tokens, the end token included, at temperature 1. Where prompts are not
    shared, in passes of at most `sizes`. Raises Refused where sharing is asked for and the
    network cannot.
    """
    sizes = sizes or PassSizes.on(policy.device)
    width = int(policy.language_model.config.hidden_size)
    shared = groups_to_share(groups, width, policy.why_not_shared, sharing, policy.device)
    counts = torch.tensor([len(group.completion_ids) for group in groups])
    starts = (counts.cumsum(0) - counts).tolist()
    flat: list[Tensor] = []
    order: list[int] = []
    for part in split_groups(groups, sorted(shared), sizes.shared):
        batch = lay_out([groups[n] for n in part], policy.device)
        flat.append(policy.completion_figures_shared(batch, 1.0).log_probs.sum(dim=1))
        order += [starts[n] + k for n in part for k in range(len(groups[n].completion_ids))]
    rows = [
        (starts[n] + k, groups[n].prompt_ids, ids)
        for n in range(len(groups))
        if n not in shared
        for k, ids in enumerate(groups[n].completion_ids)
    ]
    for chunk in split_by_tokens([len(p) + len(c) for _, p, c in rows], sizes.plain):
        padded = pad_prompts(
            [rows[n][1] for n in chunk],
            policy.codec.fill_id,
            policy.device,
            [rows[n][2] for n in chunk],
        )
        flat.append(policy.completion_figures(padded, 1.0).log_probs.sum(dim=1))
        order += [rows[n][0] for n in chunk]
    device = flat[0].device
    in_order = torch.cat(flat)[torch.tensor(order, device=device).argsort()]
    real = torch.arange(int(counts.max()))[None, :] < counts[:, None]
    filled: Tensor = in_order.new_zeros(real.shape).masked_scatter(real.to(device), in_order)
    return filled


def completion_lengths(groups: Sequence[Group]) -> Tensor:
    """(B, Kmax) tokens of each completion, 1 in padded places: safe to divide by."""
    lengths = torch.ones(len(groups), max(len(group.completion_ids) for group in groups))
    for number, group in enumerate(groups):
        for place, ids in enumerate(group.completion_ids):
            lengths[number, place] = len(ids)
    return lengths
