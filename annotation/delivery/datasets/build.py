"""A dataset directory from a snapshot: the same snapshot and options give the same bytes.

```
README.md     the data card; its front matter lets datasets.load_dataset read the directory
card.json     the same numbers for programs, with the SHA-256 and the rows of every file
rankings/     train and validation, as Parquet and/or JSONL; likewise the other parts
```
Everything comes from the snapshot's files and from options; nothing is asked of the clock or the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from annotation.delivery.datasets import card
from annotation.delivery.datasets.consensus import METHOD
from annotation.delivery.datasets.files import JsonLines, Parquet, Writer
from annotation.delivery.datasets.rows import (
    Margin,
    Row,
    Ties,
    preference_rows,
    sft_row,
    weak_order,
)
from annotation.delivery.datasets.tally import Tally

PARTS = ("rankings", "pairs", "pairs_plain", "demonstrations", "consensus")
FILES = ("parquet", "jsonl")
SPLITS = ("train", "validation")
FORMAT = "tiebreak.dataset/1"
AT_ONCE = 500
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """What to write. `with_origin`: name the policies and plans that completions came from."""

    parts: tuple[str, ...] = PARTS[:4]
    files: tuple[str, ...] = ("parquet",)
    ties: Ties = "drop"
    margin: Margin = "none"
    with_origin: bool = True
    licence: str = ""

    @classmethod
    def of(cls, values: dict[str, Any]) -> Options:
        """From the settings of a run."""
        return cls(
            parts=tuple(part for part in PARTS if part in values["parts"]),
            files=tuple(kind for kind in FILES if kind in values["files"]),
            ties=cast(Ties, values["ties"]),
            margin=cast(Margin, values["margin"]),
            with_origin=bool(values["with_origin"]),
            licence=str(values["licence"]),
        )


def build(snapshot: Path, out: Path, options: Options, progress: Progress = lambda _: None) -> Row:
    """Write the directory; returns the card. `progress` is told how many judgments are done."""
    out.mkdir(parents=True, exist_ok=True)
    facts = json.loads((snapshot / "facts.json").read_text(encoding="utf-8"))
    tally = Tally(out)
    files = _Files(out, options)
    try:
        done = 0
        for ranking, details in _lines(snapshot, "rankings"):
            tally.ranking(ranking, details)
            _write_ranking(files, options, ranking, details)
            if "consensus" in options.parts:
                tally.orders.add(ranking, details)
            done += 1
            if done % AT_ONCE == 0:
                progress(done)
        for demonstration, details in _lines(snapshot, "demonstrations"):
            tally.demonstration(demonstration, details)
            if "demonstrations" in options.parts:
                files.write(
                    "demonstrations", demonstration["split"], sft_row(demonstration, details)
                )
            done += 1
            if done % AT_ONCE == 0:
                progress(done)
        if "consensus" in options.parts:
            for split, row in tally.orders.rows():
                files.write("consensus", split, row)
        written = files.close()
        content = _card(facts, options, tally, written)
    finally:
        tally.close()
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (out / "card.json").write_text(text, encoding="utf-8")
    (out / "README.md").write_text(card.readme(content), encoding="utf-8")
    return content


def _write_ranking(files: _Files, options: Options, ranking: Row, details: Row) -> None:
    split = ranking["split"]
    if "rankings" in options.parts:
        row = weak_order(ranking, details, with_origin=options.with_origin)
        files.write("rankings", split, row)
    for part in ("pairs", "pairs_plain"):
        if part in options.parts:
            plain = part == "pairs_plain"
            for row in preference_rows(
                ranking, details, plain=plain, ties=options.ties, margin=options.margin
            ):
                files.write(part, split, row)


def _card(facts: Row, options: Options, tally: Tally, files: dict[str, Row]) -> Row:
    origin = {}
    if options.with_origin:
        origin = {
            "systems": dict(sorted(tally.systems.items())),
            "sampling_plans": facts["sampling_plans"],
        }
    versions = [
        {**each, "judgments": tally.guidelines[each["number"]]}
        for each in facts["guidelines"]
        if tally.guidelines[each["number"]]
    ]
    return {
        "format": FORMAT,
        "project": facts["project"],
        "snapshot": facts["snapshot"],
        "options": {**asdict(options), "parts": list(options.parts), "files": list(options.files)},
        "counts": tally.as_json(),
        "agreement": tally.agreement(),
        "quality": facts["quality"],
        "exclusions": facts["exclusions"],
        "guidelines": versions,
        **origin,
        **({"consensus": METHOD} if "consensus" in options.parts else {}),
        "files": files,
    }


class _Files:
    """The open files of a dataset; one is made when its first row comes."""

    def __init__(self, out: Path, options: Options) -> None:
        self.out, self.options = out, options
        self._open: dict[str, Writer] = {}

    def write(self, part: str, split: str, row: Row) -> None:
        for kind in self.options.files:
            name = f"{part}/{split}.{kind}"
            if name not in self._open:
                path = self.out / name
                path.parent.mkdir(exist_ok=True)
                if kind == "parquet":
                    self._open[name] = Parquet(path, part, self.options.margin != "none")
                else:
                    self._open[name] = JsonLines(path, terse=part == "rankings")
            self._open[name].write(row)

    def close(self) -> dict[str, Row]:
        """Path → rows and SHA-256 of every file."""
        found = {}
        for name, writer in sorted(self._open.items()):
            writer.close()
            with (self.out / name).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            found[name] = {"rows": writer.rows, "sha256": sha256}
        return found


def _lines(snapshot: Path, kind: str) -> Iterator[tuple[Row, Row]]:
    """The rows of a snapshot with what stands beside them, one after the other."""
    beside = snapshot / f"{kind}.details.jsonl"
    with (
        (snapshot / f"{kind}.jsonl").open(encoding="utf-8") as rows,
        beside.open(encoding="utf-8") as details,
    ):
        for row, detail in zip(rows, details, strict=True):
            yield json.loads(row), json.loads(detail)
