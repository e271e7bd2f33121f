"""Rankings as people gave them, the pairs that follow from them, and the snapshot files.

A ranking is a weak order: tiers best first, ties inside a tier, completions left unranked, a cut
below which nothing is acceptable, and direct comparisons with strength. Pairs are derived here and
nowhere else. Knows no tensors, no tokenizer and no database.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import zlib
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
    round: int | None = None  # the turn of the loop that its completions were sampled in

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
        return (Message("user", parse_text(value, field)),)
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
        messages.append(Message(role, parse_text(content, f"{where}.content")))
    return tuple(messages)


def prompt_to_json(prompt: Sequence[Message]) -> list[dict[str, str]]:
    """A prompt as the list of {role, content} that every file of a run holds."""
    return [{"role": message.role, "content": message.content} for message in prompt]


def ranking_from_json(row: Mapping[str, Any]) -> Ranking:
    """A ranking from one line of rankings.jsonl. Raises InvalidRow."""
    cut, labeler, turn = row.get("unacceptable_below"), row.get("labeler"), row.get("round")
    direct = _listed(row.get("direct"), "direct")
    return Ranking(
        id=parse_text(row.get("id"), "id"),
        prompt=parse_prompt(row.get("prompt")),
        completions=tuple(parse_texts(row.get("completions"), "completions")),
        tiers=tuple(map(tuple, parse_tiers(row.get("ranking")))),
        unranked=tuple(parse_indices(row.get("unranked"), "unranked")),
        unacceptable_below=None if cut is None else _integer(cut, "unacceptable_below"),
        direct=tuple(_comparison(entry, f"direct[{n}]") for n, entry in enumerate(direct)),
        labeler=None if labeler is None else parse_text(labeler, "labeler"),
        weight=_number(row.get("weight", 1.0), "weight"),
        lang=parse_text(row.get("lang", "und"), "lang"),
        split=row.get("split", "train"),
        source=parse_text(row.get("source", ""), "source"),
        round=None if turn is None else _integer(turn, "round"),
    )


def _comparison(entry: object, field: str) -> DirectComparison:
    if not isinstance(entry, dict):
        raise InvalidRow(f"{field}: must be an object")
    if unknown := sorted(entry.keys() - {"better", "worse", "tie", "strength"}):
        raise InvalidRow(f"{field}.{unknown[0]}: fields are better, worse, tie and strength")
    tie, strength = entry.get("tie", False), entry.get("strength")
    if not isinstance(tie, bool):
        raise InvalidRow(f"{field}.tie: {tie!r} must be true or false")
    return DirectComparison(
        better=_integer(entry.get("better"), f"{field}.better"),
        worse=_integer(entry.get("worse"), f"{field}.worse"),
        tie=tie,
        # rows write null where people were not asked how strongly
        strength=1 if strength is None else _integer(strength, f"{field}.strength"),
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
        # rows of no round have the bytes that they always had
        **({} if ranking.round is None else {"round": ranking.round}),
    }


def demonstration_from_json(row: Mapping[str, Any]) -> Demonstration:
    """A demonstration from one line of demonstrations.jsonl. Raises InvalidRow."""
    author, split = row.get("author"), row.get("split", "train")
    if split not in SPLITS:
        raise InvalidRow(f"split: {split!r} must be one of {', '.join(SPLITS)}")
    return Demonstration(
        id=parse_text(row.get("id"), "id"),
        prompt=parse_prompt(row.get("prompt")),
        completion=parse_text(row.get("completion"), "completion"),
        lang=parse_text(row.get("lang", "und"), "lang"),
        split=split,
        author=None if author is None else parse_text(author, "author"),
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


def parse_text(value: object, field: str) -> str:
    """A text of whole characters from JSON. Raises InvalidRow."""
    if not isinstance(value, str):
        raise InvalidRow(f"{field}: must be a text, found {_kind(value)}")
    check_characters(value, field)
    return value


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


def parse_texts(value: object, field: str) -> list[str]:
    """A list of texts from JSON. Raises InvalidRow."""
    if not isinstance(value, list):
        raise InvalidRow(f"{field}: must be a list of texts, found {_kind(value)}")
    return [parse_text(entry, f"{field}[{number}]") for number, entry in enumerate(value)]


def parse_tiers(value: object) -> list[list[int]]:
    """Tiers of completion indices from JSON. Raises InvalidRow."""
    if not isinstance(value, list) or not all(isinstance(tier, list) for tier in value):
        raise InvalidRow("ranking: must be a list of tiers, each a list of indices")
    return [parse_indices(tier, f"ranking[{number}]") for number, tier in enumerate(value)]


def parse_indices(value: object, field: str) -> list[int]:
    """Completion indices from JSON, none where nothing is said. Raises InvalidRow."""
    return [_integer(index, field) for index in _listed(value, field)]


def check_characters(value: object, field: str) -> None:
    """Refuse half a character (a lone surrogate) in any text of a value from JSON.

    JSON can escape one, but no UTF-8 file and no tokenizer holds it. Raises InvalidRow.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidRow(
                f"{field}: half a character (a lone surrogate) at position {error.start}"
            ) from None
    elif isinstance(value, (list, tuple)):
        for number, entry in enumerate(value):
            check_characters(entry, f"{field}[{number}]")
    elif isinstance(value, dict):
        for name, entry in value.items():
            check_characters(name, "name of a field")
            check_characters(entry, f"{field}.{name}" if field else name)


def _listed(value: object, field: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidRow(f"{field}: must be a list, found {_kind(value)}")
    return value


def _integer(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRow(f"{field}: {value!r} must be a whole number")
    return value


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidRow(f"{field}: {value!r} must be a number")
    try:
        return float(value)
    except OverflowError:
        raise InvalidRow(f"{field}: must be a finite number") from None


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number (from 1) and object of each line, plain or gzip.

    Raises Refused naming file, line and rule, also where a file cannot be read to its end.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opener(path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, row_of_line(line, f"{path.name}, line {number}")
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(
            "data_refused", f"{path.name}, line {number + 1}: cannot be read ({error})"
        ) from error


def row_of_line(line: bytes, place: str) -> dict[str, Any]:
    """The object on one line of JSON. Raises Refused naming the place and the rule."""
    try:
        return _object(line)
    except InvalidRow as error:
        raise Refused("data_refused", f"{place}: {error}") from error


def _object(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode().rstrip(), parse_constant=_refuse_constant)
        if b"\\u" in line:  # UTF-8 itself holds whole characters only
            check_characters(row, "")
    except UnicodeDecodeError as error:
        raise InvalidRow(f"not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        # the line that json counts is always 1
        raise InvalidRow(f"no JSON from column {error.colno} on: {error.msg}") from error
    except RecursionError as error:
        raise InvalidRow("nested too deep") from error
    except InvalidRow:
        raise
    except ValueError as error:
        raise InvalidRow("a number has too many digits") from error
    if not isinstance(row, dict):
        raise InvalidRow("must be an object")
    return row


def _refuse_constant(name: str) -> None:
    raise InvalidRow(f"{name} is not a JSON number")


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
    lines: dict[str, int] = {}
    for number, row in read_jsonl(path):
        try:
            found = parse(row)
            earlier = lines.setdefault(found.id, number)
            if earlier != number:
                raise InvalidRow(
                    f"id: {found.id!r} is that of line {earlier} too; each has its own"
                )
            yield found
        except InvalidRow as error:
            raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error


def _hash_of_files(files: Mapping[str, str]) -> str:
    listing = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()
