"""What makes two prompts or two completions the same: their canonical bytes, hashed.

A plain string is the chat of one user message, so both spellings of a prompt have one hash.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from annotation.lib import json

ROLES = ("system", "user", "assistant", "tool")
TAG = re.compile(r"^[\w.:/+-][\w .:/+-]*\Z")
"""A tag: letters of any script, digits and a few signs, so that it can stand in an address."""
TAG_LENGTH = 40
Message = dict[str, str]


def messages_of(prompt: str | Sequence[Message]) -> list[Message]:
    """The chat behind a prompt in either spelling."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    return [{"role": message["role"], "content": message["content"]} for message in prompt]


def prompt_hash(messages: Sequence[Message]) -> str:
    """SHA-256 (hex) of the chat, whatever the order of keys it was written in."""
    return hash_of([[message["role"], message["content"]] for message in messages])


def text_hash(text: str) -> str:
    """SHA-256 (hex) of a completion's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def hash_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON value's canonical form."""
    return hashlib.sha256(json.canonical(value)).hexdigest()


def written_form(messages: Sequence[Message], is_plain: bool) -> str | list[Message]:
    """The prompt as it was spelled when it came in."""
    if is_plain:
        return messages[0]["content"]
    return [{"role": message["role"], "content": message["content"]} for message in messages]


def preview(messages: Sequence[Message], length: int = 120) -> str:
    """The beginning of the last message, on one line, for lists."""
    last = messages[-1]["content"] if messages else ""
    line = " ".join(last[: length * 4].split())
    return line if len(line) <= length else line[: length - 1] + "…"
