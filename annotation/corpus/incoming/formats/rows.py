"""Our own rows; they go to the parser as they are."""

from annotation.corpus.incoming.chats import chat_in_text
from annotation.corpus.incoming.formats.base import Columns, Format, as_json, as_tags
from annotation.corpus.rows import Row

_STRUCTURED = frozenset(
    [
        "completions",
        "systems",
        "ranking",
        "unranked",
        "cannot_judge",
        "direct",
        "grades",
        "flags",
        "spans",
        "notes",
        "reading",
        "presented",
        "unacceptable_below",
        "active_ms",
        "unread_accepted",
        "scores",
        "tags",
        "meta",
    ]
)


def matches(row: Row) -> tuple[str, ...]:
    if in_tiers(row):
        return ("prompt", "completions", "ranking")
    if "prompt_id" in row and ("completion" in row or "text" in row):
        return ("prompt_id", "completion")
    given = next((name for name in ("prompt", "prompt_id") if name in row), "")
    if given and "completions" in row and "ranking" not in row:
        return (given, "completions")
    if "prompt" in row and "completion" in row:
        return ("prompt", "completion")
    return ("prompt",) if "prompt" in row else ()


def in_tiers(row: Row) -> bool:
    """Whether the row is a ranking in tiers, as ours are; a row without any tier is one, too."""
    if not {"prompt", "completions", "ranking"} <= row.keys():
        return False
    value = row["ranking"]
    if isinstance(value, str):
        return value.startswith(("[[", "[]"))
    return isinstance(value, list) and all(isinstance(tier, list) for tier in value)


def kinds_of(row: Row) -> tuple[str, ...]:
    if "completions" in row:
        return ("rankings", "prompts") if "ranking" in row else ("completions", "prompts")
    if "completion" in row or "text" in row:
        if "system" in row or "prompt_id" in row or "completion" not in row:
            return ("completions",)
        return ("demonstrations", "completions")
    return ("prompts",)


def convert(row: Row, _columns: Columns) -> Row:
    return row


def unpacked(row: Row) -> Row:
    """The row of a table: cells that hold lists or numbers are read as such."""
    found = {name: as_json(v, name) if name in _STRUCTURED else v for name, v in row.items()}
    found["prompt"] = chat_in_text(found.get("prompt"))
    if found["prompt"] is None:
        del found["prompt"]
    if isinstance(found.get("tags"), str):
        found["tags"] = as_tags(found["tags"])
    for name in ("unacceptable_below", "active_ms"):
        value = found.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            found[name] = int(value)
    return found


ROWS = Format(
    "rows", ("rankings", "prompts", "completions", "demonstrations"), matches, convert, kinds_of
)
