"""Who calls which server about which project: signing in, and what is remembered."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]

from tiebreak.client import Client
from tiebreak.command.output import Column, done, print_json, say, show_one, show_rows
from tiebreak.errors import NotFound, TiebreakError
from tiebreak.schema import ProjectSummary

Json = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
ProjectOption = Annotated[
    str | None,
    typer.Option("--project", "-p", envvar="TIEBREAK_PROJECT", help="Name or id of the project."),
]
SHELLS = ("bash", "zsh", "fish")


class NotSignedIn(TiebreakError):
    """There is no server or no token to call it with."""


def login_file() -> Path:
    """Where address and token are kept; for its owner alone."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "tiebreak" / "login.json"


def remembered() -> dict[str, str]:
    """What is kept. Raises NotSignedIn where others could read the token."""
    path = login_file()
    if not path.is_file():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NotSignedIn(f"others may read {path}: chmod 600 it, or sign in again")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def remember(**what: str) -> None:
    """Keep it; readable for its owner from the first byte."""
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name("login.json.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(what, file)
    part.replace(path)


def client() -> Client:
    """From TIEBREAK_URL and TIEBREAK_TOKEN, or from what login kept."""
    url, token = os.environ.get("TIEBREAK_URL"), os.environ.get("TIEBREAK_TOKEN")
    kept = {} if url and token else remembered()
    if kept and url and url.rstrip("/") != kept["url"]:
        raise NotSignedIn(f"the token that is kept is for {kept['url']}; set TIEBREAK_TOKEN too")
    url, token = url or kept.get("url"), token or kept.get("token")
    if not url or not token:
        raise NotSignedIn("sign in first: tiebreak login https://your.server")
    return Client(url, token)


def chosen(found: Client, named: str | None) -> ProjectSummary:
    """The project that is meant: named, or kept by `use`, or the only one there is."""
    if named is None and not os.environ.get("TIEBREAK_URL"):
        named = remembered().get("project")
    if named is not None:
        return found.project(named)
    mine = found.projects_list()
    if len(mine) == 1:
        return mine[0]
    there = ", ".join(one["name"] for one in mine) or "none"
    raise NotFound(f"say which project with --project, or tiebreak use NAME (there are: {there})")


def here(named: str | None) -> tuple[Client, str]:
    """The client and the id of the project that is meant."""
    found = client()
    return found, chosen(found, named)["id"]


def login(
    url: Annotated[str, typer.Argument(help="Address of the server.")], as_json: Json = False
) -> None:
    """Keep an address and a token for later commands.

    Make the token in the browser, under API tokens; it is asked for here, or read from standard
    input where that is a pipe: it never stands on a command line. It is kept in a file that only you
    can read, until `tiebreak logout`.
    """
    if sys.stdin.isatty():
        say(f"Make a token at {url.rstrip('/')}/tokens, with the scopes it shall have.")
        token = typer.prompt("Token", hide_input=True)
    else:
        token = sys.stdin.readline()
    found = Client(url, token.strip())
    me = found.me_read()
    remember(url=found.url, token=token.strip())
    if as_json:
        print_json(me)
    else:
        say(f"Signed in to {found.url} as {me['username']}.")


def logout(as_json: Json = False) -> None:
    """Forget address and token. The token itself stays good until it is revoked in the browser."""
    login_file().unlink(missing_ok=True)
    done("Address and token are forgotten.", as_json)


def whoami(as_json: Json = False) -> None:
    """Who the server takes you for, and where you work."""
    me = client().me_read()
    if as_json:
        print_json(me)
        return
    print(f"{me['username']} at {client().url}")
    for one in me["memberships"]:
        print(f"  {one['project']['name']}: {', '.join(one['roles'])}")


def use(project: Annotated[str, typer.Argument(help="Name or id.")], as_json: Json = False) -> None:
    """Keep a project, so that later commands need no --project."""
    kept = remembered()
    if not kept:
        raise NotSignedIn("sign in first: tiebreak login https://your.server")
    found = Client(kept["url"], kept["token"]).project(project)
    remember(**{**kept, "project": found["id"]})
    if as_json:
        print_json(found)
    else:
        say(f"Commands are about {found['name']} from now on.")


def projects(as_json: Json = False) -> None:
    """The projects you work in."""
    columns: list[Column] = [(name, name) for name in ("name", "state", "language", "mode", "id")]
    show_rows(client().projects_list(), columns, as_json)


def status(project: ProjectOption = None, as_json: Json = False) -> None:
    """How far the project is."""
    found, key = here(project)
    show_one(found.projects_progress(key), as_json)


def health(project: ProjectOption = None, as_json: Json = False) -> None:
    """Whether the installation does its work; leaves with code 1 while something needs a person."""
    found, key = here(project)
    state = found.health_read(key)
    if as_json:
        print_json(state)
    else:
        for one in state["problems"]:
            print(" ".join(filter(None, ("problem:", one["code"], one["about"]))))
        names = ("name", "workers", "runs_due", "oldest_seconds", "messages")
        show_rows(state["queues"], [(name.replace("_seconds", ""), name) for name in names], False)
        print()
        columns: list[Column] = [("worker", "name"), ("last heard", "seen_at")]
        columns.append(("works on", lambda row: ", ".join(run["kind"] for run in row["runs"])))
        show_rows(state["workers"], columns, False)
    if state["problems"]:
        raise typer.Exit(1)


def api(
    method: Annotated[str, typer.Argument(help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, typer.Argument(help="Below /api/v1, such as /projects.")],
    body: Annotated[str, typer.Option(help="JSON to send; - reads standard input.")] = "",
) -> None:
    """Send one request of your own; prints the answer as JSON. For what has no command."""
    sent: Any = json.loads(sys.stdin.read() if body == "-" else body) if body else None
    address, _, query = path.partition("?")
    asked = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    print_json(client().http.send(method.upper(), address, body=sent, query=asked))


def completion(shell: Annotated[str, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print the completion of a shell.

    bash: add `eval "$(tiebreak completion bash)"` to ~/.bashrc. zsh: the same in ~/.zshrc, after
    compinit. fish: tiebreak completion fish > ~/.config/fish/completions/tiebreak.fish
    """
    if shell not in SHELLS:
        raise typer.BadParameter(f"one of {', '.join(SHELLS)}")
    print(
        get_completion_script(prog_name="tiebreak", complete_var="_TIEBREAK_COMPLETE", shell=shell)
    )


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    for command in (login, logout, whoami, use, projects, status, health, api, completion):
        app.command()(command)
