"""A model of a server that the deployment names becomes a version, by an import run.

The web has no key and asks no server: a worker does, and writes down what the server says it is.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from annotation.accounts.models import User
from annotation.lib.errors import Refused
from annotation.projects.models import Project
from annotation.runs.models import Run
from annotation.runs.services.creation import create_run

SERVED = "served"


def register_served(
    *,
    project: Project,
    actor: User,
    server: str,
    model: str,
    name: str,
    idempotency_key: UUID | None = None,
) -> Run:
    """Queue it. The same key and content gives the same run. Raises Refused for what is not named."""
    there = settings.MODEL_SERVERS.get(server)
    if there is None:
        raise Refused("no_server", "This deployment names no such server.")
    if model not in there.models:
        raise Refused("no_model", "This deployment names no such model of the server.")
    wish = {"server": server, "model": model, "name": name}
    config = {"kind": SERVED, "filename": f"{server}: {model}"[:200], "version": wish}
    return create_run(
        project=project,
        kind="import",
        config=config,
        requested_by=actor,
        idempotency_key=idempotency_key,
    )


def is_served_import(run: Run) -> bool:
    """Whether an import run asks a server, and reads no file."""
    return run.kind == Run.Kind.IMPORT and run.config.get("kind") == SERVED
