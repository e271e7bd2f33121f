"""A small world with a known truth: prompts, a policy that speaks its language, a gold reward.

The language is a random walk over made-up words, which fall into families (subjects, if you like).
Readers like some words more than others and tire of a word that comes again, the more the oftener. The base
policy rarely says a word three times, so reward models of few labels learn which words are liked and little of
how repetition tires, and what is optimised too far runs into loops (over-optimisation, Gao et al. 2022).
Liking is not the reward: people cannot be more than content, and most of what the base policy writes is
nearly good enough, so that the bad differs more from the ordinary than the ordinary from the best. (Readers who
are never content are another world of the same language: there liking is the reward.) Length by itself is worth
nothing. Labelers see the gold reward through noise (Plackett-Luce). Every number follows from
the seed.
"""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from rewardmodel.config import DecodingConfig
from rewardmodel.configfile import parse
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.groups import Group
from rewardmodel.models import Policy, load_policy
from rewardmodel.rankings import Message, Pair
from rewardmodel.rundir import Run
from rewardmodel.stages import run_stage
from rewardmodel.text import TextCodec
from rewardmodel.training import stable_seed

CPU = torch.device("cpu")
WORDS, FAMILIES, FOLLOWERS = 64, 8, 12
WORD_SPREAD = 0.5  # of a word's worth around its family's; that of families is 1
TIRING = 0.9  # what a word costs for each time that it was there before
CONTENT = 0.9  # spreads of liking by which ordinary texts lie above where people are in two minds
STRANGE = -1.0  # worth of what is no word of the language
TOKENS = 28  # longest completion
LABELED_PROMPTS, PROMPTS = 384, 640  # policies are optimised on the prompts without labels


@dataclass(frozen=True, eq=False)
class World:
    """What an experiment starts from."""

    base: Policy
    base_folder: Path
    seed: int
    prompts: list[list[int]]  # token ids of the prompts that policies are optimised on
    prompt_texts: list[str]
    labeled_prompts: list[list[int]]  # those that labels are given for
    gold: Gold


class Gold:
    """The hidden reward, in spreads of the base policy's completions around their mean."""

    def __init__(self, words: Sequence[str], codec: TextCodec, seed: int) -> None:
        draw = random.Random(f"worth-{seed}")
        families = [draw.gauss(0, 1) for _ in range(FAMILIES)]
        mean, spread = statistics.fmean(families), statistics.pstdev(families)
        self.family = {word: number % FAMILIES for number, word in enumerate(words)}
        self.worth = {
            word: (families[family] - mean) / spread + draw.gauss(0, WORD_SPREAD)
            for word, family in self.family.items()
        }
        self.codec = codec
        self.fullness = 0.0  # worth of any word at all
        self.shift, self.scale = 0.0, 1.0  # of liking
        self.mean, self.spread = 0.0, 1.0  # of contentment

    def liking(self, text: str) -> float:
        """In spreads of the base policy's completions around their mean; knows no bounds."""
        seen: dict[str, int] = {}
        total = 0.0
        for word in text.split():
            if word not in self.worth:
                total += STRANGE
                continue
            total += self.worth[word] + self.fullness - TIRING * seen.get(word, 0)
            seen[word] = seen.get(word, 0) + 1
        return (total - self.shift) / self.scale

    def content(self, text: str) -> float:
        """Between -1 and 1."""
        return math.tanh(self.liking(text) + CONTENT)

    def of_text(self, text: str) -> float:
        """Gold reward of one completion."""
        return (self.content(text) - self.mean) / self.spread

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        """A `Scorer`."""
        decoded = (
            self.codec.decode_completion(prompt, completion.ids)
            for prompt, completion in zip(prompts, completions, strict=True)
        )
        return torch.tensor([self.of_text(text) for text in decoded])


class NeverContent(Gold):
    """What readers like without bounds: however good two texts are, the better one is told as easily."""

    def content(self, text: str) -> float:
        """Liking itself."""
        return self.liking(text)


def words_of(seed: int) -> list[str]:
    """Distinct made-up words of two syllables."""
    draw = random.Random(f"words-{seed}")
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(draw.sample(syllables, 2))] = None
    return list(found)


def sentences(words: Sequence[str], count: int, seed: int) -> list[str]:
    """Random walks: each word is followed by one of FOLLOWERS, families mixed."""
    draw = random.Random(f"sentences-{seed}")
    follow = {word: draw.sample(list(words), FOLLOWERS) for word in words}
    found = []
    for _ in range(count):
        word = draw.choice(list(words))
        walk = [word]
        for _ in range(draw.randint(6, 13)):
            word = draw.choice(follow[word])
            walk.append(word)
        found.append(" ".join(walk))
    return found


