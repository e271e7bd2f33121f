"""Reward models learn from whole rankings, and say what they left out."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.config import RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.group_scores import group_scores, score_groups, split_for_update, split_groups
from rewardmodel.groups import LengthRule, make_groups, preference_matrices, trainable
from rewardmodel.losses import group_pairwise_loss
from rewardmodel.models import load_reward_model, new_reward_model
from rewardmodel.prefix import Sharing
from rewardmodel.rankings import (
    Demonstration,
    DirectComparison,
    Ranking,
    read_snapshot,
    write_snapshot,
)
from rewardmodel.reward import run_reward
from rewardmodel.reward_losses import probability_of_tie
from rewardmodel.reward_update import backward_on
from tests.rewardmodel.conftest import (
    CPU,
    ask,
    events_of,
    left_out_of,
    open_run,
    toy_rankings,
    write_run,
)
from tests.rewardmodel.test_prefix import Tokens


def config(**settings: Any) -> RewardConfig:
    return RewardConfig(
        **{"device": "cpu", "learning_rate": 1e-2, "prompts_per_step": 8, **settings}
    )


def train(folder: Path, policy: Path, snapshot: Path, **settings: Any) -> dict[str, Any]:
    chosen = config(**settings)
    write_run(folder, "reward", {"policy": policy, "snapshot": snapshot})
    return run_reward(open_run(folder, "reward"), chosen)


def pair(number: int, better: str, worse: str, **fields: Any) -> Ranking:
    return replace(
        Ranking(f"r{number}", ask(f"q{number}"), (worse, better), ((1,), (0,))), **fields
    )


def test_a_tiny_run_overfits_eight_pairs(policy_folder: Path, tmp_path: Path) -> None:
    words = ["sun", "cat", "mat", "dog", "ran", "sat", "you", "the"]
    rankings = [pair(n, words[n], words[(n + 3) % 8]) for n in range(8)]
    write_snapshot(tmp_path / "snapshot", rankings)
    train(tmp_path / "run", policy_folder, tmp_path / "snapshot", epochs=40)
    losses = [event["values"]["loss"] for event in events_of(tmp_path / "run", "metric")]
    assert losses[0] == pytest.approx(0.69, abs=0.3)
    assert losses[-1] < 0.05


def test_it_learns_a_visible_rule_and_carries_it_to_new_prompts(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    report = train(tmp_path / "run", policy_folder, snapshot, epochs=10)
    figures = report["validation"]
    assert figures["pairs"] == 8 * 6
    assert figures["accuracy"]["value"] > 0.95
    assert figures["accuracy"]["low"] > figures["length_baseline"]["high"]
    assert figures["kendall_tau_b"] > 0.9


def test_demonstrations_score_0_on_average_and_the_saved_model_keeps_it(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    report = train(tmp_path / "run", policy_folder, snapshot)
    assert report["normalized_on"] == {
        "kind": "demonstrations",
        "completions": 12,
        "left_out": 0,
    }
    saved = load_reward_model(tmp_path / "run" / "model", CPU)
    codec = saved.codec
    rows = [
        codec.encode_prompt(ask(f"question {n}")) + codec.encode_completion("zz zz")
        for n in range(12)
    ]
    assert float(saved.score_rows(rows, 10_000).mean()) == pytest.approx(0, abs=1e-5)


def test_demonstrations_that_do_not_fit_are_listed_and_the_others_normalize(
    policy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ("zz", "word " * 30, "zz", "zz")
    demonstrations = [Demonstration(f"d{n}", ask("q"), text) for n, text in enumerate(texts)]
    write_snapshot(tmp_path / "snapshot", toy_rankings(8), demonstrations)
    monkeypatch.setattr("rewardmodel.reward.REFERENCE_LIMIT", 2)
    limits = {"max_completion_tokens": 10}
    report = train(tmp_path / "run", policy_folder, tmp_path / "snapshot", **limits)
    assert report["normalized_on"] == {
        "kind": "demonstrations",
        "completions": 2,
        "left_out": 2,
    }
    [row] = left_out_of(tmp_path / "run")
    assert row["part"] == "reference demonstrations"
    assert (row["id"], row["what"]) == ("d1", "completions dropped")
    assert report["left_out"] == 0, "every ranking is used"
    said = [event["message"] for event in events_of(tmp_path / "run", "warning")]
    assert any(
        "reference demonstrations" in message and "1 completions dropped" in message
        for message in said
    )


def test_without_demonstrations_training_completions_do_and_can_have_unit_spread(
    policy_folder: Path, tmp_path: Path
) -> None:
    write_snapshot(tmp_path / "snapshot", toy_rankings(8))
    report = train(
        tmp_path / "run", policy_folder, tmp_path / "snapshot", normalize="shift_and_scale"
    )
    assert report["normalized_on"]["kind"] == "training completions"
    saved = load_reward_model(tmp_path / "run" / "model", CPU)
    rule = LengthRule(config(), saved.codec, None)
    scores = [s for row in group_scores(saved, make_groups(toy_rankings(8), rule)) for s in row]
    assert float(torch.tensor(scores).mean()) == pytest.approx(0, abs=1e-4)
    assert float(torch.tensor(scores).std()) == pytest.approx(1, abs=1e-3)


def test_splitting_an_update_changes_neither_loss_nor_gradient(policy_folder: Path) -> None:
    found = []
    for budget in (10_000, 100):
        reward_model = new_reward_model(policy_folder, CPU, seed=0)
        chosen = config(microbatch_tokens=budget)
        groups = make_groups(toy_rankings(6), LengthRule(chosen, reward_model.codec, None))
        assert (len(split_groups(groups, range(6), budget)) > 1) == (budget == 100)
        figures = backward_on(reward_model, groups, chosen)
        gradient = torch.cat([p.grad.flatten() for p in reward_model.parameters()])
        found.append((figures["loss"], gradient))
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-6)
    assert torch.allclose(found[0][1], found[1][1], atol=1e-6)


@pytest.mark.parametrize(
    ("sharing", "budget", "parts"),
    [
        ("always", 136, [4]),
        ("always", 110, [3, 1]),
        ("never", 324, [2, 2]),
        ("never", 136, [1] * 4),
    ],
)
def test_a_part_of_an_update_keeps_to_its_tokens_whether_prompts_are_shared_or_not(
    policy_folder: Path, sharing: Sharing, budget: int, parts: list[int]
) -> None:
    """9 completions of 2 tokens to a prompt of 16: 34 tokens together, 162 each by itself."""
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    groups = [Tokens([1] * 16, [[2, 3]] * 9) for _ in range(4)]
    found = split_for_update(reward_model, groups, range(4), budget, sharing, one_pass=False)
    assert [len(part) for part in found] == parts


def test_one_ranking_trains_as_its_pairs_do_together(policy_folder: Path) -> None:
    """The group loss of a ranking of 4 is the mean of the losses of its 6 pairs."""
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    chosen = config()
    rule = LengthRule(chosen, reward_model.codec, None)
    [group] = make_groups(toy_rankings(1), rule)
    preference, margins, weights = preference_matrices([group], chosen)
    together, _ = group_pairwise_loss(
        score_groups(reward_model, [group]), preference, margins, weights
    )
    [ranking] = toy_rankings(1)
    singles = []
    for better, worse in ((p.better, p.worse) for p in group.pairs):
        texts = (ranking.completions[better], ranking.completions[worse])
        [single] = make_groups([replace(ranking, completions=texts, tiers=((0,), (1,)))], rule)
        scores = score_groups(reward_model, [single])[0]
        singles.append(float(torch.log(1 + torch.exp(scores[1] - scores[0])).detach()))
    assert len(singles) == 6
    assert together.item() == pytest.approx(sum(singles) / 6, abs=1e-5)


def test_identical_texts_ranked_apart_are_left_out_and_counted(
    policy_folder: Path, tmp_path: Path
) -> None:
    rankings = [
        Ranking("twins", ask("q"), ("same", "same", "other"), ((0,), (1,), (2,))),
        Ranking("only twins", ask("q"), ("same", "same"), ((0,), (1,))),
        Ranking("empty text", ask("q"), ("", "something"), ((1,), (0,))),
    ]
    write_snapshot(tmp_path / "snapshot", rankings)
    report = train(tmp_path / "run", policy_folder, tmp_path / "snapshot")
    assert (report["training_rankings"], report["training_pairs"]) == (2, 3)
    [warning] = events_of(tmp_path / "run", "warning")
    assert "2 pairs of identical texts left out" in warning["message"]
    assert "1 rankings without a pair left out" in warning["message"]


def test_where_everything_is_too_long_the_limits_are_told(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "run", "reward", inputs)
    words = "24 rankings left out, max_prompt_tokens 2, max_completion_tokens 512, too_long drop"
    with pytest.raises(Refused, match=words):
        run_reward(open_run(folder, "reward"), RewardConfig(max_prompt_tokens=2))


def test_texts_that_are_too_long_are_counted_whether_dropped_or_cut(
    policy_folder: Path, tmp_path: Path
) -> None:
    rankings = [pair(0, "short", "word " * 30), pair(1, "a", "b"), pair(2, "a", "b")]
    rankings[2] = replace(rankings[2], prompt=ask("long " * 30))
    write_snapshot(tmp_path / "snapshot", rankings)
    limits = {"max_prompt_tokens": 20, "max_completion_tokens": 10}
    dropped = train(tmp_path / "d", policy_folder, tmp_path / "snapshot", **limits)
    assert dropped["training_rankings"] == 1
    [warning] = events_of(tmp_path / "d", "warning")
    assert "1 completions dropped" in warning["message"]
    assert "1 prompts dropped" in warning["message"]
    cut = train(tmp_path / "c", policy_folder, tmp_path / "snapshot", too_long="cut", **limits)
    assert cut["training_rankings"] == 3
    [warning] = events_of(tmp_path / "c", "warning")
    assert "1 completions cut, 1 prompts cut" in warning["message"]


@pytest.mark.parametrize(("ties", "expected"), [("drop", 1), ("half", 2)])
def test_ties_are_dropped_or_count_half_as_asked(policy: Any, ties: Any, expected: int) -> None:
    chosen = config(ties=ties)
    rankings = [
        Ranking("all tied", ask("q"), ("a", "b"), ((0, 1),)),
        Ranking("some tied", ask("q"), ("a", "b", "c"), ((0, 1), (2,))),
    ]
    groups = trainable(make_groups(rankings, LengthRule(chosen, policy.codec, None)), chosen)
    assert len(groups) == expected
    preference, _, _ = preference_matrices(groups[-1:], chosen)
    strict = preference[0, 0, 2], preference[0, 1, 2], preference[0, 2, 0]
    assert [float(v) for v in strict] == [1, 1, 0]
    tied = 0.5 if ties == "half" else 0.0
    assert float(preference[0, 0, 1]) == float(preference[0, 1, 0]) == tied


def test_margins_follow_strength_and_the_cut(policy: Any) -> None:
    chosen = config(margin_per_strength=0.5, margin_across_cut=2.0)
    ranking = Ranking(
        "r",
        ask("q"),
        ("a", "b", "c"),
        ((0,), (1,), (2,)),
        unacceptable_below=1,
        direct=(DirectComparison(1, 2, strength=3),),
    )
    groups = make_groups([ranking], LengthRule(chosen, policy.codec, None))
    _, margins, _ = preference_matrices(groups, chosen)
    assert [float(margins[0, a, b]) for a, b in ((0, 1), (0, 2), (1, 2))] == [2.0, 2.0, 1.0]


def test_a_snapshot_with_nothing_to_learn_is_refused(policy_folder: Path, tmp_path: Path) -> None:
    tied = Ranking("r", ask("q"), ("a", "b"), ((0, 1),))
    write_snapshot(tmp_path / "s", [tied], [Demonstration("d", ask("q"), "a")])
    with pytest.raises(Refused, match="of 1 rankings in the snapshot none"):
        train(tmp_path / "run", policy_folder, tmp_path / "s")


def tied_rankings(count: int) -> list[Ranking]:
    """Half of the rankings tie what differs by the letter z alone."""
    return [
        Ranking(
            f"t{n}",
            ask(f"question {n}"),
            ("zzzz zzzz", "the cat sat", "the cat sun"),
            ((0,), (1, 2)) if n % 2 else ((0, 1, 2),),
            unacceptable_below=1 if n % 2 else None,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("kind", ["rao_kupper", "davidson"])
def test_frequent_ties_raise_the_learnt_tie_probability_which_stays_with_the_model(
    policy_folder: Path, tmp_path: Path, kind: Any
) -> None:
    write_snapshot(tmp_path / "snapshot", tied_rankings(16))
    report = train(tmp_path / "run", policy_folder, tmp_path / "snapshot", ties=kind, epochs=6)
    assert report["tie_probability_at_equal_scores"] > 0.4
    saved = load_reward_model(tmp_path / "run" / "model", CPU)
    assert saved.tie_model == kind
    assert probability_of_tie(saved.tie, kind) == pytest.approx(
        report["tie_probability_at_equal_scores"]
    )
    saved.save(tmp_path / "again")
    assert load_reward_model(tmp_path / "again", CPU).tie == saved.tie


@pytest.mark.parametrize("normalize", ["shift", "shift_and_scale"])
def test_held_out_figures_of_a_tie_model_are_those_of_its_own_likelihood(
    policy_folder: Path, snapshot: Path, tmp_path: Path, normalize: Any
) -> None:
    settings: dict[str, Any] = {"ties": "rao_kupper", "normalize": normalize, "epochs": 2}
    report = train(tmp_path / "run", policy_folder, snapshot, **settings)
    saved = load_reward_model(tmp_path / "run" / "model", CPU)
    eta = math.log(1 + math.exp(saved.tie))  # Rao and Kupper's threshold
    held_out = [r for r in read_snapshot(snapshot).rankings if r.split == "validation"]
    costs = []
    groups = make_groups(held_out, LengthRule(config(), saved.codec, None))
    for group, scores in zip(groups, group_scores(saved, groups), strict=True):
        for pair in group.pairs:
            d = (scores[pair.better] - scores[pair.worse]) * report["score_scale"]
            win, loss = 1 / (1 + math.exp(eta - d)), 1 / (1 + math.exp(eta + d))
            costs.append(-math.log(win / (win + loss)))
    assert report["validation"]["nll"] == pytest.approx(sum(costs) / len(costs), rel=1e-4)
    # what chooses weights and ends a run is the same figure
    last = [e["values"] for e in events_of(tmp_path / "run", "metric")][-1]
    assert last["validation_nll"] == report["validation"]["nll"]


def test_a_run_that_starts_from_a_reward_model_learns_a_head_of_its_own(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    earlier = new_reward_model(policy_folder, CPU, seed=0)
    earlier.normalize_by(torch.tensor([10.0, 30.0, 50.0]), unit_spread=True)
    earlier.learn_ties("davidson")
    earlier.cut = -1.5
    earlier.save(tmp_path / "earlier")
    reports = [
        train(tmp_path / name, start, snapshot)
        for name, start in (("anew", policy_folder), ("again", tmp_path / "earlier"))
    ]
    # the networks below the head are the same, and so are their first heads
    assert reports[1] == reports[0]
    assert reports[1]["score_scale"] == 1.0
    assert load_reward_model(tmp_path / "again" / "model", CPU).tie_model is None


def test_a_list_of_choices_teaches_the_visible_rule_too(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    report = train(tmp_path / "run", policy_folder, snapshot, epochs=10, loss="plackett_luce")
    assert report["validation"]["accuracy"]["value"] > 0.95


def test_the_cut_separates_acceptable_from_unacceptable_and_is_kept_with_the_model(
    policy_folder: Path, tmp_path: Path
) -> None:
    write_snapshot(tmp_path / "snapshot", tied_rankings(16))
    train(tmp_path / "run", policy_folder, tmp_path / "snapshot", cut_weight=1.0, epochs=20)
    saved = load_reward_model(tmp_path / "run" / "model", CPU)
    assert saved.cut is not None
    groups = make_groups(tied_rankings(2)[1:], LengthRule(config(), saved.codec, None))
    [[good, *bad]] = group_scores(saved, groups)
    assert good > saved.cut > max(bad)
    assert saved.cut != 0  # normalization moved it


def test_smoothed_labels_count_both_ways_and_turn_margins_round(policy: Any) -> None:
    chosen = config(label_smoothing=0.1, margin_per_strength=1.0)
    ranking = Ranking(
        "r", ask("q"), ("a", "b"), ((0,), (1,)), direct=(DirectComparison(0, 1, strength=2),)
    )
    groups = make_groups([ranking], LengthRule(chosen, policy.codec, None))
    preference, margins, _ = preference_matrices(groups, chosen)
    assert preference[0].tolist() == [[0.0, pytest.approx(0.9)], [pytest.approx(0.1), 0.0]]
    assert margins[0].tolist() == [[0.0, 1.0], [-1.0, 0.0]]
    # d = ln 4 with margin 0: 0.9 * ln(5/4) + 0.1 * ln 5
    loss, _ = group_pairwise_loss(
        torch.tensor([[math.log(4), 0.0]]), preference, 0 * margins, torch.ones(1)
    )
    assert loss.item() == pytest.approx(0.9 * math.log(5 / 4) + 0.1 * math.log(5))


@pytest.mark.parametrize("setting", ["label_smoothing", "margin_per_strength", "ties"])
def test_options_of_pairs_are_refused_with_the_list_loss(setting: str) -> None:
    value = "davidson" if setting == "ties" else 0.1
    with pytest.raises(ValueError, match=f"{setting}.*must be .* with loss plackett_luce"):
        config(loss="plackett_luce", **{setting: value})


def test_everything_left_out_is_listed_with_its_id_and_reason(
    policy_folder: Path, tmp_path: Path
) -> None:
    rankings = [
        pair(0, "short", "word " * 30),
        pair(1, "a", "b"),
        pair(2, "a", "b", weight=0.0),
        pair(3, "same", "same"),
        Ranking("tied", ask("q"), ("a", "b"), ((0, 1),)),
        Ranking("partly", ask("q"), ("a", "word " * 30, "b"), ((0,), (1,), (2,))),
    ]
    write_snapshot(tmp_path / "snapshot", rankings)
    report = train(tmp_path / "run", policy_folder, tmp_path / "snapshot", max_completion_tokens=10)
    listed = left_out_of(tmp_path / "run")
    assert [(row["id"], row["what"]) for row in listed] == [
        ("r0", "completions dropped"),
        ("r0", "rankings without a pair left out"),
        ("r3", "pairs of identical texts left out"),
        ("r3", "rankings without a pair left out"),
        ("partly", "completions dropped"),
        ("r2", "rankings that teach nothing left out"),
        ("tied", "rankings that teach nothing left out"),
    ]
    assert listed[0]["reason"].endswith("tokens with the end token, 10 fit")
    # rankings, of seven lines; the head of the run's page says the same
    assert (report["left_out"], report["used_in_part"]) == (4, 1)
    [read] = events_of(tmp_path / "run", "data_read")
    assert (read["rows"], read["used"], read["given"]) == ("rankings", 2, 6)
    assert read["used_in_part"] == 1


def test_the_model_names_the_prompts_it_was_trained_on_by_hash_alone(
    policy_folder: Path, tmp_path: Path
) -> None:
    again = pair(0, "c", "d", id="again")
    held_out = pair(2, "c", "d", split="validation")
    write_snapshot(tmp_path / "snapshot", [pair(0, "a", "b"), pair(1, "c", "d"), again, held_out])
    train(tmp_path / "run", policy_folder, tmp_path / "snapshot")
    listed, chosen_by = (
        json.loads((tmp_path / "run" / "model" / f"{name}_prompts.json").read_text())
        for name in ("training", "validation")
    )
    # printf 'user\x1fq0' | sha256sum
    assert listed == sorted(
        hashlib.sha256(t.encode()).hexdigest() for t in ("user\x1fq0", "user\x1fq1")
    )
    assert chosen_by == [hashlib.sha256(b"user\x1fq2").hexdigest()]


def test_held_out_prompts_that_are_learnt_from_too_are_warned_of(
    policy_folder: Path, tmp_path: Path
) -> None:
    """As where a labeler is held out whole."""
    rows = [pair(n, "a", "b") for n in range(3)]
    rows += [pair(n, "a", "b", id=f"held {n}", split="validation") for n in (1, 2, 3)]
    write_snapshot(tmp_path / "snapshot", rows)
    train(tmp_path / "run", policy_folder, tmp_path / "snapshot")
    [said] = [e for e in events_of(tmp_path / "run", "warning") if "both_sides" in e["code"]]
    assert said["message"].startswith("2 of 3 validation prompts are training prompts too")


def test_a_small_model_is_told_of_learning_rates(
    policy_folder: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path / "run", policy_folder, snapshot)
    assert "InstructGPT used 9e-06 for 6B" in capsys.readouterr().err
