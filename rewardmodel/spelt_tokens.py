"""Special tokens that a message spells out stay plain text: only those that the chat template writes are tokens.

The template is given the messages with a character in place of each, one that stands nowhere else. What is
special in the text it then writes is its own; the text is encoded piece by piece between those tokens, as
tokenizers do themselves, and in the pieces the characters give way to what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from rewardmodel.rankings import Message

FREE = range(0xE000, 0xF900)  # characters that no alphabet has: Unicode's private use area
Encode = Callable[[str], list[int]]


class SpeltTokens:
    """Finds a tokenizer's special tokens in texts, and encodes a rendered prompt around them."""

    def __init__(self, tokenizer: Any) -> None:
        known = tokenizer.added_tokens_decoder.items()
        special = [(index, one) for index, one in known if one.special]
        # the longest match counts
        special.sort(key=lambda entry: len(entry[1].content), reverse=True)
        self._ids = {one.content.strip(): index for index, one in special}
        self._ids |= {one.content: index for index, one in special}
        self._spelt = re.compile("|".join(re.escape(one.content) for _, one in special) or "(?!)")
        self._live = re.compile("|".join(_with_spaces(one) for _, one in special) or "(?!)")

    def hide(
        self, prompt: Sequence[Message], template: str
    ) -> tuple[list[Message], dict[int, str]]:
        """The prompt with a character in place of each special token, and what each stands for."""
        contents = [message.content for message in prompt]
        said = sorted({token for text in contents for token in self._spelt.findall(text)})
        if not said:
            return list(prompt), {}
        taken = set(chain(template, *contents))
        free = (chr(n) for n in FREE if chr(n) not in taken)
        signs = dict(zip(said, free, strict=False))
        hidden = [
            replace(one, content=self._spelt.sub(lambda found: signs[found.group()], one.content))
            for one in prompt
        ]
        return hidden, {ord(sign): token for token, sign in signs.items()}

    def encode(
        self, text: str, meant: dict[int, str], ordinary: Encode, first: Encode, further: Encode
    ) -> list[int]:
        """Ids of a rendered prompt in which only the template's special tokens are tokens.

        first, further: encode a piece as plain text, at the beginning and after a token. Tokenizers
        that put a space before a text differ in whether they put one after a token too: the pieces
        are encoded as gives, of the text as it is, what `ordinary` does.
        """
        wanted = ordinary(text)
        after = further if self._in_pieces(text, {}, first, further) == wanted else first
        return self._in_pieces(text, meant, first, after)

    def _in_pieces(
        self, text: str, meant: dict[int, str], first: Encode, further: Encode
    ) -> list[int]:
        ids: list[int] = []
        place = 0
        encode = first
        for found in self._live.finditer(text):
            if piece := text[place : found.start()]:
                ids += encode(piece.translate(meant))
            said = found.group()  # spaces that it takes along are not its own
            ids.append(self._ids[said if said in self._ids else said.strip()])
            place, encode = found.end(), further
        if piece := text[place:]:
            ids += encode(piece.translate(meant))
        return ids


def _with_spaces(token: Any) -> str:
    """A pattern of one special token; some take the spaces beside them along."""
    before, after = (r"\s*" if strips else "" for strips in (token.lstrip, token.rstrip))
    # without groups: what all tokens begin with is then looked for once, not once for each of thousands
    return f"{before}{re.escape(token.content)}{after}"
