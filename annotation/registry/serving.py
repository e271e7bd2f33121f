"""Policies that a server of the deployment runs: whether it is still there, and can keep to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from annotation.lib import servers
from annotation.lib.errors import FieldProblem
from annotation.lib.servers import ModelServer
from annotation.registry.models import ModelVersion


def server_of(version: ModelVersion) -> ModelServer | None:
    """The server of a served policy; None where the deployment does not name it (any more)."""
    assert version.served is not None
    found: ModelServer | None = settings.MODEL_SERVERS.get(version.served["server"])
    return found if found and version.served["model"] in found.models else None


def gone_in_words(version: ModelVersion) -> str:
    """Why a served policy cannot be asked."""
    assert version.served is not None
    return (
        f"This deployment names no server {version.served['server']} with the model "
        f"{version.served['model']} (any more)."
    )


def problems(
    version: ModelVersion, plan: Mapping[str, Any] | None, *, field: str, plan_field: str
) -> list[FieldProblem]:
    """What keeps this policy from being asked by this plan: (field, rule, words) each."""
    if not version.is_served:
        return []
    server = server_of(version)
    if server is None:
        return [(field, "no_server", gone_in_words(version))]
    faults = servers.unsupported(server.kind, plan) if plan else []
    if not faults:
        return []
    words = (
        f"The server {server.name} does not understand {', '.join(faults)}: it would draw otherwise "
        "than the plan says."
    )
    return [(plan_field, "unsupported", words)]
