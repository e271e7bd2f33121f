"""What reference and scorer say of completions, before any advantage is worked out.

Token ids go from the sampler to scoring unchanged. Knows no files and no events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from rewardmodel.adapters import adapters_off
from rewardmodel.advantages import disagreement, punish_missing_stop
from rewardmodel.batches import TokenBatch, pad_prompts
from rewardmodel.config import PolicyGradientConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.losses import kl_k1
from rewardmodel.models import Policy
from rewardmodel.policy_forward import completion_figures, in_groups, split_groups_by_tokens
from rewardmodel.processes import Processes
from rewardmodel.scorers import EnsembleScorer, Scorer
from rewardmodel.training import autocast, weights_cast_once


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


@torch.no_grad()
def score_completions(
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    *,
    reference: Reference,
    scorer: Scorer,
    config: PolicyGradientConfig,
    group: int,
    processes: Processes,
    precision: str = "fp32",
) -> Scored:
    """Ask reference and scorer. One prompt for each completion, `group` that follow each other
    being of one prompt. Each process asks about its share of the groups, and all get all answers.

    precision: of the reference, which must be that of the policy as it drew them. Scores are fp32.
    """
    device = reference.policy.device
    ids = [completion.ids for completion in completions]
    batch = pad_prompts(prompts, reference.policy.codec.fill_id, device, ids)
    width = batch.completion_width
    read = [c.values for c in completions if c.values is not None]
    own = [
        number * group + k
        for number in processes.share(range(len(prompts) // group))
        for k in range(group)
    ]
    mine, answers = [prompts[n] for n in own], [completions[n] for n in own]
    members = ask_scorer(mine, answers, scorer, group).to(device)
    with (
        reference.speaking() as frozen,
        weights_cast_once(frozen, precision),
        autocast(precision, device),
    ):
        said = _log_probs(frozen, mine, answers, width, config, group)
    members = _of_all(processes, own, len(prompts), members.T).T
    scores = combined(scorer, members)
    clip = config.score_clip
    stopped = torch.tensor([c.finish_reason == "stop" for c in completions], device=device)
    return Scored(
        batch=batch,
        log_probs=filled([c.log_probs for c in completions], width).to(device),
        reference=_of_all(processes, own, len(prompts), said),
        scores=scores,
        penalized=punish_missing_stop(
            scores if clip is None else scores.clamp(-clip, clip),
            stopped,
            config.missing_stop_mode,
            config.missing_stop_penalty,
        ),
        stopped=stopped,
        disagreement=disagreement(members),
        values=filled(read, width).to(device) if len(read) == len(completions) else None,
    )


def filled(
    rows: Sequence[Sequence[float]], width: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """(N, width) with 0 behind shorter rows."""
    table = torch.zeros(len(rows), width, dtype=dtype)
    for number, row in enumerate(rows):
        table[number, : len(row)] = torch.tensor(row, dtype=dtype)
    return table


def _of_all(processes: Processes, own: Sequence[int], count: int, values: Tensor) -> Tensor:
    """(count, ...) of all processes from the rows each has worked out."""
    if processes.world == 1:
        return values
    table = values.new_zeros(count, *values.shape[1:])
    table[list(own)] = values
    return processes.sum(table)


def ask_scorer(
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    scorer: Scorer,
    group: int,
) -> Tensor:
    """(M, N) scores of each member of an ensemble, or (1, N); `group` completions were drawn together."""
    if isinstance(scorer, EnsembleScorer):
        if not completions:
            return torch.zeros(len(scorer.scorers), 0)
        return scorer.members(prompts, completions).float()
    if not completions:
        return torch.zeros(1, 0)
    return scorer(prompts, completions, group).float()[None]


def combined(scorer: Scorer, members: Tensor) -> Tensor:
    """(N,) what the scorer as a whole says, from `ask_scorer`."""
    return scorer.combine(members) if isinstance(scorer, EnsembleScorer) else members[0]


@torch.no_grad()
def kl_of_completions(
    policy: Policy,
    reference: Reference,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    config: PolicyGradientConfig,
) -> list[float]:
    """Nats by completion: log-probability by the policy minus that by the reference (k1), summed over
    its tokens, both at the rollout temperature. Asks nobody else: for one process alone."""
    width = max((len(completion.ids) for completion in completions), default=0)
    own = _log_probs(policy, prompts, completions, width, config, 1)
    with reference.speaking() as frozen:
        theirs = _log_probs(frozen, prompts, completions, width, config, 1)
    return [
        float(kl_k1(own[row, : len(one.ids)], theirs[row, : len(one.ids)]).sum())
        for row, one in enumerate(completions)
    ]


def _log_probs(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
    width: int,
    config: PolicyGradientConfig,
    group: int,
) -> Tensor:
    """(N, width) log-probabilities that a policy gives to completions, part by part."""
    ids = [completion.ids for completion in completions]
    said = torch.zeros(len(ids), width, device=policy.device)
    lengths = [len(prompt) + len(row) for prompt, row in zip(prompts, ids, strict=True)]
    for chunk in split_groups_by_tokens(lengths, group, config.microbatch_tokens):
        groups = in_groups([prompts[n] for n in chunk], [ids[n] for n in chunk], group)
        figures = completion_figures(policy, groups, config.temperature, config.share_prompts)
        said[chunk, : figures.log_probs.shape[1]] = figures.log_probs
    return said
