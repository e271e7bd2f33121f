"""Two worker hosts with a disk each and S3 between them: what one began the other ends, bit for bit."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import prompt_hash
from annotation.lib.storage import storage
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run
from tests.bucket import s3 as s3
from tests.bucket import s3_server as s3_server
from tests.cast import Cast, client_for
from tests.workers import harness
from tests.workers.harness import Worker, finished, story, wait_for
from tests.workers.hosts import disks as disks
from tests.workers.hosts import host as host
from tests.workers.hosts import real_snapshot as real_snapshot

pytestmark = pytest.mark.slow
PATIENCE_S = 240  # a busy machine takes half a minute only to load torch
STEPS = 60


def test_a_run_killed_on_one_host_ends_on_the_other_with_the_bytes_of_an_uninterrupted_one(
    host: Callable[[str], Worker],
    disks: dict[str, Path],
    people: Cast,
    tiny: ModelVersion,
    real_snapshot: DatasetSnapshot,
) -> None:
    def train() -> Run:
        return create_run(
            project=people.project,
            kind="reward",
            config={
                "epochs": STEPS,
                "prompts_per_step": 24,
                "checkpoint_every_steps": 1,
                "evaluate_every_steps": STEPS,
                "threads": 1,
            },
            policy_version=tiny,
            snapshot=real_snapshot,
            requested_by=people.ml,
        )

    first = host("a")
    run = train()
    wait_for(
        lambda: harness.fresh(run).kept_state and harness.fresh(run).last_step >= 2,
        PATIENCE_S,
        lambda: f"{story(run)}\n{first.text}",
    )
    first.kill()
    killed = harness.fresh(run)
    assert killed.status == "running"
    assert killed.last_step < STEPS, "it was killed midway"
    shutil.rmtree(disks["a"])  # the host is gone with all it had
    disks["a"].mkdir()

    second = host("b")
    undisturbed = train()
    run = finished(run, PATIENCE_S)
    undisturbed = finished(undisturbed, PATIENCE_S)
    assert run.lease_owner == ""
    owners = [e.payload["owner"] for e in run.events.filter(type="claimed").order_by("id")]
    assert [owner.partition(":")[0] for owner in owners] == ["train0@host-a", "train1@host-b"]
    begun = run.events.filter(type="trainer_started").order_by("id")
    resumed = [event.payload["resumed_from"] for event in begun]
    assert resumed[0] is None, story(run)
    assert 1 <= resumed[1] <= killed.last_step, "it went on from a kept checkpoint"
    version, other = run.output_version, undisturbed.output_version
    assert version is not None
    assert other is not None
    assert version.artifact_id == other.artifact_id, "the same SHA-256 of every file"
    wait_for(
        lambda: not storage().sizes(f"runs/{run.pk}/"),
        PATIENCE_S,
        lambda: "what was kept of the run is no longer needed and still there",
    )
    second.kill()

    host("a")
    sampling = sample(people, tiny)
    evaluation = create_run(
        project=people.project,
        kind="evaluate",
        reward_version=version,
        snapshot=real_snapshot,
        requested_by=people.ml,
    )
    finished(sampling, PATIENCE_S)
    finished(evaluation, PATIENCE_S)
    assert Completion.objects.filter(policy_version=tiny).count() == 4
    assert (disks["a"] / version.artifact_id[:2] / version.artifact_id).is_dir()

    answer = client_for(people.ml).get(f"/api/v1/versions/{version.pk}/archive")
    with tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content))) as tar:
        sent = {member.name.partition("/")[2]: sha256_in(tar, member) for member in tar}
    assert {name: sent[name] for name in version.artifact.files} == version.artifact.files
    assert not store.path_of(version.artifact_id).exists(), "the web has no copy of it"


def sha256_in(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    assert file is not None
    return hashlib.sha256(file.read()).hexdigest()


def sample(people: Cast, policy: ModelVersion) -> Run:
    prompts = PromptSet.objects.create(
        project=people.project, name="reward", purpose="reward", language="en"
    )
    for number in range(2):
        messages = [{"role": "user", "content": f"{number}: the cat"}]
        Prompt.objects.create(
            prompt_set=prompts, messages=messages, text_hash=prompt_hash(messages), language="en"
        )
    plan = SamplingPlan.objects.create(
        project=people.project, name="p", strategy="sample", n=2, max_new_tokens=4, seed=7
    )
    return create_run(
        project=people.project,
        kind="sample",
        policy_version=policy,
        prompt_set=prompts,
        plan=plan,
        requested_by=people.ml,
    )
