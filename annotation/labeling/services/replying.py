"""How the replies to a turn of a chat come about, seen from the worker: claim, renew, answer, give up.

The row is the truth, as with runs: whoever raised `lease_epoch` last may write, and writes everything
in one transaction. A hint only says "look at this turn". Knows nothing of models or tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion
from annotation.corpus.texts import text_hash
from annotation.labeling.models import ChatTurn
from annotation.labeling.services.items import choose, create_private_item
from annotation.lib import hints, locks
from annotation.lib.ids import id_like
from annotation.lib.statements import fetch_one

REPLY = "workers.tasks.chat.reply"
PREPARE = "workers.tasks.chat.prepare"
QUEUE = "sample"
MOST_TRIES = 3
HINTS_AT_ONCE = 100
CLAIM = """
UPDATE labeling_chatturn
   SET lease_epoch = lease_epoch + 1, tries = tries + 1, lease_owner = %s::text,
       lease_until = clock_timestamp() + make_interval(secs => %s::double precision)
 WHERE id = %s::uuid AND state = 'waiting' AND tries < %s::integer
   AND (lease_until IS NULL OR lease_until <= clock_timestamp())
RETURNING lease_epoch
"""
RENEW = """
UPDATE labeling_chatturn
   SET lease_until = clock_timestamp() + make_interval(secs => %s::double precision)
 WHERE id = %s::uuid AND state = 'waiting' AND lease_epoch = %s::integer
RETURNING lease_epoch
"""
State = ChatTurn.State


class TurnLost(Exception):
    """The turn is somebody else's by now, answered, or its conversation has ended."""


@dataclass(frozen=True)
class TurnLease:
    """The right to answer one turn."""

    turn_id: UUID
    epoch: int


@dataclass(frozen=True)
class Drawn:
    """One reply as the policy wrote it."""

    text: str
    token_count: int | None  # None: a server did not say
    finish_reason: str


def hint(turn_id: UUID) -> None:
    """After the transaction commits, tell a worker that this turn waits."""
    transaction.on_commit(lambda: hints.send(REPLY, {"turn_id": str(turn_id)}, QUEUE), robust=True)


def hint_prepare(version_id: UUID) -> None:
    """After the transaction commits, tell a worker which policy will be asked soon."""
    transaction.on_commit(
        lambda: hints.send(PREPARE, {"version_id": str(version_id)}, QUEUE), robust=True
    )


def claim_turn(turn_id: UUID, owner: str) -> TurnLease | None:
    """Take the turn if it waits and nobody is at it."""
    seconds = settings.ENV.run_lease_seconds
    row = fetch_one(CLAIM, [owner[:120], seconds, turn_id, MOST_TRIES])
    return None if row is None else TurnLease(turn_id, row[0])


def renew_turn(lease: TurnLease) -> bool:
    """Whether the turn is still ours; it is for another while."""
    seconds = settings.ENV.run_lease_seconds
    return fetch_one(RENEW, [seconds, lease.turn_id, lease.epoch]) is not None


@transaction.atomic
def answer_turn(lease: TurnLease, drawn: Sequence[Drawn]) -> None:
    """Store the replies, all at once, and the item to rank them. Raises TurnLost."""
    turn = _held(lease)
    replies = _stored(turn, drawn)
    chosen = choose(replies, turn.replies)
    turn.item = None
    if len(chosen) > 1:
        turn.item = create_private_item(
            labeler=turn.conversation.labeler,
            project=turn.conversation.project,
            prompt=turn.prompt,
            completions=chosen,
            origin=["chat", str(turn.id)],
            seed=secrets.randbits(53),
        )
    else:
        turn.reply = chosen[0]
    turn.state = State.READY
    turn.error_code = turn.error_message = ""
    turn.lease_until = None
    turn.answered_at = Now()
    turn.save()


def fail_turn(lease: TurnLease, *, code: str, message: str) -> None:
    """There will be no replies unless somebody asks again. Raises TurnLost."""
    _write(lease, state=State.FAILED, error_code=code, error_message=message[:2000])


@transaction.atomic
def release_turn(lease: TurnLease, *, message: str) -> None:
    """This try came to nothing: the next may, until there were three. Raises TurnLost."""
    _write(lease, error_message=message[:2000])
    _give_up()
    hint(lease.turn_id)


def reconcile_turns() -> int:
    """Give up on turns that were tried often enough and send hints again; how many were sent.

    A dead lease needs no reaping: a claim takes it over.
    """
    _give_up()
    due = list(_due().order_by("created_at").values_list("id", flat=True)[:HINTS_AT_ONCE])
    waiting = hints.waiting(QUEUE) if due else None
    if waiting is None or waiting >= len(due):
        return 0
    return sum(hints.send(REPLY, {"turn_id": str(turn_id)}, QUEUE) for turn_id in due)


def _due() -> QuerySet[ChatTurn]:
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    return ChatTurn.objects.filter(free, state=State.WAITING)


def _give_up() -> None:
    _due().filter(tries__gte=MOST_TRIES).update(
        state=State.FAILED, error_code="gave_up", lease_until=None
    )


def _held(lease: TurnLease) -> ChatTurn:
    turn = (
        ChatTurn.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__labeler", "conversation__project", "prompt")
        .filter(id=lease.turn_id, state=State.WAITING, lease_epoch=lease.epoch)
        .first()
    )
    if turn is None:
        raise TurnLost
    return turn


def _write(lease: TurnLease, **values: object) -> None:
    mine = ChatTurn.objects.filter(id=lease.turn_id, state=State.WAITING, lease_epoch=lease.epoch)
    if mine.update(lease_until=None, **values) != 1:
        raise TurnLost


def _stored(turn: ChatTurn, drawn: Sequence[Drawn]) -> list[Completion]:
    """The replies as completions. People who open alike share a prompt, so numbers go on."""
    locks.hold("chat replies", turn.prompt_id)
    before = Completion.objects.filter(
        prompt=turn.prompt, policy_version_id=turn.policy_version_id, plan_id=turn.plan_id
    )
    last = before.order_by("-sample_index").values_list("sample_index", flat=True).first()
    first = 0 if last is None else last + 1
    return Completion.objects.bulk_create(
        Completion(
            pk=id_like(turn.prompt_id),
            prompt=turn.prompt,
            origin=Completion.Origin.POLICY,
            policy_version_id=turn.policy_version_id,
            plan_id=turn.plan_id,
            sample_index=index,
            text=one.text,
            shown_text=shown_or_none(one.text),
            text_hash=text_hash(one.text),
            token_count=one.token_count,
            finish_reason=one.finish_reason,
        )
        for index, one in enumerate(drawn, first)
    )
