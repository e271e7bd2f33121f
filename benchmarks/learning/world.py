"""A small world with a known truth: prompts, a policy that speaks its language, a gold reward.

The language is a random walk over made-up words, which fall into families (subjects, if you like).
The gold reward of a completion adds the worth of its words, and from the fourth word of a family on
takes off more than any word is worth: people like to read of some subjects, but not of nothing else. Three of four
of the base policy's completions never get there, so a reward model of few labels learns which subjects are
liked and little of how soon they tire, and what is optimised too far runs into it (over-optimisation, Gao et
al. 2022). Length by itself is worth nothing. Labelers see the gold reward through noise (Plackett-Luce). Every number follows from the
seed.
"""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
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
FREE, TIRING = 3, 4.0  # words of a family that cost nothing, and what each further one costs
STRANGE = -1.0  # worth of what is no word of the language
TOKENS = 28  # longest completion
LABELED_PROMPTS, PROMPTS = 384, 640  # policies are optimised on the prompts without labels


@dataclass(frozen=True, eq=False)
class World:
    """What an experiment starts from."""

    base: Policy
    base_folder: Path
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
        self.shift, self.scale = 0.0, 1.0

    def tiring(self, place: int) -> float:
        """What the first, second, … word of a family costs."""
        return TIRING if place > FREE else 0.0

    def of_text(self, text: str) -> float:
        """Gold reward of one completion."""
        seen = [0] * FAMILIES
        total = 0.0
        for word in text.split():
            family = self.family.get(word)
            if family is None:
                total += STRANGE
                continue
            seen[family] += 1
            total += self.worth[word] + self.fullness - self.tiring(seen[family])
        return (total - self.shift) / self.scale

    def __call__(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        """A `Scorer`."""
        decoded = (
            self.codec.decode_completion(prompt, completion.ids)
            for prompt, completion in zip(prompts, completions, strict=True)
        )
        return torch.tensor([self.of_text(text) for text in decoded])


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
        prompts=prompts[LABELED_PROMPTS:],
        prompt_texts=texts_of_prompts[LABELED_PROMPTS:],
        labeled_prompts=prompts[:LABELED_PROMPTS],
        gold=gold,
    )
    normalize(world, seed)
    return world


def normalize(world: World, seed: int) -> None:
    """The base policy's completions of the optimised prompts get gold mean 0 and spread 1, and their length
    says nothing of their gold: else most of what there is to learn would be to stop early."""
    drawn = sample(world.base, world.prompts, 8, stable_seed("normalize", seed))
    texts = [
        world.base.codec.decode_completion(prompt, one.ids)
        for prompt, found in zip(world.prompts, drawn, strict=True)
        for one in found
    ]
    words = [len(text.split()) for text in texts]
    slope, _ = statistics.linear_regression(words, [world.gold.of_text(text) for text in texts])
    world.gold.fullness = -slope
    golds = [world.gold.of_text(text) for text in texts]
    world.gold.shift, world.gold.scale = statistics.fmean(golds), statistics.stdev(golds)


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
    """The ids a reward model reads: the end token marks where it stopped."""
    if completion.finish_reason == "stop":
        return [*completion.ids[:-1], world.base.codec.end_id]
    return completion.ids
