"""Rankings as people gave them, the pairs that follow from them, and the snapshot files.

A ranking is a weak order: tiers best first, ties inside a tier, completions left unranked, a cut
below which nothing is acceptable, and direct comparisons with strength. Pairs are derived here and
nowhere else. Knows no tensors, no tokenizer and no database.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rewardmodel.errors import Refused

SNAPSHOT_FORMAT = "tiebreak.snapshot/1"
RANKINGS_FILE = "rankings.jsonl"
DEMONSTRATIONS_FILE = "demonstrations.jsonl"
ROLES = ("system", "user", "assistant", "tool")
SPLITS = ("train", "validation")

Split = Literal["train", "validation"]


class InvalidRow(ValueError):
    """A row breaks a rule; the message names the field, the value and the rule."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class DirectComparison:
    """Two completions compared by themselves; `strength` 1 (slightly) to 3 (much better)."""

    better: int
    worse: int
    tie: bool = False
    strength: int = 1


@dataclass(frozen=True, slots=True)
class Ranking:
    """One labeler's judgment of the completions of one prompt.

    `tiers` holds completion indices, best tier first; `unacceptable_below` is the number of tiers
    that are acceptable (None: no cut was set). Every index stands in one tier or in `unranked`.
    """

    id: str
    prompt: tuple[Message, ...]
    completions: tuple[str, ...]
    tiers: tuple[tuple[int, ...], ...]
    unranked: tuple[int, ...] = ()
    unacceptable_below: int | None = None
    direct: tuple[DirectComparison, ...] = ()
    labeler: str | None = None
    weight: float = 1.0
    lang: str = "und"
    split: Split = "train"
    source: str = ""

    def __post_init__(self) -> None:
        _check_order(self)
        _check_direct(self)
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise InvalidRow(f"weight: {self.weight} must be a finite number >= 0")
        if self.split not in SPLITS:
            raise InvalidRow(f"split: {self.split!r} must be one of {', '.join(SPLITS)}")


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An ideal completion written by a person."""

    id: str
    prompt: tuple[Message, ...]
    completion: str
    lang: str = "und"
    split: Split = "train"
    author: str | None = None


class Pair(NamedTuple):
    """Two completions of one ranking. In a tie, `better` and `worse` are in index order."""

    better: int
    worse: int
    tie: bool
    direct: bool
    strength: int
    rank_gap: int  # tiers between them; 0 for a tie or where one of them is unranked
    crosses_cut: bool  # better is acceptable, worse is not


def _check_order(ranking: Ranking) -> None:
    count = len(ranking.completions)
    if count == 0:
        raise InvalidRow("completions: at least 1 is needed, found 0")
    if not ranking.prompt:
        raise InvalidRow("prompt: at least 1 message is needed, found 0")
    seen: set[int] = set()
    for name, tier in [*((f"ranking[{n}]", t) for n, t in enumerate(ranking.tiers))] + [
        ("unranked", ranking.unranked)
    ]:
        if not tier and name != "unranked":
            raise InvalidRow(f"{name}: a tier must not be empty")
        for index in tier:
            if not 0 <= index < count:
                raise InvalidRow(f"{name}: index {index} is outside 0..{count - 1}")
            if index in seen:
                raise InvalidRow(f"{name}: completion {index} is placed twice")
            seen.add(index)
    if missing := sorted(set(range(count)) - seen):
        raise InvalidRow(f"ranking: completions {missing} are in no tier and not in unranked")
    cut = ranking.unacceptable_below
    if cut is not None and not 0 <= cut <= len(ranking.tiers):
        raise InvalidRow(f"unacceptable_below: {cut} is outside 0..{len(ranking.tiers)}")


def _check_direct(ranking: Ranking) -> None:
    count = len(ranking.completions)
    for number, comparison in enumerate(ranking.direct):
        name = f"direct[{number}]"
        for index in (comparison.better, comparison.worse):
            if not 0 <= index < count:
                raise InvalidRow(f"{name}: index {index} is outside 0..{count - 1}")
        if comparison.better == comparison.worse:
            raise InvalidRow(f"{name}: completion {comparison.better} is compared with itself")
        if comparison.strength not in (1, 2, 3):
            raise InvalidRow(f"{name}.strength: {comparison.strength} must be 1, 2 or 3")


def pairs(ranking: Ranking) -> list[Pair]:
    """All comparable pairs of a ranking, once each, in index order.

    K completions ranked strictly give K(K-1)/2 pairs. Unranked completions give none, unless a
    direct comparison names them. A direct comparison is the more specific statement: it overrides
    what the tiers say of the same two completions, and the later of two on one pair stands.
    """
    tier_of = {index: number for number, tier in enumerate(ranking.tiers) for index in tier}
    cut = len(ranking.tiers) if ranking.unacceptable_below is None else ranking.unacceptable_below
    found: dict[tuple[int, int], Pair] = {}
    placed = sorted(tier_of)
    for position, first in enumerate(placed):
        for second in placed[position + 1 :]:
            better, worse = first, second
            if tier_of[second] < tier_of[first]:
                better, worse = second, first
            gap = tier_of[worse] - tier_of[better]
            crosses = tier_of[better] < cut <= tier_of[worse]
            found[first, second] = Pair(better, worse, gap == 0, False, 1, gap, crosses)
    for comparison in ranking.direct:
        low, high = sorted((comparison.better, comparison.worse))
        earlier = found.get((low, high))
        agrees = earlier is not None and not comparison.tie and earlier.better == comparison.better
        found[low, high] = Pair(
            better=low if comparison.tie else comparison.better,
            worse=high if comparison.tie else comparison.worse,
            tie=comparison.tie,
            direct=True,
            strength=comparison.strength,
            rank_gap=earlier.rank_gap if earlier is not None and agrees else 0,
            crosses_cut=earlier.crosses_cut if earlier is not None and agrees else False,
        )
    return [found[key] for key in sorted(found)]


def parse_prompt(value: object, field: str = "prompt") -> tuple[Message, ...]:
    """A prompt from JSON: a string (one user message) or a list of {role, content}."""
    if isinstance(value, str):
        return (Message("user", value),)
    if not isinstance(value, list) or not value:
        raise InvalidRow(f"{field}: must be a text or a non-empty list of messages")
    messages = []
    for number, message in enumerate(value):
        where = f"{field}[{number}]"
        if not isinstance(message, dict):
            raise InvalidRow(f"{where}: must be an object with role and content")
        role, content = message.get("role"), message.get("content")
        if role not in ROLES:
            raise InvalidRow(f"{where}.role: {role!r} must be one of {', '.join(ROLES)}")
        if not isinstance(content, str):
            raise InvalidRow(f"{where}.content: must be a text, found {type(content).__name__}")
        messages.append(Message(role, content))
    return tuple(messages)


def prompt_to_json(prompt: Sequence[Message]) -> list[dict[str, str]]:
    """A prompt as the list of {role, content} that every file of a run holds."""
    return [{"role": message.role, "content": message.content} for message in prompt]


def ranking_from_json(row: Mapping[str, Any]) -> Ranking:
    """A ranking from one line of rankings.jsonl. Raises InvalidRow."""
    tiers = row.get("ranking")
    if not isinstance(tiers, list) or not all(isinstance(tier, list) for tier in tiers):
        raise InvalidRow("ranking: must be a list of tiers, each a list of indices")
    direct = []
    for number, entry in enumerate(row.get("direct") or []):
        if not isinstance(entry, dict):
            raise InvalidRow(f"direct[{number}]: must be an object")
        direct.append(
            DirectComparison(
                better=_integer(entry.get("better"), f"direct[{number}].better"),
                worse=_integer(entry.get("worse"), f"direct[{number}].worse"),
                tie=bool(entry.get("tie", False)),
                strength=_integer(entry.get("strength", 1), f"direct[{number}].strength"),
            )
        )
    cut, labeler = row.get("unacceptable_below"), row.get("labeler")
    weight = row.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise InvalidRow(f"weight: {weight!r} must be a number")
    return Ranking(
        id=_text(row.get("id"), "id"),
        prompt=parse_prompt(row.get("prompt")),
        completions=tuple(_texts(row.get("completions"), "completions")),
        tiers=tuple(
            tuple(_integer(i, f"ranking[{n}]") for i in tier) for n, tier in enumerate(tiers)
        ),
        unranked=tuple(_integer(i, "unranked") for i in row.get("unranked") or []),
        unacceptable_below=None if cut is None else _integer(cut, "unacceptable_below"),
        direct=tuple(direct),
        labeler=None if labeler is None else _text(labeler, "labeler"),
        weight=float(weight),
        lang=_text(row.get("lang", "und"), "lang"),
        split=row.get("split", "train"),
        source=_text(row.get("source", ""), "source"),
    )


def ranking_to_json(ranking: Ranking) -> dict[str, Any]:
    """One line of rankings.jsonl; `ranking_from_json` gives the same ranking back."""
    return {
        "id": ranking.id,
        "prompt": prompt_to_json(ranking.prompt),
        "completions": list(ranking.completions),
        "ranking": [list(tier) for tier in ranking.tiers],
        "unranked": list(ranking.unranked),
        "unacceptable_below": ranking.unacceptable_below,
        "direct": [
            {"better": d.better, "worse": d.worse, "tie": d.tie, "strength": d.strength}
            for d in ranking.direct
        ],
        "labeler": ranking.labeler,
        "weight": ranking.weight,
        "lang": ranking.lang,
        "split": ranking.split,
        "source": ranking.source,
    }


def demonstration_from_json(row: Mapping[str, Any]) -> Demonstration:
    """A demonstration from one line of demonstrations.jsonl. Raises InvalidRow."""
    author, split = row.get("author"), row.get("split", "train")
    if split not in SPLITS:
        raise InvalidRow(f"split: {split!r} must be one of {', '.join(SPLITS)}")
    return Demonstration(
        id=_text(row.get("id"), "id"),
        prompt=parse_prompt(row.get("prompt")),
        completion=_text(row.get("completion"), "completion"),
        lang=_text(row.get("lang", "und"), "lang"),
        split=split,
        author=None if author is None else _text(author, "author"),
    )


def demonstration_to_json(demonstration: Demonstration) -> dict[str, Any]:
    """One line of demonstrations.jsonl."""
    return {
        "id": demonstration.id,
        "prompt": prompt_to_json(demonstration.prompt),
        "completion": demonstration.completion,
        "lang": demonstration.lang,
        "split": demonstration.split,
        "author": demonstration.author,
    }


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidRow(f"{field}: must be a text, found {type(value).__name__}")
    return value


def _texts(value: object, field: str) -> list[str]:
    if not isinstance(value, list):
        raise InvalidRow(f"{field}: must be a list of texts, found {type(value).__name__}")
    return [_text(entry, f"{field}[{number}]") for number, entry in enumerate(value)]


def _integer(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRow(f"{field}: {value!r} must be a whole number")
    return value


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number (from 1) and object of each line. Raises Refused naming file, line and rule."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line, parse_constant=_refuse_constant)
            except ValueError as error:
                raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error
            if not isinstance(row, dict):
                raise Refused("data_refused", f"{path.name}, line {number}: must be an object")
            yield number, row


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The judgments one training run sees, frozen, with the hash that names them."""

    rankings: tuple[Ranking, ...]
    demonstrations: tuple[Demonstration, ...]
    sha256: str


