"""Drawing completions from a policy: one pass over each prompt, then token by token.

The prompt is computed once for all its samples, rows leave the batch when they finish, and the
log-probability of every token under the distribution it was drawn from is recorded. Chance comes
from a seed for each row, so a completion depends on neither its batch nor on what was drawn before.
Knows token ids, not texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from rewardmodel.batches import pad_prompts
from rewardmodel.config import DecodingConfig
from rewardmodel.losses import completion_log_probs
from rewardmodel.models import Policy
from rewardmodel.training import stable_seed

DRAW_BLOCK = 512  # tokens whose probabilities are summed before one of them is drawn
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class SampledCompletion:
    """Token ids as drawn (the stop token included) and what the policy said of each."""

    ids: list[int]
    log_probs: list[float]  # natural log, of the distribution after temperature and filters
    finish_reason: FinishReason
    values: list[float] | None = None  # of the state before each token, where a head read them


def row_uniforms(seed: int, keys: Sequence[str], samples: int, length: int) -> Tensor:
    """(len(keys) * samples, length) numbers in [0, 1), each row from (seed, key, sample) alone."""
    rows = [
        torch.rand(
            length,
            generator=torch.Generator().manual_seed(stable_seed("decode", seed, key, sample)),
            dtype=torch.float64,
        )
        for key in keys
        for sample in range(samples)
    ]
    return torch.stack(rows)


@torch.no_grad()
def decode(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    plan: DecodingConfig,
    *,
    seed: int,
    keys: Sequence[str],
    value_head: nn.Module | None = None,
) -> list[list[SampledCompletion]]:
    """Completions of each prompt under a sampling plan.

    keys name the prompts for the random numbers; they need not be unique, but equal ones draw
    alike. Prompts of different lengths share a batch (padded on the left, positions counted over
    real tokens). A value head (hidden states (R, d) to (R,)) reads each state on the way.
    """
    if plan.strategy == "beam":
        return [_beam(policy, prompt, plan) for prompt in prompts]
    samples = plan.samples_per_prompt
    batch = pad_prompts(prompts, policy.codec.fill_id, policy.device)
    cache = DynamicCache(config=policy.language_model.config)
    logits, values = _step(policy, value_head, batch.ids, batch.mask, batch.positions, cache)
    cache.batch_repeat_interleave(samples)
    uniforms = row_uniforms(seed, keys, samples, plan.max_new_tokens)
    rows = _Rows(
        policy,
        plan,
        history=[list(prompt) for prompt in prompts for _ in range(samples)],
        mask=batch.mask.repeat_interleave(samples, dim=0),
        positions=batch.positions[:, -1].repeat_interleave(samples),
        uniforms=uniforms.to(policy.device),
        cache=cache,
        value_head=value_head,
    )
    if values is not None:
        values = values.repeat_interleave(samples, dim=0)
    completions = rows.run(logits.repeat_interleave(samples, dim=0), values)
    return [completions[n * samples : (n + 1) * samples] for n in range(len(prompts))]


def _step(
    policy: Policy,
    value_head: nn.Module | None,
    ids: Tensor,
    mask: Tensor,
    positions: Tensor,
    cache: DynamicCache,
) -> tuple[Tensor, Tensor | None]:
    """(R, V) logits after the last column, and (R,) values of the state there where a head reads."""
    inputs: dict[str, Any] = {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": positions,
        "past_key_values": cache,
        "use_cache": True,
    }
    if value_head is None:
        logits: Tensor = policy.language_model(**inputs, logits_to_keep=1).logits
        return logits[:, -1].float(), None
    unembed = policy.plain_head
    assert unembed is not None, "a value head needs the states below the output layer"
    hidden = policy.decoder(**inputs).last_hidden_state[:, -1]
    return unembed(hidden).float(), value_head(hidden)


class _Rows:
    """The batch while it is decoded. `active` maps its rows to the caller's."""

    def __init__(
        self,
        policy: Policy,
        plan: DecodingConfig,
        history: list[list[int]],
        mask: Tensor,
        positions: Tensor,
        uniforms: Tensor,
        cache: DynamicCache,
        value_head: nn.Module | None = None,
    ) -> None:
        self.policy, self.plan, self.cache = policy, plan, cache
        self.value_head = value_head
        self.values: list[list[float]] = [[] for _ in history]
        self.history = history
        self.starts = [len(row) for row in history]
        self.mask, self.positions, self.uniforms = mask, positions, uniforms
        self.active = list(range(len(history)))
        self.log_probs: list[list[float]] = [[] for _ in history]
        self.stopped = [False] * len(history)

    def run(self, logits: Tensor, values: Tensor | None = None) -> list[SampledCompletion]:
        """Decode from the logits (R, V) that follow the prompts until all rows are done."""
        for step in range(self.plan.max_new_tokens):
            if values is not None:
                for row, value in zip(self.active, values.tolist(), strict=True):
                    self.values[row].append(value)
            tokens = self._draw(logits, step)
            self._shrink(tokens)
            if not self.active or step + 1 == self.plan.max_new_tokens:
                break
            logits, values = self._advance()
        return [
            SampledCompletion(
                ids=self.history[row][self.starts[row] :],
                log_probs=self.log_probs[row],
                finish_reason="stop" if self.stopped[row] else "length",
                values=None if self.value_head is None else self.values[row],
            )
            for row in range(len(self.history))
        ]

    def _draw(self, logits: Tensor, step: int) -> list[int]:
        histories = [self.history[row] for row in self.active]
        log_probs = processed_log_probs(logits, histories, self.plan)
        if self.plan.strategy == "greedy":
            chosen = log_probs.argmax(dim=-1)
        else:
            chosen = draw_by_inversion(log_probs, self.uniforms[self.active, step])
        said = log_probs.gather(-1, chosen[:, None]).squeeze(-1).tolist()
        tokens: list[int] = chosen.tolist()
        for row, token, log_prob in zip(self.active, tokens, said, strict=True):
            self.history[row].append(token)
            self.log_probs[row].append(log_prob)
            self.stopped[row] = token in self.policy.stop_ids
        return tokens

    def _shrink(self, tokens: list[int]) -> None:
        """Drop rows that drew a stop token: they cost nothing from here on."""
        keep = [n for n, token in enumerate(tokens) if token not in self.policy.stop_ids]
        if len(keep) == len(tokens):
            return
        chosen = torch.tensor(keep, dtype=torch.int64, device=self.mask.device)
        self.mask, self.positions = self.mask[chosen], self.positions[chosen]
        self.active = [self.active[n] for n in keep]
        if keep:
            self.cache.batch_select_indices(chosen)

    def _advance(self) -> tuple[Tensor, Tensor | None]:
        """(R, V) logits after the token just drawn in each active row, and (R,) values."""
        device = self.mask.device
        tokens = torch.tensor([self.history[row][-1] for row in self.active], device=device)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.active), 1)], dim=1)
        self.positions = self.positions + 1
        return _step(
            self.policy,
            self.value_head,
            tokens[:, None],
            self.mask,
            self.positions[:, None],
            self.cache,
        )


