"""The best of n completions by the real learning library: from prompts to a policy that learnt from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotation.labeling.models import Demonstration
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.lineage_graph import lineage_of
from annotation.runs.services.creation import create_run
from tests.cast import Cast, client_for
from tests.workers.test_closed_loop import prompt_set
from tests.workers.test_picks import reward_model
from workers.supervisor import drive
from workers.translate import run_directory

pytestmark = pytest.mark.slow
PROMPTS, SAMPLES = 6, 4


def test_the_best_of_n_are_seen_with_their_scores_and_a_policy_learns_from_them(
    people: Cast, tiny: ModelVersion, tiny_folder: Path, tmp_path: Path
) -> None:
    judge = reward_model(people, tmp_path / "judge", tiny_folder, 1)
    prompts = prompt_set(people, "sft", PROMPTS)
    best = create_run(
        project=people.project,
        kind="best_of_n",
        config={
            "samples_per_prompt": SAMPLES,
            "max_new_tokens": 6,
            "only_stopped": False,
            "validation_fraction": 0,
            "threads": 1,
        },
        policy_version=tiny,
        reward_version=judge,
        prompt_set=prompts,
        requested_by=people.ml,
    )
    learner = create_run(
        project=people.project,
        kind="sft",
        config={"epochs": 1, "threads": 1},
        policy_version=tiny,
        waits_for=best,
        requested_by=people.ml,
    )

    assert drive(best.pk) == "ended"

    best.refresh_from_db()
    assert best.status == "succeeded", best.error_message
    report = best.report
    assert (report["prompts"], report["completions"]) == (PROMPTS, PROMPTS * SAMPLES)
    assert [point["n"] for point in report["curve"]] == [1, 2, 3, 4]
    means = [point["score"]["value"] for point in report["curve"]]
    assert means == sorted(means)

    # what was chosen is a snapshot of no person's judgments
    snapshot = best.output_snapshot
    assert snapshot is not None
    assert snapshot.counts == {"rankings": 0, "demonstrations": PROMPTS, "prompts": PROMPTS}
    assert (snapshot.is_of_people, snapshot.query["best_of_n"]) == (False, best.number)
    chosen = store.verified(snapshot.artifact) / "demonstrations.jsonl"
    texts = {json.loads(line)["completion"] for line in chosen.open(encoding="utf-8")}
    assert not Demonstration.objects.exists()
    assert not (run_directory(best.pk) / "chosen").exists()

    # a person reads each beside an ordinary draw
    answer = client_for(people.ml).get(f"/api/v1/runs/{best.pk}/samples").json()
    assert {row["after"] for row in answer["results"]} == texts
    assert len(answer["results"]) == PROMPTS
    assert all(row["score"] >= row["reference_score"] for row in answer["results"])
    assert sum(row["score"] for row in answer["results"]) / PROMPTS == pytest.approx(means[-1])

    assert drive(learner.pk) == "ended"

    learner.refresh_from_db()
    assert learner.status == "succeeded", learner.error_message
    assert (learner.snapshot, learner.output_version is not None) == (snapshot, True)
    edges = {
        (edge.source, edge.target, edge.relation) for edge in lineage_of(people.project.pk).edges
    }
    assert {
        (tiny.pk, snapshot.pk, "drawn_from"),
        (judge.pk, snapshot.pk, "chosen_by"),
        (snapshot.pk, learner.output_version_id, "trained_on"),
    } <= edges
