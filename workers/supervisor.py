"""From a claimed run to its end, whatever happens: the thin layer between Celery and the trainer.

One call does one try. It ends with the run succeeded, failed, cancelled or given back, or, when the
lease is lost, without having written anything after the loss.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction

from annotation.lib import presence
from annotation.lib.storage import StorageFailed
from annotation.registry.cache import Hold
from annotation.registry.store import ArtifactDamaged
from annotation.runs import dispatch, line
from annotation.runs.kinds import KINDS
from annotation.runs.models import Run
from annotation.runs.services import lifecycle, seats
from annotation.runs.services.lifecycle import Lease, LeaseLost
from annotation.runs.upload_files import UploadDamaged
from workers import artifacts, best_of_n, drain, hardware, run_state, translate
from workers.exporting import export
from workers.following import follow
from workers.gathering import Group, HostFailed, NotGathered
from workers.heartbeat import Heartbeat
from workers.importing import import_file
from workers.items import make_items
from workers.jobs import Stopped
from workers.logs import LogTail
from workers.patience import POLL_S, UNREACHABLE, patiently
from workers.picks import make_picked_items
from workers.pushing import push
from workers.redaction import redacted
from workers.served.sampling import sample_served
from workers.tail import CompletionTail, EventTail
from workers.trainer import LOG_FILE, DirectoryBusy, Place, Trainer, kept_alive
from workers.translate import storable

logger = logging.getLogger(__name__)

SAMPLE = KINDS[Run.Kind.SAMPLE].queue
_sampling = threading.Lock()
GAVE_WAY = "gave way"
# Exit codes of `python -m rewardmodel`; anything else is a crash.
COMPLETE, DIVERGED, INTERRUPTED, REFUSED = 0, 70, 75, 78
IN_PROCESS: dict[str, Callable[[Lease, Run, Heartbeat], None]] = {
    Run.Kind.IMPORT: import_file,
    Run.Kind.EXPORT: export,
    Run.Kind.PUSH: push,
}


def drive(run_id: UUID) -> str:
    """Work on what is next in the queue of this run until this try is over.

    A run that waits for further hosts comes first; else the next one is claimed. How it went, in a
    word. Which run is next says `annotation.runs.line`, not the message.
    """
    if drain.wanted():
        return "stopping"
    kind = Run.objects.filter(id=run_id).values_list("kind", flat=True).first()
    if kind is None:
        return "not due"
    queue = KINDS[kind].queue
    with _room(queue) as there_is_room:
        if not there_is_room:
            return "no room"
        while (word := _drive(queue)) == GAVE_WAY:
            pass  # now it may join the run that it gave way to
    _tell_of_next(queue)
    return word


def _tell_of_next(queue: str) -> None:
    """Whoever found no room is next now, rather than at the reconciler's next pass."""
    if queue != SAMPLE or drain.wanted():
        return
    with suppress(*UNREACHABLE):
        waiting = line.first_in_line(queue, hardware.own_class())
        if waiting is not None:
            run = Run.objects.only("id", "kind", "needs").get(id=waiting)
            dispatch.hint_run(run.id, run.kind, run.needs)


@contextmanager
def _room(queue: str) -> Iterator[bool]:
    """A sampling run takes one thread of its worker, never all: the others answer people in a chat.

    Who finds no room is told of the run again when there is some.
    """
    if queue != SAMPLE:
        yield True
        return
    there_is_room = _sampling.acquire(blocking=False)
    try:
        yield there_is_room
    finally:
        if there_is_room:
            _sampling.release()


def _drive(queue: str) -> str:
    owner = f"{presence.own_name()}:{os.getpid()}:{threading.get_native_id()}"
    seat = seats.claim(queue, owner, hardware.own_class())
    if seat is not None:
        return follow(seat)
    lease = lifecycle.claim_next(queue, owner, hardware.own_class())
    if lease is None:
        return "not due"
    try:
        with Heartbeat(lease) as heart:
            return _try(lease, heart)
    except LeaseLost:
        logger.warning("run %s: lease %s lost", lease.run_id, lease.epoch)
        return "lease lost"


