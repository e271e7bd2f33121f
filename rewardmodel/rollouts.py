"""Completions a policy drew for an update, with everything the update needs beside them.

Token ids go from the sampler to scoring and to the update unchanged; nothing is decoded and
encoded again on the way. Knows no files and no events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import torch
from torch import Tensor

from rewardmodel.batches import TokenBatch, pad_prompts, pad_right, split_by_tokens
from rewardmodel.config import DecodingConfig, PpoConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.losses import (
    completion_log_probs,
    generalized_advantages,
    kl_k1,
    token_rewards,
    whiten,
)
from rewardmodel.models import Policy, RewardModel


class Scorer(Protocol):
    """Anything that says how good completions are: a reward model, a function, a rule."""

    def __call__(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        """(N,) scores on the CPU."""
        ...


class RewardModelScorer:
    """Scores with a reward model: prompt, completion, and the end token where it stopped.

    A policy may have several stop tokens; the reward model has only met the tokenizer's end token,
    so a final stop token is read as that one. The policy's own ids stay as they were drawn.
    """

    def __init__(self, reward_model: RewardModel, microbatch_tokens: int) -> None:
        self.reward_model = reward_model
        self.microbatch_tokens = microbatch_tokens

    def rows(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> list[list[int]]:
        """What the reward model reads."""
        end = self.reward_model.codec.end_id
        return [
            [*prompt, *completion.ids[:-1], end]
            if completion.finish_reason == "stop"
            else [*prompt, *completion.ids]
            for prompt, completion in zip(prompts, completions, strict=True)
        ]

    def __call__(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        return self.reward_model.score_rows(self.rows(prompts, completions), self.microbatch_tokens)

    @torch.no_grad()
    def company_difference(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> float:
        """Largest relative change of a score between its batch and being alone, padded more."""
        rows = self.rows(prompts, completions)
        fill, device = self.reward_model.codec.fill_id, self.reward_model.device
        together = self.reward_model(pad_right(rows, fill, device)).cpu()
        alone = torch.stack(
            [self.reward_model(pad_right([row], fill, device, extra=7)).cpu()[0] for row in rows]
        )
        return float(((together - alone).abs() / together.abs().clamp(min=1)).max())


@dataclass(frozen=True, slots=True)
class Rollouts:
    """N completions of up to C tokens after prompts of up to P; all on one device.

    `mask` is True where a token is real. Per-token figures stand in completion columns (N, C).
    """

    ids: Tensor  # (N, P+C)
    mask: Tensor  # (N, P+C) bool
    log_probs: Tensor  # (N, C) of the policy that drew them, at the rollout temperature
    reference: Tensor  # (N, C) of the frozen reference
    values: Tensor  # (N, C) of the state before each token
    scores: Tensor  # (N,) what the scorer said
    penalized: Tensor  # (N,) after the missing-stop rule
    stopped: Tensor  # (N,) bool
    rewards: Tensor  # (N, C)
    advantages: Tensor  # (N, C) whitened over all N
    returns: Tensor  # (N, C)

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
        """For a forward pass of the policy or the value model."""
        positions = (self.mask.long().cumsum(dim=1) - 1).clamp(min=0)
        return TokenBatch(self.ids, self.mask, positions, self.width)

    def lengths(self) -> list[int]:
        """Real tokens of each row, prompt included."""
        return [int(n) for n in self.mask.sum(dim=1)]


def state_values(value_model: RewardModel, batch: TokenBatch) -> Tensor:
    """(B, C) value of the state before each completion token: read one column earlier."""
    columns = batch.ids.shape[1]
    scores = value_model.token_scores(batch)
    return scores[:, columns - batch.completion_width - 1 : columns - 1]


def draw(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    plan: DecodingConfig,
    *,
    seed: int,
    keys: Sequence[str],
    microbatch_tokens: int,
    between: Callable[[int], None] = lambda done: None,
) -> list[SampledCompletion]:
    """One completion of each prompt, in their order; `between` is called after each batch."""
    found: dict[int, SampledCompletion] = {}
    lengths = [len(prompt) + plan.max_new_tokens for prompt in prompts]
    for chunk in split_by_tokens(lengths, microbatch_tokens):
        between(len(found))
        drawn = decode(
            policy, [prompts[n] for n in chunk], plan, seed=seed, keys=[keys[n] for n in chunk]
        )
        found.update({n: completions[0] for n, completions in zip(chunk, drawn, strict=True)})
    return [found[n] for n in range(len(prompts))]


def apply_missing_stop(scores: Tensor, stopped: Tensor, mode: str, penalty: float) -> Tensor:
    """(N,) scores after the rule for completions that never drew a stop token."""
    punished = torch.full_like(scores, -penalty) if mode == "replace" else scores - penalty
    return torch.where(stopped, scores, punished)


@torch.no_grad()
def complete_rollouts(
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    *,
    reference: Policy,
    value_model: RewardModel,
    scorer: Scorer,
    kl_coefficient: float,
    config: PpoConfig,
) -> Rollouts:
    """Score the completions, read reference and values, and work out the advantages."""
    device = value_model.device
    batch = pad_prompts(prompts, reference.codec.fill_id, device, [c.ids for c in completions])
    mask = batch.completion_mask
    shape = (len(prompts), batch.completion_width)
    log_probs, reference_log_probs, values = (torch.zeros(shape, device=device) for _ in range(3))
    for number, completion in enumerate(completions):
        log_probs[number, : len(completion.ids)] = torch.tensor(completion.log_probs)
    lengths = [int(n) for n in batch.mask.sum(dim=1)]
    for chunk in split_by_tokens(lengths, config.microbatch_tokens):
        part = pad_prompts(
            [prompts[n] for n in chunk],
            reference.codec.fill_id,
            device,
            [completions[n].ids for n in chunk],
        )
        said, _ = completion_log_probs(
            reference.completion_logits(part), part.completion_ids, config.temperature
        )
        rows = torch.tensor(chunk, device=device)[:, None]
        columns = torch.arange(part.completion_width, device=device)[None, :]
        reference_log_probs[rows, columns] = said * part.completion_mask
        values[rows, columns] = state_values(value_model, part) * part.completion_mask
    scores = scorer(prompts, completions).to(device).float()
    stopped = torch.tensor([c.finish_reason == "stop" for c in completions], device=device)
    penalized = apply_missing_stop(
        scores, stopped, config.missing_stop_mode, config.missing_stop_penalty
    )
    kl = kl_k1(log_probs, reference_log_probs) * mask
    rewards = token_rewards(penalized, kl, mask, kl_coefficient)
    advantages, returns = generalized_advantages(
        rewards, values, mask, config.discount, config.gae_lambda
    )
    return Rollouts(
        ids=batch.ids,
        mask=batch.mask,
        log_probs=log_probs,
        reference=reference_log_probs,
        values=values,
        scores=scores,
        penalized=penalized,
        stopped=stopped,
        rewards=rewards,
        advantages=whiten(advantages, mask),
        returns=returns,
    )
