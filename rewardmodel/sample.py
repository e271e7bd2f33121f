"""The sample stage: prompts in, completions.jsonl out, prompt by prompt.

A finished prompt is on disk before the next batch begins, so a restart goes on where it stopped;
since chance is seeded for each prompt, it also goes on with the same completions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from rewardmodel.config import SampleConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.drawn_with import refuse_other_draws
from rewardmodel.errors import Refused
from rewardmodel.events import EventLog
from rewardmodel.groups import prompt_key
from rewardmodel.left_out import left_out, write_left_out
from rewardmodel.models import Policy, described, load_policy
from rewardmodel.rankings import (
    SPLITS,
    InvalidRow,
    Message,
    Split,
    parse_prompt,
    prompt_to_json,
    read_jsonl,
)
from rewardmodel.rundir import Run
from rewardmodel.training import start_device

COMPLETIONS = "completions.jsonl"


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One line of a prompts file."""

    id: str
    prompt: tuple[Message, ...]
    reference: str | None
    split: Split | None = None  # the side that the prompt is on, where the file says so

    def to_json(self) -> dict[str, Any]:
        """As `prompt_row` reads it."""
        prompt = prompt_to_json(self.prompt)
        return {"id": self.id, "prompt": prompt, "reference": self.reference, "split": self.split}


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """A prompt with its token ids."""

    row: PromptRow
    ids: list[int]


def read_prompts(path: Path) -> list[PromptRow]:
    """All prompts of a file. Raises Refused naming the line, field and rule."""
    rows = []
    seen: set[str] = set()
    for number, row in read_jsonl(path):
        try:
            found = prompt_row(row)
            if found.id in seen:
                raise InvalidRow(f"id: {found.id!r} occurs twice")
            seen.add(found.id)
            rows.append(found)
        except InvalidRow as error:
            raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error
    if not rows:
        raise Refused("data_refused", f"{path.name}: there are no prompts in it")
    return rows


def prompt_row(row: Mapping[str, Any]) -> PromptRow:
    """A prompt from a line's JSON. Raises InvalidRow naming the field and the rule."""
    identifier, reference = row.get("id"), row.get("reference")
    if not isinstance(identifier, str):
        raise InvalidRow(f"id: {identifier!r} must be a text")
    if reference is not None and not isinstance(reference, str):
        raise InvalidRow("reference: must be a text")
    split = row.get("split")
    if split is not None and split not in SPLITS:
        raise InvalidRow(f"split: {split!r} must be one of {', '.join(SPLITS)}")
    return PromptRow(identifier, parse_prompt(row.get("prompt")), reference, split)


class Reader(Protocol):
    """A network, or several, that will read prompts with their completions."""

    @property
    def context_tokens(self) -> int | None:
        """Longest sequence it was built for, if it says so."""


def longest_prompt(readers: Sequence[Reader], max_prompt_tokens: int, max_new_tokens: int) -> int:
    """Tokens that a prompt may have: by the limit, and with its completion within every context."""
    known = [one.context_tokens for one in readers if one.context_tokens is not None]
    if not known:
        return max_prompt_tokens
    context = min(known)
    if context <= max_new_tokens:
        raise Refused(
            "config_refused",
            f"max_new_tokens: {max_new_tokens} leaves no room for a prompt in the context of "
            f"{context} tokens, the shortest of all networks that read it; allowed: < {context}",
        )
    return min(max_prompt_tokens, context - max_new_tokens)


def refuse_no_room(folders: Sequence[Path], max_new_tokens: int) -> None:
    """Completions that leave no room for a prompt are told of before any weights are loaded."""
    longest_prompt([described(folder) for folder in folders], 1, max_new_tokens)


def encode_prompts(
    rows: list[PromptRow],
    policy: Policy,
    *,
    max_prompt_tokens: int,
    max_new_tokens: int,
    events: EventLog,
    also_read_by: Sequence[Reader] = (),
) -> tuple[list[EncodedPrompt], list[dict[str, Any]]]:
    """Prompts with ids, and those that are left out: too long for the limit or a context.

    also_read_by: what reads the prompts and completions beside the policy, such as reward models.
    """
    limit = longest_prompt([policy, *also_read_by], max_prompt_tokens, max_new_tokens)
    encoded = [
        EncodedPrompt(row, policy.codec.encode_prompt(row.prompt, f"row {row.id!r}"))
        for row in rows
    ]
    kept = [prompt for prompt in encoded if len(prompt.ids) <= limit]
    unused = [
        left_out("prompts", row.id, "prompts dropped", f"{len(ids)} tokens, {limit} fit")
        for row, ids in ((prompt.row, prompt.ids) for prompt in encoded)
        if len(ids) > limit
    ]
    events.data_read("prompts", used=len(kept), given=len(encoded))
    if unused:
        events.warning(
            "data_left_out",
            f"{len(unused)} of {len(encoded)} prompts are longer than {limit} tokens",
        )
    if not kept:
        raise Refused("data_refused", f"every prompt is longer than {limit} tokens")
    return kept, unused


