"""Rankings of a JSONL file (docs/data-format.md) as arrays, without a database."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.lib import json
from annotation.quality.judged import Builder, Judged


class BadLine(ValueError):
    """A line that cannot be read; the message names it."""


def judged_of_file(path: Path) -> Judged:
    """The file's rankings; rows of one item must not be far apart, all of them are held as names."""
    by_prompt: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(path):
        prompt = row.get("item") or row["prompt"]
        key = str(prompt) if isinstance(prompt, str) else json.canonical(prompt).decode()
        by_prompt.setdefault(f"{row.get('criterion', '')}\n{key}", []).append(row)
    builder = Builder()
    for prompt, rows in by_prompt.items():
        for row in rows:
            _add(builder, prompt, row)
    return builder.done()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    open_file = gzip.open if path.suffix == ".gz" else open
    with open_file(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise TypeError("not an object")
                names = ("prompt", "completions", "ranking")
                if missing := [name for name in names if name not in row]:
                    raise KeyError(f"without {', '.join(missing)}")
            except (ValueError, TypeError, KeyError) as error:
                raise BadLine(f"line {number}: {error}") from None
            yield row


def _add(builder: Builder, prompt: str, row: dict[str, Any]) -> None:
    texts = row["completions"]
    # of one system there is one answer; without systems, what reads the same is the same answer
    names = row.get("systems") or texts
    seen: dict[Any, int] = {}
    tier_of = {i: n for n, tier in enumerate(row["ranking"], 1) for i in tier}
    for index, name in enumerate(names):
        seen.setdefault(name, index)
    kept = list(seen.values())
    builder.add(
        prompt=prompt,
        labeler=str(row.get("labeler") or row.get("id")),
        completions=[names[i] for i in kept],
        tiers=[tier_of.get(i) for i in kept],
        shown=[i + 1 for i in kept],
        lengths=[len(texts[i]) for i in kept],
        language=str(row.get("lang", "")),
    )
