"""The hidden preference of the demonstration: what its simulated labelers like about an answer.

A hand-written sum over features that anybody can count in a text. Nothing that learns ever sees it;
it decides how the labelers rank, and it measures afterwards whether the policy has come closer to
what they like. It knows words, not the grammar that wrote the answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


WARM_EN = _listed("glad happy lovely wonderful dear kind thank warm")
WARM_ZH = ("高兴", "真好", "亲爱", "谢谢", "别着急", "辛苦", "温暖", "开心")
HEDGES_EN = _listed("maybe perhaps possibly might seems sure could")
HEDGES_ZH = ("也许", "或许", "可能", "大概", "说不准", "不确定")
PARTICULARS_EN = _listed(
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty sixty ninety "
    "hundred thousand second third fourth fifth seventh tenth "
    "red blue green yellow white black grey brown golden silver"
)
PARTICULARS_ZH = re.compile(r"[两三四五六七八九十百半]+|[红蓝绿黄白黑灰金银棕]色")
# Words that say nothing about what a text is about.
SMALL_EN = _listed(
    "what with about does look like from have should give there some something good help want "
    "would your this that here they them when where which will first best into over time"
)
SMALL_ZH = frozenset(
    "的了是在我你他她有不就也很都怎么样才能想该从哪里做起什好办法请教一下为这那个给用吧吗呢"
    "几句话写张描带去看讲可以听关于故事开头主角家只剩晚饭吃道菜来问帮客气回朋友同事消息提到答"
)
SENTENCE = re.compile(r"[^.!?。！？]+[.!?。！？]*")
WORD_EN = re.compile(r"[a-zé']+|\d+")
HAN = re.compile(r"[\u4e00-\u9fff]")
ENDS = (".", "!", "?", "。", "！", "？")
# What is comfortable to read: words in English, characters in Chinese.
COMFORTABLE = {"en": (10, 45), "zh": (14, 70)}


@dataclass(frozen=True, slots=True)
class Features:
    """What is counted in an answer."""

    relevant: bool  # takes up something that the prompt names
    warm: bool  # says something kind
    particulars: int  # numbers and colours, at most two
    asks: bool  # ends by asking back
    hedges: int  # sentences that hedge, at most two
    repeats: int  # sentences said before, at most two
    excess: float  # length beyond or short of what is comfortable, in tens
    unfinished: bool  # stops in the middle of a sentence


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts, by its name."""

    relevant: float = 0.8
    warm: float = 1.0
    particulars: float = 0.6
    asks: float = 0.8
    hedges: float = -0.8
    repeats: float = -1.0
    excess: float = -0.5
    unfinished: float = -1.0


PREFERENCE = Weights()


def hidden_score(language: str, prompt: str, completion: str) -> float:
    """How much the simulated labelers like an answer; about 1 for a middling one, at most 3.8."""
    return weigh(count_features(language, prompt, completion))


def weigh(counted: Features, weights: Weights = PREFERENCE) -> float:
    """The sum over the features."""
    total = 0.0
    for field in fields(Features):
        total += getattr(weights, field.name) * float(getattr(counted, field.name))
    return total


def count_features(language: str, prompt: str, completion: str) -> Features:
    """The features of one answer; `language` is a code such as en or zh-Hans."""
    text = completion.strip()
    chinese = language.startswith("zh")
    sentences = [found.strip() for found in SENTENCE.findall(text.lower()) if found.strip()]
    low, high = COMFORTABLE["zh" if chinese else "en"]
    length = len(HAN.findall(text) if chinese else _words(text))
    return Features(
        relevant=bool(_content(prompt, chinese) & _content(text, chinese)),
        warm=_mentions(text, chinese, WARM_ZH, WARM_EN),
        particulars=min(2, _count_particulars(text, chinese)),
        asks=text.endswith(("?", "？")),
        hedges=min(2, sum(_mentions(one, chinese, HEDGES_ZH, HEDGES_EN) for one in sentences)),
        repeats=min(2, len(sentences) - len(set(sentences))),
        excess=max(0, low - length, length - high) / 10,
        unfinished=not text.endswith(ENDS),
    )


def _words(text: str) -> list[str]:
    return WORD_EN.findall(text.lower())


def _mentions(text: str, chinese: bool, zh: tuple[str, ...], en: frozenset[str]) -> bool:
    """Whether one of the words occurs; Chinese is searched as it stands, having no spaces."""
    return any(word in text for word in zh) if chinese else not en.isdisjoint(_words(text))


def _count_particulars(text: str, chinese: bool) -> int:
    if chinese:
        return len(PARTICULARS_ZH.findall(text))
    return sum(word in PARTICULARS_EN or word.isdigit() for word in _words(text))


def _content(text: str, chinese: bool) -> set[str]:
    """What a text is about: its longer words; in Chinese, pairs of characters that carry meaning."""
    if not chinese:
        return {word for word in _words(text) if len(word) > 3} - SMALL_EN
    pairs = (text[at : at + 2] for at in range(len(text) - 1))
    return {pair for pair in pairs if len(HAN.findall(pair)) == 2 and SMALL_ZH.isdisjoint(pair)}
