"""Alpaca: instruction, input, output; system and history as LLaMA-Factory has them.

The prompt is the instruction, a line break and the input (as LLaMA-Factory joins them).
"""

from annotation.corpus.incoming.chats import Messages, history_of, prompt_value, with_system
from annotation.corpus.incoming.formats.base import Columns, Format, about, as_json, said
from annotation.corpus.rows import Row, RowError, check_text

_USED = ("instruction", "input", "output", "system", "history", "chosen", "rejected")


def matches(row: Row) -> tuple[str, ...]:
    if "instruction" not in row or not ({"output", "input", "chosen"} & row.keys()):
        return ()
    return tuple(name for name in _USED if name in row)


def kinds_of(row: Row) -> tuple[str, ...]:
    if said(row.get("chosen")) and "rejected" in row:
        return ("rankings", "prompts", "demonstrations")
    return ("demonstrations", "prompts") if said(row.get("output")) else ("prompts",)


def convert(row: Row, _columns: Columns) -> Row:
    if "instruction" not in row:
        raise RowError("instruction", "missing", "instruction is missing")
    question = check_text(row["instruction"], "instruction")
    if said(row.get("input")):
        question += "\n" + check_text(row["input"], "input")
    if not question:
        raise RowError("instruction", "empty", "the instruction is empty")
    history = history_of({"history": as_json(row.get("history"), "history")})
    messages: Messages = [*history, {"role": "user", "content": question}]
    found: Row = {
        "prompt": prompt_value(with_system(row.get("system"), messages), "instruction"),
        **about(row, _USED),
    }
    if "chosen" in row and "rejected" in row:
        found["completions"] = [check_text(row[name], name) for name in ("chosen", "rejected")]
        found["ranking"] = [[0], [1]]
    elif said(row.get("output")):
        found["completion"] = check_text(row["output"], "output")
    return found


ALPACA = Format("alpaca", ("demonstrations", "prompts", "rankings"), matches, convert, kinds_of)
