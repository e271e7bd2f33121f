"""Scores of many completions: as a function over rows, and from file to file with resumption.

Rows are taken in chunks, so memory does not grow with their number; within a chunk like lengths go
together and a prompt is computed once for its completions where that pays. A score does not depend
on the company it is computed in, beyond the rounding of fp32.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import torch

from rewardmodel.checkpoint import sha256_of, write_json_atomically
from rewardmodel.config import StageConfig
from rewardmodel.configfile import validated
from rewardmodel.ensemble import RewardEnsemble, load_ensemble
from rewardmodel.errors import Refused
from rewardmodel.processes import device_for
from rewardmodel.rankings import (
    InvalidRow,
    check_characters,
    parse_prompt,
    read_jsonl,
    row_of_line,
)
from rewardmodel.training import start_device

CHUNK_ROWS = 256


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as token ids; `places` says which of its completions were kept."""

    id: Any
    single: bool
    count: int
    places: list[int]
    prompt_ids: list[int]
    completion_ids: list[list[int]]
    reasons: dict[int, str]


def score(
    models: Path | str | Sequence[Path | str],
    rows: Iterable[Mapping[str, Any]],
    *,
    device: str = "auto",
    threads: int = 0,
) -> Iterator[dict[str, Any]]:
    """Score rows with a reward model, or with several as an ensemble.

    models: folder of a saved reward model, or several. rows: {"prompt", "completion"} or
    {"prompt", "completions": […]}, each with an optional "id"; a prompt is a text or a list of
    {"role", "content"}. Lazily yields, row by row in order, {"id", "score"} or {"id", "scores"}
    with normalized scores. With several models a score is their mean, and "by_model" has the
    scores of each, "disagreement" their standard deviation. A completion that does not fit the
    network's context has the score null and a "left_out" reason; nothing is cut. Torch's random
    numbers, flags and threads are afterwards what they were before. Raises Refused.
    """
    folders = [models] if isinstance(models, (str, Path)) else list(models)
    config = _settings(device, threads)
    ensemble = load_ensemble([Path(folder) for folder in folders], device_for(config.device))
    named = ((f"row {number}", row) for number, row in enumerate(rows, start=1))
    return _scored(ensemble, named, config.threads)


def _settings(device: str, threads: int) -> StageConfig:
    return validated(StageConfig, "score", {"device": device, "threads": threads})


