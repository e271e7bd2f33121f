"""Judging campaigns: policies held against each other by people who do not know which is which."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.output import day, print_json, share, show_one, show_rows
from tiebreak.schema import CampaignRequestRequest

campaigns = typer.Typer(no_args_is_help=True, help="Policies held against each other by people.")
Named = Annotated[str, typer.Argument(help="Name or id of the campaign.")]


@campaigns.command("list")
def campaigns_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The campaigns of a project, newest first."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("name", "state", "prompts", "judgments", "wanted")]
    columns += [("begun", day), ("id", "id")]
    show_rows(client.campaigns_list(key), columns, as_json)


@campaigns.command("begin")
def campaigns_begin(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    versions: Annotated[list[str], typer.Option("--version", help="policy/NUMBER, or id; twice.")],
    prompts: Annotated[str, typer.Option(help="Evaluation set: name or id.")],
    plan: Annotated[str, typer.Option(help="Sampling plan: name or id.")],
    at_most: Annotated[int | None, typer.Option(help="At most so many prompts.")] = None,
    judgments: Annotated[int | None, typer.Option(help="Judgments of each prompt.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Reference answers take part.")
    ] = False,
    first: Annotated[
        bool | None, typer.Option("--first/--in-turn", help="Hand out before other work, or not.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="A UUID; the same one begins once.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Have people judge versions blindly; the first is the one that others are rated against."""
    client, here_ = here(project)
    wish: dict[str, Any] = {
        "name": name,
        "versions": [client.version(here_, one)["id"] for one in versions],
        "prompt_set": client.prompt_set(here_, prompts)["id"],
        "plan": client.sampling_plan(here_, plan)["id"],
        "with_reference": reference,
    }
    wish |= {"prompts": at_most} if at_most else {}
    wish |= {"judgments": judgments} if judgments else {}
    wish |= {"comes_first": first} if first is not None else {}
    made = client.campaigns_begin(here_, cast(CampaignRequestRequest, wish), idempotency_key=key)
    show_one(made if as_json else {name: made[name] for name in ("name", "state", "id")}, as_json)


@campaigns.command("show")
def campaigns_show(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """One campaign: who takes part, how far it is."""
    client, key = here(project)
    show_one(client.campaign(key, named), as_json)


@campaigns.command("report")
def campaigns_report(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """Who wins, with an interval that holds however often one looks."""
    client, key = here(project)
    found = client.campaigns_report(client.campaign(key, named)["id"])
    if as_json:
        print_json(found)
        return
    names = [
        f"policy/{one['version']['number']}" if one["version"] else "reference"
        for one in found["contestants"]
    ]
    columns: Any = [
        ("one", lambda row: names[row["one"]]),
        ("against", lambda row: names[row["other"]]),
        ("judgments", "judgments"),
        ("wins", lambda row: share(row["rate"])),
        ("95 % from", lambda row: share(row["always"][0])),
        ("to", lambda row: share(row["always"][1])),
    ]
    show_rows(found["pairs"], columns, False)


@campaigns.command("end")
def campaigns_end(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """Ask for no more judgments; those that are in stay."""
    client, key = here(project)
    ended = client.campaigns_end(client.campaign(key, named)["id"])
    show_one(ended if as_json else {ended["name"]: ended["state"]}, as_json)


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(campaigns, name="campaigns")
