"""Preference pairs: chosen and rejected, as texts or chats, with or without a prompt (TRL, and the
names that UltraFeedback, Orca DPO and MedicalGPT use), and HH transcripts that share a beginning.
"""

from typing import Any

from annotation.corpus.incoming.chats import (
    Messages,
    chat_in_text,
    history_of,
    is_chat,
    is_transcript,
    messages_of_chat,
    messages_of_transcript,
    prompt_value,
    shared_prefix,
    with_system,
)
from annotation.corpus.incoming.formats.base import Columns, Format, about, as_json, first_of
from annotation.corpus.rows import Row, RowError, check_text

CHOSEN = ("chosen", "response_chosen", "chosen_response", "preferred", "answer_chosen")
REJECTED = ("rejected", "response_rejected", "rejected_response", "dispreferred", "answer_rejected")
PROMPTS = ("prompt", "question", "query", "instruction")
SYSTEMS = ("system", "system_prompt")


def _sides(row: Row) -> tuple[str, str]:
    """The names of the two sides; an empty answer is one, so presence counts."""
    chosen = next((name for name in CHOSEN if name in row), "")
    rejected = next((name for name in REJECTED if name in row), "")
    return chosen, rejected


def matches(row: Row) -> tuple[str, ...]:
    chosen, rejected = _sides(row)
    if not (chosen and rejected) or matches_hh(row):
        return ()
    prompt = first_of(row, PROMPTS)
    if prompt or is_chat(_loosely(row[chosen], chosen)):
        return (*((prompt,) if prompt else ()), chosen, rejected)
    return ()


def matches_hh(row: Row) -> tuple[str, ...]:
    chosen, rejected = _sides(row)
    if chosen and rejected and is_transcript(row[chosen]) and is_transcript(row[rejected]):
        return (chosen, rejected)
    return ()


def _loosely(value: Any, name: str) -> Any:
    try:
        return as_json(value, name)
    except RowError:
        return value


def convert(row: Row, _columns: Columns) -> Row:
    chosen, rejected = _sides(row)
    if not (chosen and rejected):
        name = "rejected" if chosen else "chosen"
        raise RowError(name, "missing", f"{name} is missing")
    name = first_of(row, PROMPTS)
    system = first_of(row, SYSTEMS)
    given = [chat_in_text(row[each]) for each in (chosen, rejected)]
    if name:
        before = _prompt(row, name, system)
        answers = [
            _answer(value, each, before)
            for value, each in zip(given, (chosen, rejected), strict=True)
        ]
    else:
        chats = [_chat(value, each) for value, each in zip(given, (chosen, rejected), strict=True)]
        before, answers = _implicit(chats, (chosen, rejected))
        before = with_system(row.get(system), before)
    return {
        "prompt": prompt_value(before, name or chosen),
        "completions": answers,
        "ranking": [[0], [1]],
        **about(row, (name, system, chosen, rejected, "history")),
    }


def _prompt(row: Row, name: str, system: str) -> Messages:
    value = chat_in_text(row[name])
    if is_transcript(value):
        messages = messages_of_transcript(value, name)
        if messages[-1] == {"role": "assistant", "content": ""}:
            messages.pop()  # "\n\nAssistant:" asks for the answer
    elif isinstance(value, list):
        messages = messages_of_chat(value, name)
    else:
        messages = [{"role": "user", "content": check_text(value, name)}]
    history = history_of({"history": _loosely(row.get("history"), "history")})
    return with_system(row.get(system), history + messages)


def _answer(value: Any, name: str, before: Messages) -> str:
    """The text of one side: alone, or after the prompt, which must then be the same."""
    if not isinstance(value, list):
        return check_text(value, name)
    messages = messages_of_chat(value, name)
    said = [one for one in before if one["role"] != "system"]
    rest = [one for one in messages if one["role"] != "system"]
    if rest[: len(said)] == said:
        rest = rest[len(said) :]
    return _only(rest, name)


def _chat(value: Any, name: str) -> Messages:
    if is_transcript(value):
        return messages_of_transcript(value, name)
    if isinstance(value, list):
        return messages_of_chat(value, name)
    check_text(value, name)
    message = "two texts without a prompt: nothing says where the prompt ends and the answers begin"
    raise RowError("prompt", "missing", message)


def _implicit(chats: list[Messages], names: tuple[str, str]) -> tuple[Messages, list[str]]:
    """The shared beginning is the prompt, one answer of each side is left."""
    shared = shared_prefix(*chats)
    if shared == min(map(len, chats)):
        if chats[0] == chats[1]:
            shared -= 1  # the same answer twice: a pair all the same
        elif shared and shared < max(map(len, chats)):
            longer = names[len(chats[1]) > len(chats[0])]
            message = "one conversation goes on after the other ends: they are no two answers"
            raise RowError(longer, "several_turns", message)
    answers = [_only(chat[shared:], name) for chat, name in zip(chats, names, strict=True)]
    return chats[0][:shared], answers


def _only(rest: Messages, name: str) -> str:
    if len(rest) != 1:
        message = f"{name} must differ in its last message only; here {len(rest)} are left"
        raise RowError(name, "several_turns", message)
    if rest[0]["role"] != "assistant":
        message = f"{name} must end with the assistant, not with {rest[0]['role']}"
        raise RowError(name, "no_answer", message)
    return rest[0]["content"]


_KINDS = ("rankings", "prompts", "demonstrations")
PAIRS = Format("pairs", _KINDS, matches, convert)
HH = Format("hh", _KINDS, matches_hh, convert)
