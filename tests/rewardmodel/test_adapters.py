"""Adapters start as nothing, train alone, and are saved as part of an ordinary model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from rewardmodel.adapters import adapter_layers, adapters_off, add_adapters, merged
from rewardmodel.batches import pad_prompts
from rewardmodel.config import RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.group_scores import score_groups
from rewardmodel.groups import Group, LengthRule, make_groups
from rewardmodel.models import (
    Policy,
    RewardModel,
    load_policy,
    load_reward_model,
    new_reward_model,
)
from rewardmodel.reward_update import backward_on
from rewardmodel.training import load_module_tensors, module_tensors
from tests.rewardmodel.conftest import CPU, events_of, report_of, toy_rankings, write_run
from tests.rewardmodel.conftest import StartRun as Start
from tests.rewardmodel.test_models import gpt2 as gpt2  # a fixture
from tests.rewardmodel.test_resume import count, wait_while, weights_sha256


def config(**settings: Any) -> RewardConfig:
    return RewardConfig(**{"device": "cpu", "lora_rank": 4, **settings})


@pytest.fixture(params=["llama", "gpt2"])
def base(request: pytest.FixtureRequest, policy_folder: Path, tmp_path: Path) -> Path:
    """Two families: GPT-2 keeps its weights the other way round."""
    if request.param == "llama":
        return policy_folder
    request.getfixturevalue("gpt2").save(tmp_path / "gpt2")
    return tmp_path / "gpt2"


@pytest.fixture
def reward_model(base: Path) -> RewardModel:
    return new_reward_model(base, CPU, seed=0)


def groups_of(reward_model: RewardModel) -> list[Group]:
    return make_groups(toy_rankings(3), LengthRule(config(), reward_model.codec, None))


def moved(network: torch.nn.Module) -> None:
    """A large step on all that trains: as if training had gone far."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn(weight.shape, generator=generator) * 0.1)


def scores(reward_model: RewardModel, sharing: Any = "never") -> Tensor:
    with torch.no_grad():
        return score_groups(reward_model, groups_of(reward_model), sharing)


def test_new_adapters_change_no_score(reward_model: RewardModel) -> None:
    before = scores(reward_model)
    trained = add_adapters(reward_model, config(), seed=0)
    assert torch.equal(scores(reward_model), before)
    assert 0 < trained < 0.5 * sum(w.numel() for w in reward_model.parameters())


def test_only_adapters_and_the_head_train(reward_model: RewardModel) -> None:
    add_adapters(reward_model, config(), seed=0)
    backward_on(reward_model, groups_of(reward_model), config())
    for name, weight in reward_model.named_parameters():
        trains = "lora_" in name or name.startswith("classifier.score")
        assert (weight.grad is not None) == weight.requires_grad == trains, name
    assert module_tensors(reward_model).keys() == {
        name for name, weight in reward_model.named_parameters() if weight.requires_grad
    }


def test_without_a_rank_all_weights_train(reward_model: RewardModel) -> None:
    count = add_adapters(reward_model, config(lora_rank=0), seed=0)
    assert count == sum(weight.numel() for weight in reward_model.parameters())
    assert not adapter_layers(reward_model)


def test_adapters_off_is_the_network_before_training(base: Path) -> None:
    policy = load_policy(base, CPU)
    batch = pad_prompts([[5, 9, 30], [7, 8]], policy.codec.fill_id, CPU, [[4, 5], [6, 7, 8]])
    before = policy.completion_logits(batch).detach()
    add_adapters(policy, config(), seed=0)
    moved(policy)
    trained = policy.completion_logits(batch).detach()
    training = {name for name, weight in policy.named_parameters() if weight.requires_grad}
    assert float((trained - before).abs().max()) > 0.1
    with adapters_off(policy):
        assert torch.equal(policy.completion_logits(batch), before)
    assert torch.equal(policy.completion_logits(batch), trained)
    assert training == {name for name, weight in policy.named_parameters() if weight.requires_grad}


def test_a_saved_reward_model_carries_adapters_and_head_in_its_weights(
    reward_model: RewardModel, base: Path, tmp_path: Path
) -> None:
    add_adapters(reward_model, config(), seed=0)
    moved(reward_model)
    expected, kept = scores(reward_model), module_tensors(reward_model)
    kept = {name: weight.clone() for name, weight in kept.items()}
    reward_model.save(tmp_path / "saved")
    assert torch.equal(scores(reward_model), expected)
    assert all(torch.equal(w, kept[n]) for n, w in module_tensors(reward_model).items())
    loaded = load_reward_model(tmp_path / "saved", CPU)
    assert float((scores(loaded) - expected).abs().max()) <= 1e-5
    plain = new_reward_model(base, CPU, seed=0)
    plain.save(tmp_path / "plain")
    names = load_file(tmp_path / "saved" / "model.safetensors").keys()
    assert names == load_file(tmp_path / "plain" / "model.safetensors").keys()
    assert {p.name for p in (tmp_path / "saved").iterdir()} == {
        p.name for p in (tmp_path / "plain").iterdir()
    }


