"""The list of rows that a run did not use, or did not use whole, each with its id and reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

LEFT_OUT = "left_out.jsonl"


def left_out(
    part: str, row: str, what: str, reason: str, *, in_part: bool = False, **details: Any
) -> dict[str, Any]:
    """One line of the list: what happened to the row of this id, which belongs to `part`, and why.

    in_part: the rest of the row is used all the same, unless another line says that it is not.
    """
    return {"part": part, "id": row, "what": what, "reason": reason, "in_part": in_part, **details}


def counted(entries: Iterable[Mapping[str, Any]]) -> str:
    """How often what happened, in words; empty if nothing did."""
    counts = Counter(entry["what"] for entry in entries)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def rows_not_whole(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """For a report: rows that are not used at all, and rows of which a part is; one may have several lines."""
    listed, unused = set(), set()
    for entry in entries:
        row = (entry["part"], entry["id"])
        listed.add(row)
        if not entry["in_part"]:
            unused.add(row)
    return {"left_out": len(unused), "used_in_part": len(listed - unused)}


def write_left_out(
    directory: Path, entries: Iterable[Mapping[str, Any]], *, add: bool = False
) -> None:
    """Write left_out.jsonl: {"part", "id", "what", "reason", …} a line; empty if all was used.

    add: behind what stands there.
    """
    mode = "a" if add else "w"
    with (directory / LEFT_OUT).open(mode, encoding="utf-8", errors="replace") as file:
        for entry in entries:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
