"""Texts mixed into policy updates (PPO-ptx)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rewardmodel.config import GrpoConfig, PpoConfig
from rewardmodel.errors import Refused
from rewardmodel.grpo import run_grpo
from rewardmodel.models import Policy, load_policy, new_reward_model
from rewardmodel.pretraining_mix import PretrainingMix, open_pretraining_mix
from rewardmodel.processes import Processes
from rewardmodel.rankings import Message
from rewardmodel.text import TextCodec
from tests.rewardmodel.conftest import CPU, events_of, left_out_of, open_run, write_run
from tests.rewardmodel.policy_gradients import (
    COMMON,
)


def gradients_of(policy: Policy) -> Tensor:
    return torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])


def test_texts_mixed_in_add_their_weighted_gradient(policy_folder: Path) -> None:
    rows = [([5], [6, 7, 2]), ([5, 8], [9]), ([5], [10, 11])]
    config = PpoConfig(pretraining_coefficient=0.5, pretraining_batch_size=2)
    mix = PretrainingMix(rows, config)
    policy = load_policy(policy_folder, CPU)
    first = mix.rows_of(0)
    # the mean over all tokens of both rows, one log-probability after the other
    total, tokens = torch.zeros(()), 0
    for prompt, ids in first:
        logits = policy.language_model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        for place, index in enumerate(ids):
            total = total - logits[len(prompt) + place - 1, index]
        tokens += len(ids)
    (0.5 * total / tokens).backward()
    expected = gradients_of(policy)
    policy.zero_grad()
    loss = mix.backward(policy, 0, Processes(CPU))
    assert loss == pytest.approx(float(total.detach()) / tokens, abs=1e-5)
    assert torch.allclose(gradients_of(policy), expected, atol=1e-6)
    mix.backward(policy, 0, Processes(CPU))  # added to what is there, as beside a policy update
    assert torch.allclose(gradients_of(policy), 2 * expected, atol=1e-6)


def test_an_epoch_of_texts_sees_each_once() -> None:
    rows = [([n], [n]) for n in range(7)]
    mix = PretrainingMix(rows, PpoConfig(pretraining_coefficient=1, pretraining_batch_size=2))
    seen = [row[0][0] for step in range(7) for row in mix.rows_of(step)]
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert mix.rows_of(3) == mix.rows_of(3)


def test_mixing_in_texts_keeps_the_policy_at_them(
    policy_folder: Path, snapshot: Path, prompts: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts.jsonl"
    dialogue = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "zz"}]
    lines = [{"text": "zz zz zz"}, {"messages": dialogue}]
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    for name, source in (("demonstrations", snapshot), ("texts", texts)):
        inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
        folder = write_run(tmp_path / name, "grpo", {**inputs, "pretraining": source})
        values = {**COMMON, "iterations": 4, "pretraining_coefficient": 1.0}
        run_grpo(open_run(folder, "grpo"), GrpoConfig(**values))
        steps = [event["values"] for event in events_of(folder, "metric")]
        losses = [one["pretraining_loss"] for one in steps if "pretraining_loss" in one]
        assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize(
    ("coefficient", "given", "words"),
    [(1.0, False, "needs inputs.pretraining"), (0.0, True, "has no effect with pretraining_coeff")],
)
def test_texts_and_their_weight_go_together(
    coefficient: float, given: bool, words: str, policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    config = PpoConfig(pretraining_coefficient=coefficient)
    events = open_run(write_run(tmp_path / "run", "ppo", {}), "ppo").events
    policy = load_policy(policy_folder, CPU)
    with pytest.raises(Refused, match=words):
        open_pretraining_mix(snapshot if given else None, config, policy, events)


def test_long_texts_are_cut_and_said_to_be(
    policy_folder: Path, snapshot: Path, tmp_path: Path
) -> None:
    config = PpoConfig(pretraining_coefficient=1.0, max_prompt_tokens=13, max_new_tokens=4)
    run = open_run(write_run(tmp_path / "run", "ppo", {}), "ppo")
    mix = open_pretraining_mix(snapshot, config, load_policy(policy_folder, CPU), run.events)
    assert mix is not None
    assert all(len(prompt) + len(ids) <= 17 for prompt, ids in mix.rows)
    assert len(mix.left_out) == 12
    [said] = [event["message"] for event in events_of(tmp_path / "run", "warning")]
    of = "not every row of pretraining texts is used whole"
    assert said == f"{of}: 12 texts cut (17 tokens fit)"


def test_a_long_text_is_learnt_to_its_end(policy_folder: Path, tmp_path: Path) -> None:
    """In blocks of 17 tokens, each after the token before it: every token is learnt once."""
    texts = tmp_path / "texts.jsonl"
    words = "".join(f"{n} cats; " for n in range(12))
    texts.write_text("".join(json.dumps({"text": text}) + "\n" for text in (words, "zz")))
    config = PpoConfig(pretraining_coefficient=1.0, max_prompt_tokens=13, max_new_tokens=4)
    run = open_run(write_run(tmp_path / "run", "ppo", {}), "ppo")
    policy = load_policy(policy_folder, CPU)
    mix = open_pretraining_mix(texts, config, policy, run.events)
    assert mix is not None
    *blocks, short = mix.rows
    begin = policy.codec.tokenizer.bos_token_id
    learnt = [index for _, ids in blocks for index in ids]
    assert learnt == policy.codec.encode_completion(words)
    assert len(blocks) == -(-len(learnt) // 16)
    assert [prompt for prompt, _ in blocks] == [[begin], *([ids[-1]] for _, ids in blocks[:-1])]
    assert short == ([begin], policy.codec.encode_completion("zz"))
    assert mix.left_out == [], "nothing of them is left out"


def test_what_is_not_mixed_in_or_asked_is_listed_with_its_id_and_reason(
    policy_folder: Path, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dialogue(*turns: tuple[str, str]) -> dict[str, Any]:
        return {"messages": [{"role": role, "content": text} for role, text in turns]}

    texts = tmp_path / "texts.jsonl"
    lines = [
        {"text": "zz zz zz"},
        dialogue(("user", "x"), ("assistant", "zz")),
        dialogue(("user", "x"), ("assistant", "zz"), ("user", "y")),
        dialogue(("assistant", "zz")),
        dialogue(("user", "word " * 60), ("assistant", "zz")),
        {"text": "zz " * 60},
    ]
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    long = json.dumps({"id": "long", "prompt": "word " * 61}) + "\n"
    prompts.write_text(prompts.read_text() + long)
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
    folder = write_run(tmp_path / "run", "grpo", {**inputs, "pretraining": texts})
    values = {**COMMON, "iterations": 1, "evaluation_prompts": 2, "max_prompt_tokens": 40}
    config = GrpoConfig(**values, pretraining_coefficient=1.0)
    encode, encoded = TextCodec.encode_prompt, list[str]()

    def counting(codec: TextCodec, prompt: Sequence[Message], row: str = "") -> list[int]:
        encoded.append(prompt[-1].content)
        return encode(codec, prompt, row)

    monkeypatch.setattr(TextCodec, "encode_prompt", counting)
    report = run_grpo(open_run(folder, "grpo"), config)
    assert encoded.count("word " * 61) == 1, "not again to be listed"
    listed = left_out_of(folder)
    assert [(row["part"], row["id"], row["what"]) for row in listed] == [
        ("prompts", "long", "prompts dropped"),
        ("pretraining texts", "text 3", "dialogues left out"),
        ("pretraining texts", "text 4", "dialogues left out"),
        ("pretraining texts", "text 5", "texts left out"),
    ]
    assert all(row["reason"] for row in listed)
    assert (report["left_out"], report["used_in_part"]) == (1, 0), "of the prompts"
    said = [event["message"] for event in events_of(folder, "warning")]
    counts = "2 dialogues left out, 1 texts left out"
    of = "not every row of pretraining texts is used whole"
    assert f"{of}: {counts} (46 tokens fit)" in said


def test_prompts_a_reward_model_knows_are_listed_where_they_are_dropped(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    reward_folder = tmp_path / "reward"
    new_reward_model(policy_folder, CPU, seed=1).save(reward_folder)
    known = [sha256(b"user\x1fquestion 3").hexdigest()]
    (reward_folder / "training_prompts.json").write_text(json.dumps(known))
    inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
    folder = write_run(tmp_path / "run", "grpo", inputs)
    values = {**COMMON, "iterations": 1, "evaluation_prompts": 2, "overlapping_prompts": "drop"}
    report = run_grpo(open_run(folder, "grpo"), GrpoConfig(**values))
    assert [(row["id"], row["reason"]) for row in left_out_of(folder)] == [
        ("p3", "the reward model was trained on it, or chosen by it")
    ]
    assert report["left_out"] == 1
