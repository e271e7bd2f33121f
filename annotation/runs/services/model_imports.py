"""An uploaded archive of a model directory becomes a version, by an import run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.lib.errors import Conflict
from annotation.runs.models import Run, Upload
from annotation.runs.services.creation import create_run

MODEL = "model"


def start_model_import(
    *,
    upload: Upload,
    actor: User,
    name: str,
    kind: str,
    plain: bool,
    idempotency_key: UUID | None = None,
) -> Run:
    """Queue it. The same key and content gives the same run. Raises Conflict while bytes are missing."""
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(id=upload.id)
        is_known = (
            idempotency_key is not None
            and Run.objects.filter(idempotency_key=idempotency_key).exists()
        )
        if not row.is_complete and not is_known:
            raise Conflict("not_complete", "The file is not here completely (any more).")
        wish = {"name": name, "kind": kind, "plain": plain}
        config: dict[str, Any] = {"kind": MODEL, "filename": row.filename, "version": wish}
        run = create_run(
            project=row.project,
            kind="import",
            config=config,
            requested_by=actor,
            upload=row,
            idempotency_key=idempotency_key,
        )
        after = {"kind": MODEL, "filename": row.filename, **wish, "run": str(run.pk)}
        record(actor=actor, action="import.requested", thing=row, after=after)
        return run


def is_model_import(run: Run) -> bool:
    """Whether an import run takes in a model, not rows."""
    return run.kind == Run.Kind.IMPORT and run.config.get("kind") == MODEL
