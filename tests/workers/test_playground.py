"""The playground and imported models with a real worker: trials are answered, archives become versions."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch

from annotation.lib import hints
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs.models import Trial
from annotation.runs.services import receiving
from annotation.runs.services.model_imports import start_model_import
from annotation.runs.services.trials import ask
from annotation.runs.services.trying import TrialLease, TrialLost, claim_trial, reconcile_trials
from rewardmodel.config import DecodingConfig
from rewardmodel.distribution import along, walk
from rewardmodel.models import new_reward_model
from tests.cast import Cast
from tests.rewardmodel.conftest import ask as ask_of
from tests.rewardmodel.conftest import tiny_policy
from tests.workers import harness
from tests.workers.harness import Worker, finished, until, wait_for
from tests.workers.talking import PATIENCE_S
from workers.playing import play

ASKED = [{"role": "user", "content": "the cat"}]


@pytest.fixture(scope="module")
def worker(
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    broker: str,
    artifacts: Path,
) -> Iterator[Worker]:
    env = harness.environment(artifacts, broker, harness.STAND_IN)
    worker = Worker(tmp_path_factory.mktemp("log") / "play.log", env).wait_until_ready()
    yield worker
    worker.end()


@pytest.fixture
def judge(people: Cast, tiny_folder: Path, tmp_path: Path) -> ModelVersion:
    folder = tmp_path / "judge"
    new_reward_model(tiny_folder, torch.device("cpu"), seed=1).save(folder)
    return register_version(project=people.project, directory=folder, name="judge", kind="reward")


def asked(people: Cast, *policies: ModelVersion, **more: Any) -> Trial:
    decoding = {"strategy": "sample", "n": 2, "max_new_tokens": 6, "top_k": 4, "seed": 7}
    return ask(
        project=people.project,
        user=people.ml,
        client_uuid=uuid4(),
        messages=ASKED,
        policies=[policy.pk for policy in policies],
        rewards=more.pop("rewards", []),
        decoding={**decoding, **more},
    )


def ended(trial: Trial) -> Trial:
    def look() -> Trial | None:
        reconcile_trials()
        found = Trial.objects.get(pk=trial.pk)
        return None if found.state in Trial.OPEN else found

    found: Trial = wait_for(look, PATIENCE_S, lambda: Trial.objects.get(pk=trial.pk).error_message)
    return found


def test_a_worker_answers_with_tokens_alternatives_and_scores(
    worker: Worker, people: Cast, tiny: ModelVersion, judge: ModelVersion
) -> None:
    trial = ended(asked(people, tiny, rewards=[judge.pk]))
    assert (trial.state, trial.error_message) == ("done", "")
    [part] = trial.parts
    assert [len(one["steps"]) for one in part["completions"]] == [
        one["tokens"] for one in part["completions"]
    ]
    step = part["completions"][0]["steps"][0]
    assert (step["kept"], step["chosen"]["fate"]) == (4, "kept")
    assert {one["fate"] for one in step["others"]} == {"kept", "top_k"}
    scores = [one["scores"][0] for one in part["completions"]]
    assert {score["reward"] for score in scores} == {str(judge.pk)}
    again = ended(asked(people, tiny))
    assert [one["text"] for one in again.parts[0]["completions"]] == [
        one["text"] for one in part["completions"]
    ]
    late = ended(asked(people, tiny, max_new_tokens=2048, n=1))
    assert late.state == "done"


def test_what_cannot_be_answered_says_why_and_a_cancelled_trial_stops(
    people: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "_publish", lambda *_: None)  # the worker shall not hear of it
    folder = tmp_path / "small"
    tiny_policy(context_tokens=32).save(folder)
    small = register_version(project=people.project, directory=folder, name="small")
    trial = asked(people, small, max_new_tokens=64)
    lease = claim_trial(trial.pk, "test")
    assert lease is not None
    with pytest.raises(Exception, match="does not fit into the 32"):
        play(trial, lease, lambda: None, threading.Event())
    with pytest.raises(TrialLost):
        play(trial, TrialLease(trial.pk, 99), _lost, threading.Event())


def _lost() -> None:
    raise TrialLost


def test_looking_along_a_text_sees_what_drawing_it_saw() -> None:
    policy = tiny_policy()
    prompt = policy.codec.encode_prompt(ask_of("the cat"))
    plan = DecodingConfig(temperature=0.7, top_p=0.8, no_repeat_ngram=2, max_new_tokens=8)
    drawn = list(walk(policy, prompt, plan, seed=3))
    looked = list(along(policy, prompt, [step.chosen.id for step in drawn], plan))
    assert [(s.chosen.id, s.rank, s.kept) for s in looked] == [
        (s.chosen.id, s.rank, s.kept) for s in drawn
    ]
    for one, other in zip(looked, drawn, strict=True):
        assert one.log_prob == pytest.approx(other.log_prob, abs=1e-4)
        assert one.probability_cut == pytest.approx(other.probability_cut, abs=1e-4)


def test_an_uploaded_archive_becomes_a_version_or_says_what_is_wrong_with_it(
    worker: Worker, people: Cast, tiny_folder: Path, tmp_path: Path
) -> None:
    def imported(kind: str, *more: Path) -> Any:
        path = tmp_path / f"{kind}-{len(more)}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(tiny_folder, "model")
            for extra in more:
                archive.add(extra, f"model/{extra.name}")
        data = path.read_bytes()
        upload = receiving.begin_upload(
            project=people.project, user=people.ml, filename=path.name, length=len(data)
        )
        receiving.receive(upload=upload, offset=0, data=data)
        return start_model_import(
            upload=upload, actor=people.ml, name="from elsewhere", kind=kind, plain=False
        )

    run = finished(imported("policy"), seconds=PATIENCE_S)
    assert run.output_version is not None
    assert (run.output_version.name, run.output_version.stage) == ("from elsewhere", "base")
    known = register_version(project=people.project, directory=tiny_folder, name="known")
    assert run.output_version.artifact_id == known.artifact_id
    code = tmp_path / "modeling.py"
    code.write_text("raise SystemExit")
    refused = until(imported("policy", code), "failed", seconds=PATIENCE_S)
    assert "model/modeling.py is refused" in refused.error_message
    wrong = until(imported("reward"), "failed", seconds=PATIENCE_S)
    assert "SequenceClassification" in wrong.error_message
