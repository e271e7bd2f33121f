"""`python -m annotation.local up|status|stop|env|run`: Tiebreak on this machine."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from annotation.local.environment import default_data_dir
from annotation.local.errors import LocalError
from annotation.local.state import DataDir
from annotation.local.supervisor import Supervisor, answers
from annotation.local.throwaway import throwaway_servers

app = typer.Typer(add_completion=False, help="Run Tiebreak on this machine.")
Data = Annotated[
    Path | None, typer.Option(help="The data folder; default TIEBREAK_DATA_DIR, then ./var.")
]


@app.command()
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="Default: 8000 or the next free one.")] = None,
    demo: Annotated[bool, typer.Option(help="Make the demo project if it is missing.")] = True,
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    raise typer.Exit(Supervisor(data or default_data_dir(), port, demo=demo).run())


@app.command()
def status(data: Data = None) -> None:
    """Say what is running; exit status 1 when nothing is."""
    folder = DataDir(data or default_data_dir())
    pid = folder.holder()
    if pid is None:
        typer.echo(f"Tiebreak is not running on {folder.path}")
        raise typer.Exit(1)
    known = folder.recall()
    ports = known.get("ports", {})
    state = "answers" if answers(int(ports.get("web", 0))) else "does not answer"
    typer.echo(f"Tiebreak runs on {folder.path} (process {pid})")
    typer.echo(f"  {known.get('address', 'starting')} {state}")
    if known.get("system_home"):
        typer.echo(f"  data of the database and the queue: {known['system_home']}")
    for name, child in known.get("children", {}).items():
        alive = "running" if _exists(int(child)) else "restarting"
        typer.echo(f"  {name:<14} {child:>8}  {alive}")


@app.command()
def stop(data: Data = None, wait: Annotated[float, typer.Option(help="Seconds.")] = 180.0) -> None:
    """Stop a running Tiebreak and wait until it has ended."""
    folder = DataDir(data or default_data_dir())
    pid = folder.holder()
    if pid is None:
        typer.echo(f"Tiebreak is not running on {folder.path}")
        return
    if not pid:
        raise LocalError(f"who holds {folder.path} is unknown; end it by hand")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + wait
    while folder.holder() is not None:
        if time.monotonic() > deadline:
            raise LocalError(f"process {pid} has not ended after {wait:.0f} s")
        time.sleep(0.2)
    typer.echo("stopped")


@app.command()
def env(data: Data = None) -> None:
    """Print what a shell needs for `manage.py`: eval "$(python -m annotation.local env)"."""
    folder = DataDir(data or default_data_dir())
    if folder.holder() is None:
        raise LocalError(f"Tiebreak is not running on {folder.path}; start it with `make up`")
    for name, value in folder.recall().get("environment", {}).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def run(command: Annotated[list[str], typer.Argument(help="A program and its arguments.")]) -> None:
    """Run a command beside servers of its own, on data that is deleted at the end."""
    with throwaway_servers() as found:
        done = subprocess.run(command, env={**os.environ, **found}, check=False)
    raise typer.Exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    try:
        app()
    except LocalError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
