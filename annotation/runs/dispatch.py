"""Hints to the workers, sent by name after commit; the web never loads the tasks.

This is the one list of names; how they are sent, and why they may be lost, stands in `lib/hints.py`.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from annotation.labeling.services.replying import PREPARE, REPLY
from annotation.lib.hints import send, waiting
from annotation.quality.reporting import COMPUTE as COMPUTE_QUALITY
from annotation.quality.review.bulk import KEEP_UP
from annotation.runs.kinds import KINDS
from annotation.runs.services.trying import PLAY

__all__ = ["ARGUMENTS", "hint_run", "send", "waiting"]

DRIVE = "workers.tasks.runs.drive"
RECONCILE = "workers.tasks.upkeep.reconcile"
ADVANCE_ROUNDS = "workers.tasks.upkeep.advance_rounds"
SWEEP_RADAR = "workers.tasks.upkeep.sweep_radar"
SWEEP_LEASES = "workers.tasks.upkeep.sweep_leases"
COUNT_AGAIN = "workers.tasks.upkeep.count_again"
FIND_LARGE = "workers.tasks.upkeep.find_large"
MARK_STALE = "workers.tasks.upkeep.mark_stale"
CLEAN_UPLOADS = "workers.tasks.upkeep.clean_uploads"
QUALITY_REPORTS = "workers.tasks.quality.look_after"
TAKE_FINGERPRINTS = "workers.tasks.upkeep.take_fingerprints"
DELIVER_WEBHOOK = "workers.tasks.webhooks.deliver"
FIND_WEBHOOKS = "workers.tasks.webhooks.find"
CHAIN_AUDIT = "workers.tasks.webhooks.chain"
KEEP_UP_REVIEW = KEEP_UP
MAKE_MIX_ITEMS = "workers.tasks.mixes.make_items"

# What each task takes; a test holds this against the tasks themselves.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    DRIVE: ("run_id",),
    REPLY: ("turn_id",),
    PREPARE: ("version_id",),
    PLAY: ("trial_id",),
    RECONCILE: (),
    ADVANCE_ROUNDS: (),
    SWEEP_RADAR: (),
    SWEEP_LEASES: (),
    COUNT_AGAIN: (),
    FIND_LARGE: (),
    MARK_STALE: (),
    CLEAN_UPLOADS: (),
    COMPUTE_QUALITY: ("report_id",),
    QUALITY_REPORTS: (),
    TAKE_FINGERPRINTS: (),
    DELIVER_WEBHOOK: ("endpoint_id",),
    FIND_WEBHOOKS: (),
    CHAIN_AUDIT: (),
    KEEP_UP_REVIEW: (),
    MAKE_MIX_ITEMS: ("draw_id",),
}


def queue_of(kind: str, needs: str) -> str:
    """Where workers are told of such a run: those of one class of hardware have a queue of their own."""
    return f"{KINDS[kind].queue}.{needs}" if needs else KINDS[kind].queue


def hint_run(run_id: UUID, kind: str, needs: str) -> None:
    """After the transaction commits, tell a worker that this run may be due."""
    queue = queue_of(kind, needs)
    transaction.on_commit(lambda: send(DRIVE, {"run_id": str(run_id)}, queue), robust=True)


def hint_mix(draw_id: UUID) -> None:
    """After the transaction commits, tell a worker that this draw may be ready for its items."""
    arguments = {"draw_id": str(draw_id)}
    transaction.on_commit(lambda: send(MAKE_MIX_ITEMS, arguments, "short"), robust=True)


def hint_rounds() -> None:
    """After the transaction commits, tell a worker that an automatic round may have its next move."""
    transaction.on_commit(lambda: send(ADVANCE_ROUNDS, {}, "short"), robust=True)
