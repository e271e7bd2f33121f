"""Several reward models that judge together: runs of one recipe from different seeds.

Where they agree the score can be trusted; where they do not, a policy may be finding their errors
(Coste et al. 2023). Scores of members are comparable where each was normalized on the same
reference completions, best with `normalize: shift_and_scale`. Knows reward models and token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from rewardmodel.advantages import combine_members, disagreement
from rewardmodel.group_scores import group_scores
from rewardmodel.models import RewardModel, load_reward_model
from rewardmodel.prefix import Sharing, TokenGroup
from rewardmodel.text import TextCodec, require_same_tokens

__all__ = ["RewardEnsemble", "combine_members", "disagreement", "load_ensemble"]


class RewardEnsemble:
    """M reward models over one vocabulary; M may be 1."""

    def __init__(self, members: Sequence[RewardModel]) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one reward model")
        self.members = list(members)
        for member in self.members[1:]:
            require_same_tokens(self.codec, member.codec)

    @property
    def codec(self) -> TextCodec:
        """The tokenizer that all members share."""
        return self.members[0].codec

    @property
    def context_tokens(self) -> int | None:
        """The shortest context of the members, where one is known."""
        known = [m.context_tokens for m in self.members if m.context_tokens is not None]
        return min(known) if known else None

    def score_rows(self, rows: Sequence[Sequence[int]], microbatch_tokens: int) -> Tensor:
        """(M, N) normalized scores on the CPU of N prompt+completion rows, by member."""
        return torch.stack([member.score_rows(rows, microbatch_tokens) for member in self.members])

    def group_scores(
        self, groups: Sequence[TokenGroup], sharing: Sharing = "auto"
    ) -> list[list[list[float]]]:
        """By member, by group: the scores of its completions, prompts shared where it pays."""
        return [group_scores(member, groups, sharing) for member in self.members]


def load_ensemble(directories: Sequence[Path], device: torch.device) -> RewardEnsemble:
    """Reward models from their folders. Raises Refused where one is none, or reads other tokens."""
    return RewardEnsemble([load_reward_model(path, device) for path in directories])
