"""Workers that die or freeze while they write replies: the turn gets its replies, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from annotation.corpus.models import Completion
from annotation.labeling.models import ChatTurn, Item
from annotation.registry.models import ModelVersion
from tests.cast import Cast
from tests.workers.harness import Worker, wait_for
from tests.workers.talking import PATIENCE_S, open_chat, settled, texts


def at_work(worker: Worker) -> ChatTurn:
    """The turn, once this worker writes its replies."""
    wait_for(
        lambda: "loaded" in worker.text and ChatTurn.objects.get().lease_epoch == 1,
        PATIENCE_S,
        lambda: worker.text,
    )
    turn = ChatTurn.objects.get()
    assert turn.state == "waiting"
    return turn


def test_replies_survive_kill_9_in_the_middle_and_come_once(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion
) -> None:
    first = start_worker("first").wait_until_ready()
    talk = open_chat(people, tiny, tokens=2500)
    talk.say("the cat")
    turn = at_work(first)
    first.kill()
    assert not Completion.objects.exists()
    start_worker("second").wait_until_ready()
    settled(talk)
    turn.refresh_from_db()
    assert (turn.lease_epoch, turn.tries) == (2, 2)
    assert (Completion.objects.count(), Item.objects.count()) == (3, 1)


def test_a_frozen_worker_that_wakes_up_late_stores_nothing_more(
    start_worker: Callable[..., Worker], people: Cast, tiny: ModelVersion
) -> None:
    slow = start_worker("slow").wait_until_ready()
    talk = open_chat(people, tiny, tokens=2500)
    talk.say("the cat")
    turn = at_work(slow)
    os.kill(slow.process.pid, signal.SIGSTOP)
    turn.refresh_from_db()
    assert turn.state == "waiting"
    start_worker("second").wait_until_ready()
    settled(talk)
    stored = texts()
    os.kill(slow.process.pid, signal.SIGCONT)
    wait_for(lambda: "lost" in slow.text, PATIENCE_S, lambda: slow.text)
    assert texts() == stored
    assert Item.objects.count() == 1
