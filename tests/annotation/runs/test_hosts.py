"""Where runs go: configurations that are refused by file and field, workers by their hardware."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.lib import presence
from annotation.lib.errors import Invalid
from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs import dispatch, estimates, hosts, launching
from annotation.runs.estimates import GB
from annotation.runs.memory import Shape
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run, lifecycle, seats
from tests.annotation.registry.models import write_model
from tests.cast import Cast, client_for

TWO = "distributed_type: MULTI_CPU\nmixed_precision: 'no'\nnum_machines: 1\nnum_processes: 2\n"


@pytest.fixture
def offer(settings: Any, tmp_path: Path) -> Path:
    """The folder of configurations of this deployment."""
    folder = tmp_path / "accelerate"
    folder.mkdir()
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    settings.ENV = settings.ENV.model_copy(update={"accelerate_configs": folder})
    (folder / "two.yaml").write_text(TWO)
    return folder


@pytest.fixture
def inputs(cast: Cast, offer: Path, tmp_path: Path) -> dict[str, Any]:
    policy: ModelVersion = register_version(
        project=cast.project, directory=write_model(tmp_path / "policy"), name="base"
    )
    snapshot = DatasetSnapshot.objects.create(
        project=cast.project,
        number=1,
        query={},
        cut_off="2026-01-01T00:00:00Z",
        counts={},
        sha256="0" * 64,
        artifact=policy.artifact,
    )
    return {
        "project": cast.project,
        "kind": "reward",
        "policy_version": policy,
        "snapshot": snapshot,
        "requested_by": cast.ml,
    }


def test_what_fits_only_when_sharded_is_refused_on_one_gpu_and_starts_on_eight(
    cast: Cast, offer: Path, inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (offer / "eight.yaml").write_text(
        "distributed_type: FSDP\nmixed_precision: 'no'\nnum_machines: 1\nnum_processes: 8\n"
        "fsdp_config:\n  fsdp_version: 2\n"
    )
    for gpu in (80 * GB, 24 * GB):  # the newest run happened to be on the smaller one
        past = create_run(**inputs)
        lease = lifecycle.claim(past.pk, "a test")
        assert lease is not None
        lifecycle.write(lease, provenance={"hardware": {"gpu_bytes": gpu}})
        lifecycle.succeed(lease, report={})
    # 8e9 weights: 32 GB, as much for gradients, twice that for the optimiser
    large = Shape(8 * 10**9, 4096, 14336, 32, 1024, 128_000)
    monkeypatch.setattr(estimates, "shape_of", lambda version: large)
    asked = {"kind": "reward", "snapshot": str(inputs["snapshot"].pk)}
    asked |= {"policy_version": str(inputs["policy_version"].pk)}
    address = f"/api/v1/projects/{cast.project.pk}/run-estimates"
    client = client_for(cast.ml)
    alone = client.post(address, asked, format="json").json()
    assert (alone["machine"]["bytes"], alone["verdict"]) == (80 * GB, "impossible")
    assert alone["certain"] == pytest.approx(128 * GB, rel=0.01)
    with pytest.raises(Invalid):
        create_run(**inputs)
    together = client.post(address, {**asked, "launch": "eight"}, format="json").json()
    assert together["certain"] == pytest.approx((32 + 4 + 8) * GB, rel=0.02)
    assert (together["machine"]["bytes"], together["verdict"]) == (80 * GB, "tight")
    assert create_run(**inputs, launch="eight").needs == "gpu"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TWO + "zero_stage: 3\n", "bad.yaml: zero_stage: there is no such field"),
        (TWO.replace("MULTI_CPU", "DEEPSPEED"), "bad.yaml: distributed_type: 'DEEPSPEED'; one of"),
        (TWO.replace("num_processes: 2", "num_processes: two"), "bad.yaml: num_processes: 'two'"),
        (
            TWO.replace("num_machines: 1", "num_machines: 4"),
            "bad.yaml: num_processes: 2; a multiple of num_machines, 4",
        ),
        (
            TWO.replace("num_machines: 1", "num_machines: 0"),
            "bad.yaml: num_machines: 0; a whole number",
        ),
        (TWO.replace("'no'", "fp16"), "bad.yaml: mixed_precision: 'fp16' is not done here"),
        (TWO.replace("MULTI_CPU", "FSDP"), "bad.yaml: fsdp_version: 1 is not done here, 2 is"),
        ("a: [1\n", "bad.yaml, line 2: it is not YAML"),
        ("- a\n", "bad.yaml: it holds no fields"),
    ],
)
def test_a_configuration_that_would_not_do_is_refused_by_file_and_field(
    offer: Path, text: str, words: str
) -> None:
    (offer / "bad.yaml").write_text(text)
    with pytest.raises(Invalid) as refused:
        launching.chosen("bad", "reward")
    assert words in refused.value.details["errors"][0]["message"]
    assert refused.value.details["errors"][0]["field"] == "launch"


def test_what_the_workers_decide_may_stand_in_a_file_of_several_hosts(offer: Path) -> None:
    text = TWO.replace("num_machines: 1", "num_machines: 2") + (
        "machine_rank: 1\nmain_process_ip: 10.0.0.1\nmain_process_port: 29500\n"
    )
    (offer / "hosts.yaml").write_text(text)
    found = launching.read(offer / "hosts.yaml")
    assert (found.machines, found.processes, found.needs) == (2, 2, "cpu")
    assert launching.read(offer / "two.yaml").machines == 1


@pytest.mark.django_db
def test_a_run_keeps_the_configuration_as_it_was_and_asks_for_its_hardware(
    inputs: dict[str, Any], offer: Path
) -> None:
    run = create_run(**inputs, config={"device": "cpu"}, launch="two")
    (offer / "two.yaml").write_text(TWO.replace("2\n", "64\n"))
    run.refresh_from_db()
    assert (run.needs, run.launch["processes"], run.launch["text"]) == ("cpu", 2, TWO)
    for wish in ({"launch": "none"}, {"launch": "two", "needs": "gpu"}, {"launch": "two"}):
        config = {} if wish == {"launch": "two"} else {"device": "cpu"}
        with pytest.raises(Invalid):
            create_run(**inputs, config=config, **wish)
    with pytest.raises(Invalid, match="rules"):
        create_run(project=run.project, kind="export", needs="gpu")
    assert create_run(**inputs, config={"device": "cuda"}).needs == "gpu"
    assert dispatch.queue_of("reward", "gpu") == "train.gpu"


@pytest.mark.django_db
def test_a_worker_passes_over_what_needs_other_hardware_and_the_line_says_why_it_waits(
    inputs: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (create_run(**inputs, needs=needs) for needs in ("gpu", ""))
    programs = [{"name": "t@a", "queues": ["train"], "hardware": "cpu", "started_at": None}]
    programs[0]["seen_at"] = None
    monkeypatch.setattr(presence, "present", lambda: programs)
    client = client_for(cast.ml)
    base = f"/api/v1/projects/{cast.project.pk}"
    rows = client.get(f"{base}/run-queue").json()["results"]
    assert [(row["run"]["number"], row["waits_because"]) for row in rows] == [
        (first.number, "no_worker_of_class"),
        (second.number, "turn"),
    ]
    health = client.get(f"{base}/health").json()
    (train,) = [one for one in health["queues"] if one["name"] == "train"]
    assert (train["workers_of_class"], train["classes_missing"]) == ({"cpu": 1, "gpu": 0}, ["gpu"])
    assert {"code": "no_worker_of_class", "about": "train, gpu"} in health["problems"]
    places = client.get(f"{base}/run-places").json()
    assert places["workers"] == {"cpu": 1, "gpu": 0}
    assert [(one["name"], one["processes"], one["needs"]) for one in places["launches"]] == [
        ("two", 2, "cpu")
    ]

    lease = lifecycle.claim_next("train", "a", "cpu")
    assert lease is not None
    assert lease.run_id == second.pk, "the older one needs a GPU"
    assert lifecycle.claim_next("train", "a", "cpu") is None
    lease = lifecycle.claim_next("train", "b", "gpu")
    assert lease is not None
    assert lease.run_id == first.pk
    second.launch = {"machines": 2}
    assert hosts.why_waiting(second, programs) == "too_few_workers"
    assert hosts.why_waiting(second, [*programs, *programs]) == "turn"
    assert hosts.why_waiting(first, []) == "no_worker"
    assert hosts.why_waiting(first, None) == "unknown"
    assert Run.objects.filter(status="running").count() == 2


def test_the_waiting_line_shows_what_gathers_and_what_pauses_too(
    inputs: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing, due = (create_run(**inputs) for _ in range(2))
    gathering = create_run(**inputs, config={"device": "cpu"}, launch="two")
    soon = timezone.now() + timedelta(minutes=5)
    Run.objects.filter(pk=pausing.pk).update(next_try_at=soon)
    Run.objects.exclude(pk=gathering.pk).update(priority=-1)
    lease = lifecycle.claim_next("train", "a", "cpu")
    assert lease is not None
    lifecycle.write(lease, phase="gather", progress_done=1, progress_total=2)
    Run.objects.filter(pk=gathering.pk).update(launch={**gathering.launch, "machines": 2})
    programs = [{"name": "t@a", "queues": ["train"], "hardware": "cpu"}] * 2
    monkeypatch.setattr(presence, "present", lambda: programs)
    address = f"/api/v1/projects/{cast.project.pk}/run-queue"

    def line() -> list[tuple[int, int | None, str]]:
        rows = client_for(cast.ml).get(address).json()["results"]
        return [(row["run"]["number"], row["place"], row["waits_because"]) for row in rows]

    assert line() == [
        (gathering.number, None, "gather"),
        (due.number, 1, "turn"),
        (pausing.number, None, "pause"),
    ]
    programs.pop()
    assert line()[0] == (gathering.number, None, "too_few_workers")
    monkeypatch.setattr(presence, "present", lambda: None)
    assert [why for *_, why in line()] == ["gather", "unknown", "pause"]
    Run.objects.filter(pk=gathering.pk).update(phase="train")
    assert len(line()) == 2, "it trains: it waits for nothing"


@pytest.mark.django_db
def test_a_longer_line_is_told_with_no_more_queries(
    inputs: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "present", lambda: None)
    client, later = client_for(cast.ml), timezone.now() + timedelta(minutes=5)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows = client.get(f"/api/v1/projects/{cast.project.pk}/run-queue").json()["results"]
        assert {row["run"]["snapshot"] for row in rows} == {str(inputs["snapshot"].pk)}
        return len(queries)

    counts = []
    for _ in range(3):
        create_run(**inputs)
        Run.objects.filter(pk=create_run(**inputs).pk).update(next_try_at=later)
        counts.append(asked())
    assert counts[0] == counts[-1]


def test_a_run_that_waits_for_more_hosts_than_there_are_is_what_the_health_page_says(
    inputs: dict[str, Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(**inputs)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(launch={"machines": 3}, next_try_at=an_hour_ago)
    programs = [
        {"name": name, "queues": ["train"], "hardware": "cpu", "started_at": None, "seen_at": None}
        for name in ("t@a", "t@b")
    ]
    monkeypatch.setattr(presence, "present", lambda: programs)

    def about_training() -> set[tuple[str, str]]:
        health = client_for(cast.ml).get(f"/api/v1/projects/{cast.project.pk}/health").json()
        return {
            (one["code"], one["about"])
            for one in health["problems"]
            if one["about"].startswith("train")
        }

    too_few = {("too_few_workers", "train, 3")}
    third = {**programs[0], "name": "t@c"}
    # both workers are free, and neither is at fault
    assert about_training() == too_few
    programs.append(third)
    assert about_training() == {("queue_late", "train")}

    # a free worker takes it up, waits for the others, and puts it back for a while
    lease = lifecycle.claim(run.pk, "t@a:1:2")
    assert lease is not None
    seats.open_seats(lease, 3)
    assert about_training() == set(), "the others may be about to come"
    programs.remove(third)
    assert about_training() == too_few
    lifecycle.put_back(lease, code="hosts_missing", message="it needs 3", pause_s=30)
    assert about_training() == too_few
    programs.append(third)
    assert about_training() == set()

    # one that has begun waits for nobody, whoever is heard of
    Run.objects.filter(pk=run.pk).update(next_try_at=an_hour_ago)
    lease = lifecycle.claim(run.pk, "t@a:1:2")
    assert lease is not None
    lifecycle.write(lease, phase="train")
    programs.remove(third)
    assert about_training() == set()


def test_where_no_configuration_is_offered_a_named_one_is_refused_in_these_words(
    offer: Path, inputs: dict[str, Any]
) -> None:
    (offer / "two.yaml").unlink()
    with pytest.raises(Invalid) as refused:
        create_run(**inputs, launch="two")
    assert refused.value.details["errors"][0]["message"] == (
        "launch: there is no configuration 'two': none is offered here"
    )