def _try(lease: Lease, heart: Heartbeat) -> str:
    run = translate.run_with_inputs(lease.run_id)
    end: Callable[[], None] | None = None
    word = "ended"
    try:
        if run.kind in IN_PROCESS:
            IN_PROCESS[run.kind](lease, run, heart)
        elif run.asks_a_server:
            sample_served(lease, run, heart)
        else:
            with Hold() as hold:
                _Supervision(lease, run, heart, hold).go()
    except LeaseLost:
        raise
    except Stopped:
        end = partial(_stopped, lease, heart)
    except (ArtifactDamaged, UploadDamaged, artifacts.Unusable) as error:
        end = partial(lifecycle.fail, lease, code="artifact_damaged", message=str(error))
    except StorageFailed as error:
        end = partial(lifecycle.release, lease, code=error.code, message=error.message)
    except NotGathered as error:
        end = partial(_put_back, lease, error)
        word = GAVE_WAY if error.gave_way else word
    except HostFailed as error:
        end = partial(lifecycle.release, lease, code="host_failed", message=str(error))
    except DirectoryBusy as error:
        end = partial(lifecycle.release, lease, code="directory_busy", message=str(error))
    except Exception as error:
        logger.error("run %s: %s", run.id, traceback.format_exc())
        message = f"{type(error).__name__}: {error}"[:2000]
        end = partial(lifecycle.release, lease, code="crashed", message=message)
    if end is not None:
        patiently(heart, end)
    return word


def _put_back(lease: Lease, error: NotGathered) -> None:
    pause: float = 0.0 if error.gave_way else settings.ENV.run_backoff_seconds
    code = "gave_way" if error.gave_way else "hosts_missing"
    lifecycle.put_back(lease, code=code, message=str(error), pause_s=pause)


def _stopped(lease: Lease, heart: Heartbeat) -> None:
    """The work came to a safe point on request: whose request decides what becomes of the run."""
    heart.check()
    if heart.cancelled.is_set() or lifecycle.cancel_asked(lease):
        lifecycle.cancelled(lease)
    else:
        lifecycle.release(
            lease, code="worker_stopped", message="the worker was stopped", counts=False
        )


