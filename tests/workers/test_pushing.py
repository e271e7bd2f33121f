"""A version goes to a hub by huggingface_hub, over real HTTP to a small hub of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from annotation.accounts.models import AuditEvent
from annotation.lib import hints
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.models import Run, RunEvent
from tests.cast import Cast, client_for
from tests.hub_server import TOKEN, Hub, a_hub
from tests.workers import harness
from workers.supervisor import drive


@pytest.fixture
def hub(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(hints, "_publish", lambda *_: None)
    monkeypatch.setenv("HUB_TOKEN", TOKEN)
    with a_hub() as found:
        named = {"hub_endpoint": found.url, "hub_organisation": "lab"}
        settings.ENV = settings.ENV.model_copy(update=named)
        yield found


def asked(people: Cast, version: ModelVersion, name: str = "tiny-1", **more: Any) -> Any:
    return client_for(people.ml).post(
        f"/api/v1/versions/{version.pk}/pushes",
        {"name": name, "private": True},
        format="json",
        **more,
    )


def worked(answer: Any) -> Run:
    assert answer.status_code == 202, answer.content
    run = Run.objects.get(pk=answer.json()["id"])
    drive(run.pk)
    return harness.fresh(run)


def test_a_version_stands_on_the_hub_with_its_card_and_a_second_push_changes_nothing(
    hub: Hub, people: Cast, tiny: ModelVersion
) -> None:
    run = worked(asked(people, tiny))
    assert run.status == "succeeded", harness.story(run)
    there = hub.files["lab/tiny-1"]
    assert set(there) == {*tiny.artifact.files, "README.md", store.SUMS}
    folder = store.path_of(tiny.artifact_id)
    assert all(there[path] == (folder / path).read_bytes() for path in tiny.artifact.files)
    assert b"library_name: transformers" in there["README.md"]
    assert hub.private == {"lab/tiny-1": "private"}
    told = client_for(people.ml).get(f"/api/v1/versions/{tiny.pk}/pushes").json()
    assert (told["endpoint"], told["organisation"]) == (hub.url, "lab")
    [push] = told["pushes"]
    assert (push["url"], push["commit"]) == (f"{hub.url}/lab/tiny-1", hub.sha)
    assert AuditEvent.objects.get(action="version.pushed").after["commit"] == hub.sha

    before = dict(there)
    del there["model.safetensors"]  # as a push that was killed in the middle leaves it
    again = worked(asked(people, tiny))
    assert again.status == "succeeded", harness.story(again)
    assert {**there, "README.md": b""} == {**before, "README.md": b""}


def test_what_a_hub_refuses_is_told_without_the_token_and_what_fails_is_tried_again(
    hub: Hub, people: Cast, tiny: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.is_down = True
    waiting = worked(asked(people, tiny))
    assert (waiting.status, hub.commits) == ("queued", 0)
    hub.is_down = False
    Run.objects.filter(pk=waiting.pk).update(next_try_at="2020-01-01T00:00:00Z")
    drive(waiting.pk)
    assert (harness.fresh(waiting).status, hub.commits) == ("succeeded", 1)

    wrong = "hf_wrong-and-secret-1234"
    monkeypatch.setenv("HUB_TOKEN", wrong)
    refused = worked(asked(people, tiny, name="other"))
    assert (refused.status, refused.error_code) == ("failed", "hub_refused")
    told = [refused.error_message, *map(str, RunEvent.objects.values_list("payload", flat=True))]
    assert not any(wrong in one for one in told)
    monkeypatch.delenv("HUB_TOKEN")
    assert "HUB_TOKEN" in worked(asked(people, tiny, name="third")).error_message


def test_a_push_is_the_ml_engineers_to_ask_for_once_and_only_where_a_hub_is_named(
    hub: Hub, people: Cast, tiny: ModelVersion, settings: Any
) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}
    first, second = asked(people, tiny, **key), asked(people, tiny, **key)
    assert first.json()["id"] == second.json()["id"]
    assert AuditEvent.objects.filter(action="version.push_requested").count() == 1
    for name in ("../other", "other/name", "a--b", ""):
        assert asked(people, tiny, name=name).status_code == 400, name
    url = f"/api/v1/versions/{tiny.pk}/pushes"
    assert client_for(people.admin).post(url, {"name": "x"}, format="json").status_code == 403
    settings.ENV = settings.ENV.model_copy(update={"hub_organisation": ""})
    nowhere = asked(people, tiny)
    assert (nowhere.status_code, nowhere.json()["code"]) == (409, "no_hub")
