"""Who says how good completions are: one reward model, or several that may disagree.

Scorers read the ids that were drawn; nothing is decoded and encoded again on the way to a reward
model. Scorers that read text are in `text_scorers`. Knows no files and no settings of a stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor

from rewardmodel.advantages import combine_members
from rewardmodel.batches import pad_right
from rewardmodel.decoding import SampledCompletion
from rewardmodel.group_scores import PassSizes, group_scores
from rewardmodel.models import RewardModel
from rewardmodel.policy_forward import DrawnGroup


class Scorer(Protocol):
    """Anything that says how good completions are: a reward model, a function, a rule."""

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        """(N,) scores on the CPU. One prompt for each completion; `group` completions that follow each
        other were drawn together of one prompt. The next ones are another group, be its prompt the
        same: a prompt may stand in a batch twice.
        """
        ...


class RewardModelScorer:
    """Scores with a reward model: prompt, completion and end token.

    The prompt is computed once for completions of it that follow each other, where that pays, of one
    group or not: a score depends on no other completion.

    A reward model learns from texts that people judged, each with the end token after it, also those that a
    limit of tokens cut off. So it reads completions of either kind here: without an end token their scores
    would be of something that it has never met. What a missing stop costs is `missing_stop_penalty`'s to say. A
    policy may have several stop tokens, which are read as the end token; its own ids stay as they were drawn.
    """

    def __init__(self, reward_model: RewardModel, microbatch_tokens: int) -> None:
        self.reward_model = reward_model
        self.microbatch_tokens = microbatch_tokens

    def rows(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> list[list[int]]:
        """What the reward model reads; the end token takes the last one's place where the context is full."""
        end, room = self.reward_model.codec.end_id, self.reward_model.context_tokens
        found = []
        for prompt, completion in zip(prompts, completions, strict=True):
            row = [*prompt, *completion.ids]
            full = room is not None and len(row) >= room
            if completion.finish_reason == "stop" or full:
                row.pop()
            found.append([*row, end])
        return found

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        rows = self.rows(prompts, completions)
        groups = [
            DrawnGroup(list(prompt), [row[len(prompt) :] for _, row in members])
            for prompt, members in groupby(
                zip((tuple(ids) for ids in prompts), rows, strict=True), key=lambda pair: pair[0]
            )
        ]
        if len(groups) == len(rows):
            return self.reward_model.score_rows(rows, self.microbatch_tokens)
        sizes = PassSizes.on(self.reward_model.device, self.microbatch_tokens)
        scores = group_scores(self.reward_model, groups, sizes=sizes)
        return torch.tensor([score for of_prompt in scores for score in of_prompt])

    @torch.no_grad()
    def company_difference(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> float:
        """Largest relative change of a score between its batch and being alone, padded more."""
        rows = self.rows(prompts, completions)
        fill, device = self.reward_model.codec.fill_id, self.reward_model.device
        together = self(prompts, completions)
        alone = torch.stack(
            [self.reward_model(pad_right([row], fill, device, extra=7)).cpu()[0] for row in rows]
        )
        return float(((together - alone).abs() / together.abs().clamp(min=1)).max())


class EnsembleScorer:
    """Several reward models as one: their mean, their least, or a cautious mean."""

    def __init__(self, members: Sequence[RewardModelScorer], rule: str, caution: float) -> None:
        self.scorers = list(members)
        self.rule, self.caution = rule, caution

    def members(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        """(M, N) scores of each reward model."""
        return torch.stack([scorer(prompts, completions) for scorer in self.scorers])

    def combine(self, members: Tensor) -> Tensor:
        """(N,) from (M, N)."""
        return combine_members(members, self.rule, self.caution)

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        return self.combine(self.members(prompts, completions))

    def company_difference(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> float:
        """The worst of the reward models."""
        return max(scorer.company_difference(prompts, completions) for scorer in self.scorers)
