"""Short dialogues on everyday subjects, written by a grammar: prompts, and answers of every quality.

What a language says stands in text_en.py and text_zh.py; this module puts the parts together.
Everything is a function of the seed. It does not know which answers anybody prefers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to ask about: how a prompt names it, and true particulars an answer may give."""

    subject: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Topics that are asked and answered in the same ways. `[a|b]` in a part stands for a or b."""

    name: str
    asks: tuple[str, ...]
    contexts: tuple[str, ...]
    direct: tuple[str, ...]
    hedged: tuple[str, ...]
    vague: tuple[str, ...]
    warm: tuple[str, ...]
    cool: tuple[str, ...]
    questions: tuple[str, ...]
    farewells: tuple[str, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the demonstration; `space` stands between two sentences."""

    code: str
    space: str
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question or request, and where in the grammar it comes from."""

    text: str
    family: Family
    topic: Topic


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer is made: what it opens and ends with, and what stands between."""

    opening: str = ""  # "warm", "cool" or nothing
    details: int = 1
    vague: int = 0
    hedged: bool = False
    repeats: bool = False
    ending: str = ""  # "question", "farewell" or nothing


# What somebody writes who takes pains.
CAREFUL = (
    Style("warm", details=2, ending="question"),
    Style("warm", details=1, ending="question"),
    Style("warm", details=2),
    Style("", details=2, ending="question"),
    Style("", details=2),
)


def draw_style(chance: random.Random) -> Style:
    """A style as found among writers of every kind: half good, half not."""
    details = chance.choices((0, 1, 2), (35, 45, 20))[0]
    return Style(
        opening=chance.choices(("warm", "cool", ""), (22, 23, 55))[0],
        details=details,
        vague=chance.choices((1, 2), (75, 25))[0]
        if details == 0
        else chance.choices((0, 1), (70, 30))[0],
        hedged=chance.random() < 0.4,
        repeats=chance.random() < 0.12,
        ending=chance.choices(("question", "farewell", ""), (22, 28, 50))[0],
    )


@cache
def prompts(language: Language) -> tuple[Prompt, ...]:
    """Every prompt of a language: each way of asking about each topic, with each circumstance."""
    found = []
    for family in language.families:
        for topic in family.topics:
            for context in family.contexts:
                for ask in family.asks:
                    question = ask.format(x=topic.subject)
                    text = context + language.space + question if context else question
                    found.append(Prompt(text, family, topic))
    return tuple(found)


def shuffled_prompts(language: Language, seed: int) -> list[Prompt]:
    """All prompts in an order in which every stretch is spread evenly over the topics."""
    chance = random.Random(f"prompts {language.code} {seed}")
    by_topic: dict[str, list[Prompt]] = {}
    for prompt in prompts(language):
        by_topic.setdefault(prompt.topic.subject, []).append(prompt)
    for listed in by_topic.values():
        chance.shuffle(listed)
    order = []
    for turn in range(max(map(len, by_topic.values()))):
        row = [listed[turn] for listed in by_topic.values() if turn < len(listed)]
        chance.shuffle(row)
        order += row
    return order


def answer(language: Language, prompt: Prompt, style: Style, chance: random.Random) -> str:
    """An answer to the prompt in the given style."""
    family, topic = prompt.family, prompt.topic
    details = chance.sample(topic.details, style.details)
    shapes = family.hedged if style.hedged else family.direct
    body = [_put(chance.choice(shapes), _settle(detail, chance)) for detail in details]
    body += [vague.format(x=topic.subject) for vague in chance.sample(family.vague, style.vague)]
    if style.repeats:
        body.append(chance.choice(body))
    sentences = [
        *_one_of(chance, {"warm": family.warm, "cool": family.cool}.get(style.opening, ())),
        *body,
        *_one_of(
            chance,
            {"question": family.questions, "farewell": family.farewells}.get(style.ending, ()),
        ),
    ]
    return language.space.join(_settle(sentence, chance) for sentence in sentences)


def dialogues(
    language: Language, among: list[Prompt], count: int, seed: int
) -> Iterator[tuple[str, str]]:
    """(prompt, answer) pairs, going round `among`, in every style."""
    chance = random.Random(f"dialogues {language.code} {seed}")
    for number in range(count):
        prompt = among[number % len(among)]
        yield prompt.text, answer(language, prompt, draw_style(chance), chance)


def _one_of(chance: random.Random, options: tuple[str, ...]) -> list[str]:
    return [chance.choice(options)] if options else []


def _settle(text: str, chance: random.Random) -> str:
    """Choose one of each `[a|b|c]`."""
    return CHOICE.sub(lambda found: chance.choice(found.group(1).split("|")), text)


def _put(shape: str, detail: str) -> str:
    """A detail in its sentence; {Detail} begins one."""
    return shape.format(detail=detail, Detail=detail[:1].upper() + detail[1:])
