"""OpenAI messages and ShareGPT conversations.

The last answer is the completion, what stands before it the prompt. With `chosen` and `rejected`
(LLaMA-Factory) the conversation is the prompt of a ranking.
"""

from annotation.corpus.incoming.chats import (
    is_chat,
    messages_of_chat,
    prompt_value,
    split_answer,
    with_system,
)
from annotation.corpus.incoming.formats.base import Columns, Format, about, as_json, first_of
from annotation.corpus.rows import Row, RowError, check_text

_CHATS = ("messages", "conversations", "conversation")
_PAIR = ("chosen", "rejected")


def _field(row: Row) -> str:
    name = first_of(row, _CHATS)
    return name if name and is_chat(_readable(row[name], name)) else ""


def _readable(value: object, name: str) -> object:
    try:
        return as_json(value, name)
    except RowError:
        return value


def _matches(row: Row, key: str) -> tuple[str, ...]:
    name = _field(row)
    if not name:
        return ()
    chat = _readable(row[name], name)
    assert isinstance(chat, list)
    pair = _PAIR if all(each in row for each in _PAIR) else ()
    return (name, *pair) if key in chat[0] else ()


def matches_messages(row: Row) -> tuple[str, ...]:
    return _matches(row, "role")


def matches_sharegpt(row: Row) -> tuple[str, ...]:
    return _matches(row, "from")


def kinds_of(row: Row) -> tuple[str, ...]:
    if all(name in row for name in _PAIR):
        return ("rankings", "prompts", "demonstrations")
    name = _field(row)
    try:
        last = messages_of_chat(_readable(row.get(name), name), name)[-1]
    except RowError:
        return ("demonstrations", "prompts")
    if last["role"] != "assistant":
        return ("prompts",)
    return ("demonstrations", "prompts")


def convert(row: Row, _columns: Columns) -> Row:
    name = first_of(row, _CHATS) or next((each for each in _CHATS if each in row), "")
    if not name:
        raise RowError("messages", "missing", "there are neither messages nor conversations")
    messages = messages_of_chat(as_json(row[name], name), name)
    system = "system" if "system" in row else "system_prompt"
    if messages[0]["role"] != "system":
        messages = with_system(row.get(system), messages)
    if all(each in row for each in _PAIR):
        return {
            "prompt": prompt_value(messages, name),
            "completions": [_answer(row, each) for each in _PAIR],
            "ranking": [[0], [1]],
            **about(row, (name, system, *_PAIR)),
        }
    prompt, answer = split_answer(messages)
    found: Row = {"prompt": prompt_value(prompt, name), **about(row, (name, system))}
    if answer is not None:
        found["completion"] = answer
    return found


def _answer(row: Row, name: str) -> str:
    value = as_json(row[name], name)
    if isinstance(value, str):
        return value
    messages = messages_of_chat(value if isinstance(value, list) else [value], name)
    return check_text(messages[-1]["content"], name)


_KINDS = ("demonstrations", "prompts", "rankings")
MESSAGES = Format("messages", _KINDS, matches_messages, convert, kinds_of)
SHAREGPT = Format("sharegpt", _KINDS, matches_sharegpt, convert, kinds_of)
