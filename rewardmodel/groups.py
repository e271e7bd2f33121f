"""Rankings made ready for a network: token ids, and which completion should beat which.

One group is one ranking: a prompt with all its completions, the unit of the group loss. Counts
everything that is left out or cut, and says so. Knows token ids and numbers, no network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rewardmodel.config import LengthConfig, RewardConfig
from rewardmodel.events import EventLog
from rewardmodel.rankings import Demonstration, Message, Pair, Ranking, pairs
from rewardmodel.text import TextCodec


@dataclass(frozen=True, slots=True)
class Group:
    """One ranking as a network and its measures need it. Indices count kept completions."""

    prompt_key: str  # the prompt as one text: rankings of one prompt share it
    prompt_ids: list[int]
    completion_ids: list[list[int]]
    text_lengths: list[int]  # characters, for the length-only baseline
    pairs: list[Pair]  # of completions that are both kept and differ
    tiers: list[int | None]  # tier of each completion; None: unranked
    weight: float

    def rows(self) -> list[list[int]]:
        """Prompt and completion joined, one row for each completion."""
        return [self.prompt_ids + ids for ids in self.completion_ids]


class LengthRule:
    """Applies the length limits to prompts and completions and counts what it did."""

    def __init__(self, config: LengthConfig, codec: TextCodec, context_tokens: int | None) -> None:
        self.config, self.codec = config, codec
        self.context_tokens = context_tokens
        self.counts: Counter[str] = Counter()

    def prompt(self, prompt: Sequence[Message]) -> list[int] | None:
        """Token ids, or None where the prompt is too long and long ones are dropped."""
        ids = self.codec.encode_prompt(prompt)
        if len(ids) <= self.config.max_prompt_tokens:
            return ids
        if self.config.too_long == "drop":
            self.counts["prompts dropped"] += 1
            return None
        self.counts["prompts cut"] += 1
        return ids[-self.config.max_prompt_tokens :]

    def completion(self, text: str, prompt_tokens: int) -> list[int] | None:
        """Token ids with the end token, or None; the limit also keeps within the context."""
        ids = self.codec.encode_completion(text)
        limit = self.config.max_completion_tokens
        if self.context_tokens is not None:
            limit = min(limit, self.context_tokens - prompt_tokens)
        if len(ids) <= limit:
            return ids
        if self.config.too_long == "drop" or limit < 1:
            self.counts["completions dropped"] += 1
            return None
        self.counts["completions cut"] += 1
        return ids[:limit]

    def report(self, events: EventLog, name: str) -> None:
        """One warning that says what was left out or cut."""
        if self.counts:
            listed = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
            limits = (
                f"max_prompt_tokens {self.config.max_prompt_tokens}, "
                f"max_completion_tokens {self.config.max_completion_tokens}"
            )
            events.warning("data_left_out", f"{name}: {listed} ({limits})")


def prompt_key(prompt: Sequence[Message]) -> str:
    """A prompt as one text, to tell prompts apart."""
    return "\n".join(f"{message.role}\x1f{message.content}" for message in prompt)


def make_groups(rankings: Iterable[Ranking], rule: LengthRule) -> list[Group]:
    """Groups with at least one pair; everything left out is counted in the rule."""
    groups = []
    for ranking in rankings:
        prompt_ids = rule.prompt(ranking.prompt)
        if prompt_ids is None:
            rule.counts["rankings left out"] += 1
            continue
        group = _make_group(ranking, prompt_ids, rule)
        if group is None:
            rule.counts["rankings without a pair left out"] += 1
        else:
            groups.append(group)
    return groups


def _make_group(ranking: Ranking, prompt_ids: list[int], rule: LengthRule) -> Group | None:
    tier_of = {index: number for number, tier in enumerate(ranking.tiers) for index in tier}
    compared = pairs(ranking)
    wanted = sorted({index for pair in compared for index in (pair.better, pair.worse)})
    encoded = {
        index: ids
        for index in wanted
        if (ids := rule.completion(ranking.completions[index], len(prompt_ids))) is not None
    }
    kept = sorted(encoded)
    place = {index: number for number, index in enumerate(kept)}
    usable = []
    for pair in compared:
        if pair.better not in place or pair.worse not in place:
            continue
        if encoded[pair.better] == encoded[pair.worse]:
            # One text cannot beat itself: such a pair has no gradient, and no right answer.
            rule.counts["pairs of identical texts left out"] += 1
            continue
        usable.append(pair._replace(better=place[pair.better], worse=place[pair.worse]))
    if not usable:
        return None
    return Group(
        prompt_key=prompt_key(ranking.prompt),
        prompt_ids=prompt_ids,
        completion_ids=[encoded[index] for index in kept],
        text_lengths=[len(ranking.completions[index]) for index in kept],
        pairs=usable,
        tiers=[tier_of.get(index) for index in kept],
        weight=ranking.weight,
    )


def trainable(groups: Iterable[Group], config: RewardConfig) -> list[Group]:
    """Groups whose pairs count under the given treatment of ties, with a weight above 0."""
    return [
        group
        for group in groups
        if group.weight > 0 and any(config.ties == "half" or not pair.tie for pair in group.pairs)
    ]


def preference_matrices(
    groups: Sequence[Group], config: RewardConfig
) -> tuple[Tensor, Tensor, Tensor]:
    """preference (B, K, K), margins (B, K, K) and weights (B,) for `group_pairwise_loss`."""
    width = max(len(group.completion_ids) for group in groups)
    preference = torch.zeros(len(groups), width, width)
    margins = torch.zeros(len(groups), width, width)
    for number, group in enumerate(groups):
        for pair in group.pairs:
            if pair.tie:
                if config.ties == "half":
                    preference[number, pair.better, pair.worse] = 0.5
                    preference[number, pair.worse, pair.better] = 0.5
                continue
            preference[number, pair.better, pair.worse] = 1.0
            margins[number, pair.better, pair.worse] = (
                config.margin_per_strength * (pair.strength - 1)
                + config.margin_across_cut * pair.crosses_cut
            )
    return preference, margins, torch.tensor([group.weight for group in groups])


def demonstration_rows(
    demonstrations: Iterable[Demonstration], rule: LengthRule
) -> list[tuple[list[int], list[int]]]:
    """(prompt ids, completion ids) of each demonstration that is not too long."""
    rows = []
    for demonstration in demonstrations:
        prompt_ids = rule.prompt(demonstration.prompt)
        if prompt_ids is None:
            continue
        ids = rule.completion(demonstration.completion, len(prompt_ids))
        if ids is not None:
            rows.append((prompt_ids, ids))
    return rows
