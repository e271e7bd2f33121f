"""What a running job would need to go on elsewhere, kept in the storage while it runs.

Only where files are kept elsewhere (S3): otherwise all workers share the run directory. Now and then the
run directory's files (checkpoints, events, what was drawn so far) are sent under their SHA-256, then a list
of them, then the list's SHA-256 is written into the run's row, guarded by the lease. A worker that takes
over a run whose last try was on another disk begins with that list, every byte checked.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.db.utils import Error as DatabaseError

from annotation.lib.storage import NotStored, StorageFailed, is_remote, storage, write_whole
from annotation.registry.store import ArtifactDamaged, check_name, sha256_of
from annotation.runs.models import Run, RunEvent
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease, LeaseLost
from workers import artifacts
from workers.trainer import (
    HOLDER_FILE,
    LAUNCH_FILE,
    LOCK_FILE,
    LOG_FILE,
    held_directory,
    last_epoch_here,
)

logger = logging.getLogger(__name__)

# made anew on each disk, or of no use to another one
LEFT_OUT = frozenset(
    {LOCK_FILE, HOLDER_FILE, LOG_FILE, LAUNCH_FILE, "config.json", "MANIFEST.json"}
)
FOLDERS_LEFT_OUT = ("model", "corrupt-")
EVENTS = "events.jsonl"
GROWING = "completions.jsonl"


def key_of(run_id: UUID, sha256: str) -> str:
    """Where a file of a run's state is kept."""
    return f"runs/{run_id}/{sha256}"


class StateKeeper:
    """Sends the state of one try, in a thread of its own; at most every RUN_KEEP_SECONDS."""

    def __init__(self, lease: Lease, directory: Path) -> None:
        self.lease, self.directory = lease, directory
        self._kept: object = None
        self._sent_at = time.monotonic()
        self._thread: threading.Thread | None = None

    def tick(self) -> None:
        """Send what is new, if it is time. Never raises."""
        if not is_remote() or (self._thread is not None and self._thread.is_alive()):
            return
        if self._kept is not None:
            due = self._sent_at + settings.ENV.run_keep_seconds
        else:  # the first checkpoint goes soon: until then a loss is a loss of everything
            due = self._sent_at
        if time.monotonic() < due or self._now() in (None, self._kept):
            return
        self._kept, self._sent_at = self._now(), time.monotonic()
        self._thread = threading.Thread(target=self._send, name=f"state-{self.lease.run_id}")
        self._thread.start()

    def finish(self, *, send: bool) -> None:
        """Wait for what is on its way; `send`: and send what came since. Never raises."""
        if self._thread is not None:
            self._thread.join()
        if send and is_remote() and self._now() not in (None, self._kept):
            self._send(close=False)

    def _now(self) -> object:
        """Changes when there is something new to keep; None while there is nothing."""
        saved = sorted(path.name for path in (self.directory / "checkpoints").glob("step-*"))
        with suppress(FileNotFoundError):
            if size := (self.directory / GROWING).stat().st_size:
                saved.append(str(size))
        return tuple(saved) or None

    def _send(self, *, close: bool = True) -> None:
        try:
            keep(self.lease, self.directory)
        except LeaseLost:
            logger.warning("run %s: its state belongs to somebody else", self.lease.run_id)
        except (StorageFailed, DatabaseError, OSError) as error:
            self._kept = None  # the next turn tries again
            logger.warning("run %s: state not kept: %s", self.lease.run_id, error)
        finally:
            if close:
                connection.close()


def keep(lease: Lease, directory: Path) -> str:
    """Send the files of a run directory and note them in the run; the SHA-256 of their list.

    Raises StorageFailed or LeaseLost.
    """
    kept = storage()
    there = kept.sizes(key_of(lease.run_id, ""))
    with tempfile.TemporaryDirectory(prefix=".state-", dir=directory) as name:
        still = Path(name)
        files = _freeze(directory, still)
        for relative, sha256 in files.items():
            key, path = key_of(lease.run_id, sha256), still / relative
            if there.get(key) != path.stat().st_size:
                kept.put(key, path)
        listing = still / ".files.json"
        listing.write_text(json.dumps({"files": files}, sort_keys=True))
        own = sha256_of(listing)
        kept.put(key_of(lease.run_id, own), listing)
    lifecycle.write(lease, kept_state=own)
    needed = {key_of(lease.run_id, sha256) for sha256 in (own, *files.values())}
    kept.delete(key for key in there if key not in needed)
    return own


def _freeze(directory: Path, still: Path) -> dict[str, str]:
    """Links to checkpoints, copies of what may grow; their SHA-256 by relative path."""
    files = {}
    for path in sorted(directory.rglob("*"), key=_freezing_order):
        relative = path.relative_to(directory)
        if not path.is_file() or path.is_symlink() or _is_left_out(relative):
            continue
        target = still / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if relative.parts[0] == "checkpoints":
                os.link(path, target)
            else:
                shutil.copyfile(path, target)
        except FileNotFoundError:
            continue  # an old checkpoint that made place for a new one
        files[relative.as_posix()] = sha256_of(target)
    return files


