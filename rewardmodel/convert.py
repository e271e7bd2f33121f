"""Files of rows made into what a run takes: a snapshot, a prompts file, a texts file.

Rows are JSON Lines, plain or gzip, in our form or one of `row_forms`. Rankings have `prompt`,
`completions`, `ranking`; demonstrations have `prompt` and `completion` or `reference` (a text, a list
of texts, or a list of objects with a `question`); labelled texts have `text` and a `label` that is
higher for better. What else a row may hold says docs/data-format.md. Knows no tokens and no networks.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from rewardmodel.errors import Refused
from rewardmodel.rankings import (
    Demonstration,
    InvalidRow,
    Message,
    Ranking,
    Split,
    demonstration_from_json,
    parse_indices,
    parse_prompt,
    parse_text,
    parse_texts,
    parse_tiers,
    prompt_to_json,
    ranking_from_json,
    read_jsonl,
)
from rewardmodel.row_forms import as_demonstration, as_prompt, as_ranking

Judged = TypeVar("Judged", Ranking, Demonstration)
PLACE = "{prompt}"  # in a template

# What a ranking may leave out and training reads: misspelt it would be lost without a word.
OPTIONAL = (
    "unranked",
    "cannot_judge",
    "unacceptable_below",
    "direct",
    "labeler",
    "weight",
    "split",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are taken, and how their prompts are put."""

    where: tuple[tuple[str, str], ...] = ()  # field, value: only rows that have it
    skip: int = 0
    limit: int | None = None
    template: str = PLACE
    validation_fraction: float = 0.1
    characters: int | None = None  # of the last user message, before it is put in the template
    # Where each prompt went and which row said so, over all files of a snapshot.
    sides: dict[tuple[Message, ...], tuple[Split, str]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if PLACE not in self.template:
            raise Refused(
                "config_refused",
                f"--template {self.template!r}: without {PLACE} all prompts would be one",
            )

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
        return (*prompt[:-1], Message("user", self.put_text(prompt[-1].content)))

    def put_text(self, text: str) -> str:
        """A text in the template, cut before."""
        return self.template.replace(PLACE, text[: self.characters])

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether the row has every value that is asked for, as JSON or Python spells it."""
        return all(
            word in (str(row.get(name)), json.dumps(row.get(name), ensure_ascii=False))
            for name, word in self.where
        )


def parse_where(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """field=value of each word. Raises Refused."""
    found = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise Refused("config_refused", f"--where {word!r}: must look like field=value")
        found.append((name, value))
    return tuple(found)


def read_rows(path: Path, name: str, choice: Choice) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place for messages, row) of the rows that are taken. Raises Refused naming file and line."""
    taken = 0
    for number, row in read_jsonl(path):
        if not choice.takes(row):
            continue
        taken += 1
        if choice.limit is not None and taken > choice.skip + choice.limit:
            return
        if taken > choice.skip:
            yield f"{name}, line {number}", row


def _each(
    paths: Iterable[Path], choice: Choice, make: Callable[[str, dict[str, Any]], Iterable[Any]]
) -> Iterator[Any]:
    files = list(paths)
    names = Counter(path.name for path in files)
    for path in files:
        # rows without an id are called by their place: of two files of one name it says which
        name = path.name if names[path.name] == 1 else str(path)
        for place, row in read_rows(path, name, choice):
            try:
                yield from make(place, row)
            except InvalidRow as error:
                raise Refused("data_refused", f"{place}: {error}") from error


def _judged_row(place: str, row: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """A row with its name and its prompt as it is put; null says nothing."""
    given = {name: value for name, value in row.items() if value is not None}
    prompt = prompt_to_json(choice.put(row.get("prompt")))
    return {**given, "id": _id_of(row, place), "prompt": prompt}


def _id_of(row: Mapping[str, Any], place: str) -> str:
    """What the row calls itself, 0 as well; else its place."""
    return place if row.get("id") in (None, "") else str(row["id"])


def _on_their_sides(made: Iterable[tuple[str, bool, Judged]], choice: Choice) -> Iterator[Judged]:
    """Rows (place, whether it names a split, judgment) with the split of their prompt.

    Two rows of one id are refused.
    What one row of a prompt says holds for all of its rows; where none says anything it is drawn.
    A prompt that rows put on both sides is refused. Read whole, since a later row may say it.
    """
    rows = list(made)
    places: dict[str, str] = {}
    for place, told, judgment in rows:
        _refuse_taken(judgment.id, place, places)
        if told:
            _put_on_side(judgment.prompt, judgment.split, place, choice)
    for place, _, judgment in rows:
        there = choice.sides.setdefault(judgment.prompt, (choice.split_of(judgment.prompt), place))
        yield replace(judgment, split=there[0])


def _refuse_taken(identifier: str, place: str, places: dict[str, str]) -> None:
    """places: which row has which id so far."""
    if identifier in places:
        raise Refused(
            "data_refused",
            f"{place}: id: {identifier!r} is that of {places[identifier]} too; each has its own",
        )
    places[identifier] = place


def _put_on_side(prompt: tuple[Message, ...], split: Split, place: str, choice: Choice) -> None:
    there, earlier = choice.sides.setdefault(prompt, (split, place))
    if there != split:
        raise Refused(
            "data_refused",
            f"{place}: split: {split!r}, but with {earlier} its prompt is in {there!r}, and all "
            "rows of a prompt are in one; name the same split in both",
        )


def rankings_of(paths: Iterable[Path], choice: Choice) -> Iterator[Ranking]:
    """Rankings as people gave them; completions in no tier are unranked."""

    def make(place: str, row: dict[str, Any]) -> Iterator[tuple[str, bool, Ranking]]:
        _refuse_misspelt(row)
        given = _judged_row(place, as_ranking(row), choice)
        unranked = _outside_the_tiers(given)
        yield place, "split" in given, ranking_from_json({**given, "unranked": unranked})

    yield from _on_their_sides(_each(paths, choice, make), choice)


def _refuse_misspelt(row: dict[str, Any]) -> None:
    """Rows may have fields of their own, but none that is nearly one of ours."""
    for name in row.keys() - set(OPTIONAL):
        if near := get_close_matches(name.lower(), OPTIONAL, 1, cutoff=0.84):
            raise InvalidRow(f"{name}: is not a field of rankings, {near[0]} is")


def _outside_the_tiers(row: dict[str, Any]) -> list[int]:
    """What a row names as left out or not to be judged, and what it does not name at all."""
    count = len(parse_texts(row.get("completions"), "completions"))
    named = parse_indices(row.get("unranked"), "unranked")
    named += parse_indices(row.get("cannot_judge"), "cannot_judge")
    placed = {index for tier in parse_tiers(row.get("ranking")) for index in tier}.union(named)
    return named + [index for index in range(count) if index not in placed]


def answers_of(row: Mapping[str, Any]) -> list[str]:
    """What a row says should follow its prompt: none, one or several texts. Raises InvalidRow."""
    name = "completion" if row.get("completion") else "reference"
    found = row.get(name) or []
    if isinstance(found, list):
        return [_answer(one, f"{name}[{number}]") for number, one in enumerate(found)]
    return [parse_text(found, name)]


def _answer(value: object, name: str) -> str:
    if isinstance(value, dict):
        return parse_text(value.get("question"), f"{name}.question")
    return parse_text(value, name)


def demonstrations_of(paths: Iterable[Path], choice: Choice) -> Iterator[Demonstration]:
    """Demonstrations: the completion of a row, else each of its references."""

    def make(place: str, row: dict[str, Any]) -> Iterator[tuple[str, bool, Demonstration]]:
        given = _judged_row(place, as_demonstration(row), choice)
        answers = answers_of(given)
        if not answers:
            raise InvalidRow(
                "completion: a text that is not empty is needed, or as reference a text or a list of them"
            )
        for number, text in enumerate(answers):
            one = {**given, "id": f"{given['id']}:{number}", "completion": text}
            yield place, "split" in given, demonstration_from_json(one)

    yield from _on_their_sides(_each(paths, choice, make), choice)


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

    def make(place: str, row: dict[str, Any]) -> Iterator[tuple[str, float]]:
        yield lead + parse_text(row.get("text"), "text"), _label(row.get("label"))

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


def _label(value: Any) -> float:
    """Tables write numbers as texts too."""
    try:
        label = float(value)
    except (TypeError, ValueError, OverflowError):
        label = math.nan
    if not math.isfinite(label):
        raise InvalidRow(f"label: {value!r} must be a number")
    return label


def prompt_rows(
    paths: Iterable[Path], choice: Choice, first_words: int | None, left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Distinct prompts with their reference; of labelled texts the first words.

    A text is held against one reference: `left_out` counts the prompts that bring several, or no text.
    """
    seen: set[tuple[Message, ...]] = set()
    places: dict[str, str] = {}

    def make(place: str, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        row = as_prompt(given)
        if first_words is not None and "text" in row:
            text = parse_text(row["text"], "text")
            prompt = choice.put(" ".join(text.split()[:first_words]))
        else:
            prompt = choice.put(row.get("prompt"))
        if prompt in seen:
            return
        seen.add(prompt)
        found: dict[str, Any] = {"id": _id_of(row, place), "prompt": prompt_to_json(prompt)}
        _refuse_taken(found["id"], place, places)
        reference = row.get("reference") or row.get("completion")
        if isinstance(reference, list) and len(reference) == 1:
            reference = reference[0]
        if isinstance(reference, str):
            found["reference"] = reference
        elif reference:
            left_out["references"] += 1
        yield found

    yield from _each(paths, choice, make)


def text_rows(paths: Iterable[Path], choice: Choice, name: str | None) -> Iterator[dict[str, Any]]:
    """For pretraining: that field of each row, or its text where it has one, or its demonstrations as
    dialogues.
    """

    def make(place: str, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        alone = given.get(name or "text")
        if name is not None or isinstance(alone, str):
            yield {"text": choice.put_text(parse_text(alone, name or "text"))}
            return
        row = as_demonstration(given)
        messages = prompt_to_json(choice.put(row.get("prompt")))
        for text in answers_of(row):
            yield {"messages": [*messages, {"role": "assistant", "content": text}]}

    yield from _each(paths, choice, make)


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """One JSON object a line; how many. What stood there stays until all rows are written.

    Raises Refused where a row is, and where there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        if not count:
            raise Refused(
                "data_refused", f"{path.name} would be empty: no row is left of the files"
            )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def refuse_to_overwrite(written: Iterable[Path], read: Iterable[Path]) -> None:
    """What a file is made from stays: rows hold more than what is taken of them. Raises Refused."""
    sources = {path.resolve() for path in read}
    for path in written:
        if path.resolve() in sources:
            raise Refused("config_refused", f"--out: {path} is one of the files that are read")
