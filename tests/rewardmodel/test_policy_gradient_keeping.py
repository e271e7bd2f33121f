"""Which policy is the result: the best one measured, the earlier of equals, below the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Diverged
from rewardmodel.models import load_policy
from rewardmodel.policy_gradient import PolicyGradientTrainer, keep_out
from rewardmodel.policy_gradient_run import conclude
from rewardmodel.policy_keeping import BestPolicy
from rewardmodel.ppo_figures import Measured, compare
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.training import module_tensors
from tests.rewardmodel.conftest import CPU, ask, events_of, figures_of
from tests.rewardmodel.policy_gradients import (
    always,
    conclude_interrupted,
    low_ids,
    trainer,
)
from tests.rewardmodel.test_resume import weights_sha256

# passes its ceiling after some iterations of four updates; checkpoints at the default interval
DRIFTING: dict[str, Any] = {
    "iterations": 20,
    "inner_epochs": 2,
    "kl_ceiling": 2.0,
    "learning_rate": 2e-3,
}


def test_the_best_policy_is_kept_and_of_equals_the_earlier(
    policy_folder: Path, tmp_path: Path
) -> None:
    # A reward that begins to fall as soon as the policy has moved.
    start = load_policy(policy_folder, CPU)
    calls: list[float] = []

    def souring(
        prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion], group: int = 1
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


def watched(chosen: PolicyGradientTrainer) -> list[tuple[int, dict[str, Tensor]]]:
    """Fills as it trains: the steps at which rollouts were used, and the policy that drew them."""
    seen: list[tuple[int, dict[str, Tensor]]] = []
    honest = chosen.update_on_rollouts

    def update_on_rollouts() -> dict[str, float]:
        weights = module_tensors(chosen.policy).items()
        seen.append((chosen.step, {name: weight.clone() for name, weight in weights}))
        return honest()

    chosen.update_on_rollouts = update_on_rollouts  # type: ignore[method-assign]  # of this one alone
    return seen


@pytest.mark.parametrize(
    "settings", [{}, {"lora_rank": 8, "kl_ceiling": 3.6, "learning_rate": 1e-2}], ids=str
)
def test_at_the_ceiling_the_last_policy_measured_below_it_is_the_result_whatever_was_saved(
    settings: dict[str, Any], policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, **{**DRIFTING, **settings})
    seen = watched(chosen)
    report = conclude(chosen)
    step, weights = seen[-1]
    assert report["ended"] == "kl_ceiling"
    assert 0 < step < 50, "no checkpoint of it at the default interval"
    assert (report["kept_updates"], report["updates"]) == (step, step + 4)
    assert report["alarm"]["figures"]["kept"] == step
    for name, weight in module_tensors(chosen.policy).items():
        assert torch.equal(weight, weights[name])


@pytest.mark.parametrize(("every", "killed"), [(1, False), (50, False), (6, True)])
def test_interrupted_and_ended_by_the_ceiling_it_keeps_the_policy_of_an_uninterrupted_run(
    every: int, killed: bool, policy_folder: Path, tmp_path: Path
) -> None:
    def begin(name: str) -> PolicyGradientTrainer:
        settings = {**DRIFTING, "checkpoint_every_steps": every}
        return trainer("rloo", tmp_path / name, policy_folder, **settings)

    whole = conclude(begin("whole"))
    # between iterations, while drawing, before an update, in the middle of an iteration
    broken = conclude_interrupted(lambda: begin("broken"), (6, 9, 3, 7, 2, 5), killed=killed)
    assert (whole["ended"], broken["ended"]) == ("kl_ceiling", "kl_ceiling")
    assert whole["kept_updates"] > 0
    assert weights_sha256(tmp_path / "broken") == weights_sha256(tmp_path / "whole")
    assert broken == whole
    assert figures_of(tmp_path / "broken") == figures_of(tmp_path / "whole")


def test_the_start_is_no_result_where_it_is_above_the_ceiling_itself(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, kl_ceiling=1e-9)
    chosen.starts_at_reference = False
    next(iter(chosen.policy.parameters())).data.mul_(1.5)
    with pytest.raises(Diverged, match="no policy was measured below it"):
        conclude(chosen)


def test_the_best_policy_is_one_below_the_ceiling_as_soon_as_there_is_one(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, kl_ceiling=5.0, keep="best")
    best: BestPolicy | None = None
    kept = []
    for step, (score, kl) in enumerate([(1.0, 9.0), (3.0, 9.5), (0.7, 7.0), (0.8, 4), (0.9, 3)]):
        measured = Measured([score], kl, stop_rate=1.0, tokens_mean=1.0)
        best = BestPolicy.better(best, measured, step, chosen)
        kept.append(best.step)
    # above the ceiling the nearest to it; below it the best score
    assert kept == [0, 0, 2, 3, 4]
    for worse in (Measured([2.0], 5.1, 1.0, 1.0), Measured([0.9], 1.0, 1.0, 1.0)):
        assert BestPolicy.better(best, worse, 5, chosen).step == 4


def test_the_best_of_policies_above_the_ceiling_is_no_result(
    policy_folder: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"kl_ceiling": 1e-9, "keep": "best", "iterations": 2}
    chosen = trainer("rloo", tmp_path, policy_folder, **settings)
    chosen.starts_at_reference = False
    next(iter(chosen.policy.parameters())).data.mul_(1.5)
    with pytest.raises(Diverged, match="no policy was measured below it"):
        conclude(chosen)


def test_an_interruption_moves_no_later_checkpoint(policy_folder: Path, tmp_path: Path) -> None:
    def begin(name: str) -> PolicyGradientTrainer:
        settings = {"iterations": 8, "inner_epochs": 2, "checkpoint_every_steps": 10}
        return trainer("rloo", tmp_path / name, policy_folder, **settings)

    conclude(begin("whole"))
    conclude_interrupted(lambda: begin("broken"), (14, 10))
    saved, again = (
        {event["step"] for event in events_of(tmp_path / name, "checkpoint")}
        for name in ("whole", "broken")
    )
    interrupted = {event["step"] for event in events_of(tmp_path / "broken", "interrupted")}
    assert saved == {0, 12, 20, 32}, "iterations have four updates"
    assert again - interrupted <= saved <= again
    assert interrupted == {8, 13}


def rows_of(texts: Sequence[str]) -> list[EncodedPrompt]:
    return [EncodedPrompt(PromptRow(f"p{n}", ask(text), None), [1]) for n, text in enumerate(texts)]


def texts_of(prompts: Sequence[EncodedPrompt]) -> list[str]:
    return [prompt.row.prompt[0].content for prompt in prompts]


def test_rows_of_one_text_are_kept_out_together() -> None:
    """40 rows of 5 texts: 8 kept out by rows would hold nothing that is not learnt from."""
    training, held = keep_out(rows_of([f"q{n % 5}" for n in range(40)]), 8, seed=0)
    assert len(held) == 8
    assert len(set(texts_of(held))) == 1
    assert len(training) == 32
    assert not set(texts_of(held)) & set(texts_of(training))
    # of different texts so many as asked, at most half; a text that is more than half stays
    assert [len(keep_out(rows_of("abcdefgh"), n, 0)[1]) for n in (0, 3, 4, 9)] == [0, 3, 4, 4]
    training, held = keep_out(rows_of("aaaaabcd"), 3, seed=0)
    assert sorted(texts_of(held)) == ["b", "c", "d"]
    assert keep_out(rows_of("aaaa"), 2, seed=0)[1] == []


def test_rows_of_one_text_are_one_witness() -> None:
    """Two prompts with ten rows each, one gained and one lost: nothing is known of a third."""
    before = Measured([0.0] * 20, kl=0.0, stop_rate=1.0, tokens_mean=1.0)
    after = Measured([1.0] * 10 + [-1.0] * 10, kl=0.0, stop_rate=1.0, tokens_mean=1.0)
    found = compare(before, after, 0, ["a"] * 10 + ["b"] * 10)
    assert found["prompts"] == found["gain"]["clusters"] == 2
    assert (found["gain"]["value"], found["gain"]["low"], found["gain"]["high"]) == (0, -1, 1)
