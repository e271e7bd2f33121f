"""Files that arrive in pieces: each is written at its offset, checked and counted; any may come again.

A cut connection, a reload or another day cost at most the piece that was on its way.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import PromptSet
from annotation.lib import locks
from annotation.lib.errors import Conflict, Refused
from annotation.lib.ids import new_id
from annotation.lib.storage import StorageFailed
from annotation.projects.models import Project
from annotation.runs import upload_files
from annotation.runs.models import Run, Upload
from annotation.runs.services.creation import create_run
from annotation.runs.services.room import NoSpace, check_room, gib
from annotation.runs.services.uploads import TooLarge, drop_set_of, stored_set

logger = logging.getLogger(__name__)

MAX_BYTES = 8 << 30
MAX_PIECE = 8 << 20
KEPT_DAYS = 7  # after the last piece, or after the last run ended that did not take the file in


def begin_upload(
    *, project: Project, user: User, filename: str, length: int, fingerprint: str = ""
) -> Upload:
    """A new upload, or the person's own one of this very file that waits here. Raises Refused."""
    if length > MAX_BYTES:
        message = f"A file may hold at most {gib(MAX_BYTES)}; this one holds {gib(length)}."
        raise TooLarge("too_large", message)
    with transaction.atomic():
        locks.hold("uploads")
        if fingerprint:
            earlier = Upload.objects.filter(
                project=project,
                user=user,
                fingerprint=fingerprint,
                bytes=length,
                gone_at__isnull=True,
            ).first()
            if earlier is not None:
                return earlier
        check_room(project, length)
        made = Upload.objects.create(
            id=new_id(),
            project=project,
            user=user,
            filename=filename,
            bytes=length,
            received=0,
            fingerprint=fingerprint,
        )
        upload_files.begin(made)
        return made


def fresh(upload: Upload) -> Upload:
    """The row as it stands."""
    return Upload.objects.select_related("project").get(id=upload.id)


def receive(*, upload: Upload, offset: int, data: bytes, sha256: str = "") -> Upload:
    """Write a piece at its offset. One that is here already changes nothing.

    Raises Conflict, with `received`, when a piece before it is missing.
    """
    if len(data) > MAX_PIECE:
        raise TooLarge("too_large", f"A piece may hold at most {MAX_PIECE} bytes.")
    if sha256 and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise Refused("damaged", "The piece arrived damaged; send it again.")
    if not data:
        raise Refused("empty", "The piece is empty.")
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(id=upload.id)
        if row.gone_at is not None:
            raise Conflict("gone", "This upload was discarded; begin anew.")
        end = offset + len(data)
        if end > row.bytes:
            message = f"The file was announced with {row.bytes} bytes; this piece ends at {end}."
            raise Refused("beyond_the_end", message)
        if offset > row.received:
            message = f"Only {row.received} bytes are here; go on from there."
            raise Conflict("out_of_order", message, received=row.received)
        known = min(end, row.received) - offset
        if known > 0 and not upload_files.stands(row, offset, data[:known]):
            message = "This is not the file whose beginning is here; discard that upload first."
            raise Conflict("other_file", message, received=row.received)
        if end > row.received:
            _write(row, row.received, data[known:])
            row.received = end
            row.touched_at = timezone.now()
            row.save(update_fields=["received", "touched_at"])
        return row


def _write(upload: Upload, offset: int, data: bytes) -> None:
    try:
        upload_files.write(upload, offset, data)
    except OSError as error:
        if upload_files.is_full(error):
            raise NoSpace("no_space", "There is no room on the disk for this piece.") from None
        raise


def discard(*, upload: Upload, actor: User | None) -> None:
    """Delete the file of an upload that no import is working on. Once more changes nothing."""
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(id=upload.id)
        if row.gone_at is not None:
            return
        if row.runs.filter(status__in=Run.ACTIVE).exists():
            raise Conflict("in_use", "An import of this file is under way; cancel it first.")
        _let_go(row)
        record(actor=actor, action="upload.discarded", thing=row, after={"filename": row.filename})


def _let_go(row: Upload) -> None:
    row.gone_at = timezone.now()
    row.save(update_fields=["gone_at"])
    for run in row.runs.select_related("prompt_set__project", "requested_by"):
        drop_set_of(run)
    transaction.on_commit(lambda: upload_files.delete(row.id))


def start_import(
    *,
    upload: Upload,
    user: User,
    kind: str,
    plan: dict[str, Any],
    prompt_set: PromptSet,
    dry_run: bool,
    idempotency_key: UUID | None = None,
) -> Run:
    """Queue the check or the import of a complete upload. Raises Conflict while it is not.

    An import makes a prompt set that is only planned; a check does not.
    """
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(id=upload.id)
        is_known = (
            idempotency_key is not None
            and Run.objects.filter(idempotency_key=idempotency_key).exists()
        )
        if not row.is_complete and not is_known:
            raise Conflict("not_complete", "The file is not here completely (any more).")
        config: dict[str, Any] = {"kind": kind, "filename": row.filename, "plan": plan}
        if dry_run:
            config["dry_run"] = True
        target: PromptSet | None = prompt_set
        if prompt_set._state.adding and dry_run:
            named = ("name", "purpose", "language")
            config["target"] = {name: getattr(prompt_set, name) for name in named}
        if prompt_set._state.adding:
            target = None if dry_run or is_known else stored_set(prompt_set, user)
        run = create_run(
            project=row.project,
            kind="import",
            config=config,
            requested_by=user,
            upload=row,
            prompt_set=target,
            idempotency_key=idempotency_key,
        )
        action = "import.checked" if dry_run else "import.requested"
        after = {"kind": kind, "filename": row.filename, "format": plan["format"]}
        record(actor=user, action=action, thing=row, after={**after, "run": str(run.pk)})
        return run


def clean_uploads() -> int:
    """Delete files that are taken in, files that were left for a week, and those nobody knows."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    deleted = 0
    for key, changed in upload_files.every():
        try:
            deleted += _clean(key, changed, old)
        except (DatabaseError, OSError, StorageFailed) as error:  # the next pass tries it again
            logger.warning("upload %s: not deleted: %s", key, error)
    return deleted


@transaction.atomic
def _clean(key: UUID, changed: float | None, old: datetime) -> bool:
    """Whether this one could go."""
    row = Upload.objects.select_for_update().filter(id=key).first()
    if row is None:
        if changed is None or changed >= old.timestamp():
            return False
        upload_files.delete(key)
        return True
    if row.gone_at is None and not _is_done_with(row, old):
        return False
    _let_go(row)
    return True


def _is_done_with(row: Upload, old: datetime) -> bool:
    runs = list(row.runs.all())
    if any(run.status in Run.ACTIVE for run in runs):
        return False
    real = [run for run in runs if not run.config.get("dry_run")]
    if any(run.status == Run.Status.SUCCEEDED for run in real):
        return True
    ends = [run.finished_at for run in runs if run.finished_at is not None]
    return max([row.touched_at, *ends]) < old
