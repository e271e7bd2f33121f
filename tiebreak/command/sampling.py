"""Mixes of policies that sample for labelers, and policies that are asked something at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from tiebreak.client import Client
from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.output import clean, day, json_of, print_json, show_one, show_rows
from tiebreak.schema import Trial

PAUSE_S = 0.5
mixes = typer.Typer(
    no_args_is_help=True, help="Which policies write what labelers see, how much each."
)
Mix = Annotated[str, typer.Argument(help="Name or id of the mix.")]


@mixes.command("list")
def mixes_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The mixes of a project, newest first."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("name", "version", "older_percent", "seed")]
    columns += [("rows", lambda mix: len(mix["rows"])), ("made", day), ("id", "id")]
    show_rows(client.sampling_mixes_list(key), columns, as_json)


@mixes.command("make")
def mixes_make(
    file: Annotated[Path, typer.Argument(help="The mix as JSON.", exists=True, dir_okay=False)],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make a mix; it never changes, and the same name again is its next version.

    {"name": "daily", "rows": [{"policy": "promoted", "plan": PLAN_ID, "count": 4}], "older_percent": 15}
    """
    client, key = here(project)
    show_one(client.sampling_mixes_create(key, json_of(file)), as_json)


@mixes.command("draw")
def mixes_draw(
    named: Mix,
    prompts: Annotated[str, typer.Option(help="Prompt set: name or id.")],
    limit: Annotated[int | None, typer.Option(help="At most so many prompts.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also prompts that these policies answered before.")
    ] = False,
    key: Annotated[str | None, typer.Option(help="A UUID; the same one draws once.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Sample by a mix and make items of it."""
    client, here_ = here(project)
    wish: Any = {"prompt_set": client.prompt_set(here_, prompts)["id"], "only_new": not again}
    if limit is not None:
        wish["limit"] = limit
    mix = client.mix(here_, named)["id"]
    show_one(client.mix_draws_create(mix, wish, idempotency_key=key), as_json, leave_out=("parts",))


@mixes.command("draws")
def mixes_draws(named: Mix, project: ProjectOption = None, as_json: Json = False) -> None:
    """What was drawn by a mix, newest first."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("state", "prompts", "made", "too_few", "older")]
    columns += [("asked", day), ("id", "id")]
    show_rows(client.mix_draws_list(client.mix(key, named)["id"]), columns, as_json)


def ask(
    prompt: Annotated[str, typer.Argument(help="What the policies are asked.")],
    policy: Annotated[list[str], typer.Option(help="policy/NUMBER, or id; give it often.")],
    reward: Annotated[
        list[str] | None, typer.Option(help="reward/NUMBER: its scores; give it often.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Completions of each policy.")] = 1,
    max_new_tokens: Annotated[int, typer.Option(help="At most so long.")] = 256,
    temperature: Annotated[float, typer.Option(help="0: greedy.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="0: all tokens.")] = 0,
    top_p: Annotated[float, typer.Option(help="1: all tokens.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.")] = 0,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Ask policies something, as the playground does, and read what they answer.

    tiebreak ask "Tell me of the sea." --policy policy/1 --policy policy/2 --reward reward/1 -n 2
    """
    client, key = here(project)
    decoding: dict[str, Any] = {"n": n, "max_new_tokens": max_new_tokens, "seed": seed}
    if temperature > 0:
        decoding |= {"strategy": "sample", "temperature": temperature}
        decoding |= {"top_k": top_k, "top_p": top_p}
    else:
        decoding["strategy"] = "greedy"
    names = {client.version(key, one)["id"]: one for one in [*policy, *(reward or [])]}
    wish: Any = {
        "client_uuid": str(uuid4()),
        "messages": [{"role": "user", "content": prompt}],
        "policies": [one for one, named in names.items() if named in policy],
        "rewards": [one for one, named in names.items() if named in (reward or [])],
        "decoding": decoding,
    }
    trial = _answered(client, client.trials_create(key, wish))
    if as_json:
        print_json(trial)
    else:
        _print(trial, names)
    if trial["state"] != "done":
        raise typer.Exit(6)


def _answered(client: Client, trial: Trial) -> Trial:
    while trial["state"] in ("queued", "running"):
        time.sleep(PAUSE_S)
        trial = client.trials_retrieve(trial["id"])
    return trial


def _print(trial: Trial, names: dict[str, str]) -> None:
    for part in trial["parts"]:
        for one in part["completions"]:
            scores = [
                f"{names.get(score['reward'], score['reward'])} {score['score']:.3f}"
                for score in one["scores"]
                if score["score"] is not None
            ]
            print("  ".join([names.get(part["policy"], part["policy"]), *scores]))
            print("\n".join(f"    {line}" for line in clean(one["text"]).splitlines()))
    if trial["error_message"]:
        print(clean(trial["error_message"]))


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(mixes, name="mixes")
    app.command("ask")(ask)
