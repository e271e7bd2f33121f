"""A version's card, its way into use, its download, and the graph of what came from what."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.registry.services import add_version, promote, register_version
from annotation.runs.kinds import FURTHER
from annotation.runs.models import DatasetSnapshot, Round, Run
from tests.annotation.registry.models import write_model
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "store"


class Loop:
    """base policy → round → snapshot → reward model → updated policy, as one turn leaves it."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self.folder = cast, folder
        self.base = self.version("base", 1.0)
        promote(version=self.base, actor=cast.ml)
        self.snapshot = DatasetSnapshot.objects.create(
            project=cast.project,
            number=1,
            query={},
            cut_off=timezone.now(),
            counts={"rankings": 40},
            sha256="a" * 64,
            artifact=self.base.artifact,
        )
        export = self.run(1, "export", output_snapshot=self.snapshot)
        self.reward = self.version("judge", 2.0, kind="reward")
        self.trained = self.run(
            2,
            "reward",
            policy_version=self.base,
            snapshot=self.snapshot,
            output_version=self.reward,
            report={
                "validation": {
                    "accuracy": {"value": 0.62, "low": 0.55, "high": 0.7, "clusters": 40}
                }
            },
        )
        better = write_model(folder / "better", weight=3.0)
        self.policy = add_version(
            project=cast.project,
            kind="policy",
            stage="rl",
            name="better",
            ingested=store.ingest(better),
            config={},
            parent=self.base,
        )
        self.updated = self.run(
            3,
            "ppo",
            policy_version=self.base,
            reward_version=self.reward,
            output_version=self.policy,
        )
        self.round = Round.objects.create(
            project=cast.project,
            number=1,
            policy_version=self.base,
            snapshot_run=export,
            reward_run=self.trained,
            ppo_run=self.updated,
        )

    def version(self, name: str, weight: float, **more: Any) -> ModelVersion:
        folder = write_model(self.folder / name, kind=more.get("kind", "policy"), weight=weight)
        return register_version(project=self.cast.project, directory=folder, name=name, **more)

    def run(self, number: int, kind: str, **more: Any) -> Run:
        return Run.objects.create(
            project=self.cast.project,
            number=number,
            kind=kind,
            status="succeeded",
            idempotency_key=uuid4(),
            **{"config": {}, **more},
        )

    def evaluated(self, low: float) -> None:
        win = {"win_rate": {"value": 0.6, "low": low, "high": 0.7, "clusters": 40}}
        self.run(
            Run.objects.count() + 1,
            "evaluate",
            policy_version=self.policy,
            report={"policy": {"against_baseline": win}},
        )


@pytest.fixture
def loop(cast: Cast, tmp_path: Path) -> Loop:
    return Loop(cast, tmp_path)


def checks(loop: Loop, version: ModelVersion) -> dict[str, bool]:
    card = client_for(loop.cast.ml).get(f"/api/v1/versions/{version.id}/card").json()
    return {row["gate"]: row["passed"] for row in card["checks"]}


def test_the_card_names_everything_around_a_version(loop: Loop) -> None:
    client = client_for(loop.cast.reviewer)
    card = client.get(f"/api/v1/versions/{loop.reward.id}/card").json()
    assert card["snapshot"]["number"] == 1
    assert card["round"]["id"] == str(loop.round.id)
    assert card["made_by"]["number"] == 2
    assert [run["kind"] for run in card["used_by"]] == ["ppo"]
    assert {row["path"] for row in card["files"]} == set(loop.reward.artifact.files)
    accuracy = next(row for row in card["checks"] if row["gate"] == "reward_accuracy")
    assert (accuracy["low"], accuracy["bound"], accuracy["run"]["number"]) == (0.55, 0.5, 2)
    card = client.get(f"/api/v1/versions/{loop.base.id}/card").json()
    assert [child["name"] for child in card["children"]] == ["better"]


def test_a_policy_that_nobody_evaluated_comes_into_use_with_a_reason_only(loop: Loop) -> None:
    assert checks(loop, loop.policy) == {"stored": True, "judgments_stand": True, "win_rate": False}
    client, path = client_for(loop.cast.ml), f"/api/v1/versions/{loop.policy.id}/promote"
    for body in ({}, {"reason": "  "}):
        refused = client.post(path, body, format="json")
        assert (refused.status_code, refused.json()["code"]) == (409, "checks_fail")
        assert refused.json()["checks"] == ["win_rate"]
    loop.base.refresh_from_db()
    assert loop.base.status == "promoted"
    done = client.post(path, {"reason": "A demonstration tomorrow."}, format="json")
    assert done.json()["status"] == "promoted"
    event = AuditEvent.objects.get(action="version.promoted", object_id=str(loop.policy.pk))
    assert event.after["passed_over"] == ["win_rate"]
    assert event.after["reason"] == "A demonstration tomorrow."


