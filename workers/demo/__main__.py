"""`python -m workers.demo prepare|run`."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The demonstration projects, and the loop closed without people.",
)
console = Console(highlight=False, soft_wrap=True)


class _Teller:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, line: str) -> None:
        console.print(f"{time.monotonic() - self.began:6.1f} s  {line}", markup=False)


@app.command()
def prepare(
    only_sign_ins: Annotated[
        bool, typer.Option("--only-sign-ins", help="The quick part: all but the policy.")
    ] = False,
) -> None:
    """Make the two demonstration projects; what is there already stays as it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
    import django

    django.setup()
    from workers.demo import prepare as preparation

    tell = _Teller()
    preparation.sign_ins(tell)
    if not only_sign_ins:
        preparation.work(tell)


@app.command()
def run(
    seed: Annotated[int, typer.Option(help="Where all chance comes from.", min=0)] = 1,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    rounds: Annotated[int, typer.Option(help="How many rounds.", min=1, max=9)] = 2,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("demo-report"),
    data: Annotated[
        Path | None,
        typer.Option(help="Data folder of a running installation; default: a throw-away one."),
    ] = None,
) -> None:
    """Close the loop without people, and report. Exit status 1 where it did not learn."""
    from workers.demo import policy, report
    from workers.demo.campaigns import campaign_of
    from workers.demo.client import ApiError
    from workers.demo.crew import hire
    from workers.demo.rounds import Course, Round, measure
    from workers.demo.runs import LoopError
    from workers.demo.stack import StackError, running_stack, throwaway_stack

    tell = _Teller()
    campaign = campaign_of(language)
    try:
        with contextlib.ExitStack() as stack:
            base = running_stack(data) if data else stack.enter_context(throwaway_stack(tell))
            tell("pretraining the first policy on text written here")
            directory = policy.pretrain(base.data / "demo", seed, tell)
            course = Course()
            tell("making a project with its people and prompts")
            crew = hire(
                base,
                campaign,
                seed,
                policy=str(directory),
                needed=course.needed,
                samples=course.samples,
                max_new_tokens=course.max_new_tokens,
                tell=tell,
            )
            start = measure(crew, "first policy", crew.engineer.promoted_policy())
            results = []
            for number in range(1, rounds + 1):
                results.append(Round(crew, course, number, start).play())
                start = results[-1].end
            crew.leave()
    except (ApiError, LoopError, StackError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    verdict = report.judge(results, seed)
    report.print_table(results, verdict, console)
    path = report.write_html(
        out,
        results,
        verdict,
        title=f"{campaign.name}: the loop closed {rounds} times",
        seed=seed,
        seconds=time.monotonic() - tell.began,
    )
    console.print(f"report: {path}", markup=False)
    raise typer.Exit(0 if verdict.passed else 1)


if __name__ == "__main__":
    app()
