"""Where a run's judgments are: in the snapshots that all reward models of it learnt from."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run
from tests.annotation.runs.test_ensembles import reward_model
from tests.annotation.runs.test_mixes import version
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def run_of(cast: Cast, number: int, kind: str, **more: Any) -> Run:
    given = {"config": {}, "idempotency_key": uuid4(), **more}
    return Run.objects.create(project=cast.project, number=number, kind=kind, **given)


def trained(cast: Cast, number: int, snapshot: DatasetSnapshot) -> ModelVersion:
    made = reward_model(cast, number, "a")
    run_of(cast, number, "reward", snapshot=snapshot, output_version=made)
    return made


def snapshot(cast: Cast, number: int) -> DatasetSnapshot:
    return DatasetSnapshot.objects.create(
        project=cast.project,
        number=number,
        query={},
        cut_off="2026-01-01T00:00:00Z",
        counts={},
        sha256="0" * 64,
        artifact=version(cast, number).artifact,
    )


def test_a_run_names_the_judgments_of_all_its_reward_models_once(cast: Cast) -> None:
    old, new = snapshot(cast, 1), snapshot(cast, 2)
    chosen, other, third = trained(cast, 1, new), trained(cast, 2, old), trained(cast, 3, new)
    imported = reward_model(cast, 4, "a")
    further = [str(each.pk) for each in (other, third, imported)]
    config = {"further_reward_versions": further}
    run = run_of(cast, 11, "ppo", reward_version=chosen, config=config)
    told = client_for(cast.ml).get(f"/api/v1/runs/{run.pk}").json()
    assert told["judgments_in"] == [str(new.pk), str(old.pk)]
    alone = run_of(cast, 12, "ppo", reward_version=imported)
    assert client_for(cast.ml).get(f"/api/v1/runs/{alone.pk}").json()["judgments_in"] == []


def test_the_list_of_runs_looks_for_judgments_once_for_all(cast: Cast) -> None:
    reward = [trained(cast, n, snapshot(cast, n)) for n in (1, 2)]
    config = {"further_reward_versions": [str(reward[1].pk)]}

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client_for(cast.ml).get(f"/api/v1/projects/{cast.project.id}/runs?kind=ppo")
        assert all(len(row["judgments_in"]) == 2 for row in page.json()["results"])
        return len(queries)

    run_of(cast, 11, "ppo", reward_version=reward[0], config=config)
    once = asked()
    for number in range(12, 20):
        run_of(cast, number, "ppo", reward_version=reward[0], config=config)
    assert asked() == once
