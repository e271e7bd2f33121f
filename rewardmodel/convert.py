"""Files of rows made into what a run takes: a snapshot, a prompts file, a texts file.

Rows are JSON Lines, plain or gzip. Rankings have `prompt`, `completions`, `ranking`;
demonstrations have `prompt` and `completion` or `reference` (a text, a list of texts, or a list of
objects with a `question`); labelled texts have `text` and a `label` that is higher for better.
Knows no tokens and no networks.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardmodel.errors import Refused
from rewardmodel.rankings import (
    Demonstration,
    InvalidRow,
    Message,
    Ranking,
    Split,
    parse_prompt,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are taken, and how their prompts are put."""

    where: tuple[tuple[str, str], ...] = ()  # field, value: only rows that have it
    skip: int = 0
    limit: int | None = None
    template: str = "{prompt}"
    validation_fraction: float = 0.1
    characters: int | None = None  # of the last user message, before it is put in the template

    def split_of(self, prompt: Sequence[Message]) -> Split:
        """By the prompt's hash: all rows of a prompt fall on one side."""
        digest = hashlib.sha256(repr([(m.role, m.content) for m in prompt]).encode()).digest()
        share = int.from_bytes(digest[:8]) / 2**64
        return "validation" if share < self.validation_fraction else "train"

    def put(self, value: object) -> tuple[Message, ...]:
        """A row's prompt, its last user message in the template."""
        prompt = parse_prompt(value)
        if prompt[-1].role != "user":
            return prompt
        said = self.template.replace("{prompt}", prompt[-1].content[: self.characters])
        return (*prompt[:-1], Message("user", said))


