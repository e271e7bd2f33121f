"""What a policy says of completions that are known already, each prompt computed once where it pays.

The one forward pass behind the reference's answers and the updates of PPO, RLOO and GRPO. Knows
token ids and policies, no scores and no losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rewardmodel.batches import pad_prompts, split_by_tokens
from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.prefix import Sharing, lay_out, sharing_gain, worth_sharing
from rewardmodel.unembedding import TokenFigures


@dataclass(frozen=True, slots=True)
class DrawnGroup:
    """A prompt with the completions drawn of it, as token ids."""

    prompt_ids: list[int]
    completion_ids: list[list[int]]


def in_groups(
    prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]], size: int
) -> list[DrawnGroup]:
    """Rows that follow each other, `size` of each prompt, as groups."""
    return [
        DrawnGroup(list(prompts[start]), [list(ids) for ids in completions[start : start + size]])
        for start in range(0, len(prompts), size)
    ]


def split_groups_by_tokens(lengths: Sequence[int], size: int, budget: int) -> list[list[int]]:
    """Row indices in parts whose padded size fits the budget; a group of rows is never split.

    lengths are those of all rows; groups are `size` rows that follow each other.
    """
    longest = [max(lengths[start : start + size]) for start in range(0, len(lengths), size)]
    return [
        [number * size + k for number in chunk for k in range(size)]
        for chunk in split_by_tokens([size * length for length in longest], budget)
    ]


def completion_figures(
    policy: Policy, groups: Sequence[DrawnGroup], temperature: float, sharing: Sharing
) -> TokenFigures:
    """(R, C) log-probability and entropy at every completion token, groups one after another.

    With gradient. Raises Refused where sharing is asked for and the network cannot.
    """
    if shares_prompts(policy, groups, sharing):
        batch = lay_out(groups, policy.device)
        return policy.completion_figures_shared(batch, temperature)
    rows = [(group.prompt_ids, ids) for group in groups for ids in group.completion_ids]
    padded = pad_prompts(
        [prompt for prompt, _ in rows],
        policy.codec.fill_id,
        policy.device,
        [ids for _, ids in rows],
    )
    return policy.completion_figures(padded, temperature)


def shares_prompts(policy: Policy, groups: Sequence[DrawnGroup], sharing: Sharing) -> bool:
    """Whether these prompts are computed once: as asked, or where the mean gain is worth it."""
    if sharing == "never":
        return False
    obstacle = policy.why_not_shared
    if sharing == "always":
        if obstacle:
            raise Refused("config_refused", f"share_prompts: 'always' is impossible: {obstacle}")
        return True
    if obstacle or all(len(group.completion_ids) == 1 for group in groups):
        return False
    width = int(policy.language_model.config.hidden_size)
    gain = sum(sharing_gain(group, width) for group in groups) / len(groups)
    return gain > worth_sharing(policy.device)
