"""Completions a policy drew for an update, with everything the update needs beside them.

Token ids go from the sampler to scoring and to the update unchanged; nothing is decoded and
encoded again on the way. Knows no files and no events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rewardmodel.batches import TokenBatch, split_by_tokens
from rewardmodel.config import DecodingConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.models import Policy
from rewardmodel.policy_forward import DrawnGroup, in_groups
from rewardmodel.processes import Processes
from rewardmodel.scorers import RewardModelScorer, Scorer
from rewardmodel.scoring import Reference, Scored, filled, score_completions

__all__ = [
    "Judged",
    "Reference",
    "RewardModelScorer",
    "Rollouts",
    "Scored",
    "Scorer",
    "draw",
    "draw_together",
    "score_completions",
]


class Judged(NamedTuple):
    """What a method makes of scored completions; all (N, C)."""

    rewards: Tensor
    advantages: Tensor
    values: Tensor | None = None  # of the state before each token
    returns: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Rollouts:
    """N completions of up to C tokens after prompts of up to P; all on one device.

    `mask` is True where a token is real. Per-token figures stand in completion columns (N, C).
    Methods without a value function leave values and returns at 0.
    """

    ids: Tensor  # (N, P+C)
    mask: Tensor  # (N, P+C) bool
    log_probs: Tensor  # (N, C) of the policy that drew them, at the rollout temperature
    reference: Tensor  # (N, C) of the frozen reference
    scores: Tensor  # (N,) what the scorer said
    penalized: Tensor  # (N,) clipped, and after the missing-stop rule
    stopped: Tensor  # (N,) bool
    disagreement: Tensor  # (N,)
    rewards: Tensor  # (N, C)
    advantages: Tensor  # (N, C)
    values: Tensor  # (N, C) of the state before each token
    returns: Tensor  # (N, C)

    @classmethod
    def of(cls, scored: Scored, judged: Judged) -> Rollouts:
        """What was said of the completions, and what a method makes of it."""
        none = torch.zeros_like(scored.log_probs)
        return cls(
            ids=scored.batch.ids,
            mask=scored.batch.mask,
            log_probs=scored.log_probs,
            reference=scored.reference,
            scores=scored.scores,
            penalized=scored.penalized,
            stopped=scored.stopped,
            disagreement=scored.disagreement,
            rewards=judged.rewards,
            advantages=judged.advantages,
            values=none if judged.values is None else judged.values,
            returns=none if judged.returns is None else judged.returns,
        )

    @property
    def width(self) -> int:
        """C, the number of completion columns."""
        return self.log_probs.shape[1]

    @property
    def completion_mask(self) -> Tensor:
        """(N, C) True where a completion token is real."""
        return self.mask[:, self.mask.shape[1] - self.width :]

    @property
    def completion_ids(self) -> Tensor:
        """(N, C)."""
        return self.ids[:, self.ids.shape[1] - self.width :]

    def to_tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], device: torch.device) -> Rollouts:
        """From a checkpoint."""
        return cls(**{field.name: tensors[field.name].to(device) for field in fields(cls)})

    def take(self, rows: Sequence[int]) -> Rollouts:
        """Some rows, columns that are padding in all of them left off."""
        chosen = torch.tensor(list(rows), device=self.ids.device)
        mask = self.mask[chosen]
        prompt_columns = mask.shape[1] - self.width
        first = int(mask.long().argmax(dim=1).min())
        width = int(mask[:, prompt_columns:].sum(dim=1).max())
        picked: dict[str, Tensor] = {}
        for name, tensor in self.to_tensors().items():
            if name in ("ids", "mask"):
                picked[name] = tensor[chosen, first : prompt_columns + width]
            else:
                picked[name] = tensor[chosen] if tensor.ndim == 1 else tensor[chosen, :width]
        return Rollouts(**picked)

    def batch(self) -> TokenBatch:
        """For a forward pass of the value network."""
        positions = (self.mask.long().cumsum(dim=1) - 1).clamp(min=0)
        return TokenBatch(self.ids, self.mask, positions, self.width)

    def groups(self, size: int) -> list[DrawnGroup]:
        """For a forward pass of the policy: `size` completions of each prompt."""
        edge = self.mask.shape[1] - self.width
        ids, mask = self.ids.cpu(), self.mask.cpu()
        prompts = [row[:edge][seen[:edge]].tolist() for row, seen in zip(ids, mask, strict=True)]
        drawn = [row[edge:][seen[edge:]].tolist() for row, seen in zip(ids, mask, strict=True)]
        return in_groups(prompts, drawn, size)

    def lengths(self) -> list[int]:
        """Real tokens of each row, prompt included."""
        found: list[int] = self.mask.sum(dim=1).tolist()
        return found


def draw(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    plan: DecodingConfig,
    *,
    seed: int,
    keys: Sequence[str],
    microbatch_tokens: int,
    between: Callable[[int], None] = lambda done: None,
    value_head: nn.Module | None = None,
) -> list[SampledCompletion]:
    """The plan's completions of each prompt, in the order of the prompts.

    `between` is called before each batch with the number of prompts that are done; a value head
    reads the states on the way.
    """
    found: dict[int, list[SampledCompletion]] = {}
    lengths = [plan.samples_per_prompt * (len(prompt) + plan.max_new_tokens) for prompt in prompts]
    for chunk in split_by_tokens(lengths, microbatch_tokens):
        between(len(found))
        drawn = decode(
            policy,
            [prompts[n] for n in chunk],
            plan,
            seed=seed,
            keys=[keys[n] for n in chunk],
            value_head=value_head,
        )
        found.update(zip(chunk, drawn, strict=True))
    return [completion for n in range(len(prompts)) for completion in found[n]]


def draw_together(
    processes: Processes,
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    plan: DecodingConfig,
    *,
    seed: int,
    keys: Sequence[str],
    microbatch_tokens: int,
    between: Callable[[int], None] = lambda done: None,
    value_head: nn.Module | None = None,
) -> list[SampledCompletion]:
    """As `draw`; each process draws its share of the prompts, and all get all completions."""
    own = processes.share(range(len(prompts)))
    drawn = draw(
        policy,
        [prompts[n] for n in own],
        plan,
        seed=seed,
        keys=[keys[n] for n in own],
        microbatch_tokens=microbatch_tokens,
        between=between,
        value_head=value_head,
    )
    if processes.world == 1:
        return drawn
    size, width = plan.samples_per_prompt, plan.max_new_tokens
    # float64 holds ids, counts and the decoded floats to the bit
    table = torch.zeros(len(prompts) * size, 2 + 3 * width, dtype=torch.float64)
    rows = [number * size + k for number in own for k in range(size)]
    for row, completion in zip(rows, drawn, strict=True):
        parts = (completion.ids, completion.log_probs, completion.values or [])
        table[row, 0] = len(completion.ids)
        table[row, 1] = completion.finish_reason == "stop"
        table[row, 2:] = filled(parts, width, torch.float64).flatten()
    return [_from_table(row, width, value_head is not None) for row in processes.sum(table)]


def _from_table(row: Tensor, width: int, has_values: bool) -> SampledCompletion:
    length = int(row[0])
    ids, log_probs, values = row[2:].view(3, width)[:, :length].tolist()
    return SampledCompletion(
        ids=[int(index) for index in ids],
        log_probs=log_probs,
        finish_reason="stop" if row[1] else "length",
        values=values if has_values else None,
    )
