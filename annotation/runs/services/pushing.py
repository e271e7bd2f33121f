"""Versions pushed to the hub that the deployment names, under its organisation, by a run.

The web knows where; the token is the workers' alone.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.db import transaction

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict, Invalid
from annotation.registry.models import ModelVersion
from annotation.runs.models import Run
from annotation.runs.services.creation import create_run

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){0,79}")


def hub() -> tuple[str, str]:
    """Address of the hub and the organisation; ("", "") where the deployment names none."""
    organisation: str = settings.ENV.hub_organisation
    return (settings.ENV.hub_endpoint, organisation) if organisation else ("", "")


@transaction.atomic
def start_push(
    *,
    version: ModelVersion,
    actor: User,
    name: str,
    private: bool,
    idempotency_key: UUID | None = None,
) -> Run:
    """Queue it. The same key and content gives the same run. Raises Conflict or Invalid."""
    _, organisation = hub()
    if not organisation:
        words = "This deployment names no hub: whoever runs it sets HUB_ORGANISATION."
        raise Conflict("no_hub", words)
    if version.is_served:
        words = "A server runs this policy: there are no weights here to push."
        raise Conflict("served_policy", words)
    if not NAME.fullmatch(name):
        words = "Letters and digits, with single dots, dashes or underscores between them."
        raise Invalid(("name", "invalid", words))
    is_known = (
        idempotency_key is not None and Run.objects.filter(idempotency_key=idempotency_key).exists()
    )
    repository = f"{organisation}/{name}"
    run = create_run(
        project=version.project,
        kind="push",
        config={"repository": repository, "private": private},
        requested_by=actor,
        policy_version=version if version.kind == ModelVersion.Kind.POLICY else None,
        reward_version=version if version.kind == ModelVersion.Kind.REWARD else None,
        idempotency_key=idempotency_key,
    )
    if not is_known:
        after = {"repository": repository, "private": private, "run": str(run.pk)}
        record(actor=actor, action="version.push_requested", thing=version, after=after)
    return run
