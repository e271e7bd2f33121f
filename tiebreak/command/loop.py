"""The loop: versions and their standing, sampling plans, rounds, schedules."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.output import day, say, show_one, show_rows

versions = typer.Typer(no_args_is_help=True, help="The registry: policies and reward models.")
rounds = typer.Typer(no_args_is_help=True, help="The turns of the loop.")
schedules = typer.Typer(no_args_is_help=True, help="When a project trains by itself.")
plans = typer.Typer(no_args_is_help=True, help="How completions are drawn.")
Version = Annotated[str, typer.Argument(help="policy/NUMBER, reward/NUMBER, or id.")]
Round = Annotated[str, typer.Argument(help="Number or id of the round.")]
ScheduleName = Annotated[str, typer.Argument(help="Id of the schedule.")]


@versions.command("list")
def versions_list(
    kind: Annotated[str | None, typer.Option(help="policy or reward.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Every version with its standing."""
    client, key = here(project)
    chosen: Any = {"kind": kind}
    columns: Any = [("version", lambda row: f"{row['kind']}/{row['number']}")]
    columns += [(name, name) for name in ("name", "stage", "status", "bytes")]
    columns += [("made", day), ("id", "id")]
    show_rows(client.versions_list(key, **chosen), columns, as_json)


@versions.command("show")
def versions_show(named: Version, project: ProjectOption = None, as_json: Json = False) -> None:
    """One version: parent, digest, figures, the run that made it."""
    client, key = here(project)
    show_one(client.version(key, named), as_json)


@versions.command("promote")
def versions_promote(named: Version, project: ProjectOption = None, as_json: Json = False) -> None:
    """Make a version the one that runs take; the one before it is retired."""
    client, key = here(project)
    found = client.versions_promote(client.version(key, named)["id"])
    show_one(found if as_json else {named: found["status"]}, as_json)


@versions.command("retire")
def versions_retire(named: Version, project: ProjectOption = None, as_json: Json = False) -> None:
    """Take a version out of use; it stays in the registry."""
    client, key = here(project)
    found = client.versions_retire(client.version(key, named)["id"])
    show_one(found if as_json else {named: found["status"]}, as_json)


@plans.command("list")
def plans_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The sampling plans of a project."""
    client, key = here(project)
    names = ("name", "strategy", "temperature", "top_k", "top_p", "n", "max_new_tokens", "seed")
    show_rows(client.sampling_plans_list(key), [(name, name) for name in names], as_json)


@plans.command("make")
def plans_make(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    n: Annotated[int, typer.Option("-n", help="Completions of each prompt.")],
    max_new_tokens: Annotated[int, typer.Option(help="At most so long.")] = 256,
    strategy: Annotated[str, typer.Option(help="sample, greedy or beam.")] = "sample",
    temperature: Annotated[float, typer.Option(help="1 leaves the distribution as it is.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="0: all tokens.")] = 0,
    top_p: Annotated[float, typer.Option(help="1: all tokens.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.")] = 0,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Say how completions are drawn; a plan never changes."""
    client, key = here(project)
    wish: Any = {
        **{"name": name, "n": n, "max_new_tokens": max_new_tokens, "strategy": strategy},
        **{"temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed},
    }
    show_one(client.sampling_plans_create(key, wish), as_json)


@rounds.command("list")
def rounds_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The rounds of a project."""
    client, key = here(project)
    columns: Any = [("number", "number"), ("opened", day), ("closed", "closed_at"), ("id", "id")]
    show_rows(client.rounds_list(key), columns, as_json)


@rounds.command("open")
def rounds_open(
    policy: Annotated[str, typer.Option(help="policy/NUMBER, or id.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Open a round on a policy."""
    client, key = here(project)
    policy_id = client.version(key, policy)["id"]
    show_one(client.rounds_create(key, {"policy_version": policy_id}), as_json)


@rounds.command("show")
def rounds_show(named: Round, project: ProjectOption = None, as_json: Json = False) -> None:
    """One round with its runs."""
    client, key = here(project)
    show_one(client.round(key, named), as_json)


@rounds.command("close")
def rounds_close(named: Round, project: ProjectOption = None, as_json: Json = False) -> None:
    """Close a round."""
    client, key = here(project)
    show_one(client.rounds_close(client.round(key, named)["id"]), as_json)


@schedules.command("list")
def schedules_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The schedules of a project."""
    client, key = here(project)
    names = ("name", "trigger", "every", "is_active", "last_fired_at", "id")
    show_rows(client.schedules_list(key), [(name, name) for name in names], as_json)


@schedules.command("make")
def schedules_make(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    every: Annotated[int, typer.Option(help="Seconds, or new judgments.")],
    prompts: Annotated[str, typer.Option(help="Prompt set for the policy update.")],
    trigger: Annotated[str, typer.Option(help="interval or judgments.")] = "judgments",
    reward_config: Annotated[str, typer.Option(help="Settings as JSON.")] = "{}",
    ppo_config: Annotated[str, typer.Option(help="Settings as JSON.")] = "{}",
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Train every so often: snapshot, reward model, policy update."""
    client, key = here(project)
    wish: Any = {
        "name": name,
        "trigger": trigger,
        "every": every,
        "prompt_set": client.prompt_set(key, prompts)["id"],
        "reward_config": json.loads(reward_config),
        "ppo_config": json.loads(ppo_config),
    }
    show_one(client.schedules_create(key, wish), as_json)


@schedules.command("on")
def schedules_on(named: ScheduleName, project: ProjectOption = None, as_json: Json = False) -> None:
    """Let a schedule fire."""
    client, _ = here(project)
    show_one(client.schedules_update(named, {"is_active": True}), as_json)


@schedules.command("off")
def schedules_off(
    named: ScheduleName, project: ProjectOption = None, as_json: Json = False
) -> None:
    """Let a schedule rest."""
    client, _ = here(project)
    show_one(client.schedules_update(named, {"is_active": False}), as_json)


@schedules.command("delete")
def schedules_delete(named: ScheduleName, project: ProjectOption = None) -> None:
    """Delete a schedule; what it started goes on."""
    client, _ = here(project)
    client.schedules_delete(named)
    say("The schedule is deleted.")


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(versions, name="versions")
    app.add_typer(plans, name="plans")
    app.add_typer(rounds, name="rounds")
    app.add_typer(schedules, name="schedules")
