"""The loop: versions and their standing, sampling plans, rounds and the plan they follow."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from tiebreak.client import Client
from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.data import Wait, finish
from tiebreak.command.output import (
    Column,
    bytes_bar,
    clean,
    day,
    json_of,
    print_json,
    run_bar,
    say,
    show_one,
    show_rows,
)
from tiebreak.errors import ApiError
from tiebreak.schema import RoundEvent, RoundPlan, VersionCheck

versions = typer.Typer(no_args_is_help=True, help="The registry: policies and reward models.")
rounds = typer.Typer(no_args_is_help=True, help="The turns of the loop.")
plan = typer.Typer(no_args_is_help=True, help="How a project goes from round to round by itself.")
plans = typer.Typer(no_args_is_help=True, help="How completions are drawn.")
WANTED = {
    "win_rate": "no evaluation run has held this version against its parent on {prompts} yet",
    "reward_gain": "no evaluation run on a snapshot has held this version against the one in use yet",
    "campaign_win_rate": "no campaign has shown people its answers beside those of the one in use yet",
}
Version = Annotated[str, typer.Argument(help="policy/NUMBER, reward/NUMBER, or id.")]
Round = Annotated[str, typer.Argument(help="Number or id of the round.")]


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


@versions.command("checks")
def versions_checks(named: Version, project: ProjectOption = None, as_json: Json = False) -> None:
    """What must hold before a version comes into use, with the figures; exit 1 where one does not."""
    client, key = here(project)
    rows = client.versions_card(client.version(key, named)["id"])["checks"]
    columns: list[Column] = [("gate", "gate"), ("passed", "passed"), ("value", _measured)]
    columns += [(name, name) for name in ("low", "high", "bound")]
    show_rows(rows, columns, as_json)
    if not as_json:
        _say_what_is_wanted(rows)
        _say_what_is_length(rows)
    if not all(row["passed"] for row in rows):
        raise typer.Exit(1)


def _measured(check: VersionCheck) -> float | str | None:
    """Its figure; a check with a bound should have one."""
    return (
        "not measured" if check["value"] is None and check["bound"] is not None else check["value"]
    )


def _say_what_is_wanted(rows: Iterable[VersionCheck]) -> None:
    """Tell what would have to be there for a figure that is not measured."""
    for row in rows:
        words = WANTED.get(row["gate"])
        if words is not None and row["value"] is None:
            of_plan = "the evaluation prompts of the plan of rounds"
            prompts = "a prompt set" if row["prompt_set"] is None else of_plan
            say(f"{row['gate']}: {words.format(prompts=prompts)}")


def _say_what_is_length(rows: Iterable[VersionCheck]) -> None:
    """Tell of an accuracy that is not surely above that of "the longer text wins"; its check may hold."""
    for row in rows:
        if (over := row["over_length"]) is not None and over["low"] <= 0:
            surely = "surely " if over["value"] > 0 else ""
            ends = f"{over['value']:.3f} ({over['low']:.3f} to {over['high']:.3f})"
            say(f"{row['gate']}: not {surely}better than the longer text wins, difference {ends}")


@versions.command("promote")
def versions_promote(
    named: Version,
    reason: Annotated[
        str, typer.Option(help="Why, where a check does not hold; it is kept in the audit trail.")
    ] = "",
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make a version the one that runs take; the one before it becomes a candidate again."""
    client, key = here(project)
    found = client.versions_promote(client.version(key, named)["id"], {"reason": reason})
    show_one(found if as_json else {named: found["status"]}, as_json)


@versions.command("retire")
def versions_retire(
    named: Version,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Take a version out of use; it stays in the registry, and `versions restore` brings it back.

    Asks before it does so; where nobody can answer, --yes is needed.
    """
    client, key = here(project)
    version = client.version(key, named)
    if not yes:
        _ask_whether(
            f"{named}, “{version['name']}”, will not be used until it is restored. Retire it?"
        )
    found = client.versions_retire(version["id"])
    show_one(found if as_json else {named: found["status"]}, as_json)


def _ask_whether(question: str) -> None:
    """Leave with code 1 where a person says no; where there is none, say how to do without."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: give --yes")
    typer.confirm(clean(question), abort=True, err=True)


@versions.command("restore")
def versions_restore(named: Version, project: ProjectOption = None, as_json: Json = False) -> None:
    """Bring a retired version back as a candidate; refused where its files are gone."""
    client, key = here(project)
    found = client.versions_restore(client.version(key, named)["id"])
    show_one(found if as_json else {named: found["status"]}, as_json)


