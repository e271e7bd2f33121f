"""People and their invitations; programs that are told what happens."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.output import done, print_json, say, show_rows
from tiebreak.finding import checked_id
from tiebreak.schema import RolesEnum

people = typer.Typer(no_args_is_help=True, help="Who works in a project.")
webhooks = typer.Typer(
    no_args_is_help=True, help="Addresses that are told what happens; an admin's work."
)
Webhook = Annotated[str, typer.Argument(help="Id of the webhook.")]


@people.command("list")
def people_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The people of a project with their roles."""
    client, key = here(project)
    columns: Any = [(name, name) for name in ("username", "display_name", "roles", "is_active")]
    show_rows(client.members_list(key), columns, as_json)


@people.command("invite")
def invite(
    roles: Annotated[
        list[str],
        typer.Argument(
            help="labeler, reviewer, admin, ml.", autocompletion=lambda: list(get_args(RolesEnum))
        ),
    ],
    email: Annotated[str, typer.Option(help="Mail the link, where mail is set up.")] = "",
    days: Annotated[int, typer.Option(help="How long the link is good.")] = 7,
    uses: Annotated[int, typer.Option(help="For how many people.")] = 1,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make a link by which people join. It is shown once; who has it can join."""
    client, key = here(project)
    wish: Any = {"roles": roles, "days": days, "uses_max": uses, "email": email, "label": label}
    made = client.invitations_make(key, wish)
    if as_json:
        print_json(made)
    else:
        print(f"{client.url}/join#{made['token']}")
        say(f"good for {made['uses_max']} until {made['expires_at'][:10]}")


@people.command("invitations")
def invitations(project: ProjectOption = None, as_json: Json = False) -> None:
    """The invitations there are."""
    client, key = here(project)
    names = ("label", "roles", "email", "uses", "uses_max", "expires_at", "revoked_at", "id")
    show_rows(client.invitations_list(key), [(name, name) for name in names], as_json)


@people.command("revoke")
def revoke(
    invitation: Annotated[str, typer.Argument(help="Id of the invitation.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Take an invitation back; who joined by it stays."""
    client, key = here(project)
    client.invitations_revoke(key, checked_id(invitation, "invitation"))
    done("Nobody joins by this invitation any more.", as_json)


@webhooks.command("list")
def webhooks_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The webhooks of a project, and how many messages wait."""
    client, key = here(project)
    names = ("url", "events", "state", "waiting", "dead", "id")
    show_rows(client.webhooks_list(key), [(name, name) for name in names], as_json)


@webhooks.command("add")
def webhooks_add(
    url: Annotated[str, typer.Argument(help="Where messages go.")],
    events: Annotated[list[str], typer.Option("--event", help="Such as run.finished.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Tell an address what happens. Its secret is shown once."""
    client, key = here(project)
    wish: Any = {"url": url, "events": events, "description": description}
    made = client.webhooks_add(key, wish)
    if as_json:
        print_json(made)
    else:
        print(f"{made['id']}  {made['secret']}")


@webhooks.command("test")
def webhooks_test(named: Webhook, project: ProjectOption = None, as_json: Json = False) -> None:
    """Send a message that says nothing, to see whether it arrives."""
    client, _ = here(project)
    client.webhooks_test(checked_id(named, "webhook"))
    done("A test message is on its way; see `tiebreak webhooks messages`.", as_json)


@webhooks.command("messages")
def webhooks_messages(named: Webhook, project: ProjectOption = None, as_json: Json = False) -> None:
    """What was sent, newest first."""
    client, _ = here(project)
    names = ("id", "event", "state", "attempts", "created_at")
    rows = client.webhook_messages_list(checked_id(named, "webhook"))
    show_rows(rows, [(name, name) for name in names], as_json)


@webhooks.command("remove")
def webhooks_remove(named: Webhook, project: ProjectOption = None, as_json: Json = False) -> None:
    """Tell an address nothing any more."""
    client, _ = here(project)
    client.webhooks_remove(checked_id(named, "webhook"))
    done("The address is told nothing any more.", as_json)


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(people, name="people")
    app.add_typer(webhooks, name="webhooks")
