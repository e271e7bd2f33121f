"""Writing the replies to one turn of a live chat, in the worker process itself.

A turn takes seconds, so it is no run: no directory, no trainer process. The lease is kept by a thread
while the policy writes; what comes out is stored in one transaction, or nothing is.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import close_old_connections

from annotation.labeling.models import ChatTurn
from annotation.labeling.services import replying
from annotation.labeling.services.replying import Drawn, TurnLease, TurnLost
from annotation.lib import presence
from annotation.registry.models import ModelVersion
from annotation.registry.store import ArtifactDamaged
from rewardmodel.config import DecodingConfig
from rewardmodel.decoding import decode
from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.rankings import parse_prompt
from workers import drain
from workers.keeping import kept
from workers.policies import SHELF
from workers.served.answers import NoAnswer
from workers.served.policies import PEOPLE_WAIT_S, ask
from workers.served.waiting import as_refused, complete_all
from workers.translate import plan_settings, storable

logger = logging.getLogger(__name__)


class TooLong(Exception):
    """The dialogue leaves no room for an answer in the policy's context."""


def answer(turn_id: UUID) -> str:
    """Claim the turn and write its replies; how it went, in a word."""
    if drain.wanted():
        return "stopping"
    owner = f"{presence.own_name()}:{os.getpid()}:{threading.get_native_id()}"
    lease = replying.claim_turn(turn_id, owner)
    if lease is None:
        return "not due"
    try:
        with kept(f"turn-{turn_id}", lambda: replying.renew_turn(lease)) as lost:
            _try(lease, lost)
    except TurnLost:
        logger.warning("turn %s: lease %s lost", turn_id, lease.epoch)
        return "lease lost"
    return "ended"


def prepare(version_id: UUID) -> None:
    """Have the policy at hand before the first message comes. Whatever fails will be told then."""
    version = ModelVersion.objects.select_related("artifact").filter(id=version_id).first()
    if version is None or version.is_served or drain.wanted():
        return
    with suppress(Refused, ArtifactDamaged):
        SHELF.prepare(version.artifact)


def _try(lease: TurnLease, lost: threading.Event) -> None:
    turn = ChatTurn.objects.select_related("prompt", "plan", "policy_version__artifact").get(
        id=lease.turn_id
    )
    try:
        if turn.policy_version.is_served:
            drawn = draw_served(turn, lost)
        else:
            with SHELF.model(turn.policy_version.artifact) as policy:
                drawn = draw(policy, turn)
        replying.answer_turn(lease, drawn)
    except TurnLost:
        raise
    except TooLong as error:
        replying.fail_turn(lease, code="too_long", message=str(error))
    except (Refused, ArtifactDamaged) as error:
        replying.fail_turn(lease, code="refused", message=str(error))
    except Exception as error:
        logger.error("turn %s: %s", turn.id, traceback.format_exc())
        close_old_connections()
        replying.release_turn(lease, message=f"{type(error).__name__}: {error}")


def draw_served(turn: ChatTurn, lost: threading.Event) -> list[Drawn]:
    """The replies of a policy that a server runs. Raises TooLong, Refused or TurnLost."""

    def halt() -> None:
        if lost.is_set():
            raise TurnLost

    with ask(turn.policy_version, patience_s=PEOPLE_WAIT_S, halt=halt) as asked:
        try:
            key = f"{turn.conversation_id}:{turn.number}"
            answers = complete_all(asked, _wish(turn), turn.prompt.messages, key=key)
        except NoAnswer as error:
            if error.rule == "too_long":
                raise TooLong(str(error)) from None
            raise as_refused(asked, error) from None
    return [
        Drawn(text=storable(one.text), token_count=one.tokens, finish_reason=one.finish_reason)
        for one in answers
    ]


def _wish(turn: ChatTurn) -> dict[str, Any]:
    return plan_settings(turn.plan) | {"samples_per_prompt": turn.replies}


def draw(policy: Policy, turn: ChatTurn) -> list[Drawn]:
    """The replies. Chance comes from the plan's seed and the turn: another try draws the same."""
    wish = _wish(turn)
    seed = wish.pop("seed")
    plan = DecodingConfig(**wish)
    ids = policy.codec.encode_prompt(parse_prompt(turn.prompt.messages))
    room = policy.context_tokens
    if room is not None and len(ids) + plan.max_new_tokens > room:
        raise TooLong(
            f"{len(ids)} tokens and an answer of {plan.max_new_tokens} do not fit into {room}"
        )
    key = f"{turn.conversation_id}:{turn.number}"
    [completions] = decode(policy, [ids], plan, seed=seed, keys=[key])
    return [
        Drawn(
            text=storable(policy.codec.decode_completion(ids, one.ids)),
            token_count=len(one.ids),
            finish_reason=one.finish_reason,
        )
        for one in completions
    ]
