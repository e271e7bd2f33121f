"""An admin at the prompts of the standing cast's project."""

from typing import Any
from uuid import uuid4

from annotation.corpus.indexing import take_fingerprints
from annotation.corpus.models import Prompt
from tests.cast import Cast, client_for


class Console:
    """The admin at the HTTP API; every method returns the answer's body and insists on its status."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.client = client_for(cast.admin)
        self.project = f"/api/v1/projects/{cast.project.pk}"

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(f"/api/v1/{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = getattr(self.client, method)(f"/api/v1/{path}", body, format="json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def of_project(self, path: str) -> str:
        return f"projects/{self.cast.project.pk}/{path}"

    def make_set(self, purpose: str = "reward", name: str = "pilot") -> str:
        body = {"name": name, "purpose": purpose}
        made: str = self.send("post", self.of_project("prompt-sets"), body, 201)["id"]
        return made

    def add(self, prompt_set: str, *texts: str) -> list[str]:
        """The ids of new prompts with these texts."""
        path = f"prompt-sets/{prompt_set}/prompts"
        return [self.send("post", path, {"text": text}, 201)["id"] for text in texts]

    def found(self, prompt_set: str, **wanted: Any) -> list[str]:
        """The texts that a filter finds, oldest first."""
        rows = self.get(f"prompt-sets/{prompt_set}/prompts", **wanted)["results"]
        return [row["messages"][-1]["content"] for row in reversed(rows)]

    def act(self, kind: str, status: int = 200, key: Any = None, **body: Any) -> Any:
        wish = {"client_uuid": str(key or uuid4()), "kind": kind, **body}
        return self.send("post", self.of_project("prompt-acts"), wish, status)

    def undo(self, act: Any, status: int = 200) -> Any:
        return self.send("put", f"prompt-acts/{act['id']}/undo/{uuid4()}", {}, status)

    def edit(self, prompt: str, text: str, status: int = 200, key: Any = None) -> Any:
        return self.send("put", f"prompts/{prompt}/edits/{key or uuid4()}", {"text": text}, status)

    def groups(self, **query: Any) -> Any:
        """After all prompts were compared: the texts of each group of near-duplicates."""
        take_fingerprints()
        found = self.get(self.of_project("near-duplicates"), **query)
        assert found["pending"] == 0
        return [
            {row["messages"][0]["content"] for row in one["prompts"]} for one in found["groups"]
        ]


def standing(prompt_set: str) -> set[str]:
    rows = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None)
    return {row.messages[-1]["content"] for row in rows}
