"""Files that people hand in: streamed to disk, hashed, and turned into an import run."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.imports import wait_as_imports_do
from annotation.corpus.models import PromptSet
from annotation.corpus.services import lock_corpus, prompt_set_for_import
from annotation.corpus.sets import drop_unfilled, is_unfilled
from annotation.lib.errors import Refused
from annotation.lib.ids import new_id
from annotation.projects.models import Project
from annotation.runs import upload_files
from annotation.runs.models import Run, Upload
from annotation.runs.services.creation import create_run
from annotation.runs.services.room import check_room

MAX_BYTES = 1 << 30
_PIECE = 1 << 20


class TooLarge(Refused):
    status = 413


def create_import(
    *,
    project: Project,
    user: User,
    kind: str,
    filename: str,
    read: Callable[[int], bytes],
    length: int,
    prompt_set: PromptSet | None = None,
    idempotency_key: UUID | None = None,
) -> Run:
    """Store the body (`length` bytes from `read`) and queue its import. Raises Refused.

    A prompt set that is only planned is made with the run.
    """
    if length > MAX_BYTES:
        raise TooLarge("too_large", f"A file may hold at most {MAX_BYTES} bytes.")
    check_room(project, length)
    upload_id = new_id()
    path = upload_files.folder() / str(upload_id)
    try:
        sha256 = _store(path, read, length)
        upload_files.send(upload_id, path, sha256)
        with transaction.atomic():
            run = _queue(
                project,
                user,
                kind,
                filename,
                upload_id,
                length,
                sha256,
                prompt_set,
                idempotency_key,
            )
    except BaseException:
        upload_files.delete(upload_id)
        raise
    if run.upload_id != upload_id:  # the same request again
        upload_files.delete(upload_id)
    return run


def _queue(
    project: Project,
    user: User,
    kind: str,
    filename: str,
    upload_id: UUID,
    length: int,
    sha256: str,
    prompt_set: PromptSet | None,
    key: UUID | None,
) -> Run:
    config = {"kind": kind, "filename": filename[:200]}
    if key is not None:
        earlier = Run.objects.filter(idempotency_key=key, upload__isnull=False).first()
        if earlier is not None and earlier.upload is not None:
            same = (
                earlier.project_id == project.pk
                and earlier.config == config
                and _is_of(earlier, prompt_set)
                and earlier.upload.sha256 == sha256
            )
            if not same:
                raise Refused("different_content", "This idempotency key was used otherwise.")
            return earlier
    if prompt_set is not None and (prompt_set._state.adding or is_unfilled(prompt_set)):
        prompt_set = stored_set(prompt_set, user)
    upload = Upload.objects.create(
        id=upload_id,
        project=project,
        user=user,
        filename=filename[:200],
        bytes=length,
        received=length,
        sha256=sha256,
    )
    run = create_run(
        project=project,
        kind="import",
        config=config,
        requested_by=user,
        upload=upload,
        prompt_set=prompt_set,
        idempotency_key=key,
    )
    after: dict[str, Any] = {**config, "bytes": length, "sha256": sha256, "run": str(run.pk)}
    record(actor=user, action="import.requested", thing=upload, after=after)
    return run


def _is_of(run: Run, wanted: PromptSet | None) -> bool:
    """Whether an import goes into this set; one that is not there was perhaps made and dropped again."""
    if wanted is not None and wanted._state.adding:
        return run.prompt_set is None or run.prompt_set.name == wanted.name
    return run.prompt_set == wanted


def stored_set(planned: PromptSet, actor: User | None) -> PromptSet:
    """The set of an import, made with the run that fills it where it is only planned, or was empty and was
    dropped since it was looked up. Raises Refused.

    The whole file is here: it waits for the batch of another import rather than be sent away.
    """
    wait_as_imports_do()
    lock_corpus(planned.project_id)
    if not planned._state.adding and PromptSet.objects.filter(pk=planned.pk).exists():
        return planned
    return prompt_set_for_import(
        actor=actor,
        project=planned.project,
        name=planned.name,
        purpose=planned.purpose,
        language=planned.language,
    )


@transaction.atomic
def drop_set_of(run: Run) -> None:
    """Delete the prompt set that was made for an import, where no import took a row into it.

    Imports that ended well or whose file is gone let go of it; one that may still fill it keeps it.
    """
    prompt_set = run.prompt_set
    if prompt_set is None or not is_unfilled(prompt_set):
        return
    wait_as_imports_do()  # for the batch of another import
    lock_corpus(prompt_set.project_id)
    ended = Q(status=Run.Status.SUCCEEDED) | Q(upload__gone_at__isnull=False)
    with transaction.atomic():
        imports = Run.objects.filter(kind=Run.Kind.IMPORT, prompt_set=prompt_set)
        imports.filter(ended).exclude(status__in=Run.ACTIVE).update(prompt_set=None)
        if not drop_unfilled(actor=run.requested_by, prompt_set=prompt_set):
            transaction.set_rollback(True)


def _store(path: Path, read: Callable[[int], bytes], length: int) -> str:
    """Write exactly `length` bytes; the hex SHA-256. Raises Refused when fewer come or none fit."""
    digest, got = hashlib.sha256(), 0
    try:
        with path.open("xb") as file:
            while got < length and (piece := read(min(_PIECE, length - got))):
                digest.update(piece)
                got += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Refused("no_space", "There is no room on the disk for this file.") from None
        if error.errno is None:  # the client went away
            raise Refused("incomplete", "The file did not arrive completely.") from None
        raise
    if got == 0:
        raise Refused("empty", "The file is empty.")
    if got < length:
        raise Refused("incomplete", f"Only {got} of {length} bytes arrived.")
    return digest.hexdigest()
