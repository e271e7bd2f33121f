"""Drawing completions from a policy: one pass over each prompt, then token by token.

The prompt is computed once for all its samples, rows leave the batch when they are done, and the
log-probability of every token under the distribution it was drawn from is recorded. Chance comes
from a seed for each row, so a completion depends on neither its batch nor on what was drawn before.
Knows token ids, not texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from rewardmodel.batches import pad_prompts
from rewardmodel.config import DecodingConfig
from rewardmodel.decode_steps import Said, Steps, begin
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
    steps, said = begin(policy, batch, samples, plan.max_new_tokens, value_head)
    uniforms = row_uniforms(seed, keys, samples, plan.max_new_tokens)
    rows = _Rows(
        policy.stop_ids,
        plan,
        history=[list(prompt) for prompt in prompts for _ in range(samples)],
        uniforms=uniforms.T.contiguous().to(policy.device),
        steps=steps,
    )
    completions = rows.run(said)
    return [completions[n * samples : (n + 1) * samples] for n in range(len(prompts))]


class _Rows:
    """The batch while it is decoded.

    `standing` are the caller's rows that are in it, in their order; one that is done may stand in it for
    a while, and what is drawn for it is not heard.
    """

    def __init__(
        self,
        stop_ids: frozenset[int],
        plan: DecodingConfig,
        history: list[list[int]],
        uniforms: Tensor,  # (tokens, R)
        steps: Steps,
    ) -> None:
        self.stop_ids, self.plan, self.steps = stop_ids, plan, steps
        self.history = history
        self.starts = [len(row) for row in history]
        self.uniforms = uniforms
        self.standing = list(range(len(history)))
        self.log_probs: list[list[float]] = [[] for _ in history]
        self.values: list[list[float]] = [[] for _ in history]
        self.stopped = [False] * len(history)

    def run(self, said: Said) -> list[SampledCompletion]:
        """Decode from what follows the prompts until all rows are done."""
        reads_values = said[1] is not None
        for step in range(self.plan.max_new_tokens):
            tokens = self._drop(self._draw(*said, step))
            if not self.standing or step + 1 == self.plan.max_new_tokens:
                break
            said = self.steps.advance(tokens)
        return [
            SampledCompletion(
                ids=self.history[row][self.starts[row] :],
                log_probs=self.log_probs[row],
                finish_reason="stop" if self.stopped[row] else "length",
                values=self.values[row] if reads_values else None,
            )
            for row in range(len(self.history))
        ]

    def _draw(self, logits: Tensor, values: Tensor | None, step: int) -> Tensor:
        """(R,) the next token of every row in the batch; those that are not done remember it."""
        histories = [self.history[row] for row in self.standing]
        log_probs = processed_log_probs(logits, histories, self.plan)
        if self.plan.strategy == "greedy":
            chosen = log_probs.argmax(dim=-1)
        else:
            chosen = draw_by_inversion(log_probs, self.uniforms[step])
        said = log_probs.gather(-1, chosen[:, None]).squeeze(-1)
        figures = [chosen.double(), said.double(), *([] if values is None else [values.double()])]
        # one answer from the device: doubles hold ids and floats to the bit
        for row, (token, log_prob, *value) in zip(
            self.standing, torch.stack(figures, dim=1).tolist(), strict=True
        ):
            if not self.stopped[row]:
                self.history[row].append(int(token))
                self.log_probs[row].append(log_prob)
                self.values[row] += value
                self.stopped[row] = int(token) in self.stop_ids
        return chosen

    def _drop(self, tokens: Tensor) -> Tensor:
        """Rows that are done leave the batch when that pays; the tokens of those that stand in it."""
        keep = [n for n, row in enumerate(self.standing) if not self.stopped[row]]
        if len(keep) == len(self.standing):
            return tokens
        if keep and not self.steps.is_time_to_drop(len(keep), len(self.standing)):
            return tokens
        self.standing = [self.standing[n] for n in keep]
        chosen = torch.tensor(keep, dtype=torch.int64, device=tokens.device)
        if keep:
            self.steps.keep(chosen)
            self.uniforms = self.uniforms[:, chosen]
        return tokens[chosen]


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
