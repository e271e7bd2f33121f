"""Rankings made ready for a network: token ids, and which completion should beat which.

One group is one ranking: a prompt with all its completions, the unit of the group loss. Lists
everything that is left out or cut, by id and reason. Knows token ids and numbers, no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from rewardmodel.config import ComparisonConfig, LengthConfig, RewardConfig
from rewardmodel.events import EventLog
from rewardmodel.left_out import counted, left_out
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
    id: str = ""
    labeler: str | None = None
    lang: str = "und"
    source: str = ""
    round: int | None = None
    acceptable: list[bool | None] | None = None  # None: the labeler drew no cut

    def rows(self) -> list[list[int]]:
        """Prompt and completion joined, one row for each completion."""
        return [self.prompt_ids + ids for ids in self.completion_ids]


class LengthRule:
    """Applies the length limits to prompts and completions; counts and lists what it did.

    part: what the rows are, for the list; row: the id of the row a text belongs to.
    """

    def __init__(
        self,
        config: LengthConfig,
        codec: TextCodec,
        context_tokens: int | None,
        part: str = "rows",
    ) -> None:
        self.config, self.codec = config, codec
        self.context_tokens = context_tokens
        self.part = part
        self.left_out: list[dict[str, Any]] = []

    @property
    def why_nothing(self) -> str:
        """What was left out, and how often, with the limits where something is too long: for a refusal."""
        told = counted(self.left_out) or "nothing was left out"
        if any(entry["what"].endswith(" dropped") for entry in self.left_out):
            told += f", {self.limits}, too_long {self.config.too_long}"
        return told

    @property
    def limits(self) -> str:
        """How long texts may be."""
        return (
            f"max_prompt_tokens {self.config.max_prompt_tokens}, "
            f"max_completion_tokens {self.config.max_completion_tokens}"
        )

    def note(
        self, what: str, row: str, reason: str, *, in_part: bool = False, **details: Any
    ) -> None:
        """List one thing that was left out or cut, with its id and reason."""
        entry = left_out(self.part, row, what, reason, in_part=in_part, **details)
        self.left_out.append(entry)

    def prompt(self, prompt: Sequence[Message], row: str = "") -> list[int] | None:
        """Token ids, or None where the prompt is too long and long ones are dropped."""
        ids = self.codec.encode_prompt(prompt, f"row {row!r}" if row else "")
        limit = self.config.max_prompt_tokens
        if len(ids) <= limit:
            return ids
        reason = f"{len(ids)} tokens, max_prompt_tokens {limit}"
        if self.config.too_long == "drop":
            self.note("prompts dropped", row, reason)
            return None
        self.note("prompts cut", row, reason, in_part=True)
        return self.codec.end_of_prompt(ids, limit)

    def completion(
        self, text: str, prompt_tokens: int, row: str = "", index: int | None = None
    ) -> list[int] | None:
        """Token ids with the end token, or None; the limit also keeps within the context.

        index: which of the row's completions it is; None where it is the row's only one.
        """
        ids = self.codec.encode_completion(text)
        limit = self.config.max_completion_tokens
        if self.context_tokens is not None:
            limit = min(limit, self.context_tokens - prompt_tokens)
        if len(ids) <= limit:
            return ids
        reason = f"{len(ids)} tokens with the end token, {max(0, limit)} fit"
        if self.config.too_long == "drop" or limit < 1:
            others = index is not None
            self.note("completions dropped", row, reason, in_part=others, completion=index or 0)
            return None
        self.note("completions cut", row, reason, in_part=True, completion=index or 0)
        return ids[:limit]

    def report(self, events: EventLog) -> None:
        """One warning that says what was left out or cut."""
        if self.left_out:
            words = f"not every row of {self.part} is used whole: {counted(self.left_out)} ({self.limits})"
            events.warning("data_left_out", words)


def prompt_key(prompt: Sequence[Message]) -> str:
    """A prompt as one text, to tell prompts apart."""
    return "\n".join(f"{message.role}\x1f{message.content}" for message in prompt)


def make_groups(
    rankings: Iterable[Ranking], rule: LengthRule, *, verdicts: bool = False
) -> list[Group]:
    """Groups with at least one pair; everything left out is counted in the rule.

    verdicts: what a labeler's cut calls acceptable or not is kept too, be it in a pair or not.
    """
    groups = []
    for ranking in rankings:
        prompt_ids = rule.prompt(ranking.prompt, ranking.id)
        if prompt_ids is None:
            rule.note("rankings left out", ranking.id, "its prompt is too long")
            continue
        group = _make_group(ranking, prompt_ids, rule, verdicts)
        if group is None:
            rule.note(
                "rankings without a pair left out",
                ranking.id,
                "fewer than two different completions that are ranked and fit",
            )
        else:
            groups.append(group)
    return groups


def _make_group(
    ranking: Ranking, prompt_ids: list[int], rule: LengthRule, verdicts: bool
) -> Group | None:
    tier_of = {index: number for number, tier in enumerate(ranking.tiers) for index in tier}
    compared = pairs(ranking)
    wanted = {index for pair in compared for index in (pair.better, pair.worse)}
    judged = verdicts and ranking.unacceptable_below is not None
    if judged:
        wanted |= tier_of.keys()
    encoded = {
        index: ids
        for index in sorted(wanted)
        if (ids := rule.completion(ranking.completions[index], len(prompt_ids), ranking.id, index))
        is not None
    }
    kept = sorted(encoded)
    place = {index: number for number, index in enumerate(kept)}
    usable = []
    for pair in compared:
        if pair.better not in place or pair.worse not in place:
            continue
        if encoded[pair.better] == encoded[pair.worse]:
            # One text cannot beat itself: such a pair has no gradient, and no right answer.
            rule.note(
                "pairs of identical texts left out",
                ranking.id,
                "one text cannot beat itself",
                in_part=True,
                completions=[pair.better, pair.worse],
            )
            continue
        usable.append(pair._replace(better=place[pair.better], worse=place[pair.worse]))
    if not usable and not (judged and tier_of.keys() & place.keys()):
        return None
    return Group(
        prompt_key=prompt_key(ranking.prompt),
        prompt_ids=prompt_ids,
        completion_ids=[encoded[index] for index in kept],
        text_lengths=[len(ranking.completions[index]) for index in kept],
        pairs=usable,
        tiers=[tier_of.get(index) for index in kept],
        weight=ranking.weight,
        id=ranking.id,
        labeler=ranking.labeler,
        lang=ranking.lang,
        source=ranking.source,
        round=ranking.round,
        acceptable=_acceptable(ranking, kept, tier_of),
    )


def _acceptable(
    ranking: Ranking, kept: Sequence[int], tier_of: dict[int, int]
) -> list[bool | None] | None:
    cut = ranking.unacceptable_below
    if cut is None:
        return None
    return [tier_of[index] < cut if index in tier_of else None for index in kept]


def trainable(
    groups: Iterable[Group], config: ComparisonConfig, rule: LengthRule | None = None
) -> list[Group]:
    """Groups whose comparisons count under the settings, with a weight above 0: their own times
    that of their labeler.
    """
    kept = []
    for group in groups:
        factor = config.labeler_weights.get(group.labeler or "", 1.0)
        if group.weight * factor <= 0:
            whose = "" if group.weight <= 0 else f" after that of labeler {group.labeler}"
            why = f"its weight is {group.weight * factor}{whose}"
        elif not (compares(group, config) or says_by_cut(group, config)):
            why = f"nothing to compare with loss {_loss(config)} and ties {config.ties}"
        else:
            kept.append(group if factor == 1.0 else replace(group, weight=group.weight * factor))
            continue
        if rule is not None:
            rule.note("rankings that teach nothing left out", group.id, why)
    return kept


def warn_of_unknown_labelers(
    events: EventLog, groups: Iterable[Group], config: ComparisonConfig
) -> None:
    """Say which labelers are given a weight and ranked nothing here: misspelt, or of other data."""
    unknown = sorted(config.labeler_weights.keys() - {group.labeler for group in groups})
    if unknown:
        events.warning(
            "unknown_labelers", f"labeler_weights: nobody here is called {', '.join(unknown)}"
        )


def _loss(config: ComparisonConfig) -> str:
    return config.loss if isinstance(config, RewardConfig) else "pairs"


def warn_of_shared_prompts(
    events: EventLog, training: Iterable[Group], held_out: Iterable[Group]
) -> None:
    """Say how many held-out prompts are learnt from too.

    Labelers who are held out whole share the prompts of the others, so this is no reason to refuse. Where
    all rankings have one prompt, as those of labelled texts do, it tells nothing apart.
    """
    learnt = {group.prompt_key for group in training}
    held = {group.prompt_key for group in held_out}
    if shared := len(held & learnt) if len(held | learnt) > 1 else 0:
        events.warning(
            "prompts_on_both_sides",
            f"{shared} of {len(held)} validation prompts are training prompts too: figures on them "
            "say little about new prompts",
        )


def compares(group: Group, config: ComparisonConfig) -> bool:
    """Whether it has a comparison that counts under the settings."""
    ties = config.ties
    if _loss(config) == "pairs":
        return any(ties != "drop" or not pair.tie for pair in group.pairs)
    ranked = [
        (tier, ids)
        for tier, ids in zip(group.tiers, group.completion_ids, strict=True)
        if tier is not None
    ]
    return any(
        (first != second or ties == "half") and ids != other_ids
        for (first, ids), (second, other_ids) in combinations(ranked, 2)
    )


def says_by_cut(group: Group, config: ComparisonConfig) -> bool:
    """Whether it calls a completion acceptable or not, and the settings have a use for that."""
    if not (isinstance(config, RewardConfig) and config.cut_weight):
        return False
    return any(said is not None for said in group.acceptable or ())


def preference_matrices(
    groups: Sequence[Group], config: ComparisonConfig
) -> tuple[Tensor, Tensor, Tensor]:
    """preference (B, K, K), margins (B, K, K) and weights (B,) for `group_pairwise_loss`.

    With label smoothing e a strict pair counts 1 - e as judged and e the other way round.
    """
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
            preference[number, pair.better, pair.worse] = 1.0 - config.label_smoothing
            preference[number, pair.worse, pair.better] = config.label_smoothing
            margin = (
                config.margin_per_strength * (pair.strength - 1)
                + config.margin_across_cut * pair.crosses_cut
            )
            margins[number, pair.better, pair.worse] = margin
            margins[number, pair.worse, pair.better] = -margin
    return preference, margins, torch.tensor([group.weight for group in groups])


def tied_pairs(groups: Sequence[Group]) -> Tensor:
    """(B, K, K) True once for each tied pair."""
    width = max(len(group.completion_ids) for group in groups)
    tied = torch.zeros(len(groups), width, width, dtype=torch.bool)
    for number, group in enumerate(groups):
        for pair in group.pairs:
            tied[number, pair.better, pair.worse] = pair.tie
    return tied


def tier_numbers(groups: Sequence[Group]) -> Tensor:
    """(B, K) tier of each completion; -1 where it is unranked or padding."""
    width = max(len(group.completion_ids) for group in groups)
    tiers = torch.full((len(groups), width), -1)
    for number, group in enumerate(groups):
        for place, tier in enumerate(group.tiers):
            tiers[number, place] = -1 if tier is None else tier
    return tiers


def text_numbers(groups: Sequence[Group]) -> Tensor:
    """(B, K) the place of the first completion with the same tokens; -1 where it is padding."""
    width = max(len(group.completion_ids) for group in groups)
    texts = torch.full((len(groups), width), -1)
    for number, group in enumerate(groups):
        for place, ids in enumerate(group.completion_ids):
            texts[number, place] = group.completion_ids.index(ids)
    return texts


def acceptability(groups: Sequence[Group]) -> Tensor:
    """(B, K) 1 for acceptable completions, -1 for unacceptable ones, 0 where nothing was said."""
    width = max(len(group.completion_ids) for group in groups)
    said = torch.zeros(len(groups), width)
    for number, group in enumerate(groups):
        for place, acceptable in enumerate(group.acceptable or ()):
            if acceptable is not None:
                said[number, place] = 1.0 if acceptable else -1.0
    return said


def demonstration_rows(
    demonstrations: Iterable[Demonstration], rule: LengthRule
) -> list[tuple[list[int], list[int]]]:
    """(prompt ids, completion ids) of each demonstration that is not too long."""
    rows = []
    for demonstration in demonstrations:
        prompt_ids = rule.prompt(demonstration.prompt, demonstration.id)
        if prompt_ids is None:
            continue
        ids = rule.completion(demonstration.completion, len(prompt_ids), demonstration.id)
        if ids is not None:
            rows.append((prompt_ids, ids))
    return rows
