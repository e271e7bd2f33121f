"""Completions a policy drew for an update, with everything the update needs beside them.

Token ids go from the sampler to scoring and to the update unchanged; nothing is decoded and
encoded again on the way. Knows no files and no events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rewardmodel.adapters import adapters_off
from rewardmodel.advantages import disagreement, punish_missing_stop
from rewardmodel.batches import TokenBatch, pad_prompts, split_by_tokens
from rewardmodel.config import DecodingConfig, PolicyGradientConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.losses import kl_k1
from rewardmodel.models import Policy
from rewardmodel.policy_forward import (
    DrawnGroup,
    completion_figures,
    in_groups,
    split_groups_by_tokens,
)
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer, Scorer

__all__ = [
    "Judged",
    "Reference",
    "RewardModelScorer",
    "Rollouts",
    "Scored",
    "Scorer",
    "draw",
    "score_completions",
]


class Reference:
    """The frozen policy that the KL is measured from: a network, or a policy's adapters off."""

    def __init__(self, policy: Policy, *, adapters: bool = False) -> None:
        self.policy, self.adapters = policy, adapters
        if not adapters:
            policy.requires_grad_(False)

    @contextmanager
    def speaking(self) -> Iterator[Policy]:
        """The reference, for as long as the block lasts."""
        if self.adapters:
            with adapters_off(self.policy):
                yield self.policy
        else:
            yield self.policy


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """N completions with what policy, reference and scorer say of them, before any advantage."""

    batch: TokenBatch
    log_probs: Tensor  # (N, C) of the policy that drew them, at the rollout temperature
    reference: Tensor  # (N, C) of the frozen reference
    scores: Tensor  # (N,) what the scorer said
    penalized: Tensor  # (N,) clipped, and after the missing-stop rule
    stopped: Tensor  # (N,) bool
    disagreement: Tensor  # (N,) standard deviation between reward models; 0 where there is one
    values: Tensor | None = None  # (N, C) where they were read while decoding

    @property
    def completion_mask(self) -> Tensor:
        """(N, C) True where a completion token is real."""
        return self.batch.completion_mask

    @property
    def kl(self) -> Tensor:
        """(N, C) k1 at every token, 0 where there is none."""
        return kl_k1(self.log_probs, self.reference) * self.completion_mask


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
        return [int(n) for n in self.mask.sum(dim=1)]


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


@torch.no_grad()
def score_completions(
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    *,
    reference: Reference,
    scorer: Scorer,
    config: PolicyGradientConfig,
    group: int,
) -> Scored:
    """Ask reference and scorer. One prompt for each completion, `group` that follow each other
    being of one prompt.
    """
    device = reference.policy.device
    ids = [completion.ids for completion in completions]
    batch = pad_prompts(prompts, reference.policy.codec.fill_id, device, ids)
    width = batch.completion_width
    log_probs = _rectangle([c.log_probs for c in completions], width).to(device)
    read = [c.values for c in completions if c.values is not None]
    members = None
    if isinstance(scorer, EnsembleScorer):
        members = scorer.members(prompts, completions).to(device).float()
        scores = scorer.combine(members)
    else:
        scores = scorer(prompts, completions).to(device).float()
    clip = config.score_clip
    stopped = torch.tensor([c.finish_reason == "stop" for c in completions], device=device)
    return Scored(
        batch=batch,
        log_probs=log_probs,
        reference=_ask_reference(prompts, ids, reference, config, group).to(device),
        scores=scores,
        penalized=punish_missing_stop(
            scores if clip is None else scores.clamp(-clip, clip),
            stopped,
            config.missing_stop_mode,
            config.missing_stop_penalty,
        ),
        stopped=stopped,
        disagreement=torch.zeros_like(scores) if members is None else disagreement(members),
        values=_rectangle(read, width).to(device) if len(read) == len(completions) else None,
    )


def _rectangle(rows: Sequence[Sequence[float]], width: int) -> Tensor:
    """(N, width) with 0 behind shorter rows."""
    filled = torch.zeros(len(rows), width)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = torch.tensor(row)
    return filled


def _ask_reference(
    prompts: Sequence[Sequence[int]],
    ids: Sequence[Sequence[int]],
    reference: Reference,
    config: PolicyGradientConfig,
    group: int,
) -> Tensor:
    """(N, C) log-probabilities of the reference, part by part."""
    said = torch.zeros(len(ids), max(len(row) for row in ids), device=reference.policy.device)
    lengths = [len(prompt) + len(row) for prompt, row in zip(prompts, ids, strict=True)]
    with reference.speaking() as policy:
        for chunk in split_groups_by_tokens(lengths, group, config.microbatch_tokens):
            groups = in_groups([prompts[n] for n in chunk], [ids[n] for n in chunk], group)
            figures = completion_figures(policy, groups, config.temperature, config.share_prompts)
            said[chunk, : figures.log_probs.shape[1]] = figures.log_probs
    return said
