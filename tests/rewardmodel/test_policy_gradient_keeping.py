"""Which policy is the result: the best one measured, the earlier of equals, below the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from rewardmodel.decoding import SampledCompletion
from rewardmodel.models import load_policy
from rewardmodel.policy_gradient_run import conclude
from tests.rewardmodel.conftest import CPU, events_of
from tests.rewardmodel.policy_gradients import (
    always,
    low_ids,
    trainer,
)


def test_the_best_policy_is_kept_and_of_equals_the_earlier(
    policy_folder: Path, tmp_path: Path
) -> None:
    # A reward that begins to fall as soon as the policy has moved.
    start = load_policy(policy_folder, CPU)
    calls: list[float] = []

    def souring(
        prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> Tensor:
        calls.append(1.0)
        return low_ids(prompts, completions) - 0.2 * len(calls)

    chosen = trainer(
        "rloo",
        tmp_path,
        policy_folder,
        scorer=souring,
        keep="best",
        evaluate_every_iterations=2,
        iterations=4,
    )
    report = conclude(chosen)
    assert report["updates"] == 8
    assert report["kept_updates"] == 0
    kept = load_policy(tmp_path / "model", CPU)
    for name, weight in start.state_dict().items():
        assert torch.equal(kept.state_dict()[name], weight)

    flat = trainer(
        "rloo",
        tmp_path / "flat",
        policy_folder,
        keep="best",
        evaluate_every_iterations=2,
        iterations=4,
        scorer=always(0.0),
    )
    assert conclude(flat)["kept_updates"] == 0
    looks = [e for e in events_of(tmp_path / "flat", "metric") if "evaluation_score" in e["values"]]
    assert [e["step"] for e in looks] == [0, 4, 8]


def test_keeping_the_best_follows_a_rising_score(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(
        "rloo", tmp_path, policy_folder, keep="best", evaluate_every_iterations=1, iterations=3
    )
    report = conclude(chosen)
    looks = [
        (e["values"]["evaluation_score"], -e["step"])
        for e in events_of(tmp_path, "metric")
        if "evaluation_score" in e["values"]
    ]
    assert report["kept_updates"] == -max(looks)[1] > 0
    assert report["evaluation"]["score_after"]["value"] == pytest.approx(max(looks)[0])


def test_at_the_ceiling_the_best_one_below_it_is_the_result(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(
        "rloo",
        tmp_path,
        policy_folder,
        keep="best",
        evaluate_every_iterations=1,
        iterations=20,
        kl_ceiling=0.5,
        learning_rate=3e-2,
    )
    report = conclude(chosen)
    assert report["ended"] == "kl_ceiling"
    assert report["evaluation"]["kl_after"] <= 0.5
    assert report["kept_updates"] < report["updates"]
