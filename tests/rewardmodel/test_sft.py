"""Fine-tuning: turns, packing, the best weights, and stopping early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rewardmodel.config import SftConfig
from rewardmodel.errors import Refused
from rewardmodel.models import load_policy
from rewardmodel.rankings import Demonstration, Message, write_snapshot
from rewardmodel.sft import every_turn, mean_loss, run_sft
from rewardmodel.validation import Validation
from tests.rewardmodel.conftest import CPU, ask, events_of, left_out_of, open_run, write_run
from tests.rewardmodel.test_resume import weights_sha256


def dialogue() -> Demonstration:
    """Two turns of the assistant in the prompt, a third demonstrated."""
    said = ("be brief", "one?", "1", "two?", "2", "three?")
    roles = ("system", "user", "assistant", "user", "assistant", "user")
    return Demonstration("d", tuple(map(Message, roles, said)), "3")


def test_every_turn_of_the_assistant_is_learnt_with_what_came_before() -> None:
    found = list(every_turn([dialogue()]))
    assert [one.completion for one in found] == ["1", "2", "3"]
    assert [len(one.prompt) for one in found] == [2, 4, 6]
    assert [one.id for one in found] == ["d#2", "d#4", "d"]
    assert [one.prompt[-1].content for one in found] == ["one?", "two?", "three?"]


def start(folder: Path, policy: Path, snapshot: Path, **settings: Any) -> dict[str, Any]:
    write_run(folder, "sft", {"policy": policy, "snapshot": snapshot})
    values = {"device": "cpu", "batch_size": 4, "learning_rate": 1e-2, **settings}
    return run_sft(open_run(folder, "sft"), SftConfig(**values))


def test_learning_all_turns_counts_them_all(policy_folder: Path, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", [], [dialogue()])
    for turns, count in (("last", 1), ("all", 3)):
        report = start(tmp_path / turns, policy_folder, tmp_path / "s", epochs=1, learn_turns=turns)
        assert report["demonstrations"] == count


def test_everything_left_out_is_listed_with_its_id_and_reason(
    policy_folder: Path, tmp_path: Path
) -> None:
    demonstrations = [
        Demonstration("good", ask("q"), "zz"),
        Demonstration("long", ask("q"), "word " * 30),
        Demonstration("long prompt", ask("word " * 30), "zz"),
        Demonstration("held out", ask("q"), "word " * 30, split="validation"),
    ]
    write_snapshot(tmp_path / "s", [], demonstrations)
    limits = {"max_prompt_tokens": 40, "max_completion_tokens": 10}
    report = start(tmp_path / "run", policy_folder, tmp_path / "s", epochs=1, **limits)
    assert report["demonstrations"] == 1
    assert [(row["part"], row["id"], row["what"]) for row in left_out_of(tmp_path / "run")] == [
        ("training demonstrations", "long", "completions dropped"),
        ("training demonstrations", "long prompt", "prompts dropped"),
        ("validation demonstrations", "held out", "completions dropped"),
    ]
    assert (report["left_out"], report["used_in_part"]) == (3, 0)
    [read] = events_of(tmp_path / "run", "data_read")
    assert (read["rows"], read["used"], read["given"]) == ("demonstrations", 1, 4)


def test_packed_and_padded_training_end_alike(policy_folder: Path, tmp_path: Path) -> None:
    texts = ["zz", "the cat sat on the mat and on the mat", "a dog", "zz zz zz zz zz"]
    demonstrations = [Demonstration(f"{n}", ask("q" * n), texts[n % 4]) for n in range(8)]
    write_snapshot(tmp_path / "s", [], demonstrations)
    weights = {}
    for packing in ("always", "never"):
        start(tmp_path / packing, policy_folder, tmp_path / "s", epochs=2, packing=packing)
        weights[packing] = load_file(tmp_path / packing / "model" / "model.safetensors")
    for name, tensor in weights["never"].items():
        torch.testing.assert_close(weights["always"][name], tensor, atol=1e-4, rtol=1e-3)


@pytest.fixture
def misleading(tmp_path: Path) -> Path:
    """Demonstrations whose validation part asks for the opposite: learning only harms it."""
    folder = tmp_path / "misleading"
    rows = [Demonstration(f"t{n}", ask(f"question {n}"), "zz zz zz") for n in range(8)]
    rows.append(Demonstration("v", ask("question v"), "the sun is warm", split="validation"))
    write_snapshot(folder, [], rows)
    return folder


def test_the_best_weights_are_kept_when_asked_for(
    policy_folder: Path, misleading: Path, tmp_path: Path
) -> None:
    settings = {"epochs": 12, "evaluate_every_steps": 2}
    best = start(tmp_path / "best", policy_folder, misleading, keep="best", **settings)
    last = start(tmp_path / "last", policy_folder, misleading, **settings)
    metrics = [
        e for e in events_of(tmp_path / "best", "metric") if "validation_loss" in e["values"]
    ]
    losses = {e["step"]: e["values"]["validation_loss"] for e in metrics}
    assert sorted(losses) == list(range(0, 25, 2))
    start_loss = losses.pop(
        0
    )  # what alarms hold the others against; weights of no update are not kept
    assert best["kept_update"] == min(losses, key=lambda step: losses[step]) < 24
    assert best["validation_loss"] == pytest.approx(min(losses.values()), abs=1e-6)
    assert last["kept_update"] == 24
    assert last["validation_loss"] == pytest.approx(losses[24], abs=1e-6)
    perplexity = metrics[0]["values"]["validation_perplexity"]
    assert perplexity == pytest.approx(2.718281828**start_loss, rel=1e-6)
    policy = load_policy(tmp_path / "best" / "model", CPU)
    row = (
        policy.codec.encode_prompt(ask("question v")),
        policy.codec.encode_completion("the sun is warm"),
    )
    assert mean_loss(policy, [row], 1000) == pytest.approx(best["validation_loss"], abs=1e-5)


def test_it_stops_when_its_patience_is_over(
    policy_folder: Path, misleading: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {
        "epochs": 50,
        "evaluate_every_steps": 2,
        "patience": 3,
        "keep": "best",
    }
    report = start(tmp_path / "run", policy_folder, misleading, **settings)
    assert report["stopped_early"]
    assert report["updates"] == report["kept_update"] + 3 * 2 < 100


def test_a_run_that_dies_before_measuring_still_measures(
    policy_folder: Path, misleading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"epochs": 6, "evaluate_every_steps": 4, "keep": "best"}
    settings["checkpoint_every_steps"] = 4
    whole = start(tmp_path / "whole", policy_folder, misleading, **settings)
    note = Validation.note

    def die(self: Validation, step: int, loss: float) -> None:
        if step == 8:
            raise MemoryError
        note(self, step, loss)

    folder = tmp_path / "broken"
    with monkeypatch.context() as patched:
        patched.setattr(Validation, "note", die)
        with pytest.raises(MemoryError):
            start(folder, policy_folder, misleading, **settings)
    assert start(folder, policy_folder, misleading, **settings) == whole
    assert events_of(folder, "started")[-1]["resumed_from"] == 8
    assert weights_sha256(folder) == weights_sha256(tmp_path / "whole")


def test_a_run_that_begins_anew_forgets_what_was_measured_under_other_settings(
    policy_folder: Path, misleading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was killed before its first checkpoint is not held to its settings."""
    settings: dict[str, Any] = {"epochs": 6, "evaluate_every_steps": 2, "keep": "best"}
    whole = start(tmp_path / "whole", policy_folder, misleading, **settings)
    note, folder = Validation.note, tmp_path / "again"

    def die(self: Validation, step: int, loss: float) -> None:
        if step == 8:
            raise MemoryError
        note(self, step, loss - 9)  # better than whatever the other settings will bring

    with monkeypatch.context() as patched:
        patched.setattr(Validation, "note", die)
        with pytest.raises(MemoryError):
            start(folder, policy_folder, misleading, **settings, learning_rate=1e-5)
    assert not (folder / "checkpoints").exists()
    assert start(folder, policy_folder, misleading, **settings) == whole
    assert weights_sha256(folder) == weights_sha256(tmp_path / "whole")


def test_the_best_of_nothing_is_refused(policy_folder: Path, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "s", [], [dialogue()])
    with pytest.raises(Refused, match="keep 'best', patience 0: .* validation split"):
        start(tmp_path / "run", policy_folder, tmp_path / "s", keep="best")