def test_a_saved_policy_says_the_same(base: Path, tmp_path: Path) -> None:
    policy: Policy = load_policy(base, CPU)
    add_adapters(policy, config(), seed=0)
    moved(policy)
    policy.save(tmp_path / "saved")
    loaded = load_policy(tmp_path / "saved", CPU)
    batch = pad_prompts([[5, 9, 30]], policy.codec.fill_id, CPU, [[4, 5]])
    with torch.no_grad():
        difference = loaded.completion_logits(batch) - policy.completion_logits(batch)
    assert float(difference.abs().max()) <= 1e-4


def test_prompts_are_shared_through_adapters(policy_folder: Path) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    add_adapters(reward_model, config(), seed=0)
    moved(reward_model)
    gradients = []
    for sharing in ("always", "never"):
        reward_model.zero_grad()
        backward_on(reward_model, groups_of(reward_model), config(share_prompts=sharing))
        trained = [weight for weight in reward_model.parameters() if weight.requires_grad]
        gradients.append(torch.cat([w.grad.flatten() for w in trained if w.grad is not None]))
    shared, plain = scores(reward_model, "always"), scores(reward_model, "never")
    assert float((shared - plain).abs().max()) <= 1e-5
    assert float((gradients[0] - gradients[1]).norm() / gradients[1].norm()) <= 1e-4


def test_merging_leaves_no_trace(reward_model: RewardModel) -> None:
    add_adapters(reward_model, config(), seed=0)
    moved(reward_model)
    before = scores(reward_model)
    with merged(reward_model):
        assert not adapter_layers(reward_model)
        assert float((scores(reward_model) - before).abs().max()) <= 1e-5
    assert torch.equal(scores(reward_model), before)


def test_the_same_seed_makes_the_same_adapters_whatever_was_drawn_before(base: Path) -> None:
    made = []
    for _ in range(2):
        reward_model = new_reward_model(base, CPU, seed=0)
        add_adapters(reward_model, config(), seed=3)
        made.append(module_tensors(reward_model))
        torch.rand(1)
    assert all(torch.equal(weight, made[1][name]) for name, weight in made[0].items())
    load_module_tensors(reward_model, made[0])


def test_named_layers_alone_get_an_adapter_and_unknown_names_are_refused(
    policy_folder: Path,
) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    with pytest.raises(Refused, match=r"'c_attn' is no linear layer.*q_proj"):
        add_adapters(reward_model, config(lora_targets="q_proj,c_attn"), seed=0)
    reward_model = new_reward_model(policy_folder, CPU, seed=0)
    add_adapters(reward_model, config(lora_targets="q_proj, v_proj"), seed=0)
    found = {name.rpartition(".")[2] for name, _ in adapter_layers(reward_model)}
    assert found == {"q_proj", "v_proj"}


@pytest.mark.parametrize("stage", ["sft", "reward"])
def test_a_killed_run_with_adapters_ends_with_the_same_bytes(
    tmp_path: Path, policy_folder: Path, snapshot: Path, start_run: Start, stage: str
) -> None:
    settings = {"lora_rank": 2, "epochs": 6, "learning_rate": 1e-2, "checkpoint_every_steps": 3}
    size = "batch_size" if stage == "sft" else "prompts_per_step"
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folders = [
        write_run(tmp_path / name, stage, inputs, **settings, **{size: 4})
        for name in ("whole", "broken")
    ]
    process = start_run(folders[1])
    wait_while(lambda: count(folders[1]) < 1, process, folders[1])
    process.kill()
    process.join()
    for folder in folders:
        process = start_run(folder)
        process.join(100)
        assert process.exitcode == 0, (folder / "stderr.txt").read_text()
    assert events_of(folders[1], "started")[-1]["resumed_from"] is not None
    assert weights_sha256(folders[0]) == weights_sha256(folders[1])
    [newest] = sorted((folders[0] / "checkpoints").iterdir())[-1:]
    saved = load_file(newest / "weights.safetensors")
    assert (
        sum(tensor.numel() for tensor in saved.values()) == report_of(folders[0])["trained_weights"]
    )


def test_peft_is_not_loaded_unless_adapters_are_asked_for() -> None:
    code = "import sys, rewardmodel.stages; sys.exit('peft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
