"""The first rows as they would be imported, with what is wrong in them."""

import json
from typing import Any

from annotation.corpus.imports import Importer
from annotation.corpus.incoming.plan import Plan
from annotation.corpus.lines import Line
from annotation.corpus.rows import Row, RowError
from annotation.corpus.texts import messages_of

SHOWN = 20
MAX_TEXT = 2000
_SHOWN_APART = {"prompt", "reference"}
_ANSWERS = {"completion", "text", "completions", "ranking", "unranked"}


def preview_row(line: Line, plan: Plan, importer: Importer) -> dict[str, Any]:
    """One row: the parts that people look at, the other fields, and the rule it breaks, if any."""
    try:
        if line.fault is not None:
            raise RowError("", *line.fault)
        row = plan.row(line.data)
        importer.parse(line.number, row)
    except RowError as error:
        issue = {"field": error.field, "rule": error.rule, "message": error.message}
        return {**_empty(line.number), "issue": issue}
    return _shown(line.number, row, plan.kind)


def _empty(number: int) -> dict[str, Any]:
    return {
        "line": number,
        "prompt": [],
        "completions": [],
        "ranking": [],
        "reference": "",
        "fields": {},
        "issue": None,
    }


def _shown(number: int, row: Row, kind: str) -> dict[str, Any]:
    """Answers only where they are taken as such: those of a prompt row become none."""
    takes = kind != "prompts"
    apart = _SHOWN_APART | (_ANSWERS if takes else set())
    prompt = row.get("prompt")
    reference = row.get("reference")
    return {
        **_empty(number),
        "prompt": [
            {"role": one["role"], "content": _cut(one["content"])}
            for one in (messages_of(prompt) if prompt is not None else [])[-20:]
        ],
        "completions": [_cut(text) for text in _answers(row, kind)[:16]] if takes else [],
        "ranking": row.get("ranking", []) if kind == "rankings" else [],
        "reference": "" if reference is None else _cut(_text(reference)),
        "fields": {
            name: _cut(_text(value)) for name, value in list(row.items())[:40] if name not in apart
        },
    }


def _answers(row: Row, kind: str) -> list[str]:
    single = row.get("completion", row.get("text"))
    if isinstance(single, str) and kind != "rankings":
        return [single]
    given = row.get("completions", [])
    return [
        one if isinstance(one, str) else one.get("text", one.get("completion")) for one in given
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
