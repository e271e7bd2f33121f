"""A version comes into use behind its checks; a person may pass them over, with a reason that is kept."""

from __future__ import annotations

from django.db import transaction

from annotation.accounts.models import User
from annotation.lib import locks
from annotation.lib.errors import Conflict
from annotation.registry import services as registry
from annotation.registry.models import ModelVersion
from annotation.runs.promotion_checks import checks_of, failed


@transaction.atomic
def promote_checked(*, version: ModelVersion, actor: User, reason: str = "") -> ModelVersion:
    """Promote where every check holds, or where a reason is given. Raises Conflict naming the checks.

    A version that is in use already is left alone.
    """
    locks.hold("versions", version.project_id, version.kind)
    version.refresh_from_db()
    if version.status == ModelVersion.Status.PROMOTED:
        return version
    open_checks = failed(checks_of(version))
    if not open_checks:
        return registry.promote(version=version, actor=actor)
    if not reason.strip():
        raise Conflict(
            "checks_fail",
            "Not every check of this version holds. Say why it shall come into use all the same.",
            checks=open_checks,
        )
    note = {"passed_over": open_checks, "reason": reason.strip()}
    return registry.promote(version=version, actor=actor, note=note)
