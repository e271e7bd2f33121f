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
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from rewardmodel.config import schemas
from rewardmodel.configfile import read_config
from rewardmodel.errors import (
    EXIT_COMPLETE,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    Interrupted,
    RunError,
)
from rewardmodel.events import EventLog
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
SupervisedOption = Annotated[
    bool,
    typer.Option("--supervised", help="Stop at once when standard input falls silent or closes."),
]


@app.command()
def schema() -> None:
    """Print the JSON schema of every stage's settings."""
    print(json.dumps(schemas(), ensure_ascii=False, indent=1))


@app.command()
def pretrain(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Learn a tokenizer and a tiny policy from texts."""
    execute("pretrain", run, supervised)


@app.command()
def sft(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Fine-tune a policy on demonstrations."""
    execute("sft", run, supervised)


@app.command()
def reward(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Train a reward model on rankings."""
    execute("reward", run, supervised)


@app.command()
def ppo(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Train a policy against a reward model."""
    execute("ppo", run, supervised)


@app.command()
def sample(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Draw completions of prompts from a policy."""
    execute("sample", run, supervised)


@app.command()
def evaluate(run: RunOption, supervised: SupervisedOption = False) -> None:
    """Measure a reward model on rankings, or a policy on prompts."""
    execute("evaluate", run, supervised)


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
        raise SystemExit(_run_stage(stage, directory))
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


def _run_stage(stage: str, directory: Path) -> int:
    config, inputs = read_config(directory, stage)
    # torch and transformers take seconds to load: only for settings that passed.
    from rewardmodel.rundir import Run
    from rewardmodel.stages import run_stage

    with _ProgressBars() as bars:
        run = Run(directory, stage, inputs, bars.update if sys.stderr.isatty() else None)
        run.stop_on_signals()
        try:
            run_stage(run, config)
        except Interrupted as stop:
            errors.print(str(stop), markup=False)
            return EXIT_INTERRUPTED
        finally:
            run.events.close()
    return EXIT_COMPLETE


class _ProgressBars:
    """One rich bar for each phase, on a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(console=errors, transient=False)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> _ProgressBars:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bars:
            self._progress.stop()

    def update(self, phase: str, done: int, total: int) -> None:
        if phase not in self._bars:
            if not self._bars:
                self._progress.start()
            self._bars[phase] = self._progress.add_task(phase, total=total)
        self._progress.update(self._bars[phase], completed=done, total=total)


if __name__ == "__main__":
    app()
