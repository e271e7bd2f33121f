"""A live chat with a real worker at the other end: open it, wait for what becomes of a turn."""

from __future__ import annotations

from typing import Any

from annotation.corpus.models import Completion
from annotation.labeling import services
from annotation.labeling.models import ChatTurn
from annotation.labeling.services.replying import reconcile_turns
from annotation.registry.models import ModelVersion
from tests.annotation.labeling.chats import Talking, plan_of
from tests.cast import Cast
from tests.workers.harness import wait_for

PATIENCE_S = 120  # a busy machine takes half a minute only to load torch


def open_chat(people: Cast, policy: ModelVersion, tokens: int = 12) -> Talking:
    """Switch the chat on and let the labeler begin a conversation."""
    plan = plan_of(people.project, max_new_tokens=tokens, seed=7)
    services.change_chat_settings(
        actor=people.ml,
        project=people.project,
        enabled=True,
        policy_version=policy.pk,
        plan=plan.pk,
        replies=3,
        most_turns=5,
        most_conversations=5,
    )
    talk = Talking(people.labeler, people.project)
    talk.start()
    return talk


def settled(talk: Talking, state: str = "ready") -> dict[str, Any]:
    """Wait until the last turn has come to an end, with the reconciler at work."""
    looks = 0

    def done() -> dict[str, Any] | None:
        nonlocal looks
        looks += 1
        if looks % 20 == 0:
            reconcile_turns()
        found = talk.turn()
        return None if found["state"] == "waiting" else found

    found: dict[str, Any] = wait_for(done, PATIENCE_S, story)
    assert found["state"] == state, story()
    return found


def story() -> str:
    """What happened to the last turn, for a failed assertion."""
    turn = ChatTurn.objects.order_by("-id")[0]
    return f"{turn.state}, try {turn.tries}: {turn.error_code} {turn.error_message}"


def texts() -> list[str]:
    return list(Completion.objects.order_by("sample_index").values_list("text", flat=True))