def _freezing_order(path: Path) -> tuple[bool, Path]:
    """The trainer goes on meanwhile: events come last, and tell of all checkpoints."""
    return path.name == EVENTS, path


def _is_left_out(relative: Path) -> bool:
    return (
        relative.as_posix() in LEFT_OUT
        or any(part.startswith(".") for part in relative.parts)
        or any(part.startswith(FOLDERS_LEFT_OUT) for part in relative.parts[:-1])
        or relative.name.endswith(".tmp")
    )


def take_over(run: Run, directory: Path) -> None:
    """Before a try: where the last one was on another disk, put its state here in place of what is here.

    Raises ArtifactDamaged, StorageFailed or DirectoryBusy.
    """
    sweep()
    if not is_remote():
        return
    if _is_newest_here(run, directory):
        return
    with held_directory(directory, run.lease_epoch):
        for path in directory.iterdir():
            if path.name in (LOCK_FILE, HOLDER_FILE):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        if run.kept_state:
            try:
                _restore(run, directory)
            except ArtifactDamaged:
                # whoever lets it be tried again wants it to begin anew
                lifecycle.write(Lease(run.pk, run.lease_epoch), kept_state="")
                raise
        _go_on_counting(directory / EVENTS, run.copied_seq)


def _is_newest_here(run: Run, directory: Path) -> bool:
    """Whether no trainer of the run worked on another disk since one did on this one.

    A try may end before it starts a trainer, so that the last epoch is not always the one that counts.
    """
    started = RunEvent.objects.filter(run=run, type="trainer_started")
    newest = started.aggregate(newest=Max("epoch"))["newest"]
    if newest is None:
        return not run.kept_state
    return bool((last_epoch_here(directory) or 0) >= newest)


def _restore(run: Run, directory: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".state-", dir=directory) as name:
        listing = Path(name) / "files.json"
        _fetch(run, run.kept_state, "the list of files", listing)
        files = json.loads(listing.read_text())["files"]
    for relative, sha256 in files.items():
        check_name(PurePosixPath(relative))
        target = directory / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(run, sha256, relative, target)
    logger.info("run %s: goes on with %d files of another host", run.pk, len(files))


def _fetch(run: Run, sha256: str, name: str, target: Path) -> None:
    try:
        with write_whole(target) as temporary:
            with temporary.open("wb") as file:
                file.writelines(storage().read(key_of(run.pk, sha256)))
            if (found := sha256_of(temporary)) != sha256:
                raise ArtifactDamaged(
                    f"the kept state of run {run.number}: {name} is truncated or altered: its SHA-256 is "
                    f"{found[:12]}…, recorded is {sha256[:12]}…"
                )
    except NotStored:
        words = f"the kept state of run {run.number}: {name} is missing from the storage"
        raise ArtifactDamaged(words) from None


def _go_on_counting(events: Path, copied: int) -> None:
    """Lines of this log are copied by number: what is told from here on is new."""
    last = 0
    if events.is_file():
        for line in events.read_bytes().splitlines():
            with suppress(ValueError, KeyError, TypeError):
                last = max(last, int(json.loads(line)["seq"]))
    if last < copied:
        row = {"seq": copied, "at": datetime.now(UTC).isoformat(), "type": "moved"}
        with events.open("ab") as file:
            file.write(json.dumps(row).encode() + b"\n")


def forget(run_id: UUID) -> None:
    """The run has ended well: nobody goes on from its state. Never raises; `sweep` tries again."""
    if not is_remote():
        return
    try:
        storage().delete(storage().sizes(key_of(run_id, "")))
        # last: until then the row tells that there is something to let go of
        Run.objects.filter(pk=run_id, status=Run.Status.SUCCEEDED).update(kept_state="")
    except (StorageFailed, DatabaseError) as error:
        logger.warning("run %s: its state stays: %s", run_id, error)


def sweep() -> None:
    """Let go of what is left of runs that ended well: their state and checkpoints, where the worker died before
    it could, and on this disk the checkpoints of those that ended on another one."""
    ended = Run.objects.filter(status=Run.Status.SUCCEEDED)
    for run_id in ended.exclude(kept_state="").values_list("pk", flat=True):
        forget(run_id)
    found: dict[UUID, Path] = {}
    for path in (Path(settings.ARTIFACT_DIR) / "runs").glob("*/checkpoints"):
        with suppress(ValueError):
            found[UUID(path.parent.name)] = path.parent
    for run_id in ended.filter(pk__in=found).values_list("pk", flat=True):
        artifacts.tidy(found[run_id])
