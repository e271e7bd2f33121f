"""A project with its chat open, a labeler who talks, and replies as a worker would store them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from rest_framework.test import APIClient

from annotation.accounts.models import User
from annotation.corpus.models import SamplingPlan
from annotation.labeling import services
from annotation.labeling.models import ChatTurn
from annotation.labeling.services import replying
from annotation.labeling.services.replying import Drawn
from annotation.projects.models import Project
from annotation.registry.models import Artifact, ModelVersion
from tests.cast import client_for

SECRET = "Secret-Policy-v2"


def policy_of(project: Project, number: int = 1, **more: Any) -> ModelVersion:
    """A policy in name only; nothing here loads it."""
    artifact, _ = Artifact.objects.get_or_create(
        digest="ab" * 32, defaults={"bytes": 1, "files": {}}
    )
    fields = {"kind": "policy", "stage": "base", "name": SECRET} | more
    return ModelVersion.objects.create(project=project, number=number, artifact=artifact, **fields)


def plan_of(project: Project, name: str = "secret plan", **more: Any) -> SamplingPlan:
    fields = {"strategy": "sample", "n": 4, "max_new_tokens": 16, "seed": 90210} | more
    return SamplingPlan.objects.create(project=project, name=name, **fields)


def open_chat(project: Project, actor: User, **changes: Any) -> None:
    """Switch the chat of a project on."""
    wish = {
        "enabled": True,
        "policy_version": changes.get("policy_version") or policy_of(project).pk,
        "plan": plan_of(project).pk,
        "replies": 3,
        "most_turns": 5,
        "most_conversations": 3,
    }
    services.change_chat_settings(actor=actor, project=project, **wish | changes)


def worker_writes(*texts: str, turn: ChatTurn | None = None) -> ChatTurn:
    """What a worker does with a waiting turn, but for the drawing."""
    waiting = turn or ChatTurn.objects.get(state="waiting")
    lease = replying.claim_turn(waiting.pk, "test")
    assert lease is not None
    replying.answer_turn(lease, [Drawn(text, 3, "stop") for text in texts])
    waiting.refresh_from_db()
    return waiting


class Talking:
    """One person in a conversation, at the HTTP API."""

    def __init__(self, user: User, project: Project, client: APIClient | None = None) -> None:
        self.user, self.project = user, project
        self.client = client or client_for(user)
        self.id: str = ""

    def start(self, client_uuid: UUID | None = None) -> Any:
        body = {"client_uuid": str(client_uuid or uuid4())}
        answer = self.client.post(
            f"/api/v1/projects/{self.project.pk}/conversations", body, format="json"
        )
        if answer.status_code in (200, 201):
            self.id = answer.json()["id"]
        return answer

    def say(
        self, text: str, continue_with: str | None = None, client_uuid: UUID | None = None
    ) -> Any:
        body = {"client_uuid": str(client_uuid or uuid4()), "text": text}
        if continue_with is not None:
            body["continue_with"] = continue_with
        return self.client.post(f"/api/v1/conversations/{self.id}/turns", body, format="json")

    def look(self) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/conversations/{self.id}")
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def turn(self, number: int = 0) -> dict[str, Any]:
        """A turn of the conversation; the last one without a number."""
        found: dict[str, Any] = self.look()["turns"][number - 1]
        return found

    def end(self) -> Any:
        return self.client.post(f"/api/v1/conversations/{self.id}/end", format="json")

    def retry(self, number: int) -> Any:
        return self.client.post(
            f"/api/v1/conversations/{self.id}/turns/{number}/retry", format="json"
        )