def finished_prompts(path: Path, samples: int) -> set[str]:
    """Ids of prompts whose completions are all in the file; cuts off whatever follows them."""
    if not path.exists():
        return set()
    counts: dict[str, int] = {}
    whole = 0  # bytes up to the end of the last finished prompt
    position = 0
    with path.open("rb") as file:
        for line in file:
            position += len(line)
            try:
                row = json.loads(line) if line.endswith(b"\n") else None
                identifier = str(row["prompt_id"]) if row else None
            except (ValueError, KeyError, TypeError):
                identifier = None
            if identifier is None:
                break
            counts[identifier] = counts.get(identifier, 0) + 1
            if counts[identifier] == samples:
                whole = position
    os.truncate(path, whole)
    return {identifier for identifier, count in counts.items() if count >= samples}


def completion_lines(
    policy: Policy, prompt: EncodedPrompt, completions: list[SampledCompletion]
) -> Iterator[str]:
    """The lines of completions.jsonl for one prompt."""
    for index, completion in enumerate(completions):
        row = {
            "prompt_id": prompt.row.id,
            "sample_index": index,
            "text": policy.codec.decode_completion(prompt.ids, completion.ids),
            "finish_reason": completion.finish_reason,
            "token_count": len(completion.ids),
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def run_sample(run: Run, config: SampleConfig) -> dict[str, Any]:
    """The sample stage."""
    run.refuse_unknown_inputs(("policy", "prompts"))
    rows = read_prompts(run.input("prompts"))
    refuse_other_draws(run, config, run.directory / COMPLETIONS)
    refuse_no_room([run.input("policy")], config.max_new_tokens)
    policy = load_policy(run.input("policy"), start_device(config))
    prompts, unused = encode_prompts(
        rows,
        policy,
        max_prompt_tokens=config.max_prompt_tokens,
        max_new_tokens=config.max_new_tokens,
        events=run.events,
    )
    write_left_out(run.directory, unused)
    draw_rest(run, config, policy, prompts, partial(completion_lines, policy), "sample")
    return _summary(run.directory / COMPLETIONS, len(unused))


def draw_rest(
    run: Run,
    config: SampleConfig,
    policy: Policy,
    prompts: Sequence[EncodedPrompt],
    lines: Callable[[EncodedPrompt, list[SampledCompletion]], Iterator[str]],
    phase: str,
) -> None:
    """Append the lines of every prompt whose completions are not all in the file yet.

    Begins the run; leaves between batches if asked to stop.
    """
    path = run.directory / COMPLETIONS
    finished = finished_prompts(path, config.samples_per_prompt)
    run.started(len(finished) or None)
    left = [prompt for prompt in prompts if prompt.row.id not in finished]
    done = len(prompts) - len(left)
    with path.open("ab") as file:
        for start in range(0, len(left), config.prompts_per_batch):
            if run.stop_requested:
                raise run.interrupt(done)
            chunk = left[start : start + config.prompts_per_batch]
            drawn = decode(
                policy,
                [prompt.ids for prompt in chunk],
                config,
                seed=config.seed,
                # by what is asked, not by what the row is called: ids differ between installations
                keys=[prompt_key(prompt.row.prompt) for prompt in chunk],
            )
            for prompt, completions in zip(chunk, drawn, strict=True):
                file.write("".join(lines(prompt, completions)).encode())
            file.flush()
            os.fsync(file.fileno())
            done += len(chunk)
            run.progress(phase, done, len(prompts))


def _summary(path: Path, unused: int) -> dict[str, Any]:
    rows = [row for _, row in read_jsonl(path)]
    texts: dict[str, set[str]] = {}
    for row in rows:
        texts.setdefault(row["prompt_id"], set()).add(row["text"])
    count = max(1, len(rows))
    return {
        "prompts": len(texts),
        "prompts_left_out": unused,
        "completions": len(rows),
        "distinct_texts": sum(len(found) for found in texts.values()),
        "stop_rate": sum(row["finish_reason"] == "stop" for row in rows) / count,
        "tokens_mean": sum(row["token_count"] for row in rows) / count,
    }
