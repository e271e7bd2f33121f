"""A run that names an accelerate configuration is started on its processes, and learns the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot
from annotation.runs.services import create_run
from tests.cast import Cast
from tests.workers.harness import Worker, finished

pytestmark = pytest.mark.slow
PATIENCE_S = 240
TWO = "distributed_type: MULTI_CPU\nmixed_precision: 'no'\nnum_machines: 1\nnum_processes: 2\n"


def test_two_processes_by_accelerate_learn_what_one_learns(
    start_worker: Callable[..., Worker],
    people: Cast,
    tiny: ModelVersion,
    settings: Any,
    tmp_path: Path,
) -> None:
    from safetensors.torch import load_file

    from rewardmodel.rankings import write_snapshot
    from tests.rewardmodel.conftest import toy_rankings

    (tmp_path / "two.yaml").write_text(TWO)
    settings.ENV = settings.ENV.model_copy(update={"accelerate_configs": tmp_path})
    sha256 = write_snapshot(tmp_path / "snapshot", toy_rankings(), [])
    snapshot = DatasetSnapshot.objects.create(
        project=people.project,
        number=1,
        query={},
        cut_off="2026-01-01T00:00:00Z",
        counts={"rankings": 24},
        sha256=sha256,
        artifact=store.remember(store.ingest(tmp_path / "snapshot")),
    )
    start_worker("real", trainer="")
    alone, together = (
        create_run(
            project=people.project,
            kind="reward",
            config={"device": "cpu", "prompts_per_step": 8, "threads": 1},
            policy_version=tiny,
            snapshot=snapshot,
            requested_by=people.ml,
            launch=launch,
        )
        for launch in ("", "two")
    )
    weights = []
    for run, processes in ((alone, "1"), (together, "2")):
        run = finished(run, PATIENCE_S)
        assert run.provenance["versions"]["processes"] == processes
        assert run.output_version is not None
        folder = store.verified(run.output_version.artifact)
        weights.append(load_file(folder / "model.safetensors"))
    start = load_file(store.verified(tiny.artifact) / "model.safetensors")
    assert weights[0].keys() == weights[1].keys()
    for name, value in weights[0].items():
        assert (value - weights[1][name]).abs().max() < 1e-5, name
    moved = max(
        (value - weights[0][name]).abs().max().item()
        for name, value in start.items()
        if name in weights[0]
    )
    assert moved > 1e-4, "it learnt something"
