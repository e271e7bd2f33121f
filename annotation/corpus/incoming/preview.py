"""The first rows as they would be imported, with what is wrong in them."""

from typing import Any

from annotation.corpus.imports import Importer
from annotation.corpus.incoming.plan import Plan
from annotation.corpus.lines import Line
from annotation.corpus.rows import Row, RowError
from annotation.corpus.texts import messages_of

SHOWN = 20
MAX_TEXT = 2000
_SHOWN_APART = frozenset(
    ("prompt", "completion", "text", "completions", "ranking", "unranked", "reference")
)


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
    return _shown(line.number, row)


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


def _shown(number: int, row: Row) -> dict[str, Any]:
    single = row.get("completion", row.get("text"))
    texts = row.get("completions") or ([single] if isinstance(single, str) else [])
    prompt = row.get("prompt")
    reference = row.get("reference")
    return {
        **_empty(number),
        "prompt": [
            {"role": one["role"], "content": _cut(one["content"])}
            for one in (messages_of(prompt) if prompt is not None else [])[-20:]
        ],
        "completions": [_cut(text) for text in texts[:16]],
        "ranking": row.get("ranking", []),
        "reference": "" if reference is None else _cut(_text(reference)),
        "fields": {
            name: _cut(_text(value))
            for name, value in list(row.items())[:40]
            if name not in _SHOWN_APART
        },
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
