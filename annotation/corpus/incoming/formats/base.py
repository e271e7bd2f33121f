"""What every format is: it says whether a row is its, and makes one of our rows of it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from annotation.corpus.rows import MAX_SOURCE, Row, RowError, tags_of

Columns = dict[str, list[str]]
# What a row may say about itself, in any format; our name first.
ABOUT = {
    "id": ("id", "uid", "uuid", "prompt_id", "example_id", "sample_id", "question_id"),
    "lang": ("lang", "language"),
    "source": ("source",),
    "labeler": ("labeler", "annotator", "annotator_id", "worker", "worker_id"),
    "criterion": ("criterion",),
    "tags": ("tags",),
    "split": ("split",),
}

SPLITS = {
    "train": ("train", "training", "训练", "训练集"),
    "validation": ("validation", "valid", "val", "dev", "验证", "验证集"),
}


@dataclass(frozen=True)
class Format:
    """`matches`: names the fields it recognises a row by, or nothing. `convert`: our row.

    `kinds`: what it can become, the usual one first; `kinds_of` narrows that for one row.
    """

    name: str
    kinds: tuple[str, ...]
    matches: Callable[[Row], tuple[str, ...]]
    convert: Callable[[Row, Columns], Row]
    kinds_of: Callable[[Row], tuple[str, ...]] | None = None

    def kinds_for(self, row: Row) -> tuple[str, ...]:
        return self.kinds if self.kinds_of is None else self.kinds_of(row)


def about(row: Row, used: Iterable[str]) -> Row:
    """Id, language, source, … of a foreign row, and under `meta` all that is not `used`."""
    found: Row = {}
    rest = {name: value for name, value in row.items() if name not in set(used)}
    for ours, names in ABOUT.items():
        name = next((each for each in names if said(rest.get(each))), None)
        if name is None:
            continue
        value = _about(ours, rest[name])
        if value is not None:
            found[ours] = value
            del rest[name]
    rest = {name: value for name, value in rest.items() if said(value)}
    if rest:
        found["meta"] = rest
    return found


def said(value: Any) -> bool:
    """Whether a field says anything."""
    return value is not None and value != "" and value != [] and value != {}


def as_text(value: Any) -> str | None:
    """A short text for a text or whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:MAX_SOURCE] if len(str(value)) <= MAX_SOURCE else None


def as_tags(value: Any) -> list[str] | None:
    """A list of words, or words in one text between commas, semicolons or bars."""
    if isinstance(value, str):
        for mark in "，；;|、":
            value = value.replace(mark, ",")
        return [word.strip() for word in value.split(",") if word.strip()]
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    return None


def _good_tags(value: Any) -> list[str] | None:
    """Tags that can be ours; what cannot stays what it is, among the further fields."""
    tags = as_tags(value)
    try:
        return None if tags is None else tags_of({"tags": tags})
    except RowError:
        return None


def as_split(value: Any) -> str | None:
    """Train or validation, by the names they usually go by."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return next((ours for ours, names in SPLITS.items() if word in names), None)


def _about(field: str, value: Any) -> Any:
    """What a field of ABOUT says, or None where it cannot be ours."""
    if field == "tags":
        return _good_tags(value)
    return as_split(value) if field == "split" else as_text(value)


def as_json(value: Any, path: str) -> Any:
    """The value of a cell that holds JSON (a CSV has nothing but texts); others as they are."""
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RowError(path, "bad_json", f"{path} begins like JSON but is none") from None


def first_of(row: Row, names: Iterable[str]) -> str:
    """The first of these fields that the row has, or ""."""
    return next((name for name in names if said(row.get(name))), "")
