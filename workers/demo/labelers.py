"""Simulated labelers: people who share the hidden preference, each reliable in their own degree.

What a labeler says of an answer is a function of the seed, the person, the prompt and the answer,
and of nothing else: in which order items come to them changes nothing.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from workers.demo.scorer import hidden_score
from workers.demo.text import CAREFUL, Language, Prompt, answer

TIE = 0.2  # answers that feel this close are put into one tier


@dataclass(frozen=True, slots=True)
class Labeler:
    """One simulated person."""

    username: str
    display_name: str
    noise: float  # scale of the Gumbel noise on each felt score (Plackett-Luce)
    careless: float = 0.0  # share of the items ranked without reading
    likes_length: float = 0.0  # felt score for every 100 characters, which nobody else cares about


# Seven, so that with two judgments an item everybody comes to be compared with everybody.
STAFF = (
    Labeler("demo.ada", "Ada", noise=0.3),
    Labeler("demo.bo", "Bo", noise=0.45),
    Labeler("demo.chen", "Chen", noise=0.45),
    Labeler("demo.dora", "Dora", noise=0.6),
    Labeler("demo.emil", "Emil", noise=0.6, likes_length=0.4),
    Labeler("demo.fang", "Fang", noise=0.9),
    Labeler("demo.gus", "Gus", noise=0.6, careless=0.5),
)


def felt_scores(
    labeler: Labeler, language: str, prompt: str, texts: Mapping[str, str], seed: int
) -> dict[str, float]:
    """How this labeler feels about each answer (id -> text) to the prompt."""
    reads = _chance(seed, labeler.username, prompt).random() >= labeler.careless
    felt = {}
    for key, text in texts.items():
        chance = _chance(seed, labeler.username, prompt, text)
        if not reads:
            felt[key] = chance.random()
            continue
        gumbel = -math.log(-math.log(chance.random() or 0.5))
        felt[key] = (
            hidden_score(language, prompt, text)
            + labeler.likes_length * len(text) / 100
            + labeler.noise * gumbel
        )
    return felt


def tiers(felt: Mapping[str, float]) -> list[list[str]]:
    """Best first; neighbours that feel alike share a tier."""
    found: list[list[str]] = []
    last = math.inf
    for key in sorted(felt, key=lambda one: (-felt[one], one)):
        if last - felt[key] < TIE:
            found[-1].append(key)
        else:
            found.append([key])
        last = felt[key]
    return found


def write_demonstration(labeler: Labeler, language: Language, prompt: Prompt, seed: int) -> str:
    """The answer this labeler would like to read."""
    chance = _chance(seed, labeler.username, prompt.text, "demonstration")
    return answer(language, prompt, chance.choice(CAREFUL), chance)


def _chance(*parts: object) -> random.Random:
    text = "\x1f".join(str(part) for part in parts)
    return random.Random(hashlib.sha256(text.encode()).digest())
