"""Chats as other programs write them, as our messages. Raises RowError with the field's path."""

import json
import re
from typing import Any

from annotation.corpus.rows import Row, RowError, check_text

# OpenAI chat completions; ShareGPT and what LLaMA-Factory and Axolotl make of it.
ROLE_OF = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
# Beside role and content: of no meaning for a text, or an id of a call that stands in the text.
_SIDE_FIELDS = {"name", "tool_call_id", "id", "weight", "train", "loss", "refusal", "annotations"}
_CALLS = ("tool_calls", "function_call")
_TURN = re.compile(r"\n\n(Human|Assistant): ?")
Messages = list[dict[str, str]]


def is_chat(value: Any) -> bool:
    """Whether this looks like a list of messages, in any spelling."""
    if not isinstance(value, list) or not value:
        return False
    first = value[0]
    return isinstance(first, dict) and (
        ("role" in first and "content" in first) or ("from" in first and "value" in first)
    )


def chat_in_text(value: Any) -> Any:
    """A text that is a chat as JSON (a table has nothing but texts) as that chat; all else as it is.

    A prompt may well begin with a bracket and be no JSON.
    """
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if is_chat(found) else value


def messages_of_chat(value: Any, path: str) -> Messages:
    """`[{role, content}]` or `[{from, value}]` as messages."""
    if not isinstance(value, list):
        raise RowError(path, "wrong_type", f"{path} must be a list of messages")
    if not value:
        raise RowError(path, "empty", f"{path} holds no message")
    return [_message(one, f"{path}[{number}]") for number, one in enumerate(value)]


def _message(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise RowError(path, "wrong_type", f"{path} must be an object")
    role_name, text_name = ("from", "value") if "from" in value else ("role", "content")
    for name in (role_name, text_name):
        if name not in value:
            raise RowError(f"{path}.{name}", "missing", f"{name} is missing")
    for name in value.keys() - {role_name, text_name} - _SIDE_FIELDS:
        if name in _CALLS and value[name]:
            message = "calls of tools are no text; leave such conversations out"
            raise RowError(f"{path}.{name}", "tool_calls", message)
    role = check_text(value[role_name], f"{path}.{role_name}").strip().lower()
    if role not in ROLE_OF:
        message = f"the role {role[:40]!r} is not known; known are {', '.join(ROLE_OF)}"
        raise RowError(f"{path}.{role_name}", "unknown_role", message)
    return {"role": ROLE_OF[role], "content": _content(value[text_name], f"{path}.{text_name}")}


def _content(value: Any, path: str) -> str:
    """A text, or OpenAI's list of parts as long as all are text."""
    if not isinstance(value, list):
        return check_text(value, path)
    texts = []
    for number, part in enumerate(value):
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            message = "only text can be imported, no pictures or sounds"
            raise RowError(f"{path}[{number}]", "not_text", message)
        texts.append(part["text"])
    return "".join(texts)


def is_transcript(value: Any) -> bool:
    """Whether this is text in the manner of Anthropic's HH: "\\n\\nHuman: … \\n\\nAssistant: …"."""
    return isinstance(value, str) and value.startswith("\n\nHuman:")


def messages_of_transcript(text: str, path: str) -> Messages:
    """The turns of an HH transcript (Bai et al. 2022, arXiv 2204.05862)."""
    parts = _TURN.split(text)
    if parts[0].strip() or len(parts) < 3:
        message = f'{path} must begin with "\\n\\nHuman:"'
        raise RowError(path, "no_transcript", message)
    roles = {"Human": "user", "Assistant": "assistant"}
    return [
        {"role": roles[name], "content": said.strip()}
        for name, said in zip(parts[1::2], parts[2::2], strict=True)
    ]


def split_answer(messages: Messages) -> tuple[Messages, str | None]:
    """The chat before its last message and that message, where the assistant wrote it."""
    if messages[-1]["role"] == "assistant":
        return messages[:-1], messages[-1]["content"]
    return messages, None


def shared_prefix(one: Messages, other: Messages) -> int:
    """How many messages at the beginning are the same."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def prompt_value(messages: Messages, path: str) -> str | Messages:
    """The field `prompt`: one message of a user is spelled as a text."""
    if not messages:
        raise RowError(path, "no_prompt", "nothing stands before the answer")
    if len(messages) == 1 and messages[0]["role"] == "user":
        if not messages[0]["content"]:
            raise RowError(path, "empty", "the prompt is empty")
        return messages[0]["content"]
    return messages


def with_system(system: Any, messages: Messages) -> Messages:
    """The messages after a system message, where one is given."""
    if system in (None, ""):
        return messages
    return [{"role": "system", "content": check_text(system, "system")}, *messages]


def history_of(row: Row, name: str = "history") -> Messages:
    """Earlier rounds as `[[question, answer], …]`."""
    value = row.get(name)
    if value in (None, "", []):
        return []
    if not isinstance(value, list):
        raise RowError(name, "wrong_type", f"{name} must be a list of [question, answer]")
    messages: Messages = []
    for number, pair in enumerate(value):
        path = f"{name}[{number}]"
        if not isinstance(pair, list) or len(pair) != 2:
            raise RowError(path, "wrong_type", f"{path} must be [question, answer]")
        for role, text, at in zip(("user", "assistant"), pair, (0, 1), strict=True):
            messages.append({"role": role, "content": check_text(text, f"{path}[{at}]")})
    return messages
