"""What the server says to people, in Chinese for those who read Chinese.

The words stand in the code in English; the catalogues give each its translation, `{}` where the code
puts a value in: `messages.zh-Hans.json` those of the server and its workers, `trainers.zh-Hans.json` those
of the learning library, which are stored as it said them. What has no translation is said in English.
"""

import json
import re
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

CATALOGUES = tuple(
    Path(__file__).with_name(f"{name}.zh-Hans.json") for name in ("messages", "trainers")
)


def in_readers_language(message: str) -> str:
    """The message in the language of the request that is answered."""
    return in_chinese(message) if (get_language() or "").startswith("zh") else message


def in_chinese(message: str) -> str:
    """The message in Chinese; values that stand in it are translated where they are words of ours."""
    plain, patterns = _catalogue()
    if message in plain:
        return plain[message]
    for pattern, translation in patterns:
        if found := pattern.fullmatch(message):
            # not str.format: a value may hold braces
            pieces = translation.split("{}")
            values = [_part(message, found, number) for number in range(1, len(pieces))]
            return pieces[0] + "".join(map("".join, zip(values, pieces[1:], strict=True)))
    return message


def _part(message: str, found: re.Match[str], number: int) -> str:
    """A value; after a colon or in brackets it may be a sentence of ours, which says why, or several."""
    value, before = found[number], message[: found.start(number)]
    if before.endswith("."):  # the rest of a name: inputs.prompts
        return value
    told = _value(value)
    if told == value and before.endswith((": ", "(", ". ")):
        return _each(value) or in_chinese(value)
    return told


def _each(value: str) -> str:
    """Sentences of ours in a row; nothing where it is not a row of them."""
    for between, chinese in (("; ", "；"), (", ", "，")):
        parts = value.split(between)
        told = [in_chinese(part) for part in parts]
        if len(parts) > 1 and all(map(str.__ne__, parts, told)):
            return chinese.join(told)
    return ""


_SIGN = r"(?:>=|>|<=|<) \S+"
_OPTION = re.compile(rf"(one of )?(.+?)((?: {_SIGN}(?: and {_SIGN})*)?)")


def _value(words: str) -> str:
    """A word of ours, or a range as `runs.kinds` tells it: "a whole number >= 1 and <= 8 or empty"."""
    plain, _ = _catalogue()
    if words in plain:
        return plain[words]
    options = []
    for option in re.split(" or (?!false)", words):
        found = _OPTION.fullmatch(option)
        if not found or not (found[1] or found[2] in plain):
            return words
        name = plain["one of"] + found[2] if found[1] else plain[found[2]]
        options.append(name + found[3].replace(" and ", " 且 "))
    return "，或".join(options)


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    words: dict[str, str] = {}
    for path in CATALOGUES:
        words |= json.loads(path.read_text(encoding="utf-8"))
    plain = {english: chinese for english, chinese in words.items() if "{}" not in english}
    # The longest first: "{} is retired; restore it first." before what is as wide as "{}: {}"; and what
    # begins with words of its own, "launch: {}", before what begins with a value, "{}: it is not YAML".
    built = sorted((key for key in words if "{}" in key), key=_narrowness)
    patterns = [
        (re.compile("(.+?)".join(map(re.escape, key.split("{}"))), re.DOTALL), words[key])
        for key in built
    ]
    return plain, patterns


def _narrowness(key: str) -> tuple[bool, int]:
    return key.startswith("{}"), -len(key)
