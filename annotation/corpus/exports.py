"""Prompts and completions as rows of the import format, streamed in the order they came in.

Rows are read by key in chunks, each chunk its own short read: a slow reader holds no transaction and
no memory. What is added meanwhile comes at the end.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from annotation.corpus.bulk import json_text
from annotation.corpus.imports import OWN_SOURCE
from annotation.corpus.models import Completion, Prompt, PromptSet, Split
from annotation.corpus.rows import Row
from annotation.corpus.texts import written_form
from annotation.projects.models import Project

CHUNK = 200
M = TypeVar("M", bound=Model)

# Known fields come in this order, others after them by name.
ORDER = (
    "id",
    "item",
    "source",
    "lang",
    "tags",
    "split",
    "judge",
    "labeler",
    "author",
    "criterion",
    "prompt",
    "reference",
    "completion",
    "system",
    "completions",
    "systems",
    "scores",
    "ranking",
    "unranked",
)
_RANK = {name: number for number, name in enumerate(ORDER)}


def in_order(row: Row) -> Row:
    """The row with its fields in the order of the format."""
    names = sorted(row, key=lambda name: (_RANK.get(name, len(ORDER)), name))
    return {name: row[name] for name in names}


def encode(row: Row) -> bytes:
    """One line."""
    return (json_text(row) + "\n").encode("utf-8")


def zipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as one gzip stream; the same pieces give the same bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def in_chunks(
    rows: QuerySet[M], after_chunk: Callable[[], None] | None = None
) -> Iterator[list[M]]:
    """The rows by ascending key, a chunk at a time; `after_chunk` runs when a chunk was used."""
    rows = rows.order_by("pk")
    last: UUID | None = None
    while True:
        found = list((rows if last is None else rows.filter(pk__gt=last))[:CHUNK])
        if found:
            yield found
            last = found[-1].pk
        if after_chunk is not None:
            after_chunk()
        if len(found) < CHUNK:
            return


def export_prompts(
    project: Project,
    prompt_set: PromptSet | None = None,
    after_chunk: Callable[[], None] | None = None,
) -> Iterator[Row]:
    """The standing prompts of the project, or of one set."""
    rows = Prompt.objects.filter(prompt_set__project=project, retired_at=None).exclude(
        prompt_set__purpose=PromptSet.Purpose.CONTROL
    )
    if prompt_set is not None:
        rows = rows.filter(prompt_set=prompt_set)
    for chunk in in_chunks(rows, after_chunk):
        for prompt in chunk:
            yield in_order(_prompt_row(prompt))


def _prompt_row(prompt: Prompt) -> Row:
    row: Row = dict(prompt.meta)
    row["prompt"] = written_form(prompt.messages, prompt.is_plain)
    named = {"id": prompt.source_id, "source": prompt.source, "lang": prompt.language}
    row |= {name: value for name, value in named.items() if value}
    if prompt.tags:
        row["tags"] = prompt.tags
    if prompt.split != Split.TRAIN:
        row["split"] = prompt.split
    if prompt.reference is not None:
        row["reference"] = prompt.reference
    return row


def export_completions(
    project: Project,
    prompt_set: PromptSet | None = None,
    after_chunk: Callable[[], None] | None = None,
) -> Iterator[Row]:
    """The completions of the project's prompts, wherever they came from."""
    rows = Completion.objects.filter(
        prompt__prompt_set__project=project, withdrawn_at=None
    ).exclude(prompt__prompt_set__purpose=PromptSet.Purpose.CONTROL)
    rows = rows.exclude(demonstration__item__control__gt="")  # written beside a control item
    rows = rows.select_related("prompt", "policy_version", "plan")
    if prompt_set is not None:
        rows = rows.filter(prompt__prompt_set=prompt_set)
    for chunk in in_chunks(rows, after_chunk):
        for completion in chunk:
            yield in_order(_completion_row(completion))


def _completion_row(completion: Completion) -> Row:
    """An imported row as it was; others by this server's key, with how they came about."""
    if completion.origin == Completion.Origin.IMPORT and completion.meta is not None:
        row: Row = dict(completion.meta)
        if completion.system:
            row["system"] = completion.system
    else:
        row = {"id": str(completion.id), "source": OWN_SOURCE, "origin": completion.origin}
        made: Row = {
            "system": system_of(completion) or None,
            "plan": completion.plan.name if completion.plan else None,
            "sample_index": completion.sample_index,
            "finish_reason": completion.finish_reason or None,
            "token_count": completion.token_count,
        }
        row |= {name: value for name, value in made.items() if value is not None}
    row["prompt"] = written_form(completion.prompt.messages, completion.prompt.is_plain)
    row["completion"] = completion.text
    return row


def system_of(completion: Completion) -> str:
    """Who wrote it, in a word."""
    version = completion.policy_version
    named = (version.kind, version.name, version.number) if version else (None, None, None)
    return system_name(completion.origin, completion.system, *named)


def system_name(
    origin: str, system: str, kind: str | None, name: str | None, number: int | None
) -> str:
    """The policy version that wrote a completion, a person, or the system's imported name."""
    if number is not None:
        return f"{name or kind} {number}"
    return "human" if origin == Completion.Origin.HUMAN else system
