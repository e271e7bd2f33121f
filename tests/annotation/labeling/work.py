"""Work for the standing cast: prompts, completions, items, and a labeler at the HTTP API."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from rest_framework.test import APIClient

from annotation.accounts.models import User
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import messages_of, prompt_hash, text_hash
from annotation.labeling import services
from annotation.labeling.models import Item
from annotation.projects.models import Project
from tests.cast import client_for


def prompt_set(project: Project, name: str = "Prompts", purpose: str = "reward") -> PromptSet:
    return PromptSet.objects.get_or_create(
        project=project, name=name, version=1, defaults={"purpose": purpose, "language": "en"}
    )[0]


def add_prompt(project: Project, text: str, **more: Any) -> Prompt:
    messages = messages_of(text)
    return Prompt.objects.create(
        prompt_set=prompt_set(project, **more), messages=messages, text_hash=prompt_hash(messages)
    )


def add_completion(prompt: Prompt, text: str, **more: Any) -> Completion:
    fields = {"origin": "import", "import_key": uuid4().hex, "system": "secret-system"} | more
    return Completion.objects.create(prompt=prompt, text=text, text_hash=text_hash(text), **fields)


def ranking_item(
    project: Project, k: int = 3, needed: int = 1, name: str = "", priority: float = 0.0
) -> Item:
    """An item over a new prompt with `k` different completions."""
    prompt = add_prompt(project, name or f"Prompt {uuid4()}")
    texts = [add_completion(prompt, f"Answer {number}") for number in range(k)]
    services.create_ranking_items(
        project=project, groups={prompt.id: texts}, needed=needed, k=k, priority=priority
    )
    return Item.objects.get(prompt=prompt)


def demonstration_item(project: Project, needed: int = 1) -> Item:
    prompt = add_prompt(project, f"Write {uuid4()}", name="Demonstrations", purpose="sft")
    services.create_demonstration_items(project=project, prompts=[prompt.id], needed=needed)
    return Item.objects.get(prompt=prompt)


class Labeling:
    """One person at the API. Every method returns the answer; `work` and `ids` look into one."""

    def __init__(self, user: User, project: Project, client: APIClient | None = None) -> None:
        self.user = user
        self.project = project
        self.client = client or client_for(user)

    def claim(self, holding: list[Any] | None = None) -> Any:
        body = {"holding": [str(one) for one in holding or []]}
        return self.client.post(f"/api/v1/projects/{self.project.id}/claims", body, format="json")

    def work(self, holding: list[Any] | None = None) -> dict[str, Any]:
        """A claimed assignment; fails when there is none."""
        answer = self.claim(holding)
        assert answer.status_code == 200, (answer.status_code, answer.content)
        found: dict[str, Any] = answer.json()
        return found

    def submit(self, work: dict[str, Any], client_uuid: UUID | None = None, **changes: Any) -> Any:
        """Send a ranking; without `tiers` in the order shown."""
        tiers = [[one["id"]] for one in work["completions"]]
        body = {"lease_token": work["lease_token"], "tiers": tiers, "active_ms": 4000} | changes
        return self.put(work, client_uuid or uuid4(), body)

    def write(self, work: dict[str, Any], text: str, client_uuid: UUID | None = None) -> Any:
        body = {"lease_token": work["lease_token"], "text": text}
        return self.put(work, client_uuid or uuid4(), body)

    def put(self, work: dict[str, Any], client_uuid: UUID, body: dict[str, Any]) -> Any:
        address = f"/api/v1/slots/{work['slot_id']}/submissions/{client_uuid}"
        return self.client.put(address, body, format="json")

    def skip(self, work: dict[str, Any], reason: str = "unclear") -> Any:
        body = {"lease_token": work["lease_token"], "reason": reason}
        return self.client.post(f"/api/v1/slots/{work['slot_id']}/skip", body, format="json")

    def draft(self, work: dict[str, Any], revision: int, payload: Any) -> Any:
        body = {"lease_token": work["lease_token"], "revision": revision, "payload": payload}
        return self.client.put(f"/api/v1/slots/{work['slot_id']}/draft", body, format="json")

    def heartbeat(self, work: dict[str, Any]) -> Any:
        body = {"lease_token": work["lease_token"]}
        return self.client.post(f"/api/v1/slots/{work['slot_id']}/heartbeat", body, format="json")

    def reopen(self, client_uuid: UUID) -> Any:
        return self.client.post(f"/api/v1/submissions/{client_uuid}/reopen", format="json")

    def undo(self, client_uuid: UUID) -> Any:
        return self.client.post(f"/api/v1/submissions/{client_uuid}/undo", format="json")


def ids(work: dict[str, Any]) -> list[str]:
    return [one["id"] for one in work["completions"]]


def run_out(work: dict[str, Any]) -> None:
    """Let the lease of this assignment have ended a second ago, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_slot SET lease_until = now() - interval '1 second' WHERE id = %s",
            [work["slot_id"]],
        )


def drift() -> list[Any]:
    """Items whose counters disagree with their judgments, or that hold more than they need."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.id FROM labeling_item i
            WHERE i.counted <> (SELECT count(*) FROM labeling_ranking r
                                 WHERE r.item_id = i.id AND r.state = 'counted')
                             + (SELECT count(*) FROM labeling_demonstration d
                                 WHERE d.item_id = i.id AND d.state = 'counted')
               OR i.counted <> (SELECT count(*) FROM labeling_slot s
                                 WHERE s.item_id = i.id AND s.state = 'done')
               OR i.counted > i.needed
               OR (i.state = 'done') <> (i.counted = i.needed) AND i.state IN ('open', 'done')
            """
        )
        return [row[0] for row in cursor.fetchall()]
