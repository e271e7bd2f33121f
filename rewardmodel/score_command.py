"""`python -m rewardmodel score`: a file of completions in, a file of scores out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rewardmodel.commands import errors, refusals

ModelOption = Annotated[
    list[Path],
    typer.Option(
        "--model", help="Folder of a reward model; several make an ensemble.", file_okay=False
    ),
]
InputOption = Annotated[
    Path,
    typer.Option(
        "--input",
        help='JSON lines, plain or .gz: {"prompt", "completion"} or {"prompt", "completions"}.',
    ),
]
OutputOption = Annotated[
    Path, typer.Option("--output", help="JSON lines of scores; an unfinished one is gone on with.")
]


def score(
    model: ModelOption,
    source: InputOption,
    output: OutputOption,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0: as many as cores.")] = 0,
) -> None:
    """Score completions with a reward model, in any number; start again to go on."""
    from rewardmodel.score_files import score_file  # torch takes seconds to load

    def show(done: int) -> None:
        if sys.stderr.isatty():
            errors.print(f"{done:,} rows", end="\r", markup=False)

    with refusals():
        found = score_file(model, source, output, device=device, threads=threads, on_progress=show)
    print(f"{found['rows']} rows in {output}, {found['with_left_out']} with something left out")
