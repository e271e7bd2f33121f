"""The commands that make files of rows into inputs of runs: snapshot, prompts, texts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from rewardmodel.commands import refusals
from rewardmodel.convert import (
    Choice,
    contrasts,
    demonstrations_of,
    labelled_rankings,
    parse_where,
    prompt_rows,
    rankings_of,
    refuse_to_overwrite,
    text_rows,
    write_lines,
)
from rewardmodel.errors import Refused
from rewardmodel.rankings import DEMONSTRATIONS_FILE, RANKINGS_FILE, write_snapshot

Files = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False)]
Where = Annotated[
    list[str] | None, typer.Option(help="Only rows with this field=value; may be given often.")
]
Template = Annotated[str, typer.Option(help="How a prompt is put; {prompt} stands for it.")]
Characters = Annotated[
    int | None, typer.Option(help="Cut prompts, or texts, to so many characters first.", min=1)
]
Limit = Annotated[int | None, typer.Option(help="At most this many rows of each file.", min=1)]
Skip = Annotated[int, typer.Option(help="Pass over this many rows of each file first.", min=0)]


def snapshot(
    out: Annotated[Path, typer.Option(help="Folder of the snapshot.", file_okay=False)],
    rankings: Files = None,
    demonstrations: Files = None,
    labelled: Files = None,
    where: Where = None,
    limit: Limit = None,
    skip: Skip = 0,
    template: Template = "{prompt}",
    characters: Characters = None,
    contrast: Annotated[
        int, typer.Option(help="Rank each demonstration above so many of other prompts.", min=0)
    ] = 0,
    group_size: Annotated[int, typer.Option(help="Labelled texts in one ranking.", min=2)] = 5,
    lead: Annotated[str, typer.Option(help="Put before each labelled text.")] = "",
    validation_fraction: Annotated[float, typer.Option(min=0, max=0.9)] = 0.1,
    seed: int = 0,
) -> None:
    """Make rankings, demonstrations or labelled texts (JSONL, plain or gzip) into a snapshot."""
    with refusals():
        choice = Choice(
            parse_where(where or []), skip, limit, template, validation_fraction, characters
        )
        if not (rankings or demonstrations or labelled):
            raise Refused(
                "config_refused", "one of --rankings, --demonstrations, --labelled is needed"
            )
        refuse_to_overwrite(
            (out / RANKINGS_FILE, out / DEMONSTRATIONS_FILE),
            [*(rankings or []), *(demonstrations or []), *(labelled or [])],
        )
        shown = list(demonstrations_of(demonstrations or [], choice))
        ranked = list(rankings_of(rankings or [], choice))
        ranked += labelled_rankings(labelled or [], choice, group_size, lead, seed)
        if contrast:
            ranked += contrasts(shown, contrast, seed)
        if not (ranked or shown):
            raise Refused(
                "data_refused",
                "the snapshot would be empty: no ranking and no demonstration is left of the files",
            )
        write_snapshot(out, ranked, shown)
    counts = Counter(f"{one.split} rankings" for one in ranked)
    counts.update(f"{one.split} demonstrations" for one in shown)
    print(f"wrote {out}: " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items())))


def prompts(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Prompts file to write.", dir_okay=False)],
    where: Where = None,
    limit: Limit = None,
    skip: Skip = 0,
    template: Template = "{prompt}",
    characters: Characters = None,
    first_words: Annotated[
        int | None, typer.Option(help="Take so many words of each text as its prompt.", min=1)
    ] = None,
) -> None:
    """Make rows with prompts, or the beginnings of texts, into a prompts file."""
    with refusals():
        choice = Choice(parse_where(where or []), skip, limit, template, characters=characters)
        refuse_to_overwrite([out], files)
        left_out: Counter[str] = Counter()
        count = write_lines(out, prompt_rows(files, choice, first_words, left_out))
    print(f"wrote {out}: {count} prompts")
    if bare := left_out["references"]:
        print(
            f"the references of {bare} prompts are left out: evaluate holds a text against one "
            "reference, and theirs are several texts or none"
        )


def texts(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Texts file to write.", dir_okay=False)],
    where: Where = None,
    limit: Limit = None,
    skip: Skip = 0,
    template: Template = "{prompt}",
    characters: Characters = None,
    field: Annotated[str | None, typer.Option(help="Only this field of each row.")] = None,
) -> None:
    """Make texts, or demonstrations as dialogues, into a texts file for pretrain."""
    with refusals():
        choice = Choice(parse_where(where or []), skip, limit, template, characters=characters)
        refuse_to_overwrite([out], files)
        count = write_lines(out, text_rows(files, choice, field))
    print(f"wrote {out}: {count} texts")
