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

from rewardmodel.check_export import check_export
from rewardmodel.check_model import check_model
from rewardmodel.commands import errors, explain, new, refusals, tokens
from rewardmodel.config import StageConfig, schemas
from rewardmodel.configfile import read_config
from rewardmodel.data_commands import prompts, snapshot, texts
from rewardmodel.errors import (
    EXIT_COMPLETE,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    Interrupted,
    RunError,
)
from rewardmodel.events import EventLog
from rewardmodel.guide import guide_of, help_text, stages
from rewardmodel.memory import Estimate, estimate
from rewardmodel.progress import ProgressBars
from rewardmodel.score_command import score
from rewardmodel.starting import alone_in, is_complete
from rewardmodel.supervised import watch_standard_input
from rewardmodel.telling import ProgressLines, ProgressListener, outcome

# Read when torch loads. Threads that spin while they wait make small networks ten times slower
# on a machine that has other work (measured: 64 tokens in 0.3 s instead of 2.6 s).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train and use reward models and policies. Every stage works in a run directory.",
)

RunOption = Annotated[
    Path, typer.Option("--run", help="Run directory with a config.json.", file_okay=False)
]
SupervisedOption = Annotated[
    bool,
    typer.Option("--supervised", help="Stop at once when standard input falls silent or closes."),
]

TrackerOption = Annotated[
    str | None,
    typer.Option("--tracker", help="Forward figures to tensorboard, wandb, mlflow, … as well."),
]


@app.command()
def schema() -> None:
    """Print the JSON schema of every stage's settings."""
    print(json.dumps(schemas(), ensure_ascii=False, indent=1))


for _command in (explain, new, tokens, snapshot, prompts, texts):
    app.command()(_command)
app.command()(score)
app.command()(check_export)
app.command()(check_model)


def _add_stage(stage: str) -> None:
    def command(
        run: RunOption, supervised: SupervisedOption = False, tracker: TrackerOption = None
    ) -> None:
        execute(stage, run, supervised, tracker)

    app.command(stage, help=help_text(stage), short_help=guide_of(stage).purpose)(command)


for _stage in stages():
    _add_stage(_stage)


def execute(stage: str, directory: Path, supervised: bool, tracker: str | None = None) -> None:
    """Run a stage and leave with the exit code its end deserves."""
    if supervised:
        watch_standard_input()
    if not directory.is_dir():
        errors.print(f"run directory {directory} does not exist", style="red", markup=False)
        raise SystemExit(EXIT_REFUSED)
    with refusals(), alone_in(directory, supervised=supervised):
        _execute(stage, directory, supervised, tracker)


def _execute(stage: str, directory: Path, supervised: bool, tracker: str | None) -> None:
    if is_complete(directory, stage):
        errors.print(f"{directory} is complete already", markup=False)
        _tell(directory, supervised)
        raise SystemExit(EXIT_COMPLETE)
    try:
        raise SystemExit(_run_stage(stage, directory, supervised, tracker))
    except RunError as error:
        EventLog(directory / "events.jsonl").write(
            # a launcher in between has exit codes of its own
            "failed",
            code=error.code,
            message=error.message,
            exit_code=error.exit_code,
        )
        errors.print(error.message, style="red", markup=False, highlight=False)
        raise SystemExit(error.exit_code) from error
    except Exception as error:
        EventLog(directory / "events.jsonl").write(
            "failed", code="crashed", message=f"{type(error).__name__}: {error}"
        )
        traceback.print_exc()
        raise SystemExit(1) from error


def _run_stage(stage: str, directory: Path, supervised: bool, tracker: str | None) -> int:
    config, inputs = read_config(directory, stage)
    # torch and transformers take seconds to load: only for settings that passed.
    from rewardmodel.rundir import Run
    from rewardmodel.stages import run_stage

    with ProgressBars(errors) as bars, _followed(directory, tracker, config):
        listener = _listener(bars, supervised)
        run = Run(directory, stage, inputs, listener, supervised=supervised)
        run.stop_on_signals()
        _say_memory(run.events, estimate(config, inputs))
        try:
            run_stage(run, config)
        except Interrupted as stop:
            errors.print(str(stop), markup=False)
            # a launcher ends all processes when one fails: the first may still be saving
            return EXIT_INTERRUPTED if _is_first() else EXIT_COMPLETE
        finally:
            run.events.close()
    _tell(directory, supervised)
    return EXIT_COMPLETE


def _listener(bars: ProgressBars, supervised: bool) -> ProgressListener | None:
    """Bars on a terminal, lines elsewhere; a supervisor reads the event log instead."""
    if sys.stderr.isatty():
        return bars.update
    if supervised:
        return None
    return ProgressLines(lambda line: print(line, file=sys.stderr, flush=True)).update


def _tell(directory: Path, supervised: bool) -> None:
    """Where the results of a complete run lie, and its headline figures, in one line."""
    if not supervised and _is_first():
        print(outcome(directory), flush=True)


def _say_memory(events: EventLog, found: Estimate | None) -> None:
    """What the run will need, in the log and on the terminal; a warning where it is not there."""
    if found is None:
        return
    events.write("memory", **found.to_json())
    if _is_first():
        errors.print(found.in_words(), markup=False, highlight=False)
    if found.too_large:
        events.warning("memory_short", found.shortage())
        errors.print("this may be more memory than is free", style="yellow")


@contextmanager
def _followed(directory: Path, tracker: str | None, config: StageConfig) -> Iterator[None]:
    """Forward figures to a tracker while the run lasts."""
    if tracker is None or not _is_first():
        yield
        return
    from rewardmodel.tracking import Follower, check_tracker, open_tracker

    check_tracker(tracker)
    follower = Follower(
        directory, tracker, lambda: open_tracker(tracker, directory, config.model_dump())
    )
    follower.start()
    try:
        yield
    finally:
        follower.stop()


def _is_first() -> bool:
    return os.environ.get("RANK", "0") == "0"


if __name__ == "__main__":
    app()