def _scored(
    ensemble: RewardEnsemble, rows: Iterable[tuple[str, Mapping[str, Any]]], threads: int
) -> Iterator[dict[str, Any]]:
    """Answers to rows, each of which comes with its place for messages."""
    source = iter(rows)
    while chunk := list(islice(source, CHUNK_ROWS)):
        encoded = [_encode(ensemble, place, row) for place, row in chunk]
        usable = [row for row in encoded if row.completion_ids]
        with _threads(threads):
            scores = ensemble.group_scores(usable) if usable else []
        found = zip(*scores, strict=True)
        for row in encoded:
            members = next(found) if row.completion_ids else [[] for _ in ensemble.members]
            yield _answer(row, members)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Inside, torch computes with so many threads; 0: with as many as before."""
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        if count:
            torch.set_num_threads(before)


def _encode(ensemble: RewardEnsemble, place: str, row: Mapping[str, Any]) -> _Row:
    try:
        prompt = parse_prompt(row.get("prompt"))
        single = "completion" in row
        texts = [row["completion"]] if single else row.get("completions")
        if not isinstance(texts, (list, tuple)) or not all(isinstance(t, str) for t in texts):
            raise InvalidRow("completion must be a text, or completions a list of texts")
        check_characters(texts[0] if single else texts, "completion" if single else "completions")
    except InvalidRow as error:
        raise Refused("data_refused", f"{place}: {error}") from error
    prompt_ids = ensemble.codec.encode_prompt(prompt, place)
    kept, places, reasons = [], [], {}
    for index, text in enumerate(texts):
        ids = ensemble.codec.encode_completion(text)
        size, limit = len(prompt_ids) + len(ids), ensemble.context_tokens
        if limit is not None and size > limit:
            reasons[index] = f"{size} tokens, the network reads {limit}"
        else:
            kept.append(ids)
            places.append(index)
    return _Row(row.get("id"), single, len(texts), places, prompt_ids, kept, reasons)


def _answer(row: _Row, members: Sequence[Sequence[float]]) -> dict[str, Any]:
    """One line of output from the scores of the kept completions, by reward model."""

    def spread_out(values: Sequence[float]) -> Any:
        full: list[float | None] = [None] * row.count
        for place, value in zip(row.places, values, strict=True):
            full[place] = value
        return full[0] if row.single else full

    count = len(members)
    mean = [sum(values) / count for values in zip(*members, strict=True)]
    answer: dict[str, Any] = {"id": row.id, "score" if row.single else "scores": spread_out(mean)}
    if count > 1:
        squares = [sum(v * v for v in values) / count for values in zip(*members, strict=True)]
        deviation = [max(0.0, s - m * m) ** 0.5 for s, m in zip(squares, mean, strict=True)]
        answer["by_model"] = [spread_out(values) for values in members]
        answer["disagreement"] = spread_out(deviation)
    if row.reasons:
        answer["left_out"] = row.reasons[0] if row.single else row.reasons
    return answer


# --- from file to file --------------------------------------------------------------------------


def score_file(
    models: Sequence[Path],
    source: Path,
    output: Path,
    *,
    device: str = "auto",
    threads: int = 0,
    on_progress: Callable[[int], None] = lambda done: None,
) -> dict[str, int]:
    """Score JSON lines (.gz or plain) into JSON lines, going on where an earlier start stopped.

    OUTPUT.about.json says which models and which input the output belongs to; started again with
    others the function refuses. Returns the rows in the output, and those with something left out.
    """
    _agree(output, models, source)
    where = start_device(_settings(device, threads))
    ensemble = load_ensemble(models, where)
    done, left_out = _finished(output)
    named = ((f"{source.name}, line {number}", row) for number, row in read_jsonl(source))
    rows = islice(named, done, None)
    with output.open("a", encoding="utf-8") as file:
        for answer in _scored(ensemble, rows, threads):
            file.write(json.dumps(answer, ensure_ascii=False) + "\n")
            done += 1
            left_out += "left_out" in answer
            if done % CHUNK_ROWS == 0:
                _to_disk(file)
                on_progress(done)
        _to_disk(file)
    on_progress(done)
    return {"rows": done, "with_left_out": left_out}


def _to_disk(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _finished(output: Path) -> tuple[int, int]:
    """Rows in the whole chunks of an output, and how many name something left out.

    What follows them is cut off: begun anew, a chunk has the same company and so the same bits.
    """
    if not output.exists():
        return 0, 0
    kept = kept_end = kept_left_out = lines = left_out = end = 0
    with output.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            end += len(line)
            lines += 1
            left_out += "left_out" in row_of_line(line, f"{output.name}, line {lines}")
            if lines % CHUNK_ROWS == 0:
                kept, kept_end, kept_left_out = lines, end, left_out
    os.truncate(output, kept_end)
    return kept, kept_left_out


def _agree(output: Path, models: Sequence[Path], source: Path) -> None:
    """Remember what an output is made from; refuse to go on with anything else."""
    if not source.is_file():
        raise Refused("data_refused", f"{source} does not exist")
    if not output.parent.is_dir():
        raise Refused("data_refused", f"{output}: the folder {output.parent} does not exist")
    if output.is_dir():
        raise Refused("data_refused", f"{output} is a folder; name a file")
    about = {
        "models": [_digest(folder) for folder in models],
        "input_sha256": sha256_of(source),
    }
    path = output.with_name(output.name + ".about.json")
    if output.exists() and output.stat().st_size:
        earlier = row_of_line(path.read_bytes(), path.name) if path.is_file() else None
        if earlier != about:
            raise Refused(
                "data_refused",
                f"{output.name} holds scores of another input or other models; name a new file",
            )
    write_json_atomically(path, about)


def _digest(folder: Path) -> dict[str, str]:
    """SHA-256 of what decides a score."""
    names = ("config.json", "tokenizer.json", "tokenizer_config.json")
    files = [folder / name for name in names if (folder / name).is_file()]
    files += sorted(folder.glob("*.safetensors"))
    return {path.name: sha256_of(path) for path in files}
