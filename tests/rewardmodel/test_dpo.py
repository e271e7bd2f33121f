"""Direct preference optimisation: the loss by hand, learning, and what is reported."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.config import DpoConfig
from rewardmodel.dpo import dpo_loss, run_dpo, unbeaten
from rewardmodel.dpo_figures import log_prob_table
from rewardmodel.errors import Refused
from rewardmodel.groups import Group
from rewardmodel.models import load_policy
from rewardmodel.rankings import Pair, Ranking, write_snapshot
from rewardmodel.reference_cache import cached_reference
from tests.rewardmodel.conftest import (
    CPU,
    ask,
    events_of,
    left_out_of,
    open_run,
    tiny_policy,
    write_run,
)


def group(pairs: list[tuple[int, int]], lengths: list[int], **fields: Any) -> Group:
    """A group whose completions have these lengths; pairs are (better, worse)."""
    ties = fields.pop("ties", [])
    found = [Pair(a, b, False, False, 1, 1, False) for a, b in pairs]
    found += [Pair(a, b, True, False, 1, 0, False) for a, b in ties]
    return Group(
        prompt_key="p",
        prompt_ids=[1],
        completion_ids=[[5] * n for n in lengths],
        text_lengths=lengths,
        pairs=found,
        tiers=[None] * len(lengths),
        weight=fields.pop("weight", 1.0),
    )


def loss_of(
    groups: list[Group], log_probs: list[list[float]], reference: list[list[float]], **settings: Any
) -> float:
    loss, _ = dpo_loss(
        torch.tensor(log_probs), torch.tensor(reference), groups, DpoConfig(**settings)
    )
    return float(loss)


def test_the_loss_is_that_of_the_paper_for_a_pair() -> None:
    # ratios: -2 - (-3) = 1 and -4 - (-2) = -2; beta 0.5: 0.5 * (1 + 2) = 1.5
    # -log sigmoid(1.5) = log(1 + e^-1.5) = log(1.22313016) = 0.20141328
    one = group([(0, 1)], [2, 2])
    assert loss_of([one], [[-2.0, -4.0]], [[-3.0, -2.0]], beta=0.5) == pytest.approx(
        0.20141328, abs=1e-6
    )


def test_a_long_ranking_weighs_no_more_than_a_short_one() -> None:
    # Rewards with beta 1 and a reference of 0: first ranking 1, 0, -1, its three pairs differ by
    # 1, 2 and 1: (0.31326169 + 0.12692801 + 0.31326169) / 3 = 0.25115046. The second ranking of
    # weight 2 differs by 0: log 2 = 0.69314718. Sum 0.25115046 + 2 * 0.69314718 = 1.63744482.
    groups = [group([(0, 1), (0, 2), (1, 2)], [1, 1, 1]), group([(0, 1)], [1, 1], weight=2.0)]
    found = loss_of(groups, [[1.0, 0.0, -1.0], [0.0, 0.0, 0.0]], [[0.0] * 3] * 2, beta=1.0)
    assert found == pytest.approx(1.63744482, abs=1e-6)


def test_length_normalisation_divides_each_ratio_by_its_tokens() -> None:
    # ratios 3 over 3 tokens and 3 over 1 token: 1 - 3 = -2; log(1 + e^2) = 2.12692801
    one = group([(0, 1)], [3, 1])
    settings = {"beta": 1.0, "length_normalised": True}
    assert loss_of([one], [[3.0, 3.0]], [[0.0, 0.0]], **settings) == pytest.approx(
        2.12692801, abs=1e-6
    )


def test_label_smoothing_gives_a_share_to_the_reverse() -> None:
    # difference 2, smoothing 0.1: 0.9 log(1+e^-2) + 0.1 log(1+e^2)
    # = 0.9 * 0.12692801 + 0.1 * 2.12692801 = 0.11423521 + 0.21269280 = 0.32692801
    one = group([(0, 1)], [1, 1])
    settings = {"beta": 1.0, "label_smoothing": 0.1}
    assert loss_of([one], [[1.0, -1.0]], [[0.0, 0.0]], **settings) == pytest.approx(
        0.32692801, abs=1e-6
    )


def test_a_tie_counts_half_each_way_or_not_at_all() -> None:
    # difference 2 as a tie: half of 0.12692801 and half of 2.12692801 = 1.12692801; the strict
    # pair beside it differs by 0: 0.69314718. Mean over two pairs: 0.91003760.
    one = group([(0, 2)], [1, 1, 1], ties=[(0, 1)])
    rewards = [[1.0, -1.0, 1.0]]
    assert loss_of([one], rewards, [[0.0] * 3], beta=1.0, ties="half") == pytest.approx(
        0.91003760, abs=1e-6
    )
    assert loss_of([one], rewards, [[0.0] * 3], beta=1.0) == pytest.approx(0.69314718, abs=1e-6)


def test_the_next_token_term_is_taken_on_completions_that_nothing_beats() -> None:
    # 0 and 1 tie above 2: each has half. Nats per token: 6/3 = 2 and 4/1 = 4, mean 3; weight 0.5.
    one = group([(0, 2), (1, 2)], [3, 1, 1], ties=[(0, 1)])
    assert unbeaten([one]).tolist() == [[0.5, 0.5, 0.0]]
    plain = loss_of([one], [[-6.0, -4.0, -4.0]], [[0.0] * 3])
    with_term = loss_of([one], [[-6.0, -4.0, -4.0]], [[0.0] * 3], sft_weight=0.5)
    assert with_term - plain == pytest.approx(1.5, abs=1e-6)
    assert unbeaten([group([(0, 1), (1, 2), (2, 0)], [1, 1, 1])]).tolist() == [[0.0, 0.0, 0.0]]


def test_log_probabilities_do_not_depend_on_sharing_the_prompt() -> None:
    policy = tiny_policy()
    groups = [
        Group("a", [1, 7, 8, 9, 10, 11], [[5, 6, 2], [7, 2], [9]], [3, 2, 1], [], [0, 1, 2], 1.0),
        Group("b", [1, 4], [[5, 2], [7, 8, 9, 2]], [2, 4], [], [0, 1], 1.0),
    ]
    shared, plain = (
        log_prob_table(policy, groups, DpoConfig(share_prompts=sharing))
        for sharing in ("always", "never")
    )
    assert shared.shape == (2, 3)
    assert shared[1, 2] == 0
    torch.testing.assert_close(shared, plain, atol=1e-5, rtol=1e-5)
    logits = policy.language_model(torch.tensor([[1, 4, 5, 2]])).logits[0].log_softmax(-1)
    expected = (logits[1, 5] + logits[2, 2]).item()
    assert float(plain[1, 0]) == pytest.approx(expected, abs=1e-5)


def run(folder: Path, policy: Path, snapshot: Path, **settings: Any) -> dict[str, Any]:
    write_run(folder, "dpo", {"policy": policy, "snapshot": snapshot})
    values = {"device": "cpu", "prompts_per_step": 8, "max_new_tokens": 8, **settings}
    return run_dpo(open_run(folder, "dpo"), DpoConfig(**values))


def test_it_learns_to_prefer_what_people_preferred(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    report = run(tmp_path / "run", policy_folder, snapshot, epochs=8, learning_rate=1e-3)
    before, after = report["validation_before"], report["validation"]
    # eight prompts that agree: of all there are at most 1 - 0.025^(1/8) = 0.3694 differ
    own_reference = {"value": 0.5, "low": 0.31529, "high": 0.68471, "clusters": 8}
    assert before["accuracy"] == pytest.approx(own_reference, abs=1e-5)
    assert after["accuracy"] == pytest.approx(
        {"value": 1, "low": 0.63058, "high": 1, "clusters": 8}, abs=1e-5
    )
    assert after["nll"] < math.log(2)
    likelihoods = [f["accuracy_of_log_prob_per_token"]["value"] for f in (before, after)]
    assert likelihoods[1] > likelihoods[0]
    kl = report["kl"]["nats_per_completion"]
    assert kl["high"] > 0
    assert report["kl"]["prompts"] == 8
    assert report["kl"]["stop_rate"] in [n / 8 for n in range(9)]
    load_policy(tmp_path / "run" / "model", CPU)
    losses = [event["values"]["loss"] for event in events_of(tmp_path / "run", "metric")[:1]]
    assert losses == [pytest.approx(math.log(2), abs=1e-5)]  # policy and reference are one


def test_in_bf16_a_policy_that_is_its_reference_rewards_nothing(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    report = run(tmp_path / "run", policy_folder, snapshot, precision="bf16", kl_prompts=0)
    assert report["validation_before"]["accuracy"]["value"] == 0.5
    losses = [event["values"]["loss"] for event in events_of(tmp_path / "run", "metric")[:1]]
    assert losses == [pytest.approx(math.log(2), abs=1e-6)]


def test_adapters_learn_too_and_are_merged_into_what_is_saved(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    settings = {
        "epochs": 8,
        "learning_rate": 1e-2,
        "lora_rank": 4,
        "activation_checkpointing": True,
    }
    report = run(tmp_path / "run", policy_folder, snapshot, **settings)
    assert report["trained_weights"] < report["weights"] / 2
    assert report["validation"]["accuracy"]["value"] == 1
    saved = load_policy(tmp_path / "run" / "model", CPU)
    assert sum(p.numel() for p in saved.parameters()) == report["weights"]


def test_a_reference_of_its_own_is_measured_from(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    tiny_policy(seed=5).save(tmp_path / "other")
    folder = tmp_path / "run"
    inputs = {"policy": policy_folder, "snapshot": snapshot, "reference": tmp_path / "other"}
    write_run(folder, "dpo", inputs)
    config = DpoConfig(device="cpu", prompts_per_step=24, learning_rate=1e-8, kl_prompts=4)
    report = run_dpo(open_run(folder, "dpo"), config)
    assert report["kl"]["nats_per_completion_k3"]["value"] > 1e-3
    assert report["validation_before"]["nll"] != pytest.approx(math.log(2), abs=1e-6)


def test_the_reference_is_asked_again_only_when_something_changed(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask() -> dict[str, torch.Tensor]:
        asked.append(1)
        return {"training": torch.tensor([[float(len(asked))]])}

    path = tmp_path / "reference.safetensors"
    for digest, expected in (("a", 1.0), ("a", 1.0), ("b", 2.0)):
        assert float(cached_reference(path, digest, ask)["training"]) == expected
    path.write_bytes(path.read_bytes()[:20])
    assert float(cached_reference(path, "b", ask)["training"]) == 3.0


def test_answers_of_the_reference_in_another_precision_are_not_taken(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    """A run that ended before its first checkpoint may begin again with other settings."""
    run(tmp_path / "fp32", policy_folder, snapshot, kl_prompts=0)
    (tmp_path / "bf16").mkdir()
    shutil.copy(tmp_path / "fp32" / "reference.safetensors", tmp_path / "bf16")
    report = run(tmp_path / "bf16", policy_folder, snapshot, precision="bf16", kl_prompts=0)
    assert report["validation_before"]["accuracy"]["value"] == 0.5
    losses = [event["values"]["loss"] for event in events_of(tmp_path / "bf16", "metric")[:1]]
    assert losses == [pytest.approx(math.log(2), abs=1e-6)]


def test_everything_left_out_is_listed_with_its_id_and_reason(
    policy_folder: Path, tmp_path: Path
) -> None:
    rankings = [
        Ranking("good", ask("q"), ("a", "b"), ((0,), (1,))),
        Ranking("long", ask("q"), ("word " * 30, "b"), ((0,), (1,))),
        Ranking("weightless", ask("q"), ("a", "b"), ((0,), (1,)), weight=0.0),
        Ranking("tied", ask("q"), ("a", "b"), ((0, 1),)),
        Ranking("held out", ask("q"), ("same", "same"), ((0,), (1,)), split="validation"),
    ]
    write_snapshot(tmp_path / "snapshot", rankings)
    settings = {"max_completion_tokens": 10, "kl_prompts": 0}
    report = run(tmp_path / "run", policy_folder, tmp_path / "snapshot", **settings)
    assert report["training_rankings"] == 1
    assert [(row["part"], row["id"], row["what"]) for row in left_out_of(tmp_path / "run")] == [
        ("training rankings", "long", "completions dropped"),
        ("training rankings", "long", "rankings without a pair left out"),
        ("training rankings", "weightless", "rankings that teach nothing left out"),
        ("training rankings", "tied", "rankings that teach nothing left out"),
        ("validation rankings", "held out", "pairs of identical texts left out"),
        ("validation rankings", "held out", "rankings without a pair left out"),
    ]
    assert report["left_out"] == 4  # rankings, of six lines
    [read] = events_of(tmp_path / "run", "data_read")
    assert (read["rows"], read["used"], read["given"]) == ("rankings", 1, 5)
    said = [event["message"] for event in events_of(tmp_path / "run", "warning")]
    assert any("2 rankings that teach nothing left out" in message for message in said)


def test_rankings_without_a_pair_are_refused(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="no ranking to learn from"):
        run(tmp_path / "run", policy_folder, snapshot, max_completion_tokens=1)