def processed_log_probs(
    logits: Tensor, histories: Sequence[Sequence[int]], plan: DecodingConfig
) -> Tensor:
    """(R, V) log-probabilities after penalty, n-gram ban, temperature, top-k and top-p, in the
    order of transformers' generation.

    A history is the prompt and what was drawn so far. Greedy decoding uses neither temperature
    nor top-k nor top-p.
    """
    if plan.repetition_penalty != 1.0:
        logits = _penalize(logits, histories, plan.repetition_penalty)
    if plan.no_repeat_ngram:
        logits = _ban_ngrams(logits, histories, plan.no_repeat_ngram)
    if plan.strategy == "greedy":
        return torch.log_softmax(logits, dim=-1)
    logits = logits / plan.temperature
    if 0 < plan.top_k < logits.shape[-1]:
        least = logits.topk(plan.top_k, dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if plan.top_p < 1.0:
        logits = _keep_top_p(logits, plan.top_p)
    return torch.log_softmax(logits, dim=-1)


def _penalize(logits: Tensor, histories: Sequence[Sequence[int]], penalty: float) -> Tensor:
    logits = logits.clone()
    for number, history in enumerate(histories):
        seen = torch.tensor(sorted(set(history)), device=logits.device)
        values = logits[number, seen]
        logits[number, seen] = torch.where(values < 0, values * penalty, values / penalty)
    return logits


def _ban_ngrams(logits: Tensor, histories: Sequence[Sequence[int]], size: int) -> Tensor:
    logits = logits.clone()
    for number, history in enumerate(histories):
        tail = tuple(history[len(history) - size + 1 :]) if size > 1 else ()
        banned = {
            history[start + size - 1]
            for start in range(len(history) - size + 1)
            if tuple(history[start : start + size - 1]) == tail
        }
        if 0 < len(banned) < logits.shape[-1]:
            logits[number, torch.tensor(sorted(banned), device=logits.device)] = -torch.inf
    return logits


def _keep_top_p(logits: Tensor, top_p: float) -> Tensor:
    """The likeliest tokens up to and including the one that reaches top_p stay."""
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = ordered.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    ordered = ordered.masked_fill(before >= top_p, -torch.inf)
    return torch.empty_like(logits).scatter(-1, order, ordered)


def draw_by_inversion(log_probs: Tensor, uniforms: Tensor) -> Tensor:
    """(R,) tokens: the first whose cumulative probability passes the row's number in [0, 1).

    First the block of tokens is found, then the token in it, so that only the few numbers that decide
    are added up in double precision.
    """
    probabilities = log_probs.exp()
    width = log_probs.shape[-1]
    blocks = -(-width // DRAW_BLOCK)
    probabilities = torch.nn.functional.pad(probabilities, (0, blocks * DRAW_BLOCK - width))
    probabilities = probabilities.view(-1, blocks, DRAW_BLOCK)
    cumulative = probabilities.sum(dim=-1).double().cumsum(dim=-1)
    targets = uniforms.double()[:, None] * cumulative[:, -1:]
    block = _first_above(cumulative, targets, cumulative.diff(dim=-1, prepend=targets * 0))
    before = torch.where(block > 0, cumulative.gather(1, (block - 1).clamp(min=0)), 0.0)
    inside = probabilities.gather(1, block[..., None].expand(-1, 1, DRAW_BLOCK)).squeeze(1).double()
    token = _first_above(inside.cumsum(dim=-1), targets - before, inside)
    return (block * DRAW_BLOCK + token).squeeze(1)


def _first_above(cumulative: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """(R, 1) first place whose cumulative weight passes the target.

    Rounding can carry a target to the very end: then the last place that has any weight.
    """
    found = torch.searchsorted(cumulative, targets, right=True)
    columns = torch.arange(weights.shape[-1], device=weights.device)
    last = torch.where(weights > 0, columns, -1).max(dim=-1, keepdim=True).values
    return torch.minimum(found, last)


def _beam(policy: Policy, prompt: Sequence[int], plan: DecodingConfig) -> list[SampledCompletion]:
    """Beam search by transformers, one prompt at a time."""
    rows = policy.generate(
        prompt,
        num_beams=plan.num_beams,
        num_return_sequences=plan.samples_per_prompt,
        max_new_tokens=plan.max_new_tokens,
        no_repeat_ngram_size=plan.no_repeat_ngram,
        repetition_penalty=plan.repetition_penalty,
    )
    found = []
    for row in rows:
        stop = next((n for n, token in enumerate(row) if token in policy.stop_ids), None)
        chosen = row if stop is None else row[: stop + 1]
        log_probs = sequence_log_probs(policy, [list(prompt)], [chosen], temperature=1.0)[0]
        found.append(
            SampledCompletion(chosen, log_probs.tolist(), "length" if stop is None else "stop")
        )
    return found


@torch.no_grad()
def sequence_log_probs(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[Sequence[int]],
    temperature: float,
) -> list[Tensor]:
    """Log-probability of every completion token in one full forward pass (one batch)."""
    batch = pad_prompts(prompts, policy.codec.fill_id, policy.device, completions)
    log_probs, _ = completion_log_probs(
        policy.completion_logits(batch), batch.completion_ids, temperature
    )
    return [
        row[: len(completion)].cpu() for row, completion in zip(log_probs, completions, strict=True)
    ]