class _Supervision:
    """One training process from start to verdict."""

    def __init__(self, lease: Lease, run: Run, heart: Heartbeat, hold: Hold) -> None:
        self.lease, self.run, self.heart, self.hold = lease, run, heart, hold
        self.group = Group(lease, run, heart) if run.launch.get("machines", 1) > 1 else None
        run_state.take_over(run, translate.own_directory(run))
        self.directory: Path = translate.prepare(run, hold)
        self.state = run_state.StateKeeper(lease, self.directory)
        self.place = self._gather()
        self.events = EventTail(lease, self.directory)
        self.log = LogTail(lease, self.directory / LOG_FILE)
        self.ended_for_a_host = False
        self.completions = None
        if run.kind == Run.Kind.SAMPLE:
            self.completions = CompletionTail(lease, run, self.directory)

    def _gather(self) -> Place | None:
        """Wait for the other hosts where there are several, unless all that is left is to publish."""
        if self.group is None:
            return None
        if (self.directory / "MANIFEST.json").is_file():
            self.group = None
            return None
        return self.group.gather()

    def go(self) -> None:
        self.heart.check()
        trainer = Trainer(
            self.directory,
            self.run.kind,
            self.lease.epoch,
            self.hold.descriptors,
            self._launch(),
            self.place,
        )
        with kept_alive(trainer, self.heart):
            code = self._watch(trainer)
        # what succeeded is stored as a whole; of anything else the last word counts
        self.state.finish(send=code != COMPLETE)
        self._conclude(code, trainer)

    def _launch(self) -> dict[str, Any]:
        """What it is launched with; nothing where several hosts are not needed any more."""
        alone = self.place is None and self.run.launch.get("machines", 1) > 1
        return {} if alone else self.run.launch

    def _watch(self, trainer: Trainer) -> int:
        """Until the process ends; its exit code. Raises LeaseLost, with the process killed."""
        deadline: float | None = None
        while True:
            code = trainer.exit_code
            self.heart.check()
            if deadline is None and code is None and self._stop_wanted():
                trainer.ask_to_stop()
                deadline = time.monotonic() + settings.ENV.run_stop_seconds
            if deadline is not None and code is None and time.monotonic() > deadline:
                trainer.kill()
            if code is None and self._a_host_is_lost():
                self.ended_for_a_host = True
                trainer.kill()
            if code is not None:
                patiently(self.heart, lambda: self._pump(ended=True))
                return code
            with suppress(*UNREACHABLE):
                self._pump(ended=False)
                self.state.tick()
            self.heart.lost.wait(POLL_S)

    def _stop_wanted(self) -> bool:
        with suppress(*UNREACHABLE):
            if not self.heart.stop_wanted and lifecycle.cancel_asked(self.lease):
                self.heart.cancelled.set()
        return self.heart.stop_wanted or bool(self.group and self.group.leaving)

    def _who_leaves(self) -> str:
        """The other host that was told to stop, however the processes ended: its stop is nobody's fault."""
        self._a_host_is_lost()  # looks
        return self.group.leaving if self.group else ""

    def _a_host_is_lost(self) -> bool:
        with suppress(*UNREACHABLE):
            return self.group is not None and self.group.lost()
        return False

    def _pump(self, *, ended: bool) -> None:
        close_old_connections()
        self.events.pump()
        self.log.pump(ended=ended)
        # Before the trainer says it started, it may still cut off what an earlier try left.
        if self.completions is not None and (self.events.started or ended):
            self.completions.pump()

    def _conclude(self, code: int, trainer: Trainer) -> None:
        if self.run.launch and code != COMPLETE:
            code = self.events.exit_code or code  # the launcher has codes of its own
        if code == COMPLETE:
            patiently(self.heart, self._publish)
            artifacts.tidy(self.directory)
            run_state.forget(self.run.pk)
        elif code in (DIVERGED, REFUSED):
            self._keep_files_if_possible()
            reason, message = self.events.failure or ("", _last_words(trainer))
            fallback = "diverged" if code == DIVERGED else "config_refused"
            lifecycle.fail(self.lease, code=reason or fallback, message=message)
        elif self.heart.stop_wanted:
            raise Stopped
        elif leaving := self._who_leaves():
            message = f"the worker {leaving} was stopped"
            lifecycle.release(self.lease, code="worker_stopped", message=message, counts=False)
        elif code == INTERRUPTED:
            message = "the training process was told to stop"
            lifecycle.release(self.lease, code="interrupted", message=message)
        else:
            reason, message = self._why_it_broke(code, trainer)
            lifecycle.release(self.lease, code=reason, message=message)

    def _why_it_broke(self, code: int, trainer: Trainer) -> tuple[str, str]:
        """Code and message. A host that fell silent explains the others' words, one that failed adds to them
        unless it is why these processes were ended."""
        reason, message = self.events.failure or ("", "")
        gone, words = self.group.why_not() if self.group else ("", "")
        if gone == "host_lost" or (gone and self.ended_for_a_host and not message):
            return gone, words
        message = message or _ending(code, trainer)
        return reason or "crashed", f"{message}; {words}" if gone else message

    def _keep_files(self) -> None:
        artifacts.keep_files(self.lease, self.directory)

    def _keep_files_if_possible(self) -> None:
        """For a run that ends as it does, with files for people or without them."""
        try:
            patiently(self.heart, self._keep_files)
        except (StorageFailed, artifacts.Unusable, OSError) as error:
            logger.warning("run %s: its files were not kept: %s", self.run.pk, error)

    def _publish(self) -> None:
        self._keep_files()
        if Run.Kind(self.run.kind) in artifacts.MAKES:
            artifacts.publish_model(self.lease, self.run, self.directory)
            return
        if self.run.kind == Run.Kind.BEST_OF_N:
            best_of_n.publish(self.lease, self.run, self.directory)
            return
        artifacts.verify_complete(self.directory)
        report = artifacts.read_report(self.directory)
        if self.run.kind == Run.Kind.SAMPLE and "make_items" in self.run.config:
            report["items"] = make_items(self.lease, self.run, self.heart)
        if self.run.kind == Run.Kind.PICK:
            report["items"] = make_picked_items(self.lease, self.run, self.heart)
        with transaction.atomic():
            lifecycle.succeed(self.lease, report=report)


def _ending(code: int, trainer: Trainer) -> str:
    """How a process ended that gave no reason."""
    if code < 0:
        said = f"the training process was ended by signal {-code}"
    else:
        said = f"the training process ended with code {code}"
    words = _last_words(trainer)
    return said + f"; its last words: {words}" if words else said


def _last_words(trainer: Trainer) -> str:
    return str(storable(redacted(trainer.last_words(), os.environ)))
