"""What the demonstration consists of: two campaigns, their guidelines, and who gets which prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workers.demo.text import Language, Prompt, shuffled_prompts
from workers.demo.text_en import ENGLISH
from workers.demo.text_zh import CHINESE


@dataclass(frozen=True, slots=True)
class Campaign:
    """One demonstration project and how its parts are called in its language."""

    language: Language
    name: str
    description: str
    guidelines: str
    policy_name: str
    plan_name: str
    set_names: dict[str, str]  # share of the prompts -> name of the prompt set
    screen: dict[str, Any]  # what the labeling screen offers, as settings of the project


FLAGS = ["hallucination", "ignores_instruction", "harmful", "off_topic", "repetitive", "truncated"]
WHOLE_SCREEN = {
    "steps": ["grade", "confirm"],
    "flags": FLAGS,
    "draw_cut": True,
    "write_better": True,
    "mark_spans": True,
    "take_notes": True,
}


GUIDELINES_EN = """\
# What a good answer is

You see a question from everyday life and several answers. Put the best answer first. Answers that \
you find equally good share a place.

A good answer

1. **speaks to the question.** An answer about something else is worse than a plain one.
2. **is kind.** One friendly sentence is enough.
3. **is concrete.** "Open the window for ten minutes" beats "there are many ways".
4. **commits itself.** Too much "maybe" and "perhaps" helps nobody.
5. **keeps the talk going**, for example with a question at the end.

Repeating a sentence makes an answer worse, and so does stopping in the middle of one. Longer is not \
better. The answers come from a very small program that learnt to write in a minute: judge what is \
there, and don't expect much knowledge of the world.
"""

GUIDELINES_ZH = """\
# 什么是好回答

屏幕上有一个日常问题和几个回答。把最好的排在最前面；一样好的可以并列。

好的回答应当：

1. **答得上题。** 答非所问，不如平平淡淡。
2. **有人情味。** 一句暖心的话就够了。
3. **说得具体。** “开窗十分钟”胜过“办法有很多”。
4. **说得干脆。** 满口“也许”“可能”帮不上忙。
5. **让谈话继续**，比如最后反问一句。

重复同一句话要扣分，话说到一半就断了也要扣分。长不等于好。这些回答出自一个学了一分钟写作的小模型：\
请只看写出来的内容，别指望它懂多少世事。
"""

EVERYDAY = Campaign(
    language=ENGLISH,
    name="Everyday answers",
    description="Short answers to everyday questions, from a policy that learnt to write here.",
    guidelines=GUIDELINES_EN,
    policy_name="Demo policy",
    plan_name="Four varied answers",
    set_names={
        "first": "Questions, part 1",
        "second": "Questions, part 2",
        "sft": "Questions for model answers",
        "rl": "Practice questions",
        "evaluation": "Held-out questions",
    },
    screen={"axes": ["helpful", "truthful", "harmless"], **WHOLE_SCREEN},
)

RICHANG = Campaign(
    language=CHINESE,
    name="日常问答",
    description="对日常问题的简短回答，由在本机上学会写作的小模型生成。",
    guidelines=GUIDELINES_ZH,
    policy_name="演示策略",
    plan_name="四个不同的回答",
    set_names={
        "first": "问题（一）",
        "second": "问题（二）",
        "sft": "待写示范的问题",
        "rl": "练习题",
        "evaluation": "留出题",
    },
    screen={"axes": ["overall"], **WHOLE_SCREEN},
)

CAMPAIGNS = (EVERYDAY, RICHANG)
PURPOSES = {
    "first": "reward",
    "second": "reward",
    "sft": "sft",
    "rl": "rl",
    "evaluation": "evaluation",
}
SHARES = {"evaluation": 80, "sft": 40, "first": 120, "second": 120, "rl": 400}


def campaign_of(code: str) -> Campaign:
    """The campaign in this language (en, zh or zh-Hans)."""
    return RICHANG if code.startswith("zh") else EVERYDAY


def share_out(language: Language, seed: int) -> dict[str, list[Prompt]]:
    """The prompts of each share, none in two; `pretraining` gets what is left."""
    order = shuffled_prompts(language, seed)
    shares: dict[str, list[Prompt]] = {}
    for name, count in SHARES.items():
        shares[name], order = order[:count], order[count:]
    return {**shares, "pretraining": order}