def parse_where(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """field=value of each word. Raises Refused."""
    found = []
    for word in words:
        field, equals, value = word.partition("=")
        if not equals or not field:
            raise Refused("config_refused", f"--where {word!r}: must look like field=value")
        found.append((field, value))
    return tuple(found)


def read_rows(path: Path, choice: Choice) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place for messages, row) of the rows that are taken. Raises Refused naming file and line."""
    opened = gzip.open if path.suffix == ".gz" else open
    taken = 0
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = json.loads(line) if line.strip() else None
                if row is None:
                    continue
                if not isinstance(row, dict):
                    raise ValueError(f"line {number}: must be an object")
                if any(str(row.get(field)) != value for field, value in choice.where):
                    continue
                taken += 1
                if choice.limit is not None and taken > choice.skip + choice.limit:
                    return
                if taken > choice.skip:
                    yield f"{path.name}, line {number}", row
    except (OSError, EOFError, ValueError) as error:
        raise Refused("data_refused", f"{path.name}: {error}") from error


def _each(
    paths: Iterable[Path], choice: Choice, make: Callable[[str, dict[str, Any]], Iterable[Any]]
) -> Iterator[Any]:
    for path in paths:
        for place, row in read_rows(path, choice):
            try:
                yield from make(str(row.get("id") or place), row)
            except (InvalidRow, TypeError, KeyError) as error:
                raise Refused("data_refused", f"{place}: {error}") from error


def rankings_of(paths: Iterable[Path], choice: Choice) -> Iterator[Ranking]:
    """Rankings as people gave them; completions in no tier are unranked."""

    def make(name: str, row: dict[str, Any]) -> Iterator[Ranking]:
        prompt = choice.put(row.get("prompt"))
        tiers = tuple(tuple(tier) for tier in row["ranking"] if tier)
        placed = {index for tier in tiers for index in tier}
        yield Ranking(
            id=name,
            prompt=prompt,
            completions=tuple(row["completions"]),
            tiers=tiers,
            unranked=tuple(n for n in range(len(row["completions"])) if n not in placed),
            labeler=row.get("labeler"),
            lang=str(row.get("lang", "und")),
            split=choice.split_of(prompt),
            source=str(row.get("source", "")),
        )

    yield from _each(paths, choice, make)


def answers_of(row: dict[str, Any]) -> list[str]:
    """What a row says should follow its prompt: none, one or several texts."""
    found = row.get("completion") or row.get("reference") or []
    listed = [found] if isinstance(found, str) else found
    return [str(one["question"]) if isinstance(one, dict) else str(one) for one in listed]


def demonstrations_of(paths: Iterable[Path], choice: Choice) -> Iterator[Demonstration]:
    """Demonstrations: the completion of a row, else each of its references."""

    def make(name: str, row: dict[str, Any]) -> Iterator[Demonstration]:
        prompt = choice.put(row.get("prompt"))
        answers = answers_of(row)
        if not answers:
            raise InvalidRow("completion: must be a text, or reference a text or a list of them")
        for number, text in enumerate(answers):
            yield Demonstration(
                id=f"{name}:{number}",
                prompt=prompt,
                completion=text,
                lang=str(row.get("lang", "und")),
                split=choice.split_of(prompt),
            )

    yield from _each(paths, choice, make)


def contrasts(demonstrations: Sequence[Demonstration], others: int, seed: int) -> Iterator[Ranking]:
    """Each demonstration above `others` that were written for other prompts of its split.

    A reward model learns from them which completion belongs to which prompt: a beginning where
    nobody has ranked anything yet.
    """
    chance = random.Random(seed)
    for one in demonstrations:
        pool = [d for d in demonstrations if d.split == one.split and d.prompt != one.prompt]
        texts = [d.completion for d in chance.sample(pool, min(len(pool), 4 * others))]
        wrong = [text for text in dict.fromkeys(texts) if text != one.completion][:others]
        if wrong:
            yield Ranking(
                id=f"{one.id}:contrast",
                prompt=one.prompt,
                completions=(one.completion, *wrong),
                tiers=((0,), tuple(range(1, len(wrong) + 1))),
                lang=one.lang,
                split=one.split,
                source="contrast",
            )


def labelled_rankings(
    paths: Iterable[Path], choice: Choice, size: int, lead: str, seed: int
) -> Iterator[Ranking]:
    """Labelled texts in sets of `size` as completions of an empty prompt, equal labels tied.

    Sets of one label only say nothing and are left out. Split by set: all have one prompt.
    """

    def make(name: str, row: dict[str, Any]) -> Iterator[tuple[str, float]]:
        yield lead + str(row["text"]), float(row["label"])

    rows: list[tuple[str, float]] = list(_each(paths, choice, make))
    random.Random(seed).shuffle(rows)
    for number in range(len(rows) // size):
        group = rows[number * size : (number + 1) * size]
        labels = sorted({label for _, label in group}, reverse=True)
        if len(labels) > 1:
            share = int.from_bytes(hashlib.sha256(str(group).encode()).digest()[:8]) / 2**64
            yield Ranking(
                id=f"labelled:{number}",
                prompt=(Message("user", ""),),
                completions=tuple(text for text, _ in group),
                tiers=tuple(
                    tuple(n for n, (_, own) in enumerate(group) if own == label) for label in labels
                ),
                split="validation" if share < choice.validation_fraction else "train",
                source="labelled",
            )


def prompt_rows(
    paths: Iterable[Path], choice: Choice, first_words: int | None
) -> Iterator[dict[str, Any]]:
    """Distinct prompts with their reference; of labelled texts the first words."""
    seen: set[str] = set()

    def make(name: str, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if first_words is not None and "text" in row:
            prompt = choice.put(" ".join(str(row["text"]).split()[:first_words]))
        else:
            prompt = choice.put(row.get("prompt"))
        key = repr(prompt)
        if key in seen:
            return
        seen.add(key)
        found: dict[str, Any] = {
            "id": name,
            "prompt": [{"role": m.role, "content": m.content} for m in prompt],
        }
        reference = row.get("reference") or row.get("completion")
        if isinstance(reference, str):
            found["reference"] = reference
        yield found

    yield from _each(paths, choice, make)


def text_rows(paths: Iterable[Path], choice: Choice, field: str | None) -> Iterator[dict[str, Any]]:
    """For pretraining: that field of each row, else its text, else its demonstrations as dialogues."""

    def make(name: str, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        alone = row.get(field or "text")
        if isinstance(alone, str):
            yield {"text": alone}
            return
        messages = [{"role": m.role, "content": m.content} for m in choice.put(row.get("prompt"))]
        for text in answers_of(row):
            yield {"messages": [*messages, {"role": "assistant", "content": text}]}

    yield from _each(paths, choice, make)


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """One JSON object a line; how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