def write_snapshot(
    directory: Path, rankings: Iterable[Ranking], demonstrations: Iterable[Demonstration] = ()
) -> str:
    """Write the snapshot files, the manifest last, and return the snapshot's SHA-256.

    Rows are streamed, so a million rankings need no more memory than one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    files: dict[str, str] = {}
    rows: dict[str, Iterable[dict[str, Any]]] = {
        RANKINGS_FILE: (ranking_to_json(ranking) for ranking in rankings),
        DEMONSTRATIONS_FILE: (demonstration_to_json(entry) for entry in demonstrations),
    }
    for name, entries in rows.items():
        digest, count = hashlib.sha256(), 0
        with (directory / name).open("wb") as file:
            for entry in entries:
                line = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n"
                digest.update(line)
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        files[name], counts[name.removesuffix(".jsonl")] = digest.hexdigest(), count
    sha256 = _hash_of_files(files)
    manifest = {"format": SNAPSHOT_FORMAT, "files": files, "counts": counts, "sha256": sha256}
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return sha256


def read_snapshot(directory: Path) -> Snapshot:
    """Read and verify a snapshot. Raises Refused naming the file, the line, the field and rule."""
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        files = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused("data_refused", f"snapshot manifest.json cannot be read: {error}") from error
    if manifest.get("format") != SNAPSHOT_FORMAT:
        raise Refused(
            "data_refused",
            f"snapshot format {manifest.get('format')!r} is not {SNAPSHOT_FORMAT!r}",
        )
    for name in (RANKINGS_FILE, DEMONSTRATIONS_FILE):
        path = directory / name
        if not path.is_file():
            raise Refused("data_refused", f"snapshot file {name} is missing")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != files.get(name):
            raise Refused(
                "data_refused",
                f"snapshot file {name} has SHA-256 {found}, the manifest says {files.get(name)}",
            )
    rankings = _parse_rows(directory / RANKINGS_FILE, ranking_from_json)
    demonstrations = _parse_rows(directory / DEMONSTRATIONS_FILE, demonstration_from_json)
    return Snapshot(tuple(rankings), tuple(demonstrations), _hash_of_files(files))


def _parse_rows(path: Path, parse: Any) -> Iterator[Any]:
    for number, row in read_jsonl(path):
        try:
            yield parse(row)
        except InvalidRow as error:
            raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error


def _hash_of_files(files: Mapping[str, str]) -> str:
    listing = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()
