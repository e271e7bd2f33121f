"""Demonstrations end to end in one row, without padding and without seeing each other.

The layout is that of shared prompts with one completion for each: every demonstration keeps its
own positions and attends to itself alone, so the loss and its gradients are those of one forward
for each. Layers work on real tokens only; attention alone is computed on rectangles. Knows token
ids and policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.prefix import lay_out

Packing = Literal["auto", "always", "never"]
Row = tuple[list[int], list[int]]  # prompt ids, completion ids with the end token
WORTH_PACKING = 1.25  # padded tokens over real ones; below it the regrouping costs what it saves


@dataclass(frozen=True, slots=True)
class _One:
    """A demonstration as the layout wants it: a prompt with one completion."""

    prompt_ids: list[int]
    completion_ids: list[list[int]]


def packed_loss(policy: Policy, rows: Sequence[Row]) -> Tensor:
    """Loss summed over all completion tokens of the rows, in one row of tokens.

    Raises Refused where the network cannot (a sliding window, or no attention interface).
    """
    groups = [_One(prompt, [completion]) for prompt, completion in rows]
    batch = lay_out(groups, policy.device)
    return -policy.completion_figures_shared(batch, 1.0).log_probs.sum()


def packs(policy: Policy, rows: Sequence[Row], packing: Packing) -> bool:
    """Whether these rows are packed: as asked, or where padding would cost enough.

    Raises Refused where it is asked for and the network cannot.
    """
    if packing == "never":
        return False
    obstacle = policy.why_not_shared
    if packing == "always":
        if obstacle:
            raise Refused("config_refused", f"packing: 'always' is impossible: {obstacle}")
        return True
    return obstacle is None and padding_factor(rows) > WORTH_PACKING


def padding_factor(rows: Sequence[Row]) -> float:
    """Tokens of the padded rectangle (prompts to the left, completions to the right) over real."""
    width = max(len(prompt) for prompt, _ in rows) + max(len(ids) for _, ids in rows)
    return len(rows) * width / sum(len(prompt) + len(ids) for prompt, ids in rows)


def split_rows(rows: Sequence[Row], budget: int) -> Iterator[list[int]]:
    """Indices in parts of at most `budget` real tokens, like lengths together; no row is split."""
    order = sorted(range(len(rows)), key=lambda n: (len(rows[n][0]), len(rows[n][1]), n))
    part: list[int] = []
    tokens = 0
    for number in order:
        size = len(rows[number][0]) + len(rows[number][1])
        if part and tokens + size > budget:
            yield part
            part, tokens = [], 0
        part.append(number)
        tokens += size
    if part:
        yield part
