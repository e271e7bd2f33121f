"""`python -m rewardmodel check-export DIR`: every number of a dataset's card, computed anew from its files.

Written apart from what writes the card, on purpose: two ways to one number. Needs pyarrow for Parquet.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import typer

from rewardmodel.rankings import pairs, ranking_from_json

Row = dict[str, Any]


def check_export(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
) -> None:
    """Compute every number of a dataset's card anew from its files; exit 1 where one differs."""
    faults = differences(directory)
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo("Every number of the card follows from the files.")


def differences(directory: Path) -> list[str]:
    """Where card and files disagree, in words."""
    card = json.loads((directory / "card.json").read_text(encoding="utf-8"))
    faults = list(_file_faults(directory, card["files"]))
    if faults:
        return faults
    found = _numbers(directory, card)
    claimed = {**card["counts"], "agreement": card["agreement"]}
    return [
        f"{name}: the card says {claimed[name]}, the files say {value}"
        for name, value in found.items()
        if not _same(claimed[name], value)
    ]


def _file_faults(directory: Path, files: dict[str, Row]) -> Iterator[str]:
    present = {
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.suffix in (".parquet", ".jsonl")
    }
    for name in sorted(present ^ set(files)):
        yield f"{name}: {'not in the card' if name in present else 'missing'}"
    for name in sorted(present & set(files)):
        with (directory / name).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 != files[name]["sha256"]:
            yield f"{name}: SHA-256 is {sha256}, the card says {files[name]['sha256']}"
        elif (rows := sum(1 for _ in _rows(directory / name))) != files[name]["rows"]:
            yield f"{name}: {rows} rows, the card says {files[name]['rows']}"


def _part(directory: Path, card: Row, part: str) -> Iterator[Row]:
    """The rows of one part, of both sides of the split, from the first of its kinds of files."""
    kind = card["options"]["files"][0]
    for split in ("train", "validation"):
        path = directory / part / f"{split}.{kind}"
        if path.exists():
            yield from _rows(path)


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
        return
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=500):
            yield from batch.to_pylist()


def _numbers(directory: Path, card: Row) -> Row:
    """What can be computed from the parts that were written."""
    parts = card["options"]["parts"]
    found: Row = {}
    languages: Counter[str] = Counter()
    people: set[str] = set()
    prompts: set[str] = set()
    if "rankings" in parts:
        found |= _of_rankings(_part(directory, card, "rankings"), languages, people, prompts)
    if "demonstrations" in parts:
        number = 0
        for row in _part(directory, card, "demonstrations"):
            number += 1
            languages[row["lang"]] += 1
            people.add(row["author"])
            prompts.add(_key(row["messages"][:-1]))
        found["demonstrations"] = number
    whole = {"rankings", "demonstrations"} <= set(parts)
    if whole:
        found |= {"labelers": len(people), "prompts": len(prompts)}
        found["languages"] = dict(sorted(languages.items()))
    elif "rankings" not in parts and "pairs" in parts:
        rows = list(_part(directory, card, "pairs"))
        found["strict_pairs"] = sum(not row["tie"] for row in rows)
    return found


def _of_rankings(
    rows: Iterator[Row], languages: Counter[str], people: set[str], prompts: set[str]
) -> Row:
    numbers: Counter[str] = Counter(
        rankings=0, rankings_with_ties=0, rankings_with_cut=0, strict_pairs=0, tied_pairs=0
    )
    k: Counter[int] = Counter()
    modes: Counter[str] = Counter()
    by_item: dict[str, list[tuple[str, dict[frozenset[int], int]]]] = defaultdict(list)
    for row in rows:
        numbers["rankings"] += 1
        languages[row["lang"]] += 1
        people.add(row["labeler"])
        prompts.add(_key(row["prompt"]))
        k[len(row["completions"])] += 1
        modes[row.get("mode") or "unknown"] += 1
        numbers["rankings_with_ties"] += any(len(tier) > 1 for tier in row["ranking"])
        numbers["rankings_with_cut"] += row.get("unacceptable_below") is not None
        outside = [*(row.get("unranked") or []), *(row.get("cannot_judge") or [])]
        said = pairs(ranking_from_json({**row, "unranked": outside}))
        numbers["tied_pairs"] += sum(pair.tie for pair in said)
        strict = {frozenset((p.better, p.worse)): p.better for p in said if not p.tie}
        numbers["strict_pairs"] += len(strict)
        by_item[row["item"]].append((row["labeler"], strict))
    return {
        **numbers,
        "completions_per_ranking": {str(n): k[n] for n in sorted(k)},
        "modes": dict(sorted(modes.items())),
        "agreement": _agreement(by_item),
    }


def _agreement(by_item: dict[str, list[tuple[str, dict[frozenset[int], int]]]]) -> Row:
    """Share of strict pairs of one item on which two people agree, with a 95 % modified Wilson interval
    (Dean and Pagano 2015) over items as clusters."""
    sums = []
    for judgments in by_item.values():
        n = a = 0
        for (one, first), (other, second) in combinations(judgments, 2):
            if one != other:
                shared = first.keys() & second.keys()
                n += len(shared)
                a += sum(first[pair] == second[pair] for pair in shared)
        if n:
            sums.append((n, a))
    total, agreed = sum(n for n, _ in sums), sum(a for _, a in sums)
    answer: Row = {"items": len(sums), "pairs": total, "agreeing": agreed}
    if not total:
        return {**answer, "share": None, "interval": None}
    p, m = agreed / total, len(sums)
    effective = float(m)
    if m > 1 and 0 < p < 1:
        spread = sum((a - p * n) ** 2 for n, a in sums) * m / (m - 1) / total**2
        effective = min(total, p * (1 - p) / spread) if spread else float(total)
    z = 1.959963984540054
    centre = (p + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z / (1 + z * z / effective)
    half *= math.sqrt(p * (1 - p) / effective + z * z / (4 * effective * effective))
    bounds = [max(0.0, centre - half), min(1.0, centre + half)]
    return {**answer, "share": p, "interval": bounds}


def _key(messages: list[Row]) -> str:
    return json.dumps([[each["role"], each["content"]] for each in messages])


def _same(claimed: Any, found: Any) -> bool:
    if isinstance(claimed, float) and isinstance(found, float):
        return math.isclose(claimed, found, abs_tol=1e-6)
    if isinstance(claimed, dict) and isinstance(found, dict):
        return claimed.keys() == found.keys() and all(_same(claimed[k], found[k]) for k in found)
    if isinstance(claimed, list) and isinstance(found, list):
        return len(claimed) == len(found) and all(map(_same, claimed, found))
    return bool(claimed == found)
