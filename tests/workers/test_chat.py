"""Replies of a live chat from a real worker: once, whatever happens to the worker or to the hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from annotation.corpus.models import Completion, PromptSet
from annotation.labeling.models import ChatTurn
from annotation.labeling.services.replying import reconcile_turns
from annotation.lib import hints
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs.services import create_run
from tests.annotation.labeling.chats import plan_of
from tests.cast import Cast
from tests.workers import harness
from tests.workers.harness import Worker, wait_for
from tests.workers.talking import PATIENCE_S, open_chat, settled, texts
from workers.chatting import draw
from workers.policies import SHELF


@pytest.fixture(scope="module")
def worker(
    django_db_setup: None,
    django_db_blocker: object,
    tmp_path_factory: pytest.TempPathFactory,
    broker: str,
    artifacts: Path,
) -> Iterator[Worker]:
    """One worker for this module; the database is emptied under it between tests."""
    env = harness.environment(artifacts, broker, harness.STAND_IN)
    worker = Worker(tmp_path_factory.mktemp("log") / "chat.log", env).wait_until_ready()
    yield worker
    worker.end()


def test_a_worker_writes_the_replies_and_keeps_the_policy_loaded(
    worker: Worker, people: Cast, tiny: ModelVersion
) -> None:
    talk = open_chat(people, tiny)
    wait_for(
        lambda: "loaded" in worker.text, PATIENCE_S, lambda: worker.text
    )  # before a word is said
    talk.say("the cat")
    turn = settled(talk)
    assert len(turn["assignment"]["completions"]) == 3
    completion = Completion.objects.all()[0]
    assert completion.policy_version == tiny
    assert completion.origin == "policy"
    if completion.finish_reason == "length":  # now and then a reply ends by itself before that
        assert completion.token_count == 12
    else:
        assert (completion.finish_reason, completion.token_count <= 12) == ("stop", True)
    talk.start()
    talk.say("the dog")
    settled(talk)
    assert worker.text.count(f"policy {tiny.artifact_id[:12]} loaded") == 1


def test_the_same_turn_draws_the_same_replies_again(
    worker: Worker, people: Cast, tiny: ModelVersion
) -> None:
    talk = open_chat(people, tiny)
    talk.say("the cat")
    settled(talk)
    first = texts()
    stored = ChatTurn.objects.select_related("prompt", "plan", "policy_version__artifact").get()
    with SHELF.model(stored.policy_version.artifact) as policy:
        assert [one.text for one in draw(policy, stored)] == first
    assert len(set(first)) == 3


def test_a_lost_hint_costs_seconds_not_the_turn(
    worker: Worker, people: Cast, tiny: ModelVersion, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = open_chat(people, tiny)
    monkeypatch.setattr(hints, "_publish", lambda *_: None)
    talk.say("the cat")
    redis.Redis.from_url(broker).flushdb()
    monkeypatch.undo()
    assert talk.turn()["state"] == "waiting"
    assert reconcile_turns() == 1
    settled(talk)
    assert ChatTurn.objects.get().tries == 1


def test_ten_hints_for_one_turn_are_one_answer(
    worker: Worker, people: Cast, tiny: ModelVersion
) -> None:
    talk = open_chat(people, tiny)
    talk.say("the cat")
    turn = ChatTurn.objects.get()
    for _ in range(10):
        hints.send("workers.tasks.chat.reply", {"turn_id": str(turn.pk)}, "sample")
    settled(talk)
    turn.refresh_from_db()
    assert (turn.tries, Completion.objects.count()) == (1, 3)


def test_a_dialogue_too_long_for_the_policy_says_so(
    worker: Worker, people: Cast, tiny: ModelVersion
) -> None:
    talk = open_chat(people, tiny, tokens=64)
    talk.say("the cat sat on the mat. " * 800)
    turn = settled(talk, "failed")
    assert turn["error_code"] == "too_long"
    assert ChatTurn.objects.get().tries == 1


def test_a_damaged_policy_is_not_loaded(worker: Worker, people: Cast, tmp_path: Path) -> None:
    from tests.rewardmodel.conftest import tiny_policy

    folder = tmp_path / "other"
    folder.mkdir()
    tiny_policy(seed=1, context_tokens=4096).save(folder)
    other = register_version(project=people.project, directory=folder, name="other")
    weights = store.path_of(other.artifact_id) / "model.safetensors"
    weights.chmod(0o600)
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00")
    talk = open_chat(people, other)
    talk.say("the cat")
    assert settled(talk, "failed")["error_code"] == "refused"
    assert not Completion.objects.exists()


def test_a_long_sampling_run_does_not_keep_a_chat_waiting(
    worker: Worker, people: Cast, tiny: ModelVersion, behaviour: Callable[..., None]
) -> None:
    talk = open_chat(people, tiny)
    talk.say("the cat")
    settled(talk)
    behaviour(steps=600, step_s=0.1)
    runs = [
        create_run(
            project=people.project,
            kind="sample",
            policy_version=tiny,
            prompt_set=PromptSet.objects.get(),
            plan=plan_of(people.project, name),
            requested_by=people.ml,
        )
        for name in ("one", "another")
    ]
    wait_for(lambda: "running" in {harness.fresh(run).status for run in runs}, PATIENCE_S)
    talk.start()
    talk.say("the dog")
    settled(talk)
    assert sorted(harness.fresh(run).status for run in runs) == ["queued", "running"]