def test_a_reward_model_that_may_have_learnt_length_alone_says_so_beside_the_check_that_holds(
    loop: Loop,
) -> None:
    beside = {"value": 0.0, "low": -0.18, "high": 0.18, "clusters": 19}
    loop.trained.report["validation"]["accuracy_minus_length"] = beside
    loop.trained.save()
    client = client_for(loop.cast.ml)
    card = client.get(f"/api/v1/versions/{loop.reward.id}/card").json()
    accuracy = next(row for row in card["checks"] if row["gate"] == "reward_accuracy")
    assert accuracy["passed"]
    assert accuracy["over_length"] == {"value": 0.0, "low": -0.18, "high": 0.18}
    promoted = client.post(f"/api/v1/versions/{loop.reward.id}/promote")
    assert promoted.json()["status"] == "promoted", "it blocks nothing"


def test_what_nobody_asked_for_is_no_check_that_holds(loop: Loop) -> None:
    # without a plan of rounds nobody asks for KL or stop rate, whatever the run measured
    loop.updated.report = {"evaluation": {"kl_after": 0.0229, "stop_rate_after": 0.0}}
    loop.updated.save()
    assert checks(loop, loop.policy) == {"stored": True, "judgments_stand": True, "win_rate": False}


def test_a_policy_that_wins_with_confidence_needs_no_reason_and_the_last_evaluation_counts(
    loop: Loop,
) -> None:
    loop.evaluated(low=0.52)
    assert checks(loop, loop.policy)["win_rate"]
    loop.evaluated(low=0.49)
    assert not checks(loop, loop.policy)["win_rate"]
    loop.evaluated(low=0.51)
    path = f"/api/v1/versions/{loop.policy.id}/promote"
    assert client_for(loop.cast.ml).post(path).json()["status"] == "promoted"


def test_a_download_is_a_model_directory_that_can_be_imported_again(
    loop: Loop, tmp_path: Path
) -> None:
    path = f"/api/v1/versions/{loop.policy.id}/archive"
    answer = client_for(loop.cast.ml).get(path)
    whole = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(whole))
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        files = {
            member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
        }
    root = "policy-2/"
    lines = files[root + "SHA256SUMS"].decode().splitlines()
    sums = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    assert sums == {
        name: hashlib.sha256(files[root + name]).hexdigest() for name in loop.policy.artifact.files
    }
    card = files[root + "README.md"].decode()
    assert "began as policy 1 (base)" in card
    assert "updated against reward 1 (judge)" in card
    rest = client_for(loop.cast.ml).get(path, headers={"range": "bytes=100-"})
    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, whole[100:])
    assert AuditEvent.objects.filter(action="version.downloaded").count() == 1
    assert client_for(loop.cast.reviewer).get(path).status_code == 403


def test_damaged_files_are_not_sent(loop: Loop) -> None:
    weights = store.path_of(loop.policy.artifact_id) / "model.safetensors"
    weights.chmod(0o600)
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    answer = client_for(loop.cast.ml).get(f"/api/v1/versions/{loop.policy.id}/archive")
    assert (answer.status_code, answer.json()["code"]) == (409, "artifact_damaged")
    assert "model.safetensors" in answer.json()["title"]
    weights.unlink()
    assert not checks(loop, loop.policy)["stored"]


def test_every_reward_model_of_an_ensemble_is_in_the_record(loop: Loop) -> None:
    second = loop.version("second judge", 5.0, kind="reward")
    policy = loop.version("heard both", 6.0)
    judges = {"reward_version": loop.reward, "config": {FURTHER: [str(second.pk)]}}
    loop.run(4, "ppo", policy_version=loop.base, output_version=policy, **judges)
    engineer = client_for(loop.cast.ml)
    card = engineer.get(f"/api/v1/versions/{policy.id}/card").json()
    assert [one["name"] for one in card["reward_versions"]] == ["judge", "second judge"]
    used = engineer.get(f"/api/v1/versions/{second.id}/card").json()["used_by"]
    assert [one["number"] for one in used] == [4]
    graph = engineer.get(f"/api/v1/projects/{loop.cast.project.id}/lineage").json()
    into = [edge for edge in graph["edges"] if edge["target"] == str(policy.pk)]
    scored = [edge["source"] for edge in into if edge["relation"] == "scored_by"]
    assert scored == [str(loop.reward.pk), str(second.pk)]


def test_the_lineage_leads_round_the_loop(loop: Loop) -> None:
    graph = client_for(loop.cast.ml).get(f"/api/v1/projects/{loop.cast.project.id}/lineage").json()
    names = {node["id"]: f"{node['kind']} {node['number']}" for node in graph["nodes"]}
    edges = {
        (names[edge["source"]], edge["relation"], names[edge["target"]]) for edge in graph["edges"]
    }
    assert edges == {
        ("policy 1", "judged_in", "round 1"),
        ("round 1", "frozen_from", "snapshot 1"),
        ("snapshot 1", "trained_on", "reward 1"),
        ("policy 1", "began_as", "policy 2"),
        ("reward 1", "scored_by", "policy 2"),
    }
    assert graph["left_out"] == 0
