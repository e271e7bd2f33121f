"""What the benchmarks on public data share: rows as rankings, and stages run in directories.

The data is read where it lies; nothing of it is kept outside the work folder. Knows no figures.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rewardmodel.rankings import Message, Ranking, Split, parse_prompt

MANIFEST = "MANIFEST.json"


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def hash_byte(prompt: tuple[Message, ...]) -> int:
    """0..255 from the text of a prompt: what splits are drawn by."""
    return hashlib.sha256(repr(prompt).encode()).digest()[0]


def to_ranking(row: dict[str, Any], split: Split | None = None) -> Ranking:
    """A row of public data as a ranking; without a split, a fifth of the prompts is held out."""
    prompt = parse_prompt(row["prompt"])
    tiers = tuple(tuple(tier) for tier in row["ranking"] if tier)
    placed = {index for tier in tiers for index in tier}
    count = len(row["completions"])
    return Ranking(
        id=row["id"],
        prompt=prompt,
        completions=tuple(row["completions"]),
        tiers=tiers,
        unranked=tuple(index for index in range(count) if index not in placed),
        labeler=row.get("labeler"),
        lang=row["lang"],
        split=split or ("validation" if hash_byte(prompt) < 51 else "train"),
        source=row["source"],
    )


def run(folder: Path, stage: str, inputs: dict[str, Path], **config: Any) -> dict[str, Any]:
    """Run one stage in a directory; its report, with the seconds between its first and last event.

    A run that is complete is not repeated: its report is read back.
    """
    if not (folder / MANIFEST).exists():
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "stage": stage,
            "inputs": {name: str(path.resolve()) for name, path in inputs.items()},
            "config": {"threads": 1, **config},  # a second thread gains nothing at this size
        }
        (folder / "config.json").write_text(json.dumps(document, indent=1))
        command = [sys.executable, "-m", "rewardmodel", stage, "--run", str(folder)]
        subprocess.run(command, check=True)
        for event in events(folder):
            if event["type"] == "warning":
                print(f"  {folder.name}: {event['message']}")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    ends = [datetime.fromisoformat(events(folder)[n]["at"]) for n in (0, -1)]
    return {**report, "seconds": (ends[1] - ends[0]).total_seconds()}


def events(folder: Path) -> list[dict[str, Any]]:
    """Everything a run said, in order."""
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