@versions.command("download")
def versions_download(
    named: Version,
    path: Annotated[Path, typer.Argument(help="The tar to write.", dir_okay=False)],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """A version as a tar of a Hugging Face directory with a README, held against its checksums."""
    client, key = here(project)
    version = client.version(key, named)
    with bytes_bar(path.name) as moved:
        client.download_version(version["id"], path, moved)
    if as_json:
        print_json(version)
    else:
        say(f"{path} is whole.")


@versions.command("import")
def versions_import(
    source: Annotated[Path, typer.Argument(help="A model directory or an archive.", exists=True)],
    name: Annotated[str, typer.Option(help="What it is called.")],
    kind: Annotated[str, typer.Option(help="policy or reward.")] = "policy",
    plain: Annotated[bool, typer.Option("--plain", help="It has no chat template.")] = False,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make a Hugging Face directory (or a tar, tar.gz or zip of one) a version; safetensors only."""
    client, key = here(project)
    wish: Any = {"name": name, "kind": kind, "plain": plain}
    with bytes_bar(source.name) as moved:
        run = client.import_version(key, source, wish, moved)
    with run_bar() as look:
        run = client.wait(run["id"], progress=look)
    show_one(run if as_json else {"version": run["output_version"]}, as_json)


@versions.command("lineage")
def versions_lineage(project: ProjectOption = None, as_json: Json = False) -> None:
    """What came from what: snapshots, reward models, policies, rounds."""
    client, key = here(project)
    found = client.lineage_retrieve(key)
    if as_json:
        print_json(found)
        return
    names = {one["id"]: f"{one['kind']}/{one['number']}" for one in found["nodes"]}
    columns: Any = [
        ("from", lambda edge: names.get(edge["source"], edge["source"])),
        ("relation", "relation"),
        ("to", lambda edge: names.get(edge["target"], edge["target"])),
        ("by run", lambda edge: edge["run"] and edge["run"]["number"]),
    ]
    show_rows(found["edges"], columns, False)


@versions.command("push")
def versions_push(
    named: Version,
    repository: Annotated[str, typer.Argument(help="Its name within the organisation of the hub.")],
    public: Annotated[bool, typer.Option("--public", help="Everybody may see it.")] = False,
    wait: Wait = False,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Send a version to the hub that the deployment names."""
    client, key = here(project)
    wish: Any = {"name": repository, "private": not public}
    run = finish(
        client, client.versions_push(client.version(key, named)["id"], wish), wait, as_json
    )
    if not as_json:
        show_one({name: run[name] for name in ("number", "kind", "status", "id")}, False)


@versions.command("servers")
def versions_servers(project: ProjectOption = None, as_json: Json = False) -> None:
    """Model servers of the deployment whose models can be versions."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("name", "kind", "models", "unsupported")]
    show_rows(client.model_servers_list(key), columns, as_json)


@versions.command("serve")
def versions_serve(
    server: Annotated[str, typer.Argument(help="See `tiebreak versions servers`.")],
    model: Annotated[str, typer.Argument(help="As the server calls it.")],
    name: Annotated[str, typer.Option(help="What it is called here.")],
    wait: Wait = False,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make a model that a server runs a policy version: to sample from and to try."""
    client, key = here(project)
    wish: Any = {"server": server, "model": model, "name": name}
    run = finish(client, client.served_versions_register(key, wish), wait, as_json)
    if not as_json:
        show_one({name: run[name] for name in ("number", "kind", "status", "id")}, False)


@plans.command("list")
def plans_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The sampling plans of a project."""
    client, key = here(project)
    columns: list[Column] = [
        (name, name)
        for name in ("name", "strategy", "temperature", "top_k", "top_p", "n", "max_new_tokens")
    ]
    columns += [("beams", "num_beams"), ("seed", "seed")]
    show_rows(client.sampling_plans_list(key), columns, as_json)


@plans.command("make")
def plans_make(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    n: Annotated[int, typer.Option("-n", help="Completions of each prompt.")],
    max_new_tokens: Annotated[int, typer.Option(help="At most so long.")] = 256,
    strategy: Annotated[str, typer.Option(help="sample, greedy or beam.")] = "sample",
    temperature: Annotated[float, typer.Option(help="1 leaves the distribution as it is.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="0: all tokens.")] = 0,
    top_p: Annotated[float, typer.Option(help="1: all tokens.")] = 1.0,
    beams: Annotated[
        int | None,
        typer.Option("--num-beams", help="Of beam: at least -n and 2; none given: just that."),
    ] = None,
    no_repeat_ngram: Annotated[
        int, typer.Option(help="So many tokens in a row never come twice; 0: they may.")
    ] = 0,
    repetition_penalty: Annotated[
        float, typer.Option(help="Above 1, tokens that have been are less likely.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.")] = 0,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Say how completions are drawn; a plan never changes."""
    client, key = here(project)
    if beams is None:
        beams = max(2, n) if strategy == "beam" else 1
    wish: Any = {
        **{"name": name, "n": n, "max_new_tokens": max_new_tokens, "strategy": strategy},
        **{"temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed},
        **{"num_beams": beams, "no_repeat_ngram": no_repeat_ngram},
        "repetition_penalty": repetition_penalty,
    }
    show_one(client.sampling_plans_create(key, wish), as_json)


@rounds.command("list")
def rounds_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The rounds of a project."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("number", "state", "step", "outcome")]
    columns += [("opened", day), ("closed", "closed_at"), ("id", "id")]
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
    """One round with its steps, their runs and figures, and what it asks."""
    client, key = here(project)
    found = client.round(key, named)
    told: dict[str, Any] = {**found}
    if not as_json:
        told["steps"] = {
            step["step"]: {name: part for name, part in step.items() if name != "step"}
            for step in found["steps"]
        }
    show_one(told, as_json)
    if found["question"] and not as_json:
        say(f"Answer it: tiebreak rounds answer {named} continue|retry|close --words WHY")


@rounds.command("close")
def rounds_close(named: Round, project: ProjectOption = None, as_json: Json = False) -> None:
    """Close a round."""
    client, key = here(project)
    try:
        closed = client.rounds_close(client.round(key, named)["id"])
    except ApiError as error:
        if error.code == "automatic_round":
            error.add_note(f"tiebreak rounds answer {named} close --words WHY")
        raise
    show_one(closed, as_json)


@rounds.command("answer")
def rounds_answer(
    named: Round,
    decision: Annotated[str, typer.Argument(help="continue, retry or close.")],
    words: Annotated[str, typer.Option(help="Why; a retry needs none.")] = "",
    step: Annotated[str | None, typer.Option(help="Where a retry begins.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Decide for a round that asks a person: go on all the same, do a step again, or close it."""
    client, key = here(project)
    found = client.round(key, named)
    question = found["question"]
    given = {
        "decision": decision,
        "question": question["id"] if question else None,
        "words": words,
        "step": step,
    }
    wish: Any = {name: value for name, value in given.items() if value not in (None, "")}
    show_one(client.rounds_answer(found["id"], wish), as_json)


@rounds.command("log")
def rounds_log(named: Round, project: ProjectOption = None, as_json: Json = False) -> None:
    """What happened in a round."""
    client, key = here(project)
    rows = client.round_events_list(client.round(key, named)["id"])
    names = ("at", "step", "kind", "reason", "words", "by")
    columns: list[Column] = [(name, name) for name in names]
    show_rows(rows, [*columns, ("figures", _said_figures)], as_json)


def _said_figures(event: RoundEvent) -> dict[str, Any]:
    """The figures of an event, without those that say nothing."""
    return {name: value for name, value in event["figures"].items() if value not in ([], {}, None)}


@plan.command("show")
def plan_show(project: ProjectOption = None, as_json: Json = False) -> None:
    """The plan by which the project goes from round to round by itself."""
    client, key = here(project)
    found = client.round_plan_retrieve(key)
    if as_json or found["plan"] is None:
        show_one(found, as_json)
    else:
        show_one(_plan_in_words(client, key, found["plan"]), False)


def _plan_in_words(client: Client, project: str, found: RoundPlan) -> dict[str, Any]:
    """A plan with its mix and prompt sets by name."""
    names: dict[object, str] = {
        one["id"]: one["name"] for one in client.sampling_mixes_list(project)
    }
    names |= {one["id"]: one["name"] for one in client.prompt_sets_list(project)}
    by_id = ("mix", "prompt_set", "rl_prompt_set", "evaluation_set")
    told: dict[str, Any] = {**found}
    return told | {name: names.get(told[name], told[name]) for name in by_id}


@plan.command("save")
def plan_save(
    file: Annotated[Path, typer.Argument(help="The plan as JSON.", exists=True, dir_okay=False)],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Put a plan in place of the one there is; what is refused is named by field."""
    client, key = here(project)
    wish = json_of(file)
    show_one(client.round_plan_save(key, wish), as_json)


@plan.command("move")
def plan_move(
    state: Annotated[str, typer.Argument(help="active or paused.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Let rounds follow each other by themselves, or have them rest."""
    client, key = here(project)
    wish: Any = {"state": state}
    show_one(client.round_plan_move(key, wish), as_json)


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(versions, name="versions")
    app.add_typer(plans, name="plans")
    app.add_typer(rounds, name="rounds")
    rounds.add_typer(plan, name="plan")
