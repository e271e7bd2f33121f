"""Rows as TRL, OpenAI and others write them, read as ours: `messages`, and `chosen` beside `rejected`.

A row that has our own fields is left as it is. Knows no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewardmodel.rankings import InvalidRow, parse_prompt, prompt_to_json

Row = Mapping[str, Any]
OF_A_PAIR = ("id", "labeler", "lang", "source", "split", "weight")


def as_demonstration(row: Row) -> Row:
    """`messages` that end with the assistant: its last turn answers those before. Raises InvalidRow."""
    if "messages" not in row or "prompt" in row:
        return row
    before, said = _last_turn(row["messages"], "messages")
    if not before:
        raise InvalidRow("messages: nothing stands before the assistant's last turn")
    return {**row, "prompt": before, "completion": said}


def as_prompt(row: Row) -> Row:
    """`messages` as a prompt; an answer at their end becomes its reference. Raises InvalidRow."""
    if "messages" not in row or "prompt" in row:
        return row
    if parse_prompt(row["messages"], "messages")[-1].role == "assistant":
        answered = as_demonstration(row)
        return {**row, "prompt": answered["prompt"], "reference": answered["completion"]}
    return {**row, "prompt": row["messages"]}


def as_ranking(row: Row) -> Row:
    """A pair as a ranking of two, tied where it says `tie`. Raises InvalidRow.

    chosen and rejected are texts, or messages of which the last is the assistant's; what stands before
    it is the prompt.
    """
    if "ranking" in row or not {"chosen", "rejected"} <= row.keys():
        return row
    prompt, chosen = _answer(row, "chosen")
    other, rejected = _answer(row, "rejected")
    if prompt != other:
        raise InvalidRow("rejected: answers another prompt than chosen")
    kept = {name: row[name] for name in OF_A_PAIR if name in row}
    order = [[0, 1]] if row.get("tie") is True else [[0], [1]]
    return {**kept, "prompt": prompt, "completions": [chosen, rejected], "ranking": order}


def _answer(row: Row, name: str) -> tuple[list[dict[str, str]], Any]:
    """The prompt of one side of a pair and its completion."""
    given = None if row.get("prompt") is None else prompt_to_json(parse_prompt(row["prompt"]))
    if not isinstance(row[name], list):
        if given is None:
            raise InvalidRow(f"prompt: is missing, and {name} is a text, not messages")
        return given, row[name]
    before, said = _last_turn(row[name], name)
    if given is not None and before not in ([], given):
        raise InvalidRow(f"{name}: begins with other messages than prompt")
    if not (given or before):
        raise InvalidRow(f"prompt: is missing, and {name} has nothing before its last message")
    return given or before, said


def _last_turn(value: object, name: str) -> tuple[list[dict[str, str]], str]:
    """What stands before the last message, which must be the assistant's, and what that says."""
    *before, last = prompt_to_json(parse_prompt(value, name))
    if last["role"] != "assistant":
        raise InvalidRow(f"{name}: must end with the assistant, found {last['role']}")
    return before, last["content"]
