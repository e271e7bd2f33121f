"""`python -m rewardmodel STAGE --run DIR`: one stage in one run directory.

Exit codes: 0 complete, 70 diverged, 75 interrupted after a checkpoint, 78 settings or data
refused, 76 the supervisor went away; anything else is a crash. Settings are checked before torch
is loaded, models after.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding

from rewardmodel.config import STAGES, schemas
from rewardmodel.configfile import read_config
from rewardmodel.errors import (
    EXIT_COMPLETE,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    Interrupted,
    RunError,
)
from rewardmodel.events import EventLog
from rewardmodel.guide import guide_of, help_text, stages
from rewardmodel.prepare import setting_lines, write_config
from rewardmodel.progress import ProgressBars
from rewardmodel.supervised import watch_standard_input

# Read when torch loads. Threads that spin while they wait make small networks ten times slower
# on a machine that has other work (measured: 64 tokens in 0.3 s instead of 2.6 s).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train and use reward models and policies. Every stage works in a run directory.",
)
errors = Console(stderr=True)

RunOption = Annotated[
    Path, typer.Option("--run", help="Run directory with a config.json.", file_okay=False)
]
StageArgument = Annotated[str, typer.Argument(help="Name of a stage.")]
NewRunOption = Annotated[
    Path, typer.Option("--run", help="Run directory to make.", file_okay=False)
]
PathOption = Annotated[Path | None, typer.Option(help="Input of the run.")]
SupervisedOption = Annotated[
    bool,
    typer.Option("--supervised", help="Stop at once when standard input falls silent or closes."),
]


@app.command()
def schema() -> None:
    """Print the JSON schema of every stage's settings."""
    print(json.dumps(schemas(), ensure_ascii=False, indent=1))


@app.command()
def explain(
    stage: StageArgument,
    setting: Annotated[str | None, typer.Argument(help="Only this setting.")] = None,
) -> None:
    """Print every setting of a stage: meaning, unit, range, default, and why that default."""
    _check_stage(stage)
    console = Console(highlight=False, markup=False)
    with _refusals():
        if setting is None:
            console.print(help_text(stage).replace("\b\n", ""))
            console.print()
        for title, allowed, meaning, why in setting_lines(stage, setting):
            console.print(title, style="bold", end="")
            console.print(f"   ({allowed})", style="dim")
            console.print(Padding(f"{meaning}\nDefault: {why}.", (0, 0, 1, 4)))


@app.command()
def new(
    stage: StageArgument,
    run: NewRunOption,
    policy: PathOption = None,
    reward_model: PathOption = None,
    snapshot: PathOption = None,
    prompts: PathOption = None,
    texts: PathOption = None,
    reference: PathOption = None,
    baseline_policy: PathOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting as name=value; may be given many times."),
    ] = None,
) -> None:
    """Write the config.json of a new run, and say what to do next."""
    _check_stage(stage)
    given = {
        "policy": policy,
        "reward_model": reward_model,
        "snapshot": snapshot,
        "prompts": prompts,
        "texts": texts,
        "reference": reference,
        "baseline_policy": baseline_policy,
    }
    with _refusals():
        inputs = {name: path for name, path in given.items() if path is not None}
        path = write_config(stage, run, inputs, settings or [])
    print(f"wrote {path}; start it with: python -m rewardmodel {stage} --run {run}")


def _add_stage(stage: str) -> None:
    def command(run: RunOption, supervised: SupervisedOption = False) -> None:
        execute(stage, run, supervised)

    app.command(stage, help=help_text(stage), short_help=guide_of(stage).purpose)(command)


for _stage in stages():
    _add_stage(_stage)


def _check_stage(stage: str) -> None:
    if stage not in STAGES:
        errors.print(f"{stage!r} is not a stage (known: {', '.join(stages())})", markup=False)
        raise SystemExit(EXIT_REFUSED)


@contextmanager
def _refusals() -> Iterator[None]:
    """What is refused leaves in words and with its exit code."""
    try:
        yield
    except RunError as error:
        errors.print(error.message, style="red", markup=False, highlight=False)
        raise SystemExit(error.exit_code) from error


def execute(stage: str, directory: Path, supervised: bool) -> None:
    """Run a stage and leave with the exit code its end deserves."""
    if supervised:
        watch_standard_input()
    if not directory.is_dir():
        errors.print(f"run directory {directory} does not exist", style="red", markup=False)
        raise SystemExit(EXIT_REFUSED)
    if (directory / "MANIFEST.json").is_file():
        errors.print(f"{directory} is complete already", markup=False)
        raise SystemExit(EXIT_COMPLETE)
    try:
        raise SystemExit(_run_stage(stage, directory, supervised))
    except RunError as error:
        EventLog(directory / "events.jsonl").write("failed", code=error.code, message=error.message)
        errors.print(error.message, style="red", markup=False, highlight=False)
        raise SystemExit(error.exit_code) from error
    except Exception as error:
        EventLog(directory / "events.jsonl").write(
            "failed", code="crashed", message=f"{type(error).__name__}: {error}"
        )
        traceback.print_exc()
        raise SystemExit(1) from error


def _run_stage(stage: str, directory: Path, supervised: bool) -> int:
    config, inputs = read_config(directory, stage)
    # torch and transformers take seconds to load: only for settings that passed.
    from rewardmodel.rundir import Run
    from rewardmodel.stages import run_stage

    with ProgressBars(errors) as bars:
        listener = bars.update if sys.stderr.isatty() else None
        run = Run(directory, stage, inputs, listener, supervised=supervised)
        run.stop_on_signals()
        try:
            run_stage(run, config)
        except Interrupted as stop:
            errors.print(str(stop), markup=False)
            return EXIT_INTERRUPTED
        finally:
            run.events.close()
    return EXIT_COMPLETE


if __name__ == "__main__":
    app()