def make_world(folder: Path, seed: int) -> World:
    """Pretrain the base policy (once: a folder that has it is used again) and set up the rest."""
    words = words_of(seed)
    run = folder / "base"
    if not (run / "MANIFEST.json").exists():
        run.mkdir(parents=True, exist_ok=True)
        texts = run / "texts.jsonl"
        texts.write_text(
            "".join(json.dumps({"text": text}) + "\n" for text in sentences(words, 4000, seed))
        )
        config = parse(
            "pretrain",
            {
                "seed": seed,
                "vocabulary_size": 400,
                "hidden_size": 64,
                "layers": 2,
                "heads": 2,
                "context_tokens": 64,
                "block_tokens": 48,
                "batch_size": 32,
                "steps": 300,
                "threads": 1,
            },
        )
        run_stage(Run(run, "pretrain", {"texts": texts}), config)
    policy = load_policy(run / "model", CPU)
    gold = Gold(words, policy.codec, seed)
    starts = sentences(words, PROMPTS, seed + 1_000_000)
    texts_of_prompts = [" ".join(text.split()[:3]) for text in starts]
    prompts = [policy.codec.encode_prompt((Message("user", text),)) for text in texts_of_prompts]
    world = World(
        base=policy,
        base_folder=run / "model",
        seed=seed,
        prompts=prompts[LABELED_PROMPTS:],
        prompt_texts=texts_of_prompts[LABELED_PROMPTS:],
        labeled_prompts=prompts[:LABELED_PROMPTS],
        gold=gold,
    )
    normalize(world)
    return world


def with_readers_never_content(world: World) -> World:
    """The same language and policy; the reward is another."""
    found = replace(world, gold=NeverContent(words_of(world.seed), world.base.codec, world.seed))
    normalize(found)
    return found


def normalize(world: World) -> None:
    """The base policy's completions of the optimised prompts get gold mean 0 and spread 1, and their length
    says nothing of their gold: else most of what there is to learn would be to stop early."""
    drawn = sample(world.base, world.prompts, 8, stable_seed("normalize", world.seed))
    texts = [
        world.base.codec.decode_completion(prompt, one.ids)
        for prompt, found in zip(world.prompts, drawn, strict=True)
        for one in found
    ]
    words = [len(text.split()) for text in texts]
    gold = world.gold
    slope, _ = statistics.linear_regression(words, [gold.liking(text) for text in texts])
    gold.fullness = -slope
    gold.shift, gold.scale = mean_and_spread([gold.liking(text) for text in texts])
    gold.mean, gold.spread = mean_and_spread([gold.content(text) for text in texts])


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """The spread as a sample tells it."""
    return statistics.fmean(values), statistics.stdev(values)


def sample(
    policy: Policy, prompts: Sequence[Sequence[int]], count: int, seed: int
) -> list[list[SampledCompletion]]:
    """`count` completions of each prompt, as people would be shown."""
    plan = DecodingConfig(samples_per_prompt=count, max_new_tokens=TOKENS)
    found: list[list[SampledCompletion]] = []
    per_batch = max(1, 512 // count)
    for start in range(0, len(prompts), per_batch):
        chunk = prompts[start : start + per_batch]
        keys = [f"{start + n}" for n in range(len(chunk))]
        found += decode(policy, chunk, plan, seed=seed, keys=keys)
    return found


def rank(
    world: World,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[Sequence[SampledCompletion]],
    *,
    noise: float,
    seed: int,
) -> list[Group]:
    """One labeler's ranking of each prompt's completions: gold plus Gumbel noise (Plackett-Luce).

    Completions of equal tokens are one; a prompt with a single one is left out.
    """
    draw = random.Random(f"labels-{seed}")
    groups = []
    for number, (prompt, found) in enumerate(zip(prompts, completions, strict=True)):
        ids = list({tuple(read_as(world, completion)) for completion in found})
        ids.sort()
        if len(ids) < 2:
            continue
        texts = [world.base.codec.decode_completion(prompt, list(one)) for one in ids]
        felt = [
            world.gold.of_text(text) - noise * math.log(-math.log(draw.random() or 1e-12))
            for text in texts
        ]
        order = sorted(range(len(ids)), key=lambda n: -felt[n])
        groups.append(
            Group(
                prompt_key=str(number),
                prompt_ids=list(prompt),
                completion_ids=[list(one) for one in ids],
                text_lengths=[len(text) for text in texts],
                pairs=[
                    Pair(order[i], order[j], False, False, 1, j - i, False)
                    for i in range(len(order))
                    for j in range(i + 1, len(order))
                ],
                tiers=[order.index(n) for n in range(len(ids))],
                weight=1.0,
            )
        )
    return groups


def read_as(world: World, completion: SampledCompletion) -> list[int]:
    """The ids a reward model reads: as every text, with the end token after it."""
    stopped = completion.finish_reason == "stop"
    return [*(completion.ids[:-1] if stopped else completion.ids), world.base.codec.end_id]
