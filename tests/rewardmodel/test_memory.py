"""The estimate of memory before a run: by hand, and against what a run really took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rewardmodel import memory
from rewardmodel.batches import pad_prompts
from rewardmodel.config import (
    BestOfNConfig,
    DpoConfig,
    PpoConfig,
    RlooConfig,
    SampleConfig,
    SftConfig,
    StageConfig,
)
from rewardmodel.memory import Estimate, Shape, activation_bytes, estimate, weights_in
from rewardmodel.models import load_policy, new_reward_model
from rewardmodel.ppo import new_learner
from rewardmodel.rankings import Demonstration, write_snapshot
from rewardmodel.training import autocast, checkpoint_activations, weight_count
from tests.rewardmodel.conftest import CPU, ask, events_of, tiny_policy, write_run

WITHIN = 2.0  # the factor that the estimate promises, once the libraries are taken off


def parts_of(config: StageConfig, **inputs: Path) -> dict[str, int]:
    found = estimate(config, inputs)
    assert found is not None
    return found.parts


def test_weights_are_counted_from_the_headers(policy_folder: Path) -> None:
    assert weights_in(policy_folder) == weight_count(load_policy(policy_folder, CPU))


def test_each_stage_counts_the_networks_it_loads_and_trains(
    policy_folder: Path, tmp_path: Path
) -> None:
    new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
    policy, reward = weights_in(policy_folder), weights_in(tmp_path / "reward")
    sft = parts_of(SftConfig(), policy=policy_folder)
    assert sft["weights"] == 4 * policy
    assert sft["gradients"] == 4 * policy
    assert sft["optimiser"] == 8 * policy
    dpo = parts_of(DpoConfig(), policy=policy_folder)
    assert dpo["weights"] == 8 * policy  # the reference comes back to be measured against
    inputs = {"policy": policy_folder, "reward_model": tmp_path / "reward"}
    ppo = parts_of(PpoConfig(), **inputs)
    # policy, its frozen copy, reward model, value model; the first and the last train
    assert ppo["weights"] == 4 * (2 * policy + 2 * reward)
    assert ppo["optimiser"] == 8 * (policy + reward)
    best = parts_of(BestOfNConfig(), **inputs)
    assert best["weights"] == 4 * (policy + reward)
    assert "optimiser" not in best


@pytest.mark.parametrize("lora_rank", [0, 4])
@pytest.mark.parametrize(
    "value", [{}, {"value_start": "policy"}, {"value_network": "shared"}], ids=str
)
def test_ppo_counts_the_weights_that_its_learner_trains(
    value: dict[str, Any], lora_rank: int, policy_folder: Path, tmp_path: Path
) -> None:
    """A reward model of another size than the policy: which of the two the value network is, counts."""
    tiny_policy(hidden_size=96, layers=3, heads=4).save(tmp_path / "larger")
    new_reward_model(tmp_path / "larger", CPU, seed=1).save(tmp_path / "reward")
    config = PpoConfig(lora_rank=lora_rank, device="cpu", **value)
    policy = load_policy(policy_folder, CPU)
    learner = new_learner(policy, config, policy_folder, [tmp_path / "reward"])
    weights = [one for network in learner.networks().values() for one in network.parameters()]
    trained = sum(one.numel() for one in weights if one.requires_grad)
    parts = parts_of(config, policy=policy_folder, reward_model=tmp_path / "reward")
    assert parts["gradients"] / 4 == pytest.approx(trained, rel=0.01)  # but for scalar heads
    assert parts["optimiser"] == 2 * parts["gradients"]
    listed = parts_of(config, policy=policy_folder, reward_models=tmp_path / "reward")
    assert listed == parts


def test_the_best_weights_are_a_copy_of_what_trains(policy_folder: Path) -> None:
    last, best = (parts_of(SftConfig(keep=keep), policy=policy_folder) for keep in ("last", "best"))
    assert best == {**last, "kept weights": last["gradients"]}


def test_the_cache_holds_keys_and_values_of_a_whole_batch(policy_folder: Path) -> None:
    config = SampleConfig(
        prompts_per_batch=2, samples_per_prompt=3, max_prompt_tokens=50, max_new_tokens=14
    )
    # 6 rows of 64 places, 2 layers, 32 numbers for keys and for values, 4 bytes
    assert parts_of(config, policy=policy_folder)["key-value cache"] == 6 * 64 * 2 * 2 * 32 * 4


def test_in_bf16_and_with_activations_recomputed_a_microbatch_keeps_less() -> None:
    shape = Shape(weights=1000, width=32, inner=85, layers=3, key_value_width=32, vocabulary=10)
    texts: dict[str, Any] = {"minibatch_size": 1, "rollouts_per_iteration": 1}
    texts["max_prompt_tokens"] = 4

    def kept(**engine: Any) -> int:
        return activation_bytes(PpoConfig(**texts, max_new_tokens=6, **engine), shape)

    logits = 3 * 10 * 10 * 4  # three copies, ten tokens, ten words
    assert kept() == 10 * 3 * (12 * 32 + 4 * 85) * 4 + logits
    # half of the widths stay in fp32: three bytes in the mean
    assert kept(precision="bf16") == 10 * 3 * (12 * 32 * 3 + 4 * 85 * 2) + logits
    # the input of each layer, and one layer in full
    assert kept(activation_checkpointing=True) == (
        10 * (3 * 32 * 4 + (12 * 32 + 4 * 85) * 4) + logits
    )
    assert kept(activation_checkpointing=True, precision="bf16") == (
        10 * (3 * 32 * 4 + 12 * 32 * 3 + 4 * 85 * 2) + logits
    )


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_pass_keeps_what_was_estimated(precision: str, recompute: bool, tmp_path: Path) -> None:
    policy = tiny_policy(hidden_size=384, layers=6, heads=6, context_tokens=512)
    policy.save(tmp_path)
    if recompute:
        checkpoint_activations(policy)
    weights = {weight.untyped_storage().data_ptr() for weight in policy.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    batch = pad_prompts([[5] * 100] * 4, 0, CPU, [[7] * 100] * 4)
    with (
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        autocast(precision, CPU),
    ):
        said = policy.completion_figures(batch, 1.0).log_probs  # held, or places would be reused
    measured = sum(size for place, size in kept.items() if place not in weights)
    settings: dict[str, Any] = {"precision": precision, "activation_checkpointing": recompute}
    settings |= {"max_prompt_tokens": 100, "max_new_tokens": 100, "minibatch_size": 4}
    parts = parts_of(RlooConfig(**settings), policy=tmp_path)
    expected = parts["activations"]
    if recompute:  # one layer in full is only kept on the way back, and so are its weights
        exact = precision == "fp32"
        expected -= 800 * (12 * 384 * (4 if exact else 3) + 4 * 1024 * (4 if exact else 2))
    elif precision == "bf16":
        expected += parts["weights in bf16"]
    assert said.requires_grad
    assert measured / 1.5 < expected < measured * 1.5
    # 2 bytes a weight, where there are copies
    copies = 2 * weights_in(tmp_path) if precision == "bf16" else 0
    assert parts.get("weights in bf16", 0) == copies


def test_what_is_not_free_is_said_in_words() -> None:
    found = Estimate({"weights": 3 * 2**30, "optimiser": 600 * 2**20}, free=2**31)
    assert found.too_large
    said = "memory: about 3.6 GiB (weights 3.0 GiB, optimiser 600 MiB); free: 2.0 GiB"
    assert found.in_words() == said
    assert not Estimate({"weights": 1}, free=None).too_large


def test_a_folder_that_is_no_model_is_left_to_the_stage(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"\0")
    assert estimate(SftConfig(), {"policy": tmp_path}) is None
    assert estimate(SftConfig(), {}) is None


def test_a_run_takes_what_was_estimated(tmp_path: Path) -> None:
    policy = tiny_policy(hidden_size=384, layers=4, heads=6, context_tokens=512)
    policy.save(tmp_path / "policy")
    words = "the cat sat on the mat " * 7
    rows = [Demonstration(str(n), ask(words), words + words) for n in range(16)]
    write_snapshot(tmp_path / "s", [], rows)
    length = len(policy.codec.encode_prompt(ask(words)))
    completion = len(policy.codec.encode_completion(words + words))
    folder = write_run(
        tmp_path / "run",
        "sft",
        {"policy": tmp_path / "policy", "snapshot": tmp_path / "s"},
        epochs=1,
        batch_size=16,
        max_prompt_tokens=length,
        max_completion_tokens=completion,
        threads=1,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "rewardmodel", "sft", "--run", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said
    assert "memory: about" in said
    [event] = events_of(folder, "memory")
    assert event["parts"]["activations"] > 2**27
    expected = event["total_bytes"] - memory.LIBRARIES
    measured = usage.ru_maxrss * 1024 - memory.LIBRARIES
    print(json.dumps(event["parts"]), measured)
    assert measured / WITHIN < expected < measured * WITHIN


def test_a_run_that_is_short_of_memory_is_warned_and_goes_on(
    policy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewardmodel.__main__ import execute

    write_snapshot(tmp_path / "s", [], [Demonstration("d", ask("question"), "zz")])
    inputs = {"policy": policy_folder, "snapshot": tmp_path / "s"}
    folder = write_run(tmp_path / "run", "sft", inputs, epochs=1)
    monkeypatch.setattr(memory, "free_memory", lambda device: 1)
    with pytest.raises(SystemExit) as left:
        execute("sft", folder, supervised=False)
    assert left.value.code == 0
    assert [w["code"] for w in events_of(folder, "warning")] == ["memory_short"]
