"""Rows of token ids made rectangular, with masks and positions. Knows ids only, never text.

Two layouts: rows padded on the right (scoring), and prompts padded on the left with completions
padded on the right (sampling and policy updates), so that all completions begin in one column and
only their logits need computing. In every mask True means: a real token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """A rectangle of token ids; the last `completion_width` columns hold the completions."""

    ids: Tensor  # (B, T) int64
    mask: Tensor  # (B, T) bool, True: a real token
    positions: Tensor  # (B, T) int64, counted over real tokens from 0
    completion_width: int  # 0 where the layout has no separate completion columns

    @property
    def completion_ids(self) -> Tensor:
        """(B, C) ids in the completion columns."""
        return self.ids[:, self.ids.shape[1] - self.completion_width :]

    @property
    def completion_mask(self) -> Tensor:
        """(B, C) True where a completion token is real."""
        return self.mask[:, self.mask.shape[1] - self.completion_width :]

    def repeated(self, times: int) -> TokenBatch:
        """Every row so many times, one after the other."""
        ids, mask, positions = (
            of_rows.repeat_interleave(times, dim=0)
            for of_rows in (self.ids, self.mask, self.positions)
        )
        return TokenBatch(ids, mask, positions, self.completion_width)

    def last_token(self) -> Tensor:
        """(B,) column of each row's last real token."""
        columns = torch.arange(self.mask.shape[1], device=self.mask.device)
        return (columns * self.mask).argmax(dim=1)


def _finish(ids: Tensor, mask: Tensor, width: int, device: torch.device) -> TokenBatch:
    positions = (mask.long().cumsum(dim=1) - 1).clamp(min=0)
    return TokenBatch(ids.to(device), mask.to(device), positions.to(device), width)


def pad_right(
    rows: Sequence[Sequence[int]], fill: int, device: torch.device, extra: int = 0
) -> TokenBatch:
    """Rows padded on the right to the longest, plus `extra` columns (for invariance checks)."""
    width = max(len(row) for row in rows) + extra
    ids = torch.full((len(rows), width), fill, dtype=torch.int64)
    mask = torch.zeros((len(rows), width), dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row, dtype=torch.int64)
        mask[number, : len(row)] = True
    return _finish(ids, mask, 0, device)


def pad_prompts(
    prompts: Sequence[Sequence[int]],
    fill: int,
    device: torch.device,
    completions: Sequence[Sequence[int]] | None = None,
    extra: int = 0,
) -> TokenBatch:
    """Prompts padded on the left, then completions (if given) padded on the right."""
    left = max(len(prompt) for prompt in prompts) + extra
    right = max((len(row) for row in completions), default=0) if completions else 0
    ids = torch.full((len(prompts), left + right), fill, dtype=torch.int64)
    mask = torch.zeros((len(prompts), left + right), dtype=torch.bool)
    for number, prompt in enumerate(prompts):
        ids[number, left - len(prompt) : left] = torch.tensor(prompt, dtype=torch.int64)
        mask[number, left - len(prompt) : left] = True
        if completions:
            row = completions[number]
            ids[number, left : left + len(row)] = torch.tensor(row, dtype=torch.int64)
            mask[number, left : left + len(row)] = True
    return _finish(ids, mask, right, device)


def split_by_tokens(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in runs whose padded size (rows times longest) stays within `budget` tokens.

    Rows of like length are put together; a row longer than the budget goes alone.
    """
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    chunk: list[int] = []
    for index in order:
        if chunk and (len(chunk) + 1) * lengths[index] > budget:
            yield chunk
            chunk = []
        chunk.append(index)
    if chunk:
        yield chunk
