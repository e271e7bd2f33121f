"""Pretraining, fine-tuning and evaluation on small cases; logs and checkpoints by themselves."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rewardmodel import checkpoint
from rewardmodel.config import EvaluateConfig, PretrainConfig, SftConfig
from rewardmodel.configfile import read_config
from rewardmodel.errors import Refused
from rewardmodel.evaluate import run_evaluate
from rewardmodel.events import EventLog
from rewardmodel.models import Policy, load_policy, new_reward_model
from rewardmodel.pretrain import document_ids, run_pretrain
from rewardmodel.rankings import Message
from rewardmodel.sft import mean_loss, run_sft
from rewardmodel.stages import run_stage
from rewardmodel.training import derived_learning_rate, epoch_order, learning_rate_factor
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, write_run


def test_pretraining_learns_texts_and_dialogues_in_both_languages(tmp_path: Path) -> None:
    rows = [{"text": "the cat sat on the mat. " * 4}, {"text": "今天天气很好。" * 4}] * 20
    dialogue = [
        {"role": "user", "content": "你好"},
        {"role": "assistant", "content": "hello"},
    ]
    rows += [{"messages": dialogue}] * 20
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = write_run(tmp_path / "run", "pretrain", {"texts": tmp_path / "texts.jsonl"})
    config = PretrainConfig(
        vocabulary_size=320,
        hidden_size=32,
        layers=2,
        heads=2,
        block_tokens=32,
        steps=80,
        learning_rate=1e-2,
    )
    report = run_pretrain(open_run(folder, "pretrain"), config)
    assert report["held_out_loss"] < 1.5 < math.log(report["vocabulary"])
    policy = load_policy(folder / "model", CPU)
    prompt = policy.codec.encode_prompt(ask("你好"))
    said = policy.generate(prompt, max_new_tokens=8)[0]
    assert policy.codec.decode_completion(prompt, said) == "hello"
    assert said[-1] == policy.codec.end_id


def test_fine_tuning_learns_the_completion_and_its_end(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run", "sft", {"policy": policy_folder, "snapshot": snapshot})
    config = SftConfig(device="cpu", epochs=50, batch_size=4, learning_rate=1e-2)
    report = run_sft(open_run(folder, "sft"), config)
    assert report["demonstrations"] == 12
    assert report["validation_perplexity"] < 1.2
    policy = load_policy(folder / "model", CPU)
    prompt = policy.codec.encode_prompt(ask("question 99"))
    said = policy.generate(prompt, max_new_tokens=12)[0]
    assert policy.codec.decode_completion(prompt, said) == "zz zz"
    assert said[-1] == policy.codec.end_id


def test_the_prompt_is_context_and_not_learnt(policy_folder: Path) -> None:
    policy = load_policy(policy_folder, CPU)
    rows = [([5, 6, 7], [8, 2]), ([9], [10, 11, 2])]
    logits = [
        policy.language_model(torch.tensor([p + c])).logits[0].log_softmax(-1) for p, c in rows
    ]
    said = [logits[0][2, 8], logits[0][3, 2], logits[1][0, 10], logits[1][1, 11], logits[1][2, 2]]
    expected = -sum(float(value.detach()) for value in said) / 5
    assert mean_loss(policy, rows, 1000) == pytest.approx(expected, abs=1e-5)
    assert mean_loss(policy, rows, 5) == pytest.approx(expected, abs=1e-5)


def evaluate(folder: Path, inputs: dict[str, Path], **settings: Any) -> dict[str, Any]:
    write_run(folder, "evaluate", inputs)
    config = EvaluateConfig(device="cpu", max_new_tokens=8, **settings)
    return run_evaluate(open_run(folder, "evaluate"), config)


def test_evaluation_measures_whatever_it_is_given(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    policy = load_policy(policy_folder, CPU)
    prompt = policy.codec.encode_prompt(ask("question 1"))
    own_words = policy.codec.decode_completion(prompt, policy.generate(prompt, max_new_tokens=8)[0])
    prompts = tmp_path / "prompts.jsonl"
    rows = [{"id": "a", "prompt": "question 1", "reference": own_words}]
    rows.append({"id": "b", "prompt": "question 2"})
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = evaluate(
        tmp_path / "run",
        {
            "policy": policy_folder,
            "baseline_policy": policy_folder,
            "reward_model": reward_folder,
            "snapshot": snapshot,
            "prompts": prompts,
        },
        strategy="greedy",
    )
    assert report["reward_model"]["pairs"] == 48
    assert report["demonstrations"]["demonstrations"] == 1
    # an untrained network is about as good as a uniform guess over its 269 tokens
    assert report["demonstrations"]["perplexity"] == pytest.approx(269, rel=0.2)
    figures = report["policy"]
    assert figures["references"] == 1
    assert figures["bleu"] == pytest.approx(100) or len(own_words.split()) < 4
    assert figures["against_baseline"]["gain"] == {"value": 0, "low": 0, "high": 0, "clusters": 2}
    assert figures["against_baseline"]["win_rate"]["value"] == 0.5
    assert figures["score"]["low"] <= figures["score"]["value"] <= figures["score"]["high"]
    assert len((tmp_path / "run" / "completions.jsonl").read_text().splitlines()) == 2


def test_a_tools_turn_is_learnt_as_the_chat_template_writes_it(policy: Policy) -> None:
    turns = (*ask("the time?"), Message("tool", "noon"), Message("assistant", "it is noon"))
    prompt = policy.codec.encode_prompt(turns[:2])
    assert document_ids(policy.codec, turns)[: len(prompt)] == prompt


def test_evaluation_of_nothing_is_refused(policy_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="needs a reward_model and a snapshot, or"):
        evaluate(tmp_path / "run", {"policy": policy_folder})


def test_a_published_rate_is_carried_over_by_the_square_root_of_the_weights() -> None:
    assert derived_learning_rate(9e-6, 6e9, 6_000_000_000) == pytest.approx(9e-6)
    assert derived_learning_rate(9e-6, 6e9, 60_000_000) == pytest.approx(9e-5)
    assert derived_learning_rate(9e-6, 6e9, 1000) == 1e-3


def test_the_rate_climbs_from_a_tenth_and_falls_to_its_floor() -> None:
    cosine = [
        learning_rate_factor(n, 110, warmup_fraction=10 / 110, shape="cosine")
        for n in (0, 5, 10, 60, 110)
    ]
    assert cosine == pytest.approx([0.1, 0.55, 1.0, 0.55, 0.1])
    linear = [learning_rate_factor(n, 100, warmup_fraction=0, shape="linear") for n in (0, 50, 100)]
    assert linear == [1.0, 0.5, 0.0]


def test_an_epoch_visits_every_row_once_and_epochs_differ() -> None:
    first, second = epoch_order(3, 0, 50), epoch_order(3, 1, 50)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert epoch_order(3, 0, 50) == first != epoch_order(4, 0, 50)


def test_checkpoints_are_whole_or_absent_and_three_are_kept(tmp_path: Path) -> None:
    shared = torch.arange(6.0)
    for step in (1, 2, 3, 40):
        checkpoint.save(tmp_path, step, {"weights": {"a": shared[:3], "b": shared}}, {"x": step})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"step-{step:08d}" for step in (2, 3, 40)
    ]
    found = checkpoint.latest(tmp_path, pytest.fail)
    assert found is not None
    assert (found.step, found.state["x"]) == (40, 40)
    assert found.tensors["weights"]["a"].tolist() == [0, 1, 2]
    assert load_file(tmp_path / "step-00000040" / "weights.safetensors")["b"].shape == (6,)
    for step in (41, 42, 43):
        checkpoint.save(tmp_path, step, {"weights": {"a": shared}}, {"x": step}, keep={2, 40, 99})
    assert sorted(int(path.name[5:]) for path in tmp_path.iterdir()) == [2, 40, 41, 42, 43]
    earlier = checkpoint.latest(tmp_path, pytest.fail, accept=lambda state: state["x"] < 40)
    assert earlier is not None
    assert earlier.step == 2


@pytest.mark.parametrize("damage", ["manifest", "missing", "truncated"])
def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path: Path, damage: str) -> None:
    for step in (1, 2):
        checkpoint.save(tmp_path, step, {"weights": {"a": torch.ones(4)}}, {})
    newest = tmp_path / "step-00000002"
    match damage:
        case "manifest":
            (newest / "manifest.json").write_text("{")
        case "missing":
            (newest / "weights.safetensors").unlink()
        case _:
            (newest / "state.json").write_text("")
    problems: list[str] = []
    found = checkpoint.latest(tmp_path, problems.append)
    assert found is not None
    assert found.step == 1
    assert "step-00000002" in problems[0]


def test_the_event_log_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.metric(1, {"loss": float("nan")})
    log.warning("code", "你好")
    log.close()
    with path.open("ab") as file:
        file.write(b'{"seq": 3, "type": "met')
    log = EventLog(path)
    log.write("finished", report={})
    log.close()
    rows = events_of(tmp_path, "metric") + events_of(tmp_path, "warning")
    rows += events_of(tmp_path, "finished")
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert rows[0]["values"]["loss"] is None


@pytest.mark.parametrize("stage", ["sample", "best_of_n", "evaluate", "ppo", "rloo", "grpo"])
def test_completions_that_leave_no_room_are_refused_before_weights_are_loaded(
    policy_folder: Path, prompts: Path, tmp_path: Path, stage: str
) -> None:
    policy, reward = tmp_path / "policy", tmp_path / "reward"
    shutil.copytree(policy_folder, policy)
    new_reward_model(policy_folder, CPU, seed=1).save(reward)
    for folder in (policy, reward):  # whoever loads them is told of damage first
        weights = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(weights[:100])
    inputs = {"policy": policy, "prompts": prompts, "reward_model": reward}
    if stage == "sample":
        del inputs["reward_model"]
    folder = write_run(tmp_path / "run", stage, inputs, max_new_tokens=128)
    config, _ = read_config(folder, stage)
    words = "max_new_tokens: 128 leaves no room for a prompt in the context of 128 tokens"
    with pytest.raises(Refused, match=words):
        run_stage(open_run(folder, stage), config)
