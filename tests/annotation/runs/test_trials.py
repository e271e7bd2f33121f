"""Trials of the playground: asked once, cancelled, taken over, sent to labelers, forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.corpus.models import Completion
from annotation.labeling.models import Item
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs.models import Trial
from annotation.runs.services import trials, trying
from tests.annotation.labeling.work import Labeling
from tests.annotation.registry.models import write_model
from tests.annotation.runs.test_mixes import plan
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
DECODING = {"strategy": "sample", "n": 3, "max_new_tokens": 8, "seed": 7}


@pytest.fixture
def policy(cast: Cast, settings: Any, tmp_path: Path) -> ModelVersion:
    settings.ARTIFACT_DIR = tmp_path / "store"
    folder = write_model(tmp_path / "model")
    return register_version(project=cast.project, directory=folder, name="base")


def wish(policy: ModelVersion, **more: Any) -> dict[str, Any]:
    return {
        "client_uuid": str(uuid4()),
        "messages": [{"role": "user", "content": "Where is the cat?"}],
        "policies": [str(policy.pk)],
        "decoding": DECODING,
        **more,
    }


def asked(cast: Cast, body: dict[str, Any]) -> Any:
    path = f"/api/v1/projects/{cast.project.pk}/trials"
    return client_for(cast.ml).post(path, body, format="json")


def part(policy: ModelVersion, *texts: str) -> dict[str, Any]:
    one = {"tokens": 2, "finish_reason": "stop", "log_prob": -1.0, "scores": [], "steps": []}
    completions = [{"text": text, **one} for text in texts]
    return {"policy": str(policy.pk), "seconds": 0.1, "completions": completions}


def answered(cast: Cast, policy: ModelVersion, *texts: str) -> Trial:
    trial = Trial.objects.get(pk=asked(cast, wish(policy)).json()["id"])
    lease = trying.claim_trial(trial.pk, "worker")
    assert lease is not None
    trying.answer_trial(lease, [part(policy, *texts)])
    return Trial.objects.get(pk=trial.pk)


def send(cast: Cast, trial: Trial, *samples: int) -> Any:
    chosen = [{"policy": 0, "sample": sample} for sample in samples]
    path = f"/api/v1/trials/{trial.pk}/item"
    return client_for(cast.ml).post(path, {"chosen": chosen}, format="json")


def test_asking_twice_is_asking_once_and_bad_wishes_name_their_field(
    cast: Cast, policy: ModelVersion
) -> None:
    body = wish(policy)
    first, again = asked(cast, body), asked(cast, body)
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = asked(cast, {**body, "decoding": {**DECODING, "seed": 8}})
    assert (other.status_code, other.json()["code"]) == (422, "different_content")
    for change, field in (
        ({"policies": [str(uuid4())]}, "policies"),
        ({"rewards": [str(policy.pk)]}, "rewards"),
        ({"decoding": {**DECODING, "n": 8, "max_new_tokens": 2048}}, "max_new_tokens"),
        ({"decoding": {**DECODING, "temperature": 0}}, "decoding.temperature"),
        ({"messages": [{"role": "assistant", "content": "?"}]}, "messages"),
    ):
        refused = asked(cast, wish(policy, **change))
        assert refused.status_code == 400
        assert [row["field"] for row in refused.json()["errors"]] == [field]
    assert Trial.objects.count() == 1


def test_of_one_person_five_trials_wait_at_most(cast: Cast, policy: ModelVersion) -> None:
    said = [asked(cast, wish(policy)).status_code for _ in range(6)]
    assert said == [202] * 5 + [409]


def test_a_cancelled_trial_takes_no_answer(cast: Cast, policy: ModelVersion) -> None:
    key = asked(cast, wish(policy)).json()["id"]
    lease = trying.claim_trial(key, "worker")
    assert lease is not None
    trying.tell_parts(lease, [part(policy, "half")])
    stopped = client_for(cast.ml).post(f"/api/v1/trials/{key}/cancel").json()
    assert (stopped["state"], len(stopped["parts"])) == ("cancelled", 1)
    assert not trying.renew_trial(lease)
    with pytest.raises(trying.TrialLost):
        trying.answer_trial(lease, [])
    assert client_for(cast.ml).post(f"/api/v1/trials/{key}/cancel").status_code == 200


def test_a_lost_worker_is_followed_by_others_and_after_three_it_is_said(
    cast: Cast, policy: ModelVersion
) -> None:
    key = asked(cast, wish(policy)).json()["id"]
    for epoch in (1, 2, 3):
        lease = trying.claim_trial(key, "worker")
        assert lease == trying.TrialLease(key, epoch)
        assert trying.claim_trial(key, "another") is None
        Trial.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    trying.reconcile_trials()
    trial = Trial.objects.get()
    assert (trial.state, trial.error_code) == ("failed", "gave_up")


def test_what_was_seen_becomes_work_that_tells_labelers_nothing(
    cast: Cast, policy: ModelVersion
) -> None:
    trial = answered(cast, policy, "On the mat.", "In the sun.", "On the mat.")
    assert send(cast, trial, 0, 2).json()["code"] == "too_few"
    assert Completion.objects.count() == 0
    sent = send(cast, trial, 0, 1)
    assert send(cast, trial, 1, 0).json() == sent.json()
    assert send(cast, trial, 0, 1, 2).json() == sent.json()
    item = Item.objects.get()
    rows = Completion.objects.all()
    assert {(row.text, row.origin, row.policy_version) for row in rows} == {
        ("On the mat.", "policy", policy),
        ("In the sun.", "policy", policy),
    }
    assert (rows[0].plan.seed, rows[0].plan.n) == (7, 3)
    assert item.prompt.prompt_set.name == "Playground"
    trial.refresh_from_db()
    assert trial.item == item
    work = Labeling(cast.labeler, cast.project).work()
    assert {one["text"] for one in work["completions"]} == {"On the mat.", "In the sun."}
    assert str(policy.pk) not in str(work)


def test_what_the_playground_made_to_tell_how_it_drew_is_no_plan_to_choose(
    cast: Cast, policy: ModelVersion
) -> None:
    chosen = plan(cast)
    send(cast, answered(cast, policy, "a", "b"), 0, 1)
    assert Completion.objects.exclude(plan=chosen).count() == 2
    path = f"/api/v1/projects/{cast.project.pk}/sampling-plans"
    listed = client_for(cast.ml).get(path).json()["results"]
    assert [one["name"] for one in listed] == [chosen.name]


def test_the_same_draw_sent_from_another_trial_is_the_same_item(
    cast: Cast, policy: ModelVersion
) -> None:
    first, second = (answered(cast, policy, "a", "b") for _ in range(2))
    assert send(cast, first, 0, 1).json() == send(cast, second, 0, 1).json()
    assert Completion.objects.count() == 2


def test_old_trials_are_forgotten_but_where_an_item_came_from_stays(
    cast: Cast, policy: ModelVersion
) -> None:
    sent, old, fresh = (answered(cast, policy, "a", "b") for _ in range(3))
    send(cast, sent, 0, 1)
    long_ago = timezone.now() - timedelta(days=15)
    Trial.objects.filter(pk__in=[sent.pk, old.pk]).update(finished_at=long_ago)
    assert trials.sweep_trials() == 1
    left = {trial.pk: trial.parts for trial in Trial.objects.all()}
    assert (set(left), left[sent.pk]) == ({sent.pk, fresh.pk}, [])


def test_only_the_ml_team_plays(cast: Cast, policy: ModelVersion) -> None:
    path = f"/api/v1/projects/{cast.project.pk}/trials"
    seen = {name: client_for(who).get(path).status_code for name, who in cast.people.items()}
    assert {name for name, status in seen.items() if status == 200} == {"ml"}
