"""Best-of-n: the curve by hand, resumption, and demonstrations that sft learns from."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.best_of_n import (
    AFTER_DRAWING,
    best_of_n_curve,
    expected_best,
    kl_bound,
    ranks,
    run_best_of_n,
)
from rewardmodel.config import BestOfNConfig, DpoConfig, SftConfig
from rewardmodel.configfile import parse
from rewardmodel.dpo import run_dpo
from rewardmodel.errors import Interrupted, Refused
from rewardmodel.models import new_reward_model
from rewardmodel.rankings import read_snapshot
from rewardmodel.sft import run_sft
from tests.rewardmodel.conftest import (
    CPU,
    events_of,
    left_out_of,
    one_long_prompt,
    open_run,
    small_reward_model,
    write_run,
)


def test_the_expected_best_is_the_mean_over_all_subsets() -> None:
    # Of 1, 2, 4, 8 the six pairs have the best 2, 4, 8, 4, 8, 8: mean 34/6. The four triples:
    # 4, 8, 8, 8: 7. One: the mean 3.75. All: 8.
    scores = [4.0, 1.0, 8.0, 2.0]
    assert expected_best(scores, 1) == pytest.approx(3.75)
    assert expected_best(scores, 2) == pytest.approx(34 / 6)
    assert expected_best(scores, 3) == pytest.approx(7.0)
    assert expected_best(scores, 4) == 8.0
    assert expected_best([-3.0, -3.0], 2) == -3.0
    with pytest.raises(ValueError, match=r"k 5 must be in 1\.\.4"):
        expected_best(scores, 5)


def test_the_kl_bound_is_that_of_the_literature() -> None:
    assert kl_bound(1) == 0
    assert kl_bound(2) == pytest.approx(0.19314718)  # 0.69314718 - 1/2
    assert kl_bound(16) == pytest.approx(1.83508872)  # 2.77258872 - 15/16


def test_the_curve_rises_over_prompts_and_ends_at_n() -> None:
    curve = best_of_n_curve([[0.0, 1.0, 2.0], [4.0, 4.0, 4.0]], samples=100, seed=0)
    assert [point["n"] for point in curve] == [1, 2, 3]
    # first prompt: 1, (1 + 2 + 2)/3, 2; second: always 4
    assert [point["score"]["value"] for point in curve] == pytest.approx([2.5, 17 / 6, 3.0])


def test_equal_scores_share_a_rank() -> None:
    assert ranks([0.5, 2.0, 2.0, -1.0]) == [3, 1, 1, 4]


@pytest.fixture
def reward_folder(tmp_path: Path, policy_folder: Path) -> Path:
    new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
    return tmp_path / "reward"


def start(
    folder: Path, policy: Path, reward: Path, prompts: Path, **settings: Any
) -> dict[str, Any]:
    write_run(folder, "best_of_n", {"policy": policy, "reward_model": reward, "prompts": prompts})
    values = {"device": "cpu", "samples_per_prompt": 4, "max_new_tokens": 6, **settings}
    return run_best_of_n(open_run(folder, "best_of_n"), BestOfNConfig(**values))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "completions.jsonl").open()]


def test_the_best_become_demonstrations_that_sft_and_dpo_learn_from(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    settings = {"only_stopped": False, "write_rankings": True, "validation_fraction": 0.3}
    long = json.dumps({"id": "long", "prompt": "word " * 100}) + "\n"
    prompts.write_text(prompts.read_text() + long)
    report = start(folder, policy_folder, reward_folder, prompts, **settings)
    assert [(entry["part"], entry["id"]) for entry in left_out_of(folder)] == [("prompts", "long")]
    assert (report["prompts"], report["prompts_left_out"]) == (12, 1)
    snapshot = read_snapshot(folder / "chosen")
    rows = rows_of(folder)
    assert (report["completions"], report["demonstrations"]) == (48, 12)
    for demonstration in snapshot.demonstrations:
        mine = [r for r in rows if r["prompt_id"] == demonstration.id.split(":")[0]]
        assert demonstration.completion == max(mine, key=lambda r: r["score"])["text"]
    assert {d.split for d in snapshot.demonstrations} == {"train", "validation"}
    for ranking in snapshot.rankings:
        scores = {r["text"]: r["score"] for r in rows if r["prompt_id"] == ranking.id}
        best_first = [scores[ranking.completions[tier[0]]] for tier in ranking.tiers]
        assert best_first == sorted(best_first, reverse=True)
    assert report["curve"][-1]["score"]["value"] == pytest.approx(
        sum(max(r["score"] for r in rows if r["prompt_id"] == f"p{n}") for n in range(12)) / 12
    )
    for told in events_of(folder, "sample"):  # for a person to read, beside an ordinary draw
        mine = [r for r in rows if r["prompt_id"] == told["prompt_id"]]
        assert told["score"] == max(r["score"] for r in mine)
        assert (told["before"], told["reference_score"]) == (mine[0]["text"], mine[0]["score"])
    assert len(events_of(folder, "sample")) == 12
    learnt = tmp_path / "sft"
    write_run(learnt, "sft", {"policy": policy_folder, "snapshot": folder / "chosen"})
    figures = run_sft(open_run(learnt, "sft"), SftConfig(device="cpu", epochs=1, batch_size=4))
    assert math.isfinite(figures["validation_loss"])
    preferred = tmp_path / "dpo"
    write_run(preferred, "dpo", {"policy": policy_folder, "snapshot": folder / "chosen"})
    config = DpoConfig(device="cpu", prompts_per_step=4, kl_prompts=0)
    assert run_dpo(open_run(preferred, "dpo"), config)["training_rankings"] >= 4


def test_a_prompt_that_says_which_side_it_is_on_stays_there(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in prompts.open()]
    sides = {row["id"]: "validation" if n % 2 else "train" for n, row in enumerate(rows)}
    prompts.write_text("".join(json.dumps({**r, "split": sides[r["id"]]}) + "\n" for r in rows))
    settings = {"only_stopped": False, "write_rankings": True, "validation_fraction": 0}
    start(tmp_path / "run", policy_folder, reward_folder, prompts, **settings)
    chosen = read_snapshot(tmp_path / "run" / "chosen")
    assert {one.id.split(":")[0]: one.split for one in chosen.demonstrations} == sides
    assert {one.id: one.split for one in chosen.rankings}.items() <= sides.items()
    prompts.write_text(json.dumps({**rows[0], "split": "test"}))
    with pytest.raises(Refused, match="split: 'test' must be one of train, validation"):
        start(tmp_path / "other", policy_folder, reward_folder, prompts)


def test_prompts_that_the_reward_model_cannot_read_are_left_out(
    policy_folder: Path, tmp_path: Path
) -> None:
    small = small_reward_model(tmp_path, context_tokens=32)  # the policy reads 128
    prompts = one_long_prompt(tmp_path / "prompts.jsonl")
    report = start(tmp_path / "run", policy_folder, small, prompts)
    assert (report["prompts"], report["prompts_left_out"]) == (3, 1)
    [unused] = left_out_of(tmp_path / "run")
    assert (unused["id"], unused["reason"]) == ("long", "54 tokens, 26 fit")
    with pytest.raises(Refused, match="max_new_tokens: 32 leaves no room .* 32 tokens, the short"):
        start(tmp_path / "refused", policy_folder, small, prompts, max_new_tokens=32)


def test_a_torn_file_is_finished_to_the_same_bytes(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    start(tmp_path / "whole", policy_folder, reward_folder, prompts, prompts_per_batch=3)
    whole = (tmp_path / "whole" / "completions.jsonl").read_bytes()
    for cut in (0, whole.index(b'"p3"') + 40, len(whole) - 3):
        folder = write_run(tmp_path / f"cut{cut}", "best_of_n", {})
        (folder / "completions.jsonl").write_bytes(whole[:cut])
        shutil.copy(tmp_path / "whole" / "drawn_with.json", folder)
        start(folder, policy_folder, reward_folder, prompts, prompts_per_batch=3)
        assert (folder / "completions.jsonl").read_bytes() == whole
        for name in ("demonstrations.jsonl", "manifest.json"):
            written = (folder / "chosen" / name).read_bytes()
            assert written == (tmp_path / "whole" / "chosen" / name).read_bytes()


def test_a_restart_may_choose_otherwise_and_not_draw_or_score_otherwise(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    start(folder, policy_folder, reward_folder, prompts, only_stopped=False)
    drawn = (folder / "completions.jsonl").read_bytes()
    with pytest.raises(Refused, match="temperature: 1.0 then, 0.5 now"):
        start(folder, policy_folder, reward_folder, prompts, temperature=0.5)
    new_reward_model(policy_folder, CPU, seed=2).save(tmp_path / "other")
    with pytest.raises(Refused, match=r"\(inputs.reward_model: other contents\)"):
        start(folder, policy_folder, tmp_path / "other", prompts)
    chosen = {"only_stopped": False, "keep_per_prompt": 2, "bootstrap_samples": 100}
    chosen |= {"least_score": -1e5, "validation_fraction": 0.5, "write_rankings": True}
    report = start(folder, policy_folder, reward_folder, prompts, **chosen)
    assert report["demonstrations"] == 24
    assert (folder / "completions.jsonl").read_bytes() == drawn


def test_asked_to_stop_it_leaves_between_prompts(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
    folder = write_run(tmp_path / "run", "best_of_n", inputs)
    run = open_run(folder, "best_of_n")
    run._request_stop(15, None)
    with pytest.raises(Interrupted):
        run_best_of_n(run, BestOfNConfig(device="cpu", max_new_tokens=4))
    assert not (folder / "chosen").exists()


def test_unstopped_and_poor_completions_are_not_learnt_from(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    settings = {"only_stopped": False, "least_score": 1e5}
    report = start(tmp_path / "poor", policy_folder, reward_folder, prompts, **settings)
    assert report["demonstrations"] == 0
    report = start(tmp_path / "stop", policy_folder, reward_folder, prompts, max_new_tokens=1)
    stopped = {r["prompt_id"] for r in rows_of(tmp_path / "stop") if r["finish_reason"] == "stop"}
    assert report["demonstrations"] == len(stopped)


def test_every_setting_that_acts_after_drawing_is_one_of_the_stage() -> None:
    assert BestOfNConfig.model_fields.keys() >= AFTER_DRAWING


def test_keeping_more_than_is_drawn_is_refused() -> None:
    with pytest.raises(Refused, match="keep_per_prompt 5 must be <= samples_per_prompt 4"):
        parse("best_of_n", {"samples_per_prompt": 4, "keep_per_prompt": 5})
    with pytest.raises(Refused, match="strategy: 'greedy' is not allowed"):
        parse("best_of_n", {"strategy": "greedy"})
